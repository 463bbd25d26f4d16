# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for silent.sh, whose PSP falls silent in the launch. What comes after
# it takes memory from the kernel and gives it back, many times: a kernel whose lists of pages are
# broken does not get through that.
dir=$1

build/launcher --type snp --pages 100 >"$dir/launch" 2>&1
echo "launch $?"
pgrep -x launcher
for n in $(seq 100); do
	build/launcher --type sev --pages 10 >"$dir/after" 2>&1
	status=$?
done
echo "after $n: $status"
dmesg -r >"$dir/dmesg"
