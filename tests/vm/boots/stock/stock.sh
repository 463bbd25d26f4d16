#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Distributions' kernels as they are believe that they run on a SEV host: launches of every type,
# failures at the PSP, modules loaded again; the PSP's log tells the same, and the kernel does not
# complain from boot to power-off. QEMU, this machine's and a newer one, launches guests there, and
# those of the kernel's selftests pass that need no option which distributions leave off.
# shellcheck disable=SC2154 # host.bash sets scratch
. "$(dirname "$(readlink -f "$0")")/../host.bash"
. tests/vm/boots/launcher/cases.bash
. tests/vm/boots/stock/cases.bash
make -s build/launcher build/psp || exit 1

fault() { :; }
reload() { :; }

# holds NAME FILTER: the filter is true of the launcher's JSON and its part of the PSP's log
holds() {
	local first last

	read -r _ first last <"$folder/$1.status"
	sed -n "$((first + 1)),${last}p" "$folder/psp.log" | jq -s . >"$scratch/log"
	jq -e --slurpfile logs "$scratch/log" "\$logs[0] as \$log | $filters $2" "$folder/$1.json" \
		>/dev/null 2>"$scratch/jq" && return
	sed 's/^/# /' "$scratch/jq" "$folder/$1.err"
	jq -c '.launches[]' "$folder/$1.json" | head -n 10 | sed 's/^/# /'
	return 1
}

launch() {
	ok "$with: $1: exit status" same "$(cut -d ' ' -f 1 "$folder/$1.status")" "$2"
	ok "$with: $1: what came of it, and the PSP's log" holds "$1" "$3"
}

# Each line of the kernel's log at warning level or above is known: what QEMU's machine or the
# distribution make of it.
known='southbridge IOAPIC|Disabling interrupt remapping'

quiet() {
	grep -vE "$known" "$folder/dmesg" >"$scratch/dmesg"
	quiet_log "$scratch/dmesg"
}

# Programs that others wrote.
others() {
	local type

	for type in sev sev-es snp; do
		[ $type != snp ] || [ -n "$qemu" ] || {
			skip "$with: QEMU, snp" "the package archive cannot be reached, and the cache has no QEMU"
			continue
		}
		ok "$with: QEMU, $type: running" has "$(cat "$folder/qemu-$type")" '^status running$'
		ok "$with: QEMU, $type: ends" has "$(cat "$folder/qemu-$type")" '^exit 0$'
	done
	for type in sev_init2_tests sev_migrate_tests; do
		ok "$with: selftest $type" has "$(cat "$folder/$type")" '^exit 0$'
	done
}

# machine KERNEL RELEASE-BEGINS [OLD]: boots it and looks; OLD: it has no SEV-SNP
machine() {
	with=$1
	old=${3:-}
	folder=$scratch/$1
	mkdir "$folder"
	: >"$folder/faults"
	$run --kernel "$1" ${old:+--platform snp=off} --console "$folder/console" --psp-log "$folder/psp.log" --psp-latency '*=0' \
		--psp-fault-file "$folder/faults" -- \
		bash tests/vm/boots/stock/inside.bash "$folder" "$old" "$selftests" "$qemu" >"$folder/out" 2>&1
	ok "$with: the machine ran to its end" same $? 0
	tap_details=$folder/out
	ok "$with: it is that kernel" has "$(cat "$folder/release")" "^$2"
	ok "$with: it is a distribution's build" has "$(cat "$folder/version")" Debian
	cases
	ok "$with: modules unload and load again" same "$(cat "$folder/reload")" "0 $([ -n "$old" ] && echo YY || echo YYY)"
	[ -n "$old" ] || others
	ok "$with: the host's module cannot be unloaded" has "$(cat "$folder/rmmod")" 'in use'
	# Lengths are asked for by a call that fails; SNP_SHUTDOWN_EX says what has to be flushed
	# first.
	ok "$with: every command but those that fail on purpose succeeded" \
		same "$(jq -c 'select(.fault == null and .status != 0) |
			select(.status_name | IN("INVALID_LEN", "DFFLUSH_REQUIRED") | not)' "$folder/psp.log")" ''
	# In 6.1 the function that waits for the PSP is inlined and cannot be probed.
	[ -n "$old" ] || ok "$with: every command has the driver's clock" \
		same "$(jq -s 'map(select(.exec_ns == null)) | length' "$folder/psp.log")" 0
	ok "$with: no complaint from boot on" quiet
	ok "$with: power-off is in the log" has "$(tail -n 3 "$folder/console")" 'reboot: Power down'
	ok "$with: no complaint up to power-off" lacks "$(cat "$folder/console")" 'Call Trace|WARNING:|BUG:|Leaking|int3:'
	echo "# $with: $(cat "$folder/release"), stale breakpoints: $(cat "$folder/stale")"
	# shellcheck disable=SC2034 # tap.bash uses it
	tap_details=
}

selftests=$(tests/vm/kernel-image 6.12+series)/selftests
qemu=$(tests/vm/fetch-qemu --path 2>"$scratch/fetch-qemu") || [ $? -eq 69 ] ||
	ok "QEMU is fetched" has "$(tail -n 3 "$scratch/fetch-qemu")" '^$'
machine 6.12 '6\.12\.[0-9]+\+deb'
machine 6.1 '6\.1\.' old
machine newest '([7-9]|[0-9]{2,})\.'

ok "nothing is left behind" same "$(leftovers)" ""
finish
