# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # groups are called by name
#
# Runs in the virtual SEV host for private.sh, with a PSP that works; see private-lib.bash.
set -u
. tests/vm/t/private-lib.bash

tracing=/sys/kernel/tracing
fault=/sys/kernel/debug/fail_function

sev() {
	launch shared-sev --type sev --pages 24 --layout ss
	launch private-sev --type sev --pages 24 --layout pp
	launch mixed-sev --type sev --pages 24 --layout spsp --one-call --margin 2
	launch inside-sev --type sev --pages 8 --layout p --margin 5
	launch adjacent-sev --type sev --pages 24 --layout ppp --one-call
	launch one-sev --type sev --pages 1 --layout p
	launch rom-sev --type sev --pages 24 --layout rps --one-call
}

sev_es() {
	launch shared-sev-es --type sev-es --pages 24 --layout ss
	launch private-sev-es --type sev-es --pages 24 --layout pp
	launch mixed-sev-es --type sev-es --pages 24 --layout spsp --one-call --margin 2
	launch inside-sev-es --type sev-es --pages 8 --layout p --margin 5
	launch adjacent-sev-es --type sev-es --pages 24 --layout ppp --one-call
	launch one-sev-es --type sev-es --pages 1 --layout p
}

# Not looked at page by page, as that takes an ioctl a page, which would be recorded, too.
large() {
	launch large-sev --type sev --size 64M --layout p --no-check
	launch large-sev-es --type sev-es --size 64M --layout p --no-check
}

again() { launch again --type sev --pages 16 --layout ps --repeat 3; }
four() { launch four --type sev --pages 16 --layout sp --launches 4 --one-call; }

unmapped() {
	for page in 0 3 7; do
		launch "unmapped-$page" --type sev --pages 8 --layout p --mistake unmapped-source --at-page "$page"
		launch "unmapped-$page-resume" --type sev --pages 8 --layout p --mistake unmapped-source --at-page "$page" \
			--resume
	done
}

interrupted() {
	for page in 0 3 7; do
		launch "interrupted-$page" --type sev-es --pages 8 --layout p --mistake interrupted --at-page "$page"
		launch "interrupted-$page-resume" --type sev-es --pages 8 --layout p --mistake interrupted --at-page "$page" \
			--resume
	done
}

# The function that puts a page into a guest_memfd fails at its N-th call by the launcher.
fail_at() { # fail_at N
	echo __filemap_add_folio >$fault/inject
	printf '%#x' -12 >$fault/__filemap_add_folio/retval
	echo Y >$fault/task-filter
	echo 100 >$fault/probability
	echo 0 >$fault/verbose
	echo 1 >$fault/times
	echo "$1" >$fault/interval
}

no_page() {
	for page in 0 3 7; do
		fail_at $((page + 1))
		launch "no_page-$page" --type sev --pages 8 --layout p --fail-here
		fail_at $((page + 1))
		launch "no_page-$page-resume" --type sev --pages 8 --layout p --fail-here --resume
	done
	echo >$fault/inject
}

wrong() {
	launch twice --type sev --pages 8 --layout pp --one-call --mistake twice --at-page 7
	launch unaligned --type sev --pages 8 --layout sp --one-call --mistake unaligned-length
}
hole() { launch hole --type sev --pages 9 --layout php --one-call; }

# Meanwhile every page that is freed is noted, to compare with those that guest_memfd had.
failures() {
	echo 16384 >$tracing/buffer_size_kb
	echo 'kmem:mm_page_free' >$tracing/set_event
	record unmapped interrupted no_page
	echo >$tracing/set_event
	grep -o 'pfn=0x[0-9a-f]*' $tracing/trace | sort -u | sed 's/pfn=//' >"$dir/freed"
	for data in "$dir"/{unmapped,interrupted,no_page}.data; do
		build/sevtrace script -j "$data" 2>/dev/null |
			jq -r 'select(.event == "step" and .step == "get_page" and .ret == 0).pfn'
	done | sort -u >"$dir/frames"
	wc -l <"$dir/frames" >"$dir/taken"
	comm -23 "$dir/frames" "$dir/freed" | wc -l >"$dir/leaked"
}

all() {
	mountpoint -q $tracing || mount -t tracefs tracefs $tracing
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	record sev sev_es again four wrong hole
	failures
	record large
	build/launcher --psp-log "$log" --type sev --size 64M --layout p >"$dir/verified.out" 2>&1
}
main "$@"
