#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What report and diff do on a terminal: the pager, colours. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
sevtrace=$PWD/$O/sevtrace
failed=tests/golden/vm/snp-failed-page.data
crowd=tests/golden/made/crowd.data
export LC_ALL=C.UTF-8 TERM=xterm
unset PAGER SEVTRACE_PAGER NO_COLOR LESS
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

. tests/tap.bash
tap_details=$work/out

# on_terminal [VARIABLE=VALUE]... -- ARG...: sevtrace ARG... on a terminal; its output is in out
on_terminal() {
	local variables=()
	while [ "$1" != -- ]; do
		variables+=("$1")
		shift
	done
	shift
	env "${variables[@]}" script -qec "$sevtrace $*" "$work/typescript" </dev/null >"$work/out" 2>&1
}
says() { grep -q -- "$1" "$work/out"; }
paged='PAGER=sed s/^/paged:/'

on_terminal "$paged" -- report $failed
ok "report: its status is the report's" test $? -eq 3
ok "report: the pager has the whole text" sh -c "! grep -v '^paged:' '$work/out' | grep -q ."
ok "report: with colours, as it is a terminal" says "$(printf '\033\\[1;31mFAILED')"
on_terminal "$paged" -- report --no-pager $failed
ok "--no-pager" sh -c "! grep -q paged: '$work/out' && grep -q 'launch 1' '$work/out'"
on_terminal "$paged" -- report -j $failed
ok "JSON goes to no pager" sh -c "! grep -q paged: '$work/out' && grep -q '\"launches\"' '$work/out'"
for no in PAGER= PAGER=cat 'SEVTRACE_PAGER='; do
	on_terminal "$paged" "$no" -- report $failed
	ok "$no is none" sh -c "! grep -q paged: '$work/out' && grep -q 'launch 1' '$work/out'"
done
on_terminal "$paged" 'SEVTRACE_PAGER=sed s/^/own:/' -- report $failed
ok "SEVTRACE_PAGER comes first" says '^own:'
on_terminal 'PAGER=head -n 1' -- report $crowd
ok "a pager that is left early is no error" test $? -eq 3
ok "and nothing is said of it" sh -c "! grep -qi 'broken pipe' '$work/out'"
on_terminal "$paged" -- diff $failed $failed
ok "diff: the pager, too" says '^paged:'

"$sevtrace" report $failed >"$work/out"
ok "no terminal: no colours" sh -c "! grep -q '$(printf '\033')' '$work/out'"
"$sevtrace" report --color=always $failed >"$work/out"
ok "--color=always: colours" says "$(printf '\033')"
on_terminal -- report --color=never --no-pager $failed
ok "--color=never: none on a terminal" sh -c "! grep -q '$(printf '\033')' '$work/out'"
for command in "report $failed" "diff $failed $failed"; do
	# shellcheck disable=SC2086 # words
	"$sevtrace" $command --color=green >"$work/out" 2>&1
	ok "${command%% *} --color=green: 2" test $? -eq 2
	ok "${command%% *} --color=green: says what is expected" says "'green': expected auto, always or never"
done
finish
