#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The field guide against the tool: each line that it quotes is known to `sevtrace explain --log`,
# each command in it is accepted, each link leads somewhere. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
guide=docs/field-guide.md
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0
failed=0

result() { # STATUS NAME
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		sed 's/^/# /' "$work/err"
		failed=1
	fi
}

# Headings and the table of lines without a kernel: what stands in the first code span.
sed -n 's/^### `\(.*\)`$/\1/p; /^## Nobody/,/^## /s/^| `\([^`]*\)`.*/\1/p' "$guide" >"$work/lines"
sed -n '/^```$/,/^```$/s/^\(sevtrace explain [^-].*\|sevtrace explain -[0-9].*\)$/\1/p' "$guide" >"$work/commands"
sed -n 's/.*](#\([a-z0-9-]*\)).*/\1/p' "$guide" | sort -u >"$work/links"
sed -n 's/^##* \(.*\)$/\1/p' "$guide" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9\n-' >"$work/anchors"
echo "1..$(($(wc -l <"$work/lines") + $(wc -l <"$work/commands") + $(wc -l <"$work/links") + 1))"

[ "$(wc -l <"$work/lines")" -gt 30 ] && [ "$(wc -l <"$work/commands")" -gt 3 ]
result $? "the guide quotes lines and commands"
while read -r line; do
	printf '%s\n' "$line" | "$O/sevtrace" explain -j --log - 2>"$work/err" | jq -e '.explained == 1' >/dev/null
	result $? "known: $line"
done <"$work/lines"
while read -r _ _ arguments; do
	# shellcheck disable=SC2086 # words on purpose
	"$O/sevtrace" explain $arguments >/dev/null 2>"$work/err"
	result $? "sevtrace explain $arguments"
done <"$work/commands"
while read -r link; do
	grep -qx -- "$link" "$work/anchors"
	result $? "#$link is there"
done <"$work/links"
exit $failed
