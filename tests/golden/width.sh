#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is printed for people fits in 80 columns: reports of every recording here, comparisons and
# the history, also where the output is no terminal and COLUMNS is not set. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
sevtrace=$PWD/$O/sevtrace
here=tests/golden
export LC_ALL=C.UTF-8
unset COLUMNS
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

. tests/tap.bash
tap_details=$work/wide

# fits ARG...: the output has lines, and none of more than 80 characters
fits() {
	"$sevtrace" "$@" >"$work/out" 2>"$work/err"
	grep -E '^.{81,}' "$work/out" >"$work/wide"
	[ -s "$work/out" ] && [ ! -s "$work/wide" ]
}

for trace in "$here"/{made,vm,diff}/*.data; do
	ok "report ${trace#"$here"/}" fits report "$trace"
	ok "report --slowest-pages ${trace#"$here"/}" fits report --slowest-pages 4 "$trace"
done
ok "diff" fits diff $here/diff/before.data $here/diff/after.data
ok "diff of one type with another" fits diff $here/vm/snp.data $here/vm/sev-es.data

db=(--db "$work/history.db")
"$sevtrace" history add "${db[@]}" -l commit=4f1c2d -l build=release "$here"/{vm,diff}/*.data >"$work/out" 2>&1
ok "history list" fits history list "${db[@]}"
ok "history list: what is the same in all is told once" grep -q '^all: .*host virtual-sev-host' "$work/out"
ok "history list: what there is no room for is named" grep -q '^not in 80 columns: kernel; ' "$work/out"
ok "history show" fits history show "${db[@]}" 1
ok "history show with a percentile of its own" fits history show "${db[@]}" 1 -p 99.9
ok "history diff" fits history diff "${db[@]}" 1 2
for name in $("$sevtrace" explain --list | awk 'NF > 2 { print $1 }' | sort -u); do
	ok "explain $name" fits explain "$name"
done
# More columns show more.
more() { [ "$(COLUMNS=$1 "$sevtrace" "${@:3}" | head -n 12 | grep -cE "$2")" -gt "$("$sevtrace" "${@:3}" | head -n 12 | grep -cE "$2")" ]; }
ok "diff: 100 columns have the mean time a launch" more 100 '/launch A' diff $here/diff/before.data $here/diff/after.data
ok "history list: 160 columns have the kernel" more 160 ' kernel +fw api' history list "${db[@]}"
finish "$work/err"
