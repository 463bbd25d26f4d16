# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host: inside.bash FOLDER SELFTESTS puts into FOLDER what host.sh looks at.
folder=$1
selftests=$2

for type in sev sev-es; do
	bash tests/vm/boots/host/qemu.bash $type >"$folder/qemu-$type" 2>&1
done
for test in "$selftests"/*; do
	name=$(basename "$test")
	timeout 900 "$test" >"$folder/$name" 2>&1
	echo "exit $?" >>"$folder/$name"
done
for round in 1 2; do
	{ modprobe -r kvm_amd ccp && ! grep -qE '^(kvm|ccp)' /proc/modules && modprobe kvm_amd; } 2>&1
	echo "round $round: $? $(cat /sys/module/kvm_amd/parameters/{sev,sev_es,sev_snp} | tr -d '\n')"
done >"$folder/reload"
bash tests/vm/boots/host/qemu.bash sev >"$folder/qemu-reloaded" 2>&1
grep -m1 ^flags /proc/cpuinfo | tr ' ' '\n' | grep -x 'sev.*' >"$folder/flags"
dmesg -r >"$folder/dmesg"
