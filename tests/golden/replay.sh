#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Replay every trace of made/ and vm/, without privilege, and compare report, JSON and script with
# what they were. TAP. The traces stay as they are, so this is also the test that an older
# recording still opens. UPDATE=1 writes what comes out instead of comparing: look at the diff.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
export LC_ALL=C.UTF-8 COLUMNS=100
here=tests/golden
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# shellcheck source=tests/tap.bash
. tests/tap.bash
tap_details=$work/diff

# The tool's own version is not what is tested.
normal() { sed -E '0,/"version": "[^"]*"/s//"version": "VERSION"/'; }

# compare NAME KIND: the work file against the golden one.
compare() {
	local golden=$here/$1.$2 got=$work/$1.$2

	[ "${UPDATE:-}" = 1 ] && cp "$got" "$golden"
	diff -u "$golden" "$got" >"$work/diff" 2>&1
	ok "$1: $2 is as it was" test $? -eq 0
}

validate() {
	/usr/bin/python3 -W ignore - "$work/$1.report.json" docs/schema/report.schema.json 2>"$work/err" <<'PY'
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])),
                    format_checker=jsonschema.FormatChecker())
PY
	ok "$1: JSON is valid by its schema" test $? -eq 0
	[ -s "$work/err" ] && tail -n 20 "$work/err" | sed 's/^/# /'
	jq -e 'all(.launches[]; .duration_ns == .time.outside_ns + .time.untold_ns + ([.time.ioctls[][]] | add // 0))' \
		"$work/$1.report.json" >/dev/null
	ok "$1: all time has an owner" test $? -eq 0
}

# The exit status that the trace asks for: 3 when a launch in it failed; of report 5 when it has
# none.
status_of() { jq -e '[.launches[].result] | any(. == "failed")' "$1" >/dev/null && echo 3 || echo 0; }

mkdir "$work/made" "$work/vm"
for trace in "$here"/{made,vm}/*.data; do
	name=${trace#"$here/"}
	name=${name%.data}
	"$O/sevtrace" report "$trace" >"$work/$name.report.txt"
	text=$?
	"$O/sevtrace" report -j "$trace" | normal >"$work/$name.report.json"
	json=${PIPESTATUS[0]}
	"$O/sevtrace" script "$trace" >"$work/$name.script.txt"
	script=$?
	expected=$(status_of "$work/$name.report.json")
	shown=$(jq --argjson status "$expected" 'if .launches == [] then 5 else $status end' "$work/$name.report.json")
	[ "$text $json $script" = "$shown $shown $expected" ]
	ok "$name: exit status is $expected, of report $shown" test $? -eq 0
	compare "$name" report.txt
	compare "$name" report.json
	compare "$name" script.txt
	validate "$name"
	[ "$("$O/sevtrace" script -j "$trace" | jq -s length)" = "$(wc -l <"$work/$name.script.txt")" ]
	ok "$name: script -j has as many lines as script" test $? -eq 0
	jq -e '.dropped == ([.cpus[].dropped] | add) and .events == .dropped + .recorded' \
		"$work/$name.report.json" >/dev/null
	ok "$name: events = recorded + dropped" test $? -eq 0
done
finish
