#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sevtrace predict of the recordings in this folder and of made-up ones: text and JSON are what they
# were, agree with each other, with what can be computed by hand, and with what was measured where
# launches were recorded at once. UPDATE=1 writes what comes out instead of comparing: look at the
# diff. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
sevtrace=$O/sevtrace
here=tests/golden
export LC_ALL=C.UTF-8 COLUMNS=80
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

. tests/tap.bash

before=$here/diff/before.data

# as_it_was NAME
as_it_was() {
	local golden=$here/predict/$1

	[ "${UPDATE:-}" = 1 ] && cp "$work/$1" "$golden"
	diff -u "$golden" "$work/$1" >"$work/err" 2>&1 || { head -n 40 "$work/err" | sed 's/^/# /' && false; }
}

# status NUMBER ARGUMENT...: the exit status of predict
status() {
	local expected=$1
	shift
	"$sevtrace" predict "$@" >"$work/out" 2>"$work/err"
	test $? = "$expected"
}

valid() {
	/usr/bin/python3 -W ignore - "$1" docs/schema/predict.schema.json <<'PY' 2>&1 | tail -n 5 | sed 's/^/# /' | { ! grep .; }
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
PY
}

# holds FILTER: of the JSON in $work/out
holds() { jq -e "$1" "$work/out" >/dev/null; }
narrow() { LC_ALL=C.UTF-8 awk 'length($0) > 80 { print "# " $0; wide = 1 } END { exit wide }' "$1"; }

# --- what comes out ------------------------------------------------------------------------------

"$sevtrace" predict "$before" >"$work/before.txt"
"$sevtrace" predict -j "$before" | sed 's/^ "version": "[^"]*"/ "version": "VERSION"/' >"$work/before.json"
"$sevtrace" predict -C 3,10000 --size 256M --hosts 10 $here/vm/snp-pages.data >"$work/size.txt"
"$sevtrace" predict -C 1,4 $here/vm/sev-es.data >"$work/sev-es.txt"
"$sevtrace" predict -C 1,12 "$before" $here/vm/snp-three-pages.data $here/vm/snp-failed-page.data $here/vm/sev.data \
	>"$work/several.txt"
for name in before.txt before.json size.txt sev-es.txt several.txt; do
	ok "$name is as it was" as_it_was $name
	ok "$name: no line is longer than 80 columns" narrow "$work/$name"
done
ok "JSON is valid by its schema" valid "$work/before.json"

text_agrees() {
	local n p50

	for n in 1 8 64; do
		p50=$(jq ".predictions[] | select(.launches == $n) | .p50_ns.value / 1e6 | floor" "$work/before.json")
		grep -E "^  $n " "$work/before.txt" |
			awk -v ms="$p50" '{ v = $2 * ($3 == "s" ? 1000 : 1); exit !(v > ms * 0.99 && v < ms * 1.01 + 1) }' || return 1
	done
}
ok "text has the figures of JSON" text_agrees

same_twice() { cmp <("$sevtrace" predict -j "$before") <("$sevtrace" predict -j "$before"); }
ok "the same again is the same" same_twice
ok "another seed" sh -c "! '$sevtrace' predict --seed 2 '$before' | cmp -s - '$work/before.txt'"

# --- by hand -------------------------------------------------------------------------------------

