#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sevtrace diff of recordings from the virtual SEV host: ten launches with SNP_LAUNCH_UPDATE at 1
# ms, ten at 1.5 ms, and this folder's other traces. Text, JSON and CSV are what they were, agree
# with each other and with report. UPDATE=1 writes what comes out instead of comparing: look at the
# diff. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
sevtrace=$O/sevtrace
here=tests/golden
export LC_ALL=C.UTF-8 COLUMNS=100
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

. tests/tap.bash

before=$here/diff/before.data
after=$here/diff/after.data

# as_it_was NAME
as_it_was() {
	local golden=$here/diff/$1

	[ "${UPDATE:-}" = 1 ] && cp "$work/$1" "$golden"
	diff -u "$golden" "$work/$1" >"$work/err" 2>&1 || { head -n 40 "$work/err" | sed 's/^/# /' && false; }
}

# status NUMBER ARGUMENT...: the exit status of diff
status() {
	local expected=$1
	shift
	"$sevtrace" diff "$@" >"$work/out" 2>"$work/err"
	test $? = "$expected"
}

valid() {
	/usr/bin/python3 -W ignore - "$1" docs/schema/diff.schema.json <<'PY' 2>&1 | tail -n 5 | sed 's/^/# /' | { ! grep .; }
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
PY
}

"$sevtrace" diff "$before" "$after" >"$work/slower.txt"
"$sevtrace" diff -j "$before" "$after" | sed 's/^ "version": "[^"]*"/ "version": "VERSION"/' >"$work/slower.json"
"$sevtrace" diff --csv "$before" "$after" >"$work/slower.csv"
for name in slower.txt slower.json slower.csv; do
	ok "$name is as it was" as_it_was $name
done
ok "JSON is valid by its schema" valid "$work/slower.json"

verdict() { jq -e --arg name "$1" "[.rows[] | select(.name == \$name)] | length == 1 and (.[0] | $2)" "$work/slower.json" >/dev/null; }
ok "the command that was made slower is found" verdict 'SNP_LAUNCH_UPDATE executing' \
	'.verdict == "slower" and .change > 0.45 and .change < 0.55 and .over == "launches" and .p < 0.01'
ok "its step, its ioctl and the launch with it" verdict private/psp '.verdict == "slower"'
ok "its step, its ioctl and the launch with it" verdict launch '.verdict == "slower"'
ok "a command that takes what it took is the same" verdict 'SNP_LAUNCH_START executing' '.verdict == "same"'

csv_agrees() {
	/usr/bin/python3 - "$work/slower.csv" "$work/slower.json" <<'PY'
import csv, json, sys
lines = list(csv.DictReader(open(sys.argv[1])))
rows = json.load(open(sys.argv[2]))["rows"]
assert len(lines) == len(rows) > 20
for line, row in zip(lines, rows):
    assert (line["name"], line["verdict"], line["section"]) == (row["name"], row["verdict"], row["section"])
    for side in "a", "b":
        for column, key in (("median_%s_ns", "median_ns"), ("p99_%s_ns", "p99_ns"), ("count_%s", "count")):
            assert int(line[column % side]) == row[side][key], (line, row)
PY
}
ok "CSV has the figures of JSON" csv_agrees

# What differs alone, and the slowest first.
names() { grep -E '^  .* (same|slower|faster|unclear|only [AB])[*]?$' | sed -E 's/^  (.{29}).*/\1/; s/ +$//' | sort; }
"$sevtrace" diff --changed "$before" "$after" >"$work/changed.txt"
ok "--changed: the rows that differ, and no other" diff <(names <"$work/changed.txt") \
	<(jq -r '.rows[] | select(.verdict | IN("same", "unclear") | not).name' "$work/slower.json" | sort)
ok "--changed: there are some, and fewer than all" sh -c "test \$(grep -c slower '$work/changed.txt') -gt 3 && ! grep -q ' same\$' '$work/changed.txt'"
"$sevtrace" diff --by-change "$before" "$after" >"$work/sorted.txt"
ok "--by-change: the same rows" diff <(names <"$work/sorted.txt") <(names <"$work/slower.txt")
ok "--by-change: what became slowest first, in each table" awk '/^$/ { last = 1e9 } match($0, /[-+][0-9.]+%/) { change = substr($0, RSTART, RLENGTH - 1) + 0
	if (change > last) exit 1; last = change; n++ } END { exit n < 20 }' "$work/sorted.txt"
ok "--changed: nothing does" sh -c "'$sevtrace' diff --changed '$before' '$before' | grep -qx '  no row differs'"

