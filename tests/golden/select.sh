#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What sevtrace report shows of a recording of twelve launches: their overview, and those that were
# asked for, as text and as JSON. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
sevtrace=$PWD/$O/sevtrace
crowd=$PWD/tests/golden/made/crowd.data
export LC_ALL=C.UTF-8 COLUMNS=80
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

. tests/tap.bash
tap_details=$work/out

# shows STATUS "NUMBERS" OPTION...: these launches, in the text and in JSON
shows() {
	local status=$1 numbers=$2
	shift 2
	"$sevtrace" report "$@" "$crowd" >"$work/out" 2>"$work/err"
	[ $? -eq "$status" ] && [ "$(sed -n 's/^launch \([0-9]*\): .*/\1/p' "$work/out" | paste -sd ' ')" = "$numbers" ] &&
		[ "$("$sevtrace" report -j "$@" "$crowd" 2>/dev/null | jq -r '[.launches[].launch] | join(" ")')" = "$numbers" ]
}
says() { grep -qE -- "$1" "$work/${2:-out}"; }

ok "all of them, of which some failed: 3" shows 3 '1 2 3 4 5 6 7 8 9 10 11 12'
ok "overview: SNP launches by result" says '^  SEV-SNP +6 +3 +- '
ok "overview: SEV launches" says '^  SEV +3 +- +- '
# Of 10.1, 14.1 and 6.13 ms, the middle one.
ok "overview: the median of those that are ok" says '^  SEV +3 +- +-  10\.1 ms  14\.1 ms'
ok "overview: the slowest" says '^  slowest +launch 11 16\.9 ms, launch 9 14\.7 ms, launch 12'
ok "overview: what failed alike is told once" says '^  2 failed KVM_SEV_SNP_LAUNCH_UPDATE -5 \(EIO\), step psp, INVALID_PAGE_STATE'
ok "overview: and what failed in another way" says '^  1 failed .*INVALID_PARAM: launch 7$'
ok "--failed" shows 3 '5 7 10' --failed
ok "how many are shown" says ': 12 launches \(3 shown\), '
ok "three need no overview" sh -c "! grep -q 'time if ok' '$work/out'"
ok "--slowest" shows 0 '9 11' --slowest 2
ok "--launch, numbers and ranges: none of them failed, 0" shows 0 '1 3 4' --launch 1,3-4
ok "--launch and --failed: both have to hold" shows 3 '5 7' --launch 3-8 --failed
ok "--pid" shows 0 6 --pid 1006
ok "--comm" shows 3 '1 2 3 4 5 6 7 8 9 10 11 12' --comm qemu-system-x86
ok "nothing of the kind: 5" shows 5 '' --comm nobody
ok "and it is said" says 'has no such launch; --allow-empty' err
ok "--allow-empty: 0" shows 0 '' --launch 99 --allow-empty
for wrong in '' a 3- -3 9-3 1,,2 0; do
	ok "--launch '$wrong': 2" shows 2 '' "--launch=$wrong"
	ok "--launch '$wrong': says what is expected" says "invalid list of launches '$wrong': expected numbers and ranges" err
done
named() { crowd=$PWD/tests/golden/made/named.data shows "$@"; }
ok "--name: by QEMU's -name" named 0 1 --name web1
ok "--name: a pattern, for a pod" named 0 2 --name '8f2c1a34-*'
ok "--name: a unit" named 0 3 --name '*.service'
ok "--name: and failed" named 3 5 --failed --name '*'
ok "--name: nobody is called so" named 5 '' --name web
ok "--sort=duration" shows 3 '11 9 12 6 8 3 5 7 10 2 1 4' --sort duration
ok "--sort and --slowest: these, as they began" shows 0 '9 11' --sort start --slowest 2
ok "--sort=result: what failed, in order" shows 3 '5 7 10 1 2 3 4 6 8 9 11 12' --sort result
ok "--sort=pages, of those that failed" shows 3 '5 7 10' --sort pages --failed
ok "--sort=name" named 3 '2 4 5 3 1' --sort name
ok "--sort=size: 2" shows 2 '' --sort size
ok "--sort=size: says what is expected" says "invalid order 'size': expected start, duration, pages, name or result" err
ok "--min-latency" shows 0 '9 11 12' --min-latency 14ms
ok "--ioctl, by a short name" shows 0 '4 8 12' --ioctl LAUNCH_START
ok "--ioctl and --failed: those that failed in it" shows 3 '5 7 10' --failed -i KVM_SEV_SNP_LAUNCH_UPDATE
ok "--ioctl and --failed: none failed in another one" shows 5 '' --failed -i SNP_LAUNCH_START
ok "--step" shows 3 '5 7 10' --step reclaim
ok "--step and --failed" shows 3 '5 7 10' --failed --step psp
for wrong in --ioctl=NOTHING --step=nothing --min-latency=14 --since=yesterday --until=noon; do
	ok "$wrong: 2" shows 2 '' "$wrong"
	ok "$wrong: says what is expected" says "invalid .* '${wrong#*=}': expected" err