# Twelve launches alike: the PSP works 105.378 ms for each, in 104 commands. Waiters take 10 us to
# have the mailbox, and the launch that gave it back is there after 9 us, so it changes hands in
# turns: 9.5 us a command.
"$O/make_trace" steady "$work/steady.data"
ok "steady: status 0" status 0 -j -C 1,8,100 "$work/steady.data"
duration=$("$sevtrace" report -j "$work/steady.data" | jq '.launches[0].duration_ns')
ok "steady: alone, a launch takes what it took" holds ".predictions[0] | .p50_ns.value == $duration and .last_ns.value == $duration"
near() { holds "($1) as \$v | ($2) as \$w | \$v > \$w * 0.999 and \$v < \$w * 1.001"; }
ok "steady: 8 at once" near '.predictions[1].last_ns.value' '8 * (105378000 + 104 * 9500)'
ok "steady: 100 at once" near '.predictions[2].last_ns.value' '100 * (105378000 + 104 * 9500)'
ok "steady: the PSP is busy but for handing over" near '.predictions[2].psp_busy.value' '105378 / (105378 + 988)'
ok "steady: launches an hour" near '.launches_per_hour.value' '3600e9 / 105378000'
ok "steady: SNP_LAUNCH_UPDATE in half the time" near '.changes[0].prediction.last_ns.value' '100 * (105378000 - 50100000 + 104 * 9500)'
ok "steady: two hosts" near '.changes[] | select(.change == "hosts").prediction.last_ns.value' '50 * (105378000 + 104 * 9500)'
ok "steady: nothing to warn of" holds '.warnings == []'
ok "steady, ten times the pages" status 0 -j -C 8 --pages 1000 "$work/steady.data"
ok "steady, ten times the pages: 900 more of 1.002 ms" near '.predictions[0].last_ns.value' \
	'8 * (105378000 + 900 * 1002000 + 1004 * 9500)'
ok "--size is the same" sh -c "'$sevtrace' predict -j -C 8 --size 4000K '$work/steady.data' | cmp - '$work/out'"

# --- against what was measured -------------------------------------------------------------------

# Three launches at once: what they waited is taken out of them, and predicted.
for name in snp-three-at-once snp-three-pages; do
	"$sevtrace" report -j $here/vm/$name.data >"$work/measured.json"
	p50=$(jq '[.launches[].duration_ns] | sort | .[1]' "$work/measured.json")
	last=$(jq '[.launches[].duration_ns] | max' "$work/measured.json")
	ok "$name: predicted" status 0 -j -C 3 $here/vm/$name.data
	echo "# $name: p50 $(jq .predictions[0].p50_ns.value "$work/out") predicted, $p50 measured; last $(jq .predictions[0].last_ns.value "$work/out"), $last"
	ok "$name: p50 within 10 %" holds ".predictions[0].p50_ns.value / $p50 - 1 | fabs < 0.1"
	ok "$name: the longest within 10 %" holds ".predictions[0].last_ns.value / $last - 1 | fabs < 0.1"
done

# Twelve launches one at a time, and two times sixteen at once, in the virtual host.
alone=$here/predict/snp-12-1.data
sixteen=$here/predict/snp-12-16.data
ok "--check: status 0" status 0 -j -C 1 --check $sixteen $alone
ok "--check: JSON is valid" valid "$work/out"
ok "--check: sixteen at once, twice" holds '.checks | map([.launches, .times]) == [[16, 2]]'
ok "--check: what was measured" holds ".checks[0] | .p50_ns.measured == $("$sevtrace" report -j $sixteen |
	jq '[.launches[].duration_ns] | sort | .[length / 2 - 1]')"
ok "--check: p50 and the last within 10 %, p99 within 20 %" holds '.checks[0] |
	(.p50_ns.too_long | fabs < 0.1) and (.last_ns.too_long | fabs < 0.1) and (.p99_ns.too_long | fabs < 0.2)'
ok "--check: too long by is what the two say" holds '.checks[0].p50_ns | .predicted / .measured - 1 - .too_long | fabs < 1e-9'
ok "--check: one at a time is one at a time" status 0 -j --check $alone $alone
ok "--check: twelve times one" holds '.checks | map([.launches, .times, .last_ns.measured == .p50_ns.measured]) == [[1, 12, true]]'
ok "--check: as text" status 0 -C 1 --check $sixteen $alone
ok "--check: as text, by name" grep -qE "^  held against $sixteen$" "$work/out"
ok "--check: as text, its figures" grep -qE '^    the last +[0-9.]+ s +[0-9.]+ s +-?[0-9.]+ %$' "$work/out"
ok "--check: 80 columns" narrow "$work/out"
ok "--check of no launch: status 5" status 5 --check $here/made/host-commands.data $alone
ok "--check of no file: status 1" status 1 --check "$work/none" $alone
ok "--check of no file: named" grep -q "$work/none cannot be opened" "$work/err"

# --- arrivals ------------------------------------------------------------------------------------

