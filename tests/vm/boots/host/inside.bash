# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host: inside.bash FOLDER SELFTESTS puts into FOLDER what host.sh looks at.
folder=$1
selftests=$2

for policy in 0x1 0x5; do
	bash tests/vm/boots/host/qemu.bash $policy >"$folder/qemu-$policy" 2>&1
done
for test in "$selftests"/*; do
	name=$(basename "$test")
	timeout 120 "$test" >"$folder/$name" 2>&1
	echo "exit $?" >>"$folder/$name"
done
for round in 1 2; do
	{ modprobe -r kvm_amd ccp && ! grep -qE '^(kvm|ccp)' /proc/modules && modprobe kvm_amd; } 2>&1
	echo "round $round: $? $(cat /sys/module/kvm_amd/parameters/{sev,sev_es,sev_snp} | tr -d '\n')"
done >"$folder/reload"
bash tests/vm/boots/host/qemu.bash 0x1 >"$folder/qemu-reloaded" 2>&1
grep -m1 ^flags /proc/cpuinfo | tr ' ' '\n' | grep -x 'sev.*' >"$folder/flags"
dmesg -r >"$folder/dmesg"
