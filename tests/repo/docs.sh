#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The documentation against the tool: man pages without a warning, every command with its page,
# every option in it. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
number=0
failed=0
# result NAME: a test fails when something is on stdin, which becomes its diagnostics.
result() {
	local text
	text=$(cat)
	number=$((number + 1))
	if [ -z "$text" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		printf '%s\n' "$text" | head -n 30 | sed 's/^/# /'
		failed=1
	fi
}

pages=(docs/man/*.[1-8])
mapfile -t commands < <("$O/sevtrace" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')

echo "1..$((${#pages[@]} + 2 * ${#commands[@]}))"
warnings() { { LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" >/dev/null; } 2>&1; }

# What stands in the help of a command and not in its man page.
missing() {
	"$O/sevtrace" "$1" --help | sed -nE 's/^  (-(.), |    )--([a-z-]*).*/\3 \2/p' |
		while read -r name letter; do
			grep -qE "^\.It ${letter:+Fl $letter , }Fl -$name( |$)" "docs/man/sevtrace-$1.1" ||
				echo "${letter:+-$letter, }--$name is missing"
		done
}

for page in "${pages[@]}"; do
	result "$page is well formed" < <(warnings "$page")
done
for command in "${commands[@]}"; do
	result "$command has a man page" < <({ ls "docs/man/sevtrace-$command.1" >/dev/null; } 2>&1)
	result "$command: every option is in its man page" < <(missing "$command")
done
exit $failed
