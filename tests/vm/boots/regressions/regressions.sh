#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A firmware whose SNP_LAUNCH_UPDATE became 8 % slower: 20 recordings of a launch before that and 20
# after it, in one boot. diff and dashboard find it, at the right run, and say what it is; among
# runs of which nothing changed they find nothing. And what sevtrace bench makes of launches there.
# TAP.
#
# The emulated PSP's way to the driver takes 0.1 to 6 ms on a busy machine, and varies: noise that
# hardware does not have. So the command takes 230 ms here, which costs no processor time, and lies
# where a histogram's buckets are 3.6 % wide. Launches that were held up are recorded again.
set -u
cd "$(dirname "$(readlink -f "$0")")/../../../.." || exit 1
make -s all || exit 1

dir=$(mktemp -d /tmp/sevtrace-regressions.XXXXXX)
[ -n "${SEVTRACE_KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT
export LC_ALL=C.UTF-8

. tests/tap.bash
tap_details=$dir/err

pages=6
good=20
all=40
command=SNP_LAUNCH_UPDATE

tests/vm/run --psp-latency $command=230ms --psp-fault-file "$dir/faults" --psp-log "$dir/psp.log" -- \
	bash tests/vm/boots/regressions/inside.bash "$dir" "--type snp --pages $pages" $good $all "cmd=$command,delay=18400us" \
	230 248.4 >"$dir/inside.out" 2>&1
status=$?
ok "the virtual host ran" test $status -eq 0
[ $status -eq 0 ] || finish "$dir/inside.out"
grep 'held up' "$dir/inside.out" | sed 's/^/# /'

history() { build/sevtrace history "$@" --db "$dir/history.db" >"$dir/out" 2>"$dir/err"; }
dashboard() { build/sevtrace dashboard -j --db "$1" >"$dir/out" 2>"$dir/err"; }
holds() { jq -e "$1" "$dir/out" >/dev/null 2>"$dir/err"; }

runs() { seq -f "$dir/run-%.0f.data" "$1" "$2"; }
# shellcheck disable=SC2046 # words on purpose
add_all() {
	history add -l size=$((pages * 4))K -l concurrency=1 -l firmware=old $(runs 1 $good) &&
		history add -l size=$((pages * 4))K -l concurrency=1 -l firmware=new $(runs $((good + 1)) $all)
}
ok "every recording is a run" add_all
history list -j
ok "all of them are whole" holds \
	"(.runs | length) == $all and all(.runs[]; .dropped == 0 and (.launches | length) == 1 and .launches[0].ok == 1)"

# --- what changed, by the PSP's own log ----------------------------------------------------------

# The emulator knows which commands it delayed, and what the driver saw of it.
by_log() { # FAULT: the median of exec_ns
	jq -s --argjson fault "$1" 'map(select(.cmd == "'$command'" and .fault == $fault).exec_ns) | sort | .[length / 2 | floor]' \
		"$dir/psp.log"
}
delayed=$(grep -c '"fault":"delay"' "$dir/psp.log")
ok "the PSP was slower in each page of the later half" test "$delayed" -ge $(((all - good) * pages))
fast=$(by_log null)
slow=$(by_log '"delay"')
echo "# $command by the log of the PSP: median $fast ns before, $slow ns after"

# --- diff ----------------------------------------------------------------------------------------

row=".rows[] | select(.section == \"psp\" and .name == \"$command executing\")"
verdict() { # RUNS RUNS VERDICTS: of the command's row
	history diff -j "$1" "$2"
	holds "$row | .verdict | IN($3)" && return
	jq -c "$row" "$dir/out" | sed 's/^/# /'
	return 1
}
history diff "1-$good" "$((good + 1))-$all"
sed 's/^/# /' "$dir/out"
ok "diff: slower" verdict "1-$good" "$((good + 1))-$all" '"slower"'
ok "diff: by how much" holds "$row | .change > 0.05 and .change < 0.11"
ok "diff: as the PSP saw it" holds \
	"$row | (.a.median_ns / $fast - 1 | fabs) < 0.0625 and (.b.median_ns / $slow - 1 | fabs) < 0.0625"
ok "diff: the step that waits for it, too" holds '.rows[] | select(.name == "private/psp") | .verdict == "slower"'
history diff -f 5% "1-$good" "$((good + 1))-$all"
ok "diff --fail-above: 4" test $? -eq 4
ok "diff --fail-above: names it" grep -q "^sevtrace history diff: $command executing is slower" "$dir/err"

# Ten runs each, on both sides of each tenth run: only at the right one it became slower.
ok "diff: nothing changed at run 11" verdict 1-10 11-20 '"same", "unclear"'
ok "diff: it did at run 21" verdict 11-20 21-30 '"slower"'
ok "diff: nothing changed at run 31" verdict 21-30 31-40 '"same", "unclear"'

# --- dashboard -----------------------------------------------------------------------------------

change() { # NAME CONDITION: of all changes of that name
	holds "[.changes[] | select(.name == \"$1\")] | $2" && return
	jq -c '.changes[] | [.name, .verdict, .before.run, .after.run, .change, .p]' "$dir/out" | sed 's/^/# /'
	return 1
}
dashboard "$dir/history.db"
ok "dashboard: the command changed once, at run 21" change "$command executing" \
	'length == 1 and (.[0] | .verdict == "slower" and .before.run == 20 and .after.run == 21)'
ok "dashboard: by how much" change "$command executing" '.[0].change > 0.05 and .[0].change < 0.11'
ok "dashboard: between which labels" change "$command executing" \
	'.[0] | .before.labels.firmware == "old" and .after.labels.firmware == "new"'
ok "dashboard: the step that waits for it, too" change private/psp 'any(.[]; .verdict == "slower" and .after.run == 21)'
# shellcheck disable=SC2046 # words on purpose
build/sevtrace history add --db "$dir/half.db" $(runs 11 30) >"$dir/out"
dashboard "$dir/half.db"
ok "dashboard: also among twenty runs" change "$command executing" 'length == 1 and .[0].after.run == 11'

# --- no change, no alarm -------------------------------------------------------------------------

quiet() { # diff|dashboard TRIALS
	local ret
	tests/vm/boots/regressions/trials.py "$1" "$2" "$dir" 1-$good $((good + 1))-$all >"$dir/trials" 2>"$dir/err"
	ret=$?
	sed "s/^/# $1 without a change: /" "$dir/trials"
	return $ret
}
ok "diff: 500 trials without a change, no more alarms than its level allows" quiet diff 500
ok "dashboard: 50 trials without a change, no more alarms than its level allows" quiet dashboard 50
accepts() { # ALARMS TRIALS
	/usr/bin/python3 -c "import sys; sys.path.insert(0, 'tests/vm/boots/regressions'); sys.dont_write_bytecode = True
import trials; sys.exit(trials.as_many($1, $2) < trials.IMPROBABLE)"
}
too_many() { ! accepts "$@"; }
ok "six alarms of 50 may be chance" accepts 6 50
ok "seven are not" too_many 7 50

# --- sevtrace bench ------------------------------------------------------------------------------

status() { tap_details=$dir/$1.err && [ "$(cat "$dir/$1.status")" = "$2" ]; }
in_file() { grep -qE -- "$3" "$dir/$1.$2"; }
ok "bench: status 0" status bench-first 0
ok "bench: a recording each" test "$(cd "$dir/first" && echo *)" = \
	"size-16K.concurrency-1.data size-16K.concurrency-2.data size-8K.concurrency-1.data size-8K.concurrency-2.data"
launches() { build/sevtrace report -j "$dir/first/$1.data" | jq '.launches | length'; }
ok "bench: repetitions times launches at once, warm-up left out" \
	test "$(launches size-8K.concurrency-1) $(launches size-16K.concurrency-2)" = "2 4"
ok "bench: of that size" sh -c "build/sevtrace report -j '$dir/first/size-16K.concurrency-1.data' |
	jq -e '[.launches[].pages.private] | unique == [5]' >/dev/null"
ok "bench: a line each" test "$(grep -cE '^ +SEV-SNP +(8K|16K) +[12] +[24] +0 ' "$dir/bench-first.out")" = 4
ok "bench: two at once, beside what one at a time predicts" \
	test "$(grep -cE '^ +(8K|16K) +2 +[0-9.]+ .?s +[0-9.]+ .?s +-?[0-9.]+ %$' "$dir/bench-first.out")" = 2
ok "bench -d: the history has what one at a time predicts of more" test \
	"$(build/sevtrace history list --db "$dir/bench.db" -l kind=bench -l size=8K -l concurrency=1 -j | jq -c '[.runs[].predictions | map(.launches)]')" = \
	'[[2,4,8,16,32,64]]'
ok "bench: which command took most" in_file bench-first out 'SNP_LAUNCH_UPDATE [0-9.]+ ms, waits'
ok "bench: says what it does not set" in_file bench-first out '^  load +[0-9.]+ on 2 CPUs'
ok "bench: COMMAND's output is not in it" sh -c "! grep -q 'measurement ok' '$dir/bench-first.out'"
ok "bench -v: it is on stderr" in_file bench-second err 'measurement ok'
ok "bench -q: says nothing else" sh -c "! grep -q '^\[ sevtrace bench' '$dir/bench-second.err'"
ok "bench -b: status 0" status bench-second 0
bench_valid() {
	/usr/bin/python3 -W ignore - "$dir/bench-second.out" docs/schema/bench.schema.json <<'PY' 2>"$dir/err"
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
PY
}
ok "bench -j: valid by its schema" bench_valid
compared() {
	jq -e '.results | length == 1 and all(.measured and .commands == 2 * .concurrency and (.comparison.rows | length > 20) and
		.guests[0].ok == .commands and .guests[0].pages_per_second > 0)' "$dir/bench-second.out" >"$dir/err"
}
ok "bench -j: every one compared with its baseline" compared
ok "bench -d: runs with size and concurrency" test \
	"$(build/sevtrace history list --db "$dir/bench.db" -l kind=bench -l size=8K -l concurrency=2 -j | jq '.runs | length')" = 2
ok "bench: COMMAND's first status that is not 0" status bench-status 1
ok "bench: says how many" in_file bench-status out '2 of 2 commands failed, the first with status 1'
ok "bench: what was measured is printed nevertheless" in_file bench-status out '^ +SEV +- +1 +2 +0 '
ok "bench: a warm-up that fails: its status" status bench-warmup 5
ok "bench: a warm-up that fails: said" in_file bench-warmup err 'failed in the warm-up .*status 5.*: nothing is measured'
ok "bench: no such command: 127" status bench-none 127
ok "bench: launches that fail: COMMAND's status" status bench-refused 3
ok "bench: a baseline of another host is refused" status bench-other 125
ok "bench: a baseline of another host: said" in_file bench-other err 'another host, virtual-sev-host instead of another, .*--allow=host'
ok "bench: before anything runs" sh -c "! grep -q '1 of 1' '$dir/bench-other.err'"
ok "bench: unless it is told to" status bench-allowed 0
ok "bench: then it is said" in_file bench-allowed out 'differs.*hostname'

finish "$dir/inside.out" "$dir/bench-first.err" "$dir/bench-second.err"