done
ok "--since, of a recording without the time of day: 1" shows 1 '' --since 2026-01-01
ok "--since, of a recording without the time of day: it is said" says 'does not tell the time of day' err
ok "--since, of one that has it" sh -c "'$sevtrace' report --since 2026-01-01 tests/golden/vm/snp-failed-page.data | grep -q '^launch 1'"
ok "--until, of one that has it" sh -c "! '$sevtrace' report --until 2026-01-01 tests/golden/vm/snp-failed-page.data 2>/dev/null | grep '^launch 1'"
ok "--slowest 0: 2" shows 2 '' --slowest 0

# The same as CSV, whose figures are those of JSON.
"$sevtrace" report --csv "$crowd" >"$work/out" 2>"$work/err"
ok "csv: status as for text" test $? -eq 3
/usr/bin/python3 - "$work/out" <("$sevtrace" report -j "$crowd" 2>/dev/null) >"$work/err" 2>&1 <<'PYTHON'
import csv
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    rows = {(row["launch"], row["section"], row["name"]): row for row in csv.DictReader(file)}
with open(sys.argv[2], encoding="utf-8") as file:
    launches = json.load(file)["launches"]
wanted = {}
for launch in launches:
    number, ns = str(launch["launch"]), launch["duration_ns"]
    wanted[number, "launch", "duration"] = (1, ns, ns)
    for name, times in launch["steps"].items():
        wanted[number, "step", name] = (times["count"], times["sum_ns"], times["max_ns"])
    for name, psp in launch["psp"].items():
        for section, part in (("psp_wait", "wait"), ("psp_exec", "exec")):
            if psp[part]["count"]:
                wanted[number, section, name] = (psp[part]["count"], psp[part]["sum_ns"], psp[part]["max_ns"])
got = {key: (int(row["count"]), int(row["total_ns"]), int(row["max_ns"])) for key, row in rows.items() if key[1] != "ioctl"}
assert len(wanted) > 100 and got == wanted, set(got.items()) ^ set(wanted.items())
assert sum(key[1] == "ioctl" for key in rows) == sum(len(launch["commands"]) for launch in launches)
assert all(rows[key]["comm"] == "qemu-system-x86" for key in rows)
PYTHON
ok "csv: the figures are those of JSON" test $? -eq 0
ok "csv: of the launches that are asked for" test "$("$sevtrace" report --csv --failed "$crowd" | cut -d , -f 1 | sort -u | paste -sd ' ')" = "10 5 7 launch"
ok "csv: not together with JSON" sh -c "'$sevtrace' report --csv -j '$crowd' 2>/dev/null; test \$? -eq 2"

# Some columns, in another order: cut from the whole table they are the same.
columns() {
	"$sevtrace" report --csv --columns name,launch,p99_ns "$crowd" >"$work/out" 2>"$work/err"
	"$sevtrace" report --csv "$crowd" 2>/dev/null | awk -F , -v OFS=, '{ print $7, $1, $11 }' | cmp - "$work/out"
}
ok "csv: --columns" columns
exported() {
	"$sevtrace" export -f csv --columns step,ts "$crowd" >"$work/out" 2>"$work/err"
	"$sevtrace" export -f csv "$crowd" 2>/dev/null | awk -F , -v OFS=, '{ print $27, $1 }' | cmp - "$work/out" && [ "$(wc -l <"$work/out")" -gt 500 ]
}
ok "export: --columns" exported
for wrong in '' launch,nothing launch,launch 'name,'; do
	ok "--columns '$wrong': 2" shows 2 '' --csv "--columns=$wrong"
	ok "--columns '$wrong': says which there are" says "^sevtrace report: no column '[a-z]*', or twice in --columns; there are:" err
