#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the doctor in the machine, configured in many ways: inside.bash FOLDER variants|platform.
# Each leaves NAME.json and NAME.status in the folder.
set -u
folder=$1
# Shows the kernel's view of the processor; a module in distributions.
modprobe cpuid

# doctor NAME [COMMAND...]: runs it, under COMMAND.
doctor() {
	local name=$1
	shift
	"$@" build/sevtrace doctor -j >"$folder/$name.json"
	echo $? >"$folder/$name.status"
}

# load [OPTION...]: kvm_amd and ccp anew, with the options from a file.
load() {
	rmmod kvm_amd kvm ccp
	printf 'options %s\n' "$@" >/run/modprobe.d/doctor.conf
	modprobe kvm_amd
}

platform() {
	doctor old-platform
	dmesg | build/sevtrace explain -j --log - >"$folder/dmesg-old.json" || [ $? = 3 ]
}

variants() {
	local group=/sys/fs/cgroup/limited

	echo +misc >/sys/fs/cgroup/cgroup.subtree_control
	doctor good
	dmesg | build/sevtrace explain -j --log - >"$folder/dmesg-good.json"
	for restrict in 0 1; do
		echo $restrict >/proc/sys/kernel/dmesg_restrict
		doctor nobody-$restrict setpriv --reuid 65534 --regid 65534 --clear-groups prlimit --memlock=65536:65536
	done
	doctor no-sys-admin setpriv --bounding-set -sys_admin
	mkdir "$group"
	echo "sev_es 0" >"$group/misc.max"
	doctor group-limit sh -c "echo \$\$ >$group/cgroup.procs && exec \"\$@\"" sh
	mv /dev/kvm /dev/kvm.away
	doctor no-kvm
	mv /dev/kvm.away /dev/kvm
	umount /sys/kernel/tracing
	mount -t tmpfs none /sys/kernel/debug
	doctor no-tracefs
	umount /sys/kernel/debug
	mount -t tracefs tracefs /sys/kernel/tracing

	load 'kvm_amd sev_snp=0'
	doctor no-snp
	load 'kvm_amd sev_es=0'
	doctor no-es
	load 'kvm_amd sev=0'
	doctor no-sev
	load 'ccp psp_init_on_probe=0'
	doctor late-init
	load 'ccp psp_init_on_probe=1'
	rmmod kvm_amd
	doctor no-kvm-amd
	rmmod kvm ccp
	doctor no-ccp
}

"$2"
