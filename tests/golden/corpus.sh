#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `sevtrace explain --log` against messages of which each is looked at alone: failures of SEV, with
# what has to be said of them, and others, which must not be one. Precision and recall are those
# that docs/logs.md states. TAP. UPDATE=1 writes them there.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
export LC_ALL=C.UTF-8
corpus=tests/golden/logs/corpus
doc=docs/logs.md
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# shellcheck source=tests/tap.bash
. tests/tap.bash
tap_details=$work/out

failures=$(wc -l <"$corpus/failures.tsv")
harmless=$(wc -l <"$corpus/harmless.txt")
messages=$((failures + harmless))
right=0
wrong=0
alarms=0
: >"$work/wrong"
while IFS=$'\t' read -r expected message; do
	printf '%s\n' "$message" | "$O/sevtrace" explain --log - >"$work/said"
	status=$?
	if [ $status -eq 3 ] && tr '\n' ' ' <"$work/said" | tr -s ' ' | grep -qF -- "$expected"; then
		right=$((right + 1))
	else
		[ $status -eq 3 ] && wrong=$((wrong + 1))
		printf '%s\n' "$message" >>"$work/wrong"
	fi
done <"$corpus/failures.tsv"
: >"$work/alarms"
while IFS= read -r message; do
	printf '%s\n' "$message" | "$O/sevtrace" explain --log - >"$work/said"
	status=$?
	if [ $status -ne 0 ] || grep -q 'that sevtrace does not know' "$work/said"; then
		alarms=$((alarms + 1))
		printf '%s\n' "$message" >>"$work/alarms"
	fi
done <"$corpus/harmless.txt"

share() { LC_ALL=C awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f %%", 100 * a / b }'; }
precision=$(share "$right" $((right + wrong + alarms)))
recall=$(share "$right" "$failures")
line="| $messages | $failures | $right | $((wrong + alarms)) | $precision | $recall |"
[ "${UPDATE:-}" = 1 ] && sed -i "s/^| [0-9]* | [0-9]* | [0-9]* | [0-9]* | .* % | .* % |\$/$line/" "$doc"

ok "at least 300 messages" test "$messages" -ge 300
ok "at least a third of them are no failures of SEV" test $((3 * harmless)) -ge "$messages"
cp "$work/alarms" "$work/out"
ok "no false alarm" test "$alarms" -eq 0
cp "$work/wrong" "$work/out"
ok "precision $precision, recall $recall, as $doc says" grep -qxF -- "$line" "$doc"
finish
