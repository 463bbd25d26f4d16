#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sevtrace dashboard with made-up histories whose changes are known: what it prints, and its page in
# headless Chromium, used as a person would. TAP. SCREENSHOTS=DIR keeps pictures of the page there.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
sevtrace=$O/sevtrace
export LC_ALL=C.UTF-8 COLUMNS=100
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

. tests/tap.bash
tap_details=$work/err

# dashboard NUMBER ARGUMENT...: by its exit status
dashboard() {
	local expected=$1
	shift
	"$sevtrace" dashboard "$@" >"$work/out" 2>"$work/err"
	test $? = "$expected"
}
out() { grep -qE -- "$1" "$work/out"; }
err() { grep -qE -- "$1" "$work/err"; }
valid() {
	/usr/bin/python3 -W ignore - "$1" docs/schema/dashboard.schema.json <<'PY' 2>"$work/err"
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
PY
}
jq_is() { test "$(jq -c "$1" "$work/out" 2>&1)" = "$2"; }

# --- what it prints ------------------------------------------------------------------------------

ok "60 commits of 9 runs" "$O/make_history" "$work/h.db" 60 12
ok "text" dashboard 0 --db "$work/h.db"
ok "text: what there is" out '^540 runs, [0-9]+ series, [0-9]+ changes$'
ok "text: the change, its size, from and to" out '^    SNP_LAUNCH_UPDATE executing +\+[78]\.[0-9]% +1\.[67][0-9]? ms +1\.8[0-9]? ms  slower$'
ok "text: the run it is since, with its labels" out '^since run 3[23][0-9] \(.*, build=release, commit=[0-9a-f]{7}, concurrency=[128], size=[0-9]+M,'
ok "JSON" dashboard 0 --db "$work/h.db" -j
ok "JSON: valid" valid "$work/out"
# Of 60 commits the 37th is the first slower one; its nine runs are 325 to 333.
update='.changes[] | select(.name == "SNP_LAUNCH_UPDATE executing")'
ok "JSON: the command that became slower, at the right commit" \
	jq_is "[$update | select(.after.run >= 316 and .after.run <= 342)] | length" 9
ok "JSON: at the very run, in most configurations" \
	jq_is "[$update | select(.after.run >= 325 and .after.run <= 333 and .before.run == .after.run - 9)] | length >= 7" true
ok "JSON: slower, by about 8 %" jq_is "[$update | .verdict == \"slower\" and .change > 0.06 and .change < 0.1] | all" true
ok "JSON: the kernel that changed with it" \
	jq_is "[$update | select(.after.run >= 325 and .after.run <= 333) | .differences == [{what: \"kernel\", a: \"6.12.57\", b: \"6.12.58\"}]] | all" true
ok "JSON: get_page, slower and back, in the large guests only" \
	jq_is '[.changes[] | select(.name == "private/get_page") | .labels.size + " " + .verdict] | unique' '["32M faster","32M slower"]'
ok "JSON: nothing else changed" \
	jq_is '[.changes[].name | select(test("LAUNCH_UPDATE|private/psp|private/get_page|^launch$") | not)] | length' 0