ok "arrivals: status 0" status 0 -j --arrivals 300/m "$work/steady.data"
ok "arrivals: JSON is valid" valid "$work/out"
ok "arrivals: the PSP's load" holds '.predictions[0].psp_busy.value / (5 * 0.105378) - 1 | fabs < 0.05'
ok "arrivals: no last one" holds '.predictions[0].last_ns.value == null'
ok "arrivals: too many" status 0 -j --arrivals 10/s "$work/steady.data"
ok "arrivals: too many, said" holds '.warnings | any(test("more than the PSP can do"))'
ok "arrivals: too many, JSON is valid" valid "$work/out"
ok "arrivals: too many have no p50" holds '.predictions[0].p50_ns.value == null'
ok "arrivals: as text" status 0 --arrivals 10/s "$work/steady.data"
ok "arrivals: 80 columns" narrow "$work/out"

# --- large ---------------------------------------------------------------------------------------

ok "1,000 launches of 100,000 pages" status 0 -j -C 1000 --pages 100000 "$before"
ok "1,000 launches of 100,000 pages: in batches" holds '.predictions[0].batch > 10'
# 100 million commands cannot take less than the PSP needs for them, nor much more.
ok "1,000 launches of 100,000 pages: the PSP's time" holds \
	'(.predictions[0].last_ns.value / (1000 * .alone.psp_ns)) as $x | $x > 0.97 and $x < 1.03'
ok "10,000 launches of 1 TiB" status 0 -j -C 10000 --size 1024G $here/vm/sev-es.data
ok "10,000 launches of 1 TiB: JSON is valid" valid "$work/out"

# --- any recording -------------------------------------------------------------------------------

for trace in "$here"/{made,vm}/*.data; do
	name=$(basename "$trace" .data)
	"$sevtrace" predict -E -j "$trace" >"$work/$name.json" 2>"$work/err"
	ok "$name: status 0 with -E" test $? = 0
	[ ! -s "$work/$name.json" ] || ok "$name: JSON is valid" valid "$work/$name.json"
done
ok "no launch: status 5" status 5 $here/made/host-commands.data
ok "no launch: said" grep -q 'there is no launch in what was recorded; record some' "$work/err"
ok "no launch that finished: status 5" status 5 $here/vm/snp-failed-page.data
ok "no launch that finished: said" grep -q 'no launch was recorded from its start to its end' "$work/err"
ok "hostile: status 5" status 5 $here/made/hostile.data
head -c 30000 "$before" >"$work/cut.data"
ok "cut off: predicted as far as it goes" status 0 "$work/cut.data"
ok "cut off: said" grep -q 'predicting from what was read before' "$work/err"
ok "no such file: status 1" status 1 "$work/none"
ok "no such file: named" grep -q "$work/none cannot be opened" "$work/err"
: >"$work/empty.data"
ok "an empty file: status 1" status 1 "$work/empty.data"
ok "a full disk: status 1" sh -c "! '$sevtrace' predict '$before' >/dev/full 2>'$work/err' && grep -q 'cannot write' '$work/err'"
cp "$before" "$work/sevtrace.data"
ok "no file is named: sevtrace.data" sh -c "sevtrace=\$(readlink -f '$sevtrace') && cd '$work' && \$sevtrace predict | cmp - before.txt"

# --- options -------------------------------------------------------------------------------------

wrong() { # SAYS ARGUMENT...
	local says=$1
	shift
	ok "$*: status 2" status 2 "$@" "$before"
	ok "$*: said" grep -qF -- "$says" "$work/err"
}
for list in 0 '' '1,' ,1 1,,2 -1 x 10001 1x 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17; do
	wrong "invalid numbers of launches" "--concurrency=$list"
done
for rate in 0/s 5 5/d -1/s nan/s /s inf/h; do
	wrong "invalid rate" "--arrivals=$rate"
done
for pages in 0 -1 x 268435457; do
	wrong "invalid number of pages" "--pages=$pages"
done
wrong "invalid size" --size=2T
wrong "invalid number of hosts" --hosts=0
wrong "invalid seed" --seed=x
wrong "use either --pages or --size" --pages 1 --size 4K
wrong "--check is of launches at once" --check "$before" --pages 7
wrong "--check is of launches at once" --check "$before" --arrivals 1/s
wrong "use either --concurrency or --arrivals" -C 1 --arrivals 1/s

finish
