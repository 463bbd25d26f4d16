#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the launches of cases.bash, in the machine: inside.bash FOLDER, which holds psp.log and
# faults.
folder=$1
log=$folder/psp.log

fault() { echo "$1" >"$folder/faults"; }

# A CPU that was away in between has what the others have.
reload() {
	[ "$1" = reloaded ] || return 0
	echo 0 >/sys/devices/system/cpu/cpu1/online
	echo 1 >/sys/devices/system/cpu/cpu1/online
	{ modprobe -r kvm_amd ccp && ! grep -qE '^(kvm|ccp)' /proc/modules && modprobe kvm_amd; } >"$folder/reload" 2>&1
	echo "$? $(cat /sys/module/kvm_amd/parameters/{sev,sev_es,sev_snp} | tr -d '\n')" >>"$folder/reload"
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
rmmod virtual_sev_host >"$folder/rmmod" 2>&1
cat /sys/module/virtual_sev_host/parameters/stale_breakpoints >"$folder/stale"
dmesg -r >"$folder/dmesg"
