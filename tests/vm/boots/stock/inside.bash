#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the launches of cases.bash, and those of others' programs, in the machine: inside.bash
# FOLDER OLD SELFTESTS QEMU. FOLDER holds psp.log and faults, SELFTESTS the kernel's, QEMU is what
# fetch-qemu left, if anything. OLD is as cases.bash has it.
folder=$1
old=$2
selftests=$3
qemu=$4
log=$folder/psp.log

fault() { echo "$1" >"$folder/faults"; }

# A CPU that was away in between has what the others have.
reload() {
	[ "$1" = reloaded ] || return 0
	echo 0 >/sys/devices/system/cpu/cpu1/online
	echo 1 >/sys/devices/system/cpu/cpu1/online
	{ modprobe -r kvm_amd ccp && ! grep -qE '^(kvm|ccp)' /proc/modules && modprobe kvm_amd; } >"$folder/reload" 2>&1
	echo "$? $(cat /sys/module/kvm_amd/parameters/{sev,sev_es,sev_snp} 2>/dev/null | tr -d '\n')" >>"$folder/reload"
}

# JSON, messages, exit status, and the part of the PSP's log that the launch covers.
launch() {
	local name=$1 first

	shift 3
	first=$(wc -l <"$log")
	build/launcher -j "$@" >"$folder/$name.json" 2>"$folder/$name.err"
	echo "$? $first $(wc -l <"$log")" >"$folder/$name.status"
}

. tests/vm/boots/stock/cases.bash
uname -r >"$folder/release"
cat /proc/version >"$folder/version"
cases
if [ -z "$old" ]; then
	for type in sev sev-es; do
		bash tests/vm/boots/host/qemu.bash $type >"$folder/qemu-$type" 2>&1
	done
	[ -z "$qemu" ] || bash tests/vm/boots/host/qemu.bash snp "$qemu" >"$folder/qemu-snp" 2>&1
	for test in sev_init2_tests sev_migrate_tests; do
		timeout 900 "$selftests/$test" >"$folder/$test" 2>&1
		echo "exit $?" >>"$folder/$test"
	done
fi
rmmod virtual_sev_host >"$folder/rmmod" 2>&1
cat /sys/module/virtual_sev_host/parameters/stale_breakpoints >"$folder/stale"
dmesg -r >"$folder/dmesg"
