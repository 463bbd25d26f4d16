#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sevtrace predict: recordings of launches one at a time tell what 4, 16 and 32 at once take,
# SEV-SNP and SEV-ES, guests of two sizes. The PSP's log says that no command is missing in them.
# One boot. TAP.
# shellcheck disable=SC2154 # host.bash sets run and scratch
. "$(dirname "$(readlink -f "$0")")/../host.bash"
make -s all || exit 1

dir=$scratch
# By the instruction clock, little of the figures is how fast this machine is. Its CPUs take turns,
# so that two are no more than one.
$run --timeout 1200 --instruction-clock --cpus 1 --platform max-asid=200,min-sev-asid=100 --psp-log "$dir/psp.log" \
	--psp-latency '*=5ms,SNP_LAUNCH_UPDATE=10ms,LAUNCH_UPDATE_DATA=10ms' -- \
	bash tests/vm/boots/predict/inside.bash "$dir" >"$dir/out" 2>&1
ok "the machine ran to its end" same $? 0
ok "every launch was made" same "$(cat "$dir/out")" ""

# Commands of pages in the PSP's log, and in the recordings.
logged=$(jq -s 'map(select(.cmd == "SNP_LAUNCH_UPDATE" or .cmd == "LAUNCH_UPDATE_DATA")) | length' "$dir/psp.log")
recorded=$(for data in "$dir"/*.data; do build/sevtrace report -j "$data"; done |
	jq -s '[.[].launches[].psp | (.SNP_LAUNCH_UPDATE, .LAUNCH_UPDATE_DATA) // {count: 0} | .count] | add')
ok "the recordings have every command of the PSP's log" same "$recorded" "$logged"

# within FIGURE LIMIT: in nine of ten cases at least; a single launch is what was recorded
within() {
	awk -v name="$1" -v limit="$2" '$1 > 1 && $2 ~ name { n++; if ($5 < 0 ? -$5 > limit : $5 > limit) { off++; print "#   " $0 } }
		END { exit n == 0 || off * 10 > n }' "$dir/compared"
}
for type in snp sev-es; do
	for pages in 12 24; do
		python3 tests/vm/boots/predict/compare.py "$dir" $type $pages >"$dir/of" 2>>"$dir/err"
		ok "$type, $pages pages: predicted and measured" same "$(wc -l <"$dir/of")" 12
		sed "s/^/# $type $pages /" "$dir/of"
		cat "$dir/of" >>"$dir/compared"
	done
done
ok "p50 within 10 %" within '^p50_ns$' 0.10
ok "the time to the last within 10 %" within '^last_ns$' 0.10
ok "p99 within 20 %" within '^p99_ns$' 0.20
[ -z "${SEVTRACE_KEEP:-}" ] || cp "$dir"/*.data "$dir/psp.log" "$SEVTRACE_KEEP/"
finish "$dir/out" "$dir/err"
