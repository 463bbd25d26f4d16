#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The events with perf, trace-cmd and bpftrace: what perf recorded gives the report that `sevtrace
# record` of the same launch gives, perf's own script the same again, and every block of
# docs/one-liners.md works. One boot.
set -u
cd "$(dirname "$(readlink -f "$0")")/../../../.." || exit 1
make -s all || exit 1

dir=$(mktemp -d /tmp/sevtrace-perf.XXXXXX)
[ -n "${SEVTRACE_KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT
export LC_ALL=C.UTF-8 COLUMNS=100

. tests/tap.bash

# Takes the blocks out of the document: NN.sh, NN.expects.
mkdir "$dir/blocks"
awk -v dir="$dir/blocks" '
	/^<!-- expects: / { sub(/^<!-- expects: /, ""); sub(/ -->$/, ""); expects = $0; next }
	/^```$/ && !inside { inside = 1; n++; name = sprintf("%s/%02d", dir, n)
		print expects > (name ".expects"); expects = ""; next }
	/^```$/ { inside = 0; next }
	inside { gsub(/VMM/, "\"/run/blocks/launcher --type snp --pages 8\""); print > (name ".sh") }
	' docs/one-liners.md
# Only bpftrace takes the command as one word.
sed -i '/-c "/!s|"\(/run/blocks/launcher [^"]*\)"|\1|' "$dir"/blocks/*.sh

tests/vm/run --psp-log "$dir/psp.log" \
	--psp-latency 'SNP_LAUNCH_UPDATE=8ms,LAUNCH_UPDATE_DATA=8ms' -- \
	bash tests/vm/boots/perf/inside.bash "$dir" >"$dir/inside.out" 2>&1
ok "the virtual host ran" test $? -eq 0

# --- import against record -----------------------------------------------------------------------

import() { build/sevtrace import -q -o "$dir/$1.imported" "$dir/$1.perf" 2>"$dir/$1.err"; }
report() { build/sevtrace report -j "$dir/$1" 2>>"$dir/report.err"; }
holds() { report "$1" | jq -e "$2" >/dev/null; }

# Everything but times, which each tracer has of its own, the order of launches that begin at once,
# and the write-back of caches, for which perf has no event.
facts='def series: {count, pages};
	def steps: map_values(series) | del(.writeback);
	def kind: {ranges, pages, clflush, steps: (.steps | steps)};
	{launches: [.launches[] | {pid, comm, vm_type, asid, result, joined, pages, clflush,
		attributes: (.attributes | {updates, failed, pages}),
		steps: (.steps | steps), population: (.population | map_values(kind)), teardown: (.teardown.steps | steps),
		commands: (.commands | map_values({count, failed})),
		psp: (.psp | map_values({count, errors, nested, not_asked, not_answered,
			wait: .wait.count, exec: .exec.count})),
		failures: [.failures[] | {ioctl, ret, fw_error, step, gfn, inner_ret, psp_asked, psp_answered,
			recovered, swallowed, cause, hint, range}]}] | sort_by(.asid),
	host_psp: (.host_psp | map_values(.count))}'
same_facts() {
	diff -u <(report "$1.data" | jq -S "$facts") <(report "$1.imported" | jq -S "$facts") >"$dir/$1.diff" &&
		return
	head -n 40 "$dir/$1.diff" | sed 's/^/# /'
	return 1
}

# Both tracers are on one tracepoint, and each one's work is in the other's times. So this compares
# where a step takes long enough for that not to matter: the medians of commands of 8 ms, which may
# lie in neighbouring buckets, 12.5 % from end to end.
same_times() {
	local a b
	a=$(report "$1.data" | jq ".launches[0].psp.$2.exec.p50_ns")
	b=$(report "$1.imported" | jq ".launches[0].psp.$2.exec.p50_ns")
	echo "# $1: median of $2 is $a ns by sevtrace record, $b ns by perf"
	[ $((a * 8)) -le $((b * 9)) ] && [ $((b * 8)) -le $((a * 9)) ]
}

for name in snp sev sev-es legacy types failed private twice eight; do
	ok "$name: what perf recorded is imported" import $name
	ok "$name: nothing was lost" holds $name.imported '.dropped == 0 and .losses == {} and .complete'
	ok "$name: launches, steps, commands and failures as sevtrace recorded them" same_facts $name
done
# perf's own script against the tool, on the same recording: the same text below the header, but for
# who owns the time and the waterfall, which the script does not have.
same_text() {
	diff -uB <(build/sevtrace report "$dir/$1.imported" | sed '1,/^$/d;/^  where the time went/,/^$/d;/^  over time/,/^$/d;/^  launches, time if ok/,/^$/d;/^  who held the PSP/,/^$/d') \
		<(perf script -i "$dir/$1.perf" -s build/perf/sevtrace.py 2>"$dir/$1.script.err" | sed '1,/^$/d') >"$dir/$1.text" &&
		return
	head -n 40 "$dir/$1.text" "$dir/$1.script.err" | sed 's/^/# /'
	return 1
}
for name in snp sev sev-es legacy types failed private twice eight; do
	ok "$name: perf script prints the report of sevtrace" same_text $name
done

ok "snp: the median of SNP_LAUNCH_UPDATE is the same" same_times snp SNP_LAUNCH_UPDATE
ok "sev-es: the median of LAUNCH_UPDATE_DATA is the same" same_times sev-es LAUNCH_UPDATE_DATA
ok "failed: where it failed" holds failed.imported '.launches[0].failures[0] |
	.step == "check_attrs" and .gfn == "0x7" and .inner_ret == -22'

ok "stacks: what perf recorded is imported" import stacks
ok "stacks: a failure has its call chain" \
	holds stacks.imported '.launches[0].failures[0] | (.kernel_stack | length) > 3'
ok "lost: what perf recorded is imported" import lost
lost_is_counted() {
	holds lost.imported '.dropped > 0 and .events == .recorded + .dropped' && grep -q 'perf lost' "$dir/lost.err"
}
ok "lost: what perf lost is counted, and said" lost_is_counted
ok "packed: records that zstd packed are imported" import packed
ok "packed: the launch is whole" holds packed.imported '.launches[0] | .result == "ok" and .pages.shared == 5'
ok "piped: what went through a pipe is imported" import piped
ok "piped: the launch is whole" holds piped.imported '.launches[0] | .result == "ok" and .pages.private == 5'
ok "killed: with tracefs, what a killed perf left is imported" test "$(cat "$dir/killed.status")" = 0
ok "killed: it is not called whole" grep -q 'perf did not finish it' "$dir/killed.err"
ok "killed: the launch is there" holds killed.data '.launches[0].pages.private > 0'

# --- the document's blocks -----------------------------------------------------------------------

works() { [ "$(cat "$1.status")" = 0 ] && cat "$1.out" "$1.err" | grep -qE -- "$(cat "$1.expects")"; }
for block in "$dir"/blocks/*.sh; do
	ok "one-liners, $(head -c 60 "$block" | head -n 1)" works "${block%.sh}"
	works "${block%.sh}" || { tail -n 5 "${block%.sh}.err" "${block%.sh}.out" | sed 's/^/# /'; }
done

finish "$dir/inside.out" "$dir/report.err"
