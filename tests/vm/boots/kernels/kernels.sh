#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Which functions of a kernel as it is can be hooked, and whether the kernel calls the programs
# while guests of each type launch: kernels.sh [KERNEL]... (the oldest and the newest). Without the
# needed ones, or where a program is attached and stays silent, it fails. UPDATE=1 writes the table
# of docs/functions.md anew.
set -u
cd "$(dirname "$(readlink -f "$0")")/../../../.." || exit 1
make -s all || exit 1

[ $# -gt 0 ] || set -- 6.1 newest
here=tests/vm/boots/kernels
dir=$(mktemp -d /tmp/sevtrace-kernels.XXXXXX)
[ -n "${SEVTRACE_KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT

. tests/tap.bash

looked=()
for kernel in "$@"; do
	if ! tests/vm/fetch-kernel "$kernel" >"$dir/fetched" 2>&1; then
		skip "$kernel" "$(tail -n 1 "$dir/fetched")"
		continue
	fi
	mkdir "$dir/$kernel"
	: >"$dir/$kernel/faults"
	tests/vm/run --kernel "$kernel" --timeout 1200 --psp-latency '*=0' --psp-fault-file "$dir/$kernel/faults" \
		--platform min-sev-asid=3,max-asid=4 -- bash $here/inside.bash "$dir/$kernel" >"$dir/$kernel/out" 2>&1
	ok "$kernel: the machine ran its launches" test $? -eq 0
	tap_details=$dir/$kernel/out
	ok "$kernel: what is needed is called; what is attached is, too" /usr/bin/python3 $here/table.py check "$dir/$kernel"
	ok "$kernel: what the VMMs called, and what they did meanwhile" jq -e '[.launches[] | select(.result == "ok").time] |
		length > 0 and all(.calls.KVM_CREATE_VCPU.count > 0 and .calls["page faults"].count > 0 and .vmm.running_ns > 0)' \
		"$dir/$kernel/report.json"
	tap_details=
	looked+=("$dir/$kernel")
done
[ -z "${UPDATE:-}" ] || ok "the table is written" /usr/bin/python3 $here/table.py write docs/functions.md "${looked[@]}"
finish "$dir"/*/out
