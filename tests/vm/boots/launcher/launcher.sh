#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The launcher on the virtual SEV host: every type of guest, of page and of mistake, alone and many
# at once; measurements and encrypted memory as computed from the specifications. Two boots: with
# SNP and without.
set -u
cd "$(dirname "$(readlink -f "$0")")/../../../.." || exit 1
make -s build/launcher build/psp || exit 1

dir=$(mktemp -d /tmp/sevtrace-launcher.XXXXXX)
[ -n "${SEVTRACE_KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT

. tests/tap.bash
. tests/vm/boots/launcher/cases.bash

same() {
	[ "$1" = "$2" ] || { echo "# got $1, wanted $2" && return 1; }
}

# holds NAME FILTER: the filter is true of the launcher's JSON and its part of the PSP's log
holds() {
	local first last

	read -r _ first last <"$results/$1.status"
	sed -n "$((first + 1)),${last}p" "$results/psp.log" | jq -s . >"$dir/log"
	jq -e --slurpfile logs "$dir/log" "\$logs[0] as \$log | $filters $2" "$results/$1.json" \
		>/dev/null 2>"$dir/jq" && return
	sed 's/^/# /' "$dir/jq" "$results/$1.err"
	jq -c '.launches[]' "$results/$1.json" | head -n 40 | sed 's/^/# /'
	return 1
}

launch() {
	ok "$with: $1: exit status" same "$(cut -d ' ' -f 1 "$results/$1.status")" "$2"
	ok "$with: $1: what came of it" holds "$1" "$3"
}

# balanced MADE ENDED: the firmware's guests are all gone
balanced() {
	same "$(grep -c "\"cmd\":\"$1\".*\"status\":0,\|\"cmd\":\"$1\".*\"status\":0}" "$results/psp.log")" \
		"$(grep -c "\"cmd\":\"$2\".*\"status\":0[,}]" "$results/psp.log")"
}

quiet() {
	! grep -E 'WARNING:|BUG:|Call Trace|Leaking|failed for PFN|stalls on|blocked for more' "$results/dmesg" | sed 's/^/# /' | grep .
}

# machine SNP GROUP...: a boot and its launches
machine() {
	local snp=$1

	shift
	with="snp=$snp"
	results=$dir/$snp
	mkdir "$results"
	tests/vm/run --platform "snp=$snp" --psp-log "$results/psp.log" --psp-latency '*=0' -- \
		bash tests/vm/boots/launcher/inside.bash "$results" "$results/psp.log" "$@" >"$results/out" 2>&1
	ok "$with: the machine ran to its end" same $? 0
	cases "$@"
	ok "$with: the kernel does not complain" quiet
	ok "$with: every SEV guest was decommissioned" balanced LAUNCH_START DECOMMISSION
	ok "$with: every SNP guest was decommissioned" balanced SNP_GCTX_CREATE SNP_DECOMMISSION
}

machine on snp sev sev-es
machine off no-snp sev sev-es
finish "$dir/on/out" "$dir/off/out"
