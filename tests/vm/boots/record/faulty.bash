# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for record.sh: the PSP does not work as it should. $1: where
# everything goes.
set -u
dir=$1
log=$dir/faulty.log

. tests/vm/boots/record.bash

launcher=build/launcher

echo earlier >"$dir/no-modules.data"
rec no-modules -- true

modprobe ccp && modprobe kvm_amd || exit 1

rec bad-page -- $launcher --type snp --pages 20 --normal 20
build/sevtrace report "$dir/bad-page.data" >"$dir/bad-page.txt"
rec bad-run -- $launcher --type sev --pages 40

rec qemu-refused -- bash tests/vm/boots/record/qemu.bash "$dir/qemu-refused.out" 0x1

# The first SNP launch that finishes is the second command of its kind that hangs.
$launcher --type snp --normal 4
rec hang -- $launcher --type snp --normal 4
rec dead -- $launcher --type snp --normal 4
true
