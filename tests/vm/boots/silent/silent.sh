#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A PSP that falls silent, or dies, in the middle of an SNP launch: the launcher is told and comes
# back from the kernel, and the machine goes on, or ends.
# shellcheck disable=SC2154 # host.bash sets run and scratch
. "$(dirname "$(readlink -f "$0")")/../host.bash"

# A page that the PSP has when it falls silent leaks. The first, one in between, the last: the VMSA.
silent() { # silent NTH KERNEL
	local nth=$1 kernel=$2 with="$2, silent at page $1" dir=$scratch/$1

	mkdir "$dir"
	$run --kernel "$kernel" --console "$dir/console" --psp-latency '*=0' --psp-log "$dir/psp.log" --module-args 'ccp psp_cmd_timeout=6' \
		--psp-fault "cmd=SNP_LAUNCH_UPDATE,nth=$nth,hang" -- bash tests/vm/boots/silent/inside.bash "$dir" >"$dir/out" 2>&1
	ok "$with: the machine ran to its end" same $? 0
	ok "$with: the launch is refused, the launcher ends, and later ones do" same "$(grep -v '^prepare-kernel: ' "$dir/out")" $'launch 3\nafter 100: 3'
	ok "$with: and says why" has "$(cat "$dir/launch")" 'KVM_SEV_SNP_LAUNCH_(UPDATE|FINISH) ret=-1 errno=E(IO|TIMEDOUT)'
	ok "$with: so does ccp" has "$(cat "$dir/dmesg")" 'sev command 0xa1 timed out, disabling PSP'
	ok "$with: the PSP heard of nothing after it" same "$(tail -n 1 "$dir/psp.log" | jq -c '[.cmd, .fault, .status]')" \
		'["SNP_LAUNCH_UPDATE","hang",null]'
	ok "$with: the kernel lost no more than the pages of that guest" lacks "$(cat "$dir/console")" 'BUG:|Oops|panic -|blocked for more'
	ok "$with: power-off" has "$(tail -n 3 "$dir/console")" 'reboot: Power down'
}
silent 1 6.12+series
silent 50 newest
silent 101 6.12+series

# --- the PSP's process dies ----------------------------------------------------------------------

$run --psp-latency '*=0' --psp-log "$scratch/killed.log" --psp-fault 'cmd=SNP_LAUNCH_UPDATE,nth=20,hang' -- \
	build/launcher --type snp --pages 100 >"$scratch/killed" 2>&1 &
machine=$!
wait_until 600 grep -q '"fault":"hang"' "$scratch/killed.log"
ok "killed: it is in the launch" same $? 0
folder=$(grep -lsx $machine /tmp/sevtrace-run.*/owner)
pkill -KILL -f -- "--socket ${folder%/owner}/psp"
wait $machine
ok "killed: run ends with its own status" same $? 125
ok "killed: and says why" has "$(cat "$scratch/killed")" 'the PSP emulator stopped \(status 137\)'

ok "nothing is left behind" same "$(leftovers)" ""
finish "$scratch/1/out" "$scratch/50/out" "$scratch/101/out" "$scratch/killed"
