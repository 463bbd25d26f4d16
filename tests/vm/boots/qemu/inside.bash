# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host: qemu-inside.bash DIR SUITE=FOLDER... launches guests of each type by each of the QEMUs
# that fetch-qemu left in the FOLDERs, recorded. DIR/psp.log is the log of the PSP.
dir=$1
shift
# shellcheck source=tests/vm/t/record-lib.bash
. tests/vm/t/record-lib.bash

for each in "$@"; do
	suite=${each%%=*}
	folder=${each#*=}
	for type in sev sev-es snp; do
		rec "$suite-$type" -- bash tests/vm/t/host-qemu.bash $type "$folder" >"$dir/$suite-$type.out" 2>&1
	done
	# More functions than the processor has: firmware refuses the CPUID page and puts right what is wrong.
	rec "$suite-refused" -- bash tests/vm/t/host-qemu.bash snp "$folder" -cpu host,level=0x1f \
		>"$dir/$suite-refused.out" 2>&1
done
dmesg -r >"$dir/dmesg"
true
