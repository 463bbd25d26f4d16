#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The fault matrix: every command of a launch fails with every status of firmware, and whatever else
# the launcher can make go wrong does, in one boot and one recording. What `report -j` tells of each
# is held against tables made from the specifications and the kernel's source: commands, statuses,
# mistakes. check.py reads them.
set -u
cd "$(dirname "$(readlink -f "$0")")/../../../.." || exit 1
make -s all || exit 1

dir=$(mktemp -d /tmp/sevtrace-matrix.XXXXXX)
[ -n "${SEVTRACE_KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT

tests/vm/run --timeout 900 --psp-log "$dir/psp.log" --psp-latency '*=0' --psp-fault-file "$dir/faults" \
	--platform min-sev-asid=4,max-asid=120 --module-args 'ccp psp_init_on_probe=0 psp_cmd_timeout=2' -- \
	bash tests/vm/boots/matrix/inside.bash "$dir" >"$dir/out" 2>&1
echo $? >"$dir/run.status"
build/sevtrace report -j "$dir/matrix.data" >"$dir/report.json" 2>"$dir/report.err"
echo $? >"$dir/report.status"
for status in 0 7; do
	build/sevtrace report "$dir/none-$status.data" >"$dir/none-$status.txt" 2>&1
done
/usr/bin/python3 tests/vm/boots/matrix/check.py "$dir"
