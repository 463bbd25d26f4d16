#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Software written for the hardware cannot tell: the kernel's own selftests, Debian's QEMU, loading
# and unloading the modules, with and without SEV-SNP; and the kernel never complains, from boot to
# power-off.
# shellcheck disable=SC2154 # host.bash sets run and scratch
. "$(dirname "$(readlink -f "$0")")/../host.bash"

selftests=${SEVTRACE_KERNEL:-$(tests/vm/kernel-image)}/selftests

# look SNP: boots and checks a machine with --platform snp=SNP
look() {
	local snp=$1 folder=$scratch/$1 with="with snp=$1" guest name file log wanted

	mkdir -p "$folder"
	$run --platform "snp=$snp" --console "$folder/console" -- \
		bash tests/vm/boots/host/inside.bash "$folder" "$selftests" >"$folder/out" 2>&1
	ok "$with: the machine ran to its end" same $? 0

	for guest in sev sev-es reloaded; do
		file=$(cat "$folder/qemu-$guest")
		wanted=$([ $guest = sev-es ] && echo 5 || echo 1)
		ok "$with: Debian's QEMU, $guest: running" has "$file" '^status running$'
		ok "$with: $guest: the firmware agrees" has "$file" "^sev \[\"running\",$wanted\]$"
		ok "$with: $guest: a parked vCPU costs nothing" has "$file" '^vcpu-busy 0$'
		ok "$with: $guest: stops" has "$file" '^stopped paused$'
		ok "$with: $guest: goes on" has "$file" '^continued running$'
		ok "$with: $guest: takes new memory" has "$file" '^plugged 1 running$'
		ok "$with: $guest: ends" has "$file" '^exit 0$'
	done
	# All of them pass on the kernel without part two of the series, too.
	for name in guest_memfd_test private_mem_conversions_test private_mem_kvm_exits_test sev_init2_tests \
		sev_migrate_tests; do
		ok "$with: selftest $name" has "$(cat "$folder/$name")" '^exit 0$'
	done
	wanted=$([ "$snp" = on ] && echo YYY || echo YYN)
	for name in 1 2; do
		ok "$with: modules unload and load again, $name" grep -qx "round $name: 0 $wanted" "$folder/reload"
	done
	ok "$with: the processor's flags" same "$(tr '\n' ' ' <"$folder/flags")" \
		"sev sev_es $([ "$snp" = on ] && echo 'sev_snp ')"

	ok "$with: the log is there" grep -q 'kvm_amd: SEV enabled' "$folder/dmesg"
	ok "$with: no complaint from boot on" quiet_log "$folder/dmesg"
	# The console has no levels; after the last line that dmesg had, only this is known to be
	# said.
	log=$(awk -v last="$(tail -n 1 "$folder/dmesg" | sed 's/^<[0-9]*>//')" 'seen; index($0, last) { seen = 1 }' \
		"$folder/console" | grep -v 'kvm: exiting hardware virtualization')
	ok "$with: power-off is in the log" has "$log" 'reboot: Power down'
	ok "$with: no complaint up to power-off" lacks "$log" 'ccp|kvm|AMD-Vi|SEV|psp|Call Trace|WARNING|BUG|Leaking'
}

look on
look off
ok "nothing is left behind" same "$(leftovers)" ""
finish
