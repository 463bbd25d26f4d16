#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sevtrace import of what perf wrote in the virtual SEV host: the report as it was, and what import
# says of files that it cannot read. UPDATE=1 writes the reports anew: look at the diff. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
sevtrace=$O/sevtrace
samples=tests/golden/perf
export LC_ALL=C.UTF-8 COLUMNS=100
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# shellcheck source=tests/tap.bash
. tests/tap.bash
tap_details=$work/err

# fails NAME PATTERN ARG...: import fails with status 1 and says so.
fails() {
	local name=$1 pattern=$2 status
	shift 2
	"$sevtrace" import -o "$work/none" "$@" >"$work/out" 2>"$work/err"
	status=$?
	[ $status = 1 ] && grep -qE -- "$pattern" "$work/err"
	ok "$name" test $? -eq 0
}

# compare NAME: the report of an imported file against what it was.
compare() {
	local golden=$samples/$1.report.txt

	"$sevtrace" report "$work/$1.data" | sed "1s|^.*/||" >"$work/$1.txt"
	[ "${UPDATE:-}" = 1 ] && cp "$work/$1.txt" "$golden"
	diff -u "$golden" "$work/$1.txt" >"$work/err" 2>&1
	ok "$1: the report is as it was" test $? -eq 0
}

for name in failed packed piped; do
	echo older >"$work/$name.data"
	"$sevtrace" import -o "$work/$name.data" "$samples/$name.perf" 2>"$work/err"
	ok "$name: is imported" test $? -eq 0
	ok "$name: an older file is kept" grep -qx older "$work/$name.data.old"
	compare $name
done
"$sevtrace" import -q -o "$work/stdin.data" - <"$samples/piped.perf" 2>"$work/err" &&
	cmp "$work/stdin.data" "$work/piped.data" >>"$work/err"
ok "standard input serves as well" test $? -eq 0

# same NAME WIDTH LOCALE: perf's own script prints the report below its header, stacks aside, whose
# symbols perf looks up, and who owns the time, which it does not tell.
same() {
	local no_stacks='/^  kernel /,/^$/d' no_times='/^  where the time went/,/^$/d;/^  over time/,/^$/d;/^  who held the PSP/,/^$/d'

	COLUMNS=$2 LC_ALL=$3 "$sevtrace" report "$work/$1.data" | sed "1,/^\$/d;$no_stacks;$no_times" >"$work/tool"
	COLUMNS=$2 LC_ALL=$3 perf script -i "$samples/$1.perf" -s "$O/perf/sevtrace.py" 2>"$work/perf.err" |
		sed "1,/^\$/d;$no_stacks" >"$work/script"
	[ -s "$work/tool" ] && diff -uB "$work/tool" "$work/script" >"$work/err"
	ok "$1: perf script prints the same, $2 columns, $3" test $? -eq 0
}
for name in failed packed piped; do
	same $name 100 C.UTF-8
done
same packed 80 C
same piped 80 C.UTF-8

# What is there before the end is kept, where the events are described first.
head -c 50000 "$samples/piped.perf" >"$work/cut.perf"
"$sevtrace" import -o "$work/cut.data" "$work/cut.perf" 2>"$work/err" &&
	grep -q 'cut off at byte' "$work/err" &&
	"$sevtrace" report -j "$work/cut.data" | jq -e '.recorded > 10 and (.launches | length) == 1' >/dev/null
ok "a file that is cut off is imported up to there" test $? -eq 0

# A sample of an event that was not opened: the first one's id, behind header, address, thread and
# time.
at=$(grep -obUaP '\x09\x00\x00\x00\x01\x00' "$samples/piped.perf" | head -n 1 | cut -d : -f 1)
cp "$samples/piped.perf" "$work/strange.perf"
printf '\377\377\377' | dd of="$work/strange.perf" bs=1 seek=$((at + 32)) conv=notrunc status=none
"$sevtrace" import -q -o "$work/strange.data" "$work/strange.perf" 2>"$work/err" &&
	grep -q 'warning: samples left out, .*: 1$' "$work/err" &&
	"$sevtrace" report "$work/strange.data" | grep -q 'lost: 1 events perf recorded damaged'
ok "a sample that makes no sense is left out, and said" test $? -eq 0

head -c 40000 "$samples/failed.perf" >"$work/killed.perf"
fails "a file without its end does not describe its events" 'give --events' "$work/killed.perf"
fails "nor does a folder without events" 'does not describe its events' --events "$work" "$work/killed.perf"
printf 'PERFILE2' >"$work/short.perf"
fails "too short" 'too short' "$work/short.perf"
fails "another file" 'is not a perf.data file' "$samples/failed.report.txt"
fails "a folder" 'is a folder' "$samples"
fails "no such file" 'cannot be opened: No such file' "$work/nothing"
printf '2ELIFREP\0\0\0\0\0\0\0\150' >"$work/swapped.perf"
fails "another byte order" 'another byte order' "$work/swapped.perf"
"$sevtrace" import -o "$work/none/x" "$samples/failed.perf" 2>"$work/err"
[ $? = 1 ] && grep -q 'cannot write .*none/x: No such file' "$work/err"
ok "an output that cannot be made" test $? -eq 0
cp "$samples/failed.perf" "$work/same"
"$sevtrace" import -o "$work/same" "$work/same" 2>"$work/err"
[ $? = 2 ] && cmp -s "$work/same" "$samples/failed.perf"
ok "its own input is not overwritten" test $? -eq 0
[ ! -e "$work/none" ]
ok "a failed import leaves no recording" test $? -eq 0
finish
