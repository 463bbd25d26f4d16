# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # groups are called by name
#
# Runs in the virtual SEV host for private.sh, with a PSP that works; see lib.bash.
set -u
. tests/vm/boots/private/lib.bash

tracing=/sys/kernel/tracing

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

no_page() {
	for page in 0 3 7; do
		fail_allocations $((page + 1)) 1
		launch "no_page-$page" --type sev --pages 8 --layout p --fail-here
		fail_allocations $((page + 1)) 1
		launch "no_page-$page-resume" --type sev --pages 8 --layout p --fail-here --resume
	done
	allocations_work
}

wrong() {
	launch twice --type sev --pages 8 --layout pp --one-call --mistake twice --at-page 7
	launch unaligned --type sev --pages 8 --layout sp --one-call --mistake unaligned-length
}
hole() { launch hole --type sev --pages 9 --layout php --one-call; }

# What does the guest get? NAME.mapped: guest frame and frame of what KVM mapped last for it, by
# KVM's own events.
mapped() { # mapped NAME ARG...
	: >$tracing/trace
	echo kvmmmu:kvm_tdp_mmu_spte_changed >$tracing/set_event
	echo "$1" >>"$dir/${FUNCNAME[1]}.names"
	build/launcher --psp-log "$log" --fault-in "${@:2}" >"$dir/$1.out" 2>&1
	echo >$tracing/set_event
	perl -ne '/gfn (\w+) level 1 .* new_spte (\w+)/ && hex($2) & 1 and $frame{$1} = (hex($2) >> 12) & 0x7fffffffff;
		END { printf "%s %x\n", $_, $frame{$_} for keys %frame }' $tracing/trace | sort >"$dir/$1.mapped"
}

# A recording each, to know what was encrypted for whom.
mapped_sev() { mapped mapped_sev --type sev --pages 24 --layout spsp --one-call --margin 2; }
mapped_es() { mapped mapped_es --type sev-es --pages 24 --layout spsp --one-call --margin 2; }
mapped_rom() { mapped mapped_rom --type sev --pages 9 --layout rpr --one-call; }
stop='--pages 8 --layout pp --one-call --margin 2 --mistake interrupted --at-page 5'
# shellcheck disable=SC2086 # options
stopped_sev() { mapped stopped_sev --type sev $stop; }
# shellcheck disable=SC2086
stopped_es() { mapped stopped_es --type sev-es $stop; }
# shellcheck disable=SC2086
resumed_sev() { mapped resumed_sev --type sev $stop --resume; }

all() {
	mountpoint -q $tracing || mount -t tracefs tracefs $tracing
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	record sev sev_es again four wrong hole
	record unmapped interrupted no_page
	record mapped_sev mapped_es mapped_rom stopped_sev stopped_es resumed_sev
	record large
	build/launcher --psp-log "$log" --type sev --size 64M --layout p >"$dir/verified.out" 2>&1
}
main "$@"