# What the page has as errors.
failures() { # KIND SQL
	jq_is "[.failures[] | select(.what == \"$1\") | .count] | add // 0" "$(sqlite3 "$work/h.db" "$2")"
}
dashboard 0 --db "$work/h.db" -j
ok "JSON: launches that failed, all of them" failures failed 'SELECT ifnull(sum(failed), 0) FROM launches'
ok "JSON: launches not finished" failures incomplete 'SELECT ifnull(sum(incomplete), 0) FROM launches'
ok "JSON: answers of the PSP" failures status 'SELECT ifnull(sum(count), 0) FROM error'
ok "JSON: there are some" jq_is '(.failures | length > 0) and (.failures[0].first_run <= .failures[0].last_run)' true
ok "JSON: enough runs in each series" jq_is '.judged == .series' true
dashboard 0 --db "$work/h.db"
ok "text: failures" out '^  .* (failed, [0-9,]+|answered [A-Z_]+, [0-9,]+ times) in [0-9,]+ runs?: first in run [0-9]+, last in run [0-9]+$'
few() { "$O/make_history" "$work/few.db" 15 3 && dashboard 0 --db "$work/few.db"; }
ok "too few runs" few
ok "too few runs: said" out '^Each of the series is too short for a change to be found: that takes 16 runs\.$'
dashboard 0 --db "$work/few.db" -j
ok "too few runs: JSON" jq_is '[.judged, (.series > 5), (.changes | length)]' '[0,true,0]'
ok "a label that no run has: 1" dashboard 1 --db "$work/h.db" --by siz
ok "a label that no run has: said" err "^sevtrace dashboard: no run has the label 'siz' of --by; "
ok "by no label" dashboard 0 --db "$work/h.db" --by ''
ok "a filter: before the change there is none" dashboard 0 --db "$work/h.db" -j --until 2025-09-12
ok "a filter: fewer runs" jq_is '[.runs, (.changes | length)]' '[99,0]'
ok "by other labels" dashboard 0 --db "$work/h.db" -j --by size,build,concurrency
ok "by other labels: they name the series" jq_is '.changes[0].labels.build' '"release"'
ok "no such run: 1" dashboard 1 --db "$work/h.db" --host nobody
ok "no such run: said" err "no such run in .*h.db; "
ok "no database: 1" dashboard 1 --db "$work/none.db"
ok "no database: said" err 'none.db.*No such file'
ok "wrong time: 2" dashboard 2 --db "$work/h.db" --since yesterday
ok "wrong time: said by the right command" err "^sevtrace dashboard: invalid time 'yesterday'"
ok "JSON and the page on stdout: 2" dashboard 2 --db "$work/h.db" -j -o -
ok "a page that cannot be written: 1" dashboard 1 --db "$work/h.db" -o "$work/no/page.html"
ok "a page that cannot be written: said" err 'no/page.html: No such file'
ok "the page on stdout" dashboard 0 --db "$work/h.db" -o -
ok "the page on stdout, and nothing else" test "$(head -c 15 "$work/out")" = '<!doctype html>'

# --- what the page is made of --------------------------------------------------------------------

ok "the page" dashboard 0 --db "$work/h.db" -o "$work/page.html" --title 'Nightly <launches>'
ok "no address in it but names" bash -c "! grep -oE '(src|href|action)=[\"'\\'']?(https?:)?//' '$work/page.html'"
hostile() { "$O/make_history" "$work/hostile.db" 20 8 hostile && dashboard 0 --db "$work/hostile.db" -o "$work/hostile.html"; }
ok "a page of hostile labels" hostile
tags() { grep -oi '<script\|</script\|<img\|<b>' "$1" | sort | uniq -c; }
ok "no more elements in it than in another page" test "$(tags "$work/hostile.html")" = "$(tags "$work/page.html")"
ok "1,008 runs of 20 launches" "$O/make_history" "$work/large.db" 112 20
ok "their page" dashboard 0 --db "$work/large.db" -o "$work/large.html"
size=$(stat -c %s "$work/large.html")
echo "# $size bytes"
ok "their page: under 10 MB" test "$size" -lt 10000000
single() { "$O/make_history" "$work/one.db" 1 3 && dashboard 0 --db "$work/one.db" -o "$work/one.html"; }
ok "a page of one commit" single

. tests/browser/browser.bash
ok "npm ci" install_packages
for file in LICENSE dist/uPlot.iife.min.js dist/uPlot.min.css; do
	ok "vendor/$(basename $file) is the pinned package's" \
		cmp "$packages/node_modules/uplot/$file" "tools/lib/html/vendor/$(basename $file)"
done

# --- in a browser --------------------------------------------------------------------------------

# The same two runs as sevtrace history diff: the page's verdicts have to be these.
for pair in "324 333" "1 2" "9 540" "100 109"; do
	# shellcheck disable=SC2086 # two numbers
	"$sevtrace" history diff --db "$work/h.db" -j $pair >"$work/diff-${pair/ /-}.json" 2>/dev/null
done
for script in page hostile; do
	in_browser "$script"
done
finish "$work/page.out" "$work/hostile.out"