done
ok "--columns without --csv: 2" shows 2 '' --columns launch
refused() { "$sevtrace" export -f json --columns ts "$crowd" >"$work/out" 2>"$work/err"; [ $? -eq 2 ] && says 'for --format=csv, not json' err; }
ok "export: --columns of what is no table: 2" refused

# The slowest pages: those that the steps of the records add up to.
slowest() { # FILE LAUNCH
	"$sevtrace" report -j --slowest-pages 4 --launch "$2" "$1" 2>/dev/null | jq -r '.launches[0].slowest_pages[] | "\(.gfn) \(.ns)"' >"$work/out"
	"$sevtrace" script -j --launch "$2" "$1" 2>/dev/null |
		jq -r 'select(.event == "step" and .page_type != "none" and .gfn != null) | "\(.gfn) \(.duration)"' |
		awk '{ ns[$1] += $2 } END { for (gfn in ns) print gfn, ns[gfn] }' | sort -k 2nr -k 1 | head -n 4 >"$work/err"
	[ "$(wc -l <"$work/out")" -eq 4 ] && cmp "$work/out" "$work/err"
}
ok "--slowest-pages: pages" slowest tests/golden/vm/snp-pages.data 1
ok "--slowest-pages: of steps that have records of their own" slowest tests/golden/vm/snp-three-at-once.data 2
texts() { "$sevtrace" report --slowest-pages 4 tests/golden/vm/snp-pages.data >"$work/out" 2>"$work/err" && [ "$(grep -A 4 '^  slowest of ' "$work/out" | grep -cE '^  0x[0-9a-f]+ +1  ')" -eq 4 ]; }
ok "--slowest-pages: as text" texts
ok "--slowest-pages 0: 2" shows 2 '' --slowest-pages 0

# script and export: the records of these launches, all of them, and of no other.
# passes STATUS "NUMBERS" OPTION...
passes() {
	local status=$1 numbers=$2
	shift 2
	"$sevtrace" script -j "$@" "$crowd" >"$work/out" 2>"$work/err"
	[ $? -eq "$status" ] || return
	[ "$("$sevtrace" script -j "$crowd" 2>/dev/null | jq -c --argjson of "[${numbers// /,}]" 'select(.launch | IN($of[]))' | md5sum)" = \
		"$(jq -c . "$work/out" | md5sum)" ] &&
		[ "$(jq -s -r 'map(.launch) | unique | join(" ")' "$work/out")" = "$numbers" ]
}
ok "script: --failed" passes 3 '5 7 10' --failed
ok "script: --slowest, which only the end tells" passes 0 '9 11' --slowest 2
ok "script: --launch" passes 0 '1 3 4' --launch 1,3-4
ok "script: nothing of the kind: 5" passes 5 '' --comm nobody
ok "script: and it is said" says 'has no such launch$' err
ok "script: from a pipe" sh -c "cat '$crowd' | '$sevtrace' script --pid 1006 - 2>/dev/null | grep -o 'launch=[0-9]*' | sort -u | grep -qx launch=6"
"$sevtrace" export -f csv --failed "$crowd" 2>/dev/null | cut -d , -f 3 | sort -u >"$work/out"
ok "export: csv" test "$(paste -sd ' ' "$work/out")" = "10 5 7 launch"
"$sevtrace" export -f chrome --launch 2,6 "$crowd" 2>/dev/null | jq -r '[.traceEvents[].pid] | unique | join(" ")' >"$work/out"
ok "export: chrome, names of processes included" grep -qx '2 6' "$work/out"
"$sevtrace" export -f openmetrics --failed "$crowd" >"$work/out" 2>/dev/null
ok "export: openmetrics counts them alone" says '^sevtrace_launches_total\{vm_type="snp",result="failed"\} 3$'
ok "export: and no other" says '^sevtrace_launches_total\{vm_type="snp",result="ok"\} 0$'
"$sevtrace" export -f folded --launch 4 "$crowd" >"$work/out" 2>/dev/null
ok "export: folded" test "$(cut -d ';' -f 1 "$work/out" | sort -u)" = sev
ok "export: a wrong list: 2" sh -c "'$sevtrace' export -f csv --launch 0 '$crowd' 2>/dev/null; test \$? -eq 2"
finish "$work/err"