# The median of the launches' medians, from the report.
median_of_report() {
	[ "$("$sevtrace" report -j "$1" | jq '[.launches[].psp.SNP_LAUNCH_UPDATE.exec.p50_ns] | sort | (.[4] + .[5]) / 2 | floor')" = \
		"$(jq "[.rows[] | select(.name == \"SNP_LAUNCH_UPDATE executing\")][0].$2.median_ns" "$work/slower.json")" ]
}
ok "A's median is that of the report" median_of_report "$before" a
ok "B's median is that of the report" median_of_report "$after" b

# Results for CI: read back, they say what JSON and the exit status say.
"$sevtrace" diff -f 5% --junit "$work/slower.xml" --markdown "$work/slower.md" "$before" "$after" >"$work/with.txt" 2>/dev/null
ok "slower.md is as it was" as_it_was slower.md
ok "--junit and --markdown: the text stays as it is" cmp "$work/with.txt" "$work/slower.txt"
junit_agrees() { # XML JSON
	/usr/bin/python3 - "$@" <<'PY'
import json, sys, xml.etree.ElementTree as tree
top = tree.parse(sys.argv[1]).getroot()
document = json.load(open(sys.argv[2]))
cases = {(c.get("classname"), c.get("name")): c for c in top.iter("testcase")}
slower = {row["name"] for row in document["rows"] if row["verdict"] == "slower" and row["change"] > 0.05}
failed = {c.get("name") for c in cases.values() if c.find("failure") is not None and c.find("failure").get("type") == "slower"}
assert len(cases) == len(document["rows"]) + 2 * len(document["launches"]) + 1 == int(top.get("tests")), len(cases)
assert failed == slower, (failed, slower)
refused = sum(bool(t[side]["failed"]) for t in document["launches"] for side in "ab")
found = sum(c.find("failure") is not None for c in cases.values())
empty = bool(document["nothing_to_compare"])
assert found == int(top.get("failures")) == len(slower) + refused + empty, (found, refused, empty)
assert found == sum(int(s.get("failures")) for s in top) and len(cases) == sum(int(s.get("tests")) for s in top)
assert sum(int(s.get("skipped")) for s in top) == sum(c.find("skipped") is not None for c in cases.values())
for row in document["rows"]:
    case = [c for key, c in cases.items() if key[1] == row["name"] and key[0].endswith("." + row["section"])]
    assert any(abs(float(c.get("time")) * 1e9 - (row["b"] or {"median_ns": 0})["median_ns"]) < 1 for c in case), row
PY
}
ok "JUnit has the cases and failures of JSON" junit_agrees "$work/slower.xml" "$work/slower.json"
"$sevtrace" diff -J "$work/failed.xml" -m "$work/failed.md" -j "$before" "$here/vm/snp-failed-page.data" >"$work/failed.json"
ok "JUnit: a recording with a failed launch fails" junit_agrees "$work/failed.xml" "$work/failed.json"
ok "JUnit: and says where to look" grep -q '1 of 1 failed; sevtrace report .*snp-failed-page.data says why' "$work/failed.xml"
ok "Markdown: a failed launch is in its first line" sh -c "head -n 1 '$work/failed.md' | grep -q '❌ 1 failed'"
hostile="$work/a<b>&\"c\"|\`d\`"$'\e'".data"
cp "$before" "$hostile"
"$sevtrace" diff -f 5 -J "$work/hostile.xml" -m "$work/hostile.md" -j "$hostile" "$after" >"$work/hostile.json" 2>/dev/null
ok "JUnit: a file name cannot break it" junit_agrees "$work/hostile.xml" "$work/hostile.json"
ok "Markdown: nor this" grep -qF 'a&lt;b\>&amp;"c"\|\`d\`?.data' "$work/hostile.md"
ok "a result that cannot be written: status 1" status 1 -J "$work/none/x.xml" "$before" "$after"
ok "a result that cannot be written: named" grep -q "cannot write .*none/x.xml: No such file" "$work/err"

ok "status 0" status 0 "$before" "$after"
ok "--fail-above: status 4 when it is more" status 4 --fail-above 5% "$before" "$after"
ok "--fail-above: says which row" grep -q 'SNP_LAUNCH_UPDATE executing is slower by 5[0-9.]* %, more than 5%' "$work/err"
ok "--fail-above: 0 when it is less" status 0 -f 400 "$before" "$after"
ok "--fail-above: 0 when B is the faster one" status 0 -f 5 "$after" "$before"
ok "a recording and itself: nothing differs" status 0 -f 0 -j "$before" "$before"
ok "a recording and itself: every row is the same" \
	jq -e '.rows | length > 20 and all(.verdict == "same" and .change == 0)' "$work/out"
ok "a launch failed: status 3" status 3 "$before" "$here/vm/snp-failed-page.data"


# A gate that compared nothing does not pass. Without a limit, one common type of guest is enough.
says_reason() { jq -e --arg reason "$reason" '.nothing_to_compare == $reason' "$work/empty.json" >"$work/jq"; }
empty() { # NAME REASON ARGUMENT...
	local name=$1 reason=$2
	shift 2
	ok "$name: status 5" status 5 "$@"
	ok "$name: said" grep -q "nothing to compare: $reason; --allow-empty" "$work/err"
	ok "$name: in the text" grep -q "Nothing to compare: $reason" "$work/out"
	status 5 -j -J "$work/empty.xml" -m "$work/empty.md" "$@" && cp "$work/out" "$work/empty.json"
	ok "$name: in JSON" says_reason
	ok "$name: JSON is valid" valid "$work/empty.json"
	ok "$name: a case of JUnit fails" junit_agrees "$work/empty.xml" "$work/empty.json"
	ok "$name: Markdown's first line" sh -c "head -n 1 '$work/empty.md' | grep -q '❌ nothing to compare: $reason'"
	ok "$name: --allow-empty: status 0" status 0 --allow-empty -J "$work/empty.xml" "$@"
	ok "$name: --allow-empty: said nevertheless" grep -q "nothing to compare: $reason\$" "$work/err"
	ok "$name: --allow-empty: no case fails" sh -c "! grep -q '<failure' '$work/empty.xml'"
}
empty "no launch in A" "A has no launch" "$here/made/host-commands.data" "$after"
empty "no launch in B" "B has no launch" -f 5% "$before" "$here/made/host-commands.data"
empty "other guests" "A and B have guests of different types" -f 5% "$before" "$here/vm/sev.data"
empty "other guests, without a limit" "A and B have guests of different types" "$before" "$here/vm/sev.data"
empty "a limit and too few launches" "too few launches of SEV for any test" -f 5% "$here/made/concurrent.data" \
	"$here/made/concurrent.data"
ok "too few launches, without a limit: status 0" status 0 "$here/made/concurrent.data" "$here/made/concurrent.data"
ok "something to compare: in JSON" test "$(jq .nothing_to_compare "$work/slower.json")" = null

for trace in "$here"/{made,vm}/*.data; do
	name=$(basename "$trace" .data)
	"$sevtrace" diff -j "$trace" "$after" >"$work/$name.json" 2>/dev/null
	ok "$name: can be compared, JSON is valid" valid "$work/$name.json"
done

head -c 30000 "$before" >"$work/cut.data"
ok "cut off: compared as far as it goes" status 0 "$work/cut.data" "$after"
ok "cut off: said" grep -q 'comparing what was read before' "$work/err"
ok "one file: usage" status 2 "$before"
ok "one file: says what is missing" grep -q 'two recordings are needed' "$work/err"
ok "no such file: status 1" status 1 "$before" "$work/none"
ok "no such file: named" grep -q "$work/none cannot be opened" "$work/err"
for wrong in x -5 5%% nan ''; do
	ok "--fail-above '$wrong': usage" status 2 --fail-above "$wrong" "$before" "$after"
done
ok "--json with --csv: usage" status 2 -j -c "$before" "$after"
ok "a full disk: status 1" sh -c "! '$sevtrace' diff '$before' '$after' >/dev/full 2>'$work/err' && grep -q 'cannot write' '$work/err'"
# What may differ: these two are of two kernels on one host.
ok "--allow=: another kernel is refused" status 1 --allow= $here/vm/snp.data $here/vm/snp-calls.data
ok "--allow=: it is said, with what to do" grep -q 'is of another kernel, .* --allow=kernel compares' "$work/err"
ok "--allow=host,firmware: the same" status 1 --allow=host,firmware $here/vm/snp.data $here/vm/snp-calls.data
ok "--allow=kernel: compared" status 0 --allow=kernel $here/vm/snp.data $here/vm/snp-calls.data
ok "without it, too" status 0 $here/vm/snp.data $here/vm/snp-calls.data
ok "--allow=: what is alike is compared" status 0 --allow= "$before" "$after"
ok "--allow=color: 2" status 2 --allow=color "$before" "$after"

# Some launches only: what is compared is what those have.
chosen() { # EXPECTED OPTION...
	local expected=$1
	shift
	[ "$("$sevtrace" diff -j -E "$@" "$crowd" "$crowd" 2>"$work/err" | jq -c '[.launches[] | (.a, .b) | .ok + .failed]')" = "$expected" ]
}
crowd=$here/made/crowd.data
ok "all launches" chosen '[9,9,3,3]'
ok "--launch, and --slowest of these" chosen '[2,2]' --launch 1-3 --slowest 2
ok "--failed" chosen '[3,3]' --failed
ok "--comm, which has no letter here" chosen '[9,9,3,3]' --comm qemu-system-x86
ok "--min-latency" chosen '[2,2,1,1]' --min-latency 14ms
ok "of no launch there is nothing to compare: 5" status 5 --launch 99 "$crowd" "$crowd"
ok "--launch that is no list: 2" status 2 --launch x "$crowd" "$crowd"
ok "-c goes on being --csv" sh -c "'$sevtrace' diff -c '$crowd' '$crowd' | head -n 1 | grep -q ,"

finish
