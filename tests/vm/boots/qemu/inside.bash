# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host: inside.bash DIR SUITE=FOLDER... launches guests of each type by each
# of the QEMUs that fetch-qemu left in the FOLDERs, recorded. DIR/psp.log is the log of the PSP.
dir=$1
shift
# shellcheck source=tests/vm/boots/record.bash
. tests/vm/boots/record.bash

# Where sev_leaf.so reads the processor's leaf; part of some kernels, a module of others.
modprobe -q cpuid

# launch NAME TYPE [OPTION]...: what QEMU says is NAME.out, what it complains about NAME.err
launch() {
	local name=$1 type=$2
	shift 2
	rec "$name" -- bash tests/vm/boots/host/qemu.bash "$type" "$folder" "$@" >"$dir/$name.out"
}

for each in "$@"; do
	suite=${each%%=*}
	folder=${each#*=}
	for type in sev sev-es snp; do
		launch "$suite-$type" $type
	done
	# The same as on hardware, where user space sees the position of the C bit.
	export SEVTRACE_SEV_LEAF=$PWD/build/sev_leaf.so
	for type in sev snp; do
		launch "$suite-$type-51" $type
	done
	CBITPOS=0 launch "$suite-misplaced" snp
	unset SEVTRACE_SEV_LEAF
	# More functions than the processor has: firmware refuses the CPUID page and puts right what
	# is wrong.
	launch "$suite-refused" snp -cpu host,level=0x1f
done
dmesg -r >"$dir/dmesg"
true
