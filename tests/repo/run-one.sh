#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/run-one: that a test's result is its own, and what a log's end tells of what failed. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
. tests/tap.bash
tap_details=$work/out

# test_that NAME BODY: a test with this body.
test_that() {
	printf '#!/bin/bash\n%s\n' "$2" >"$work/$1" && chmod +x "$work/$1"
}
test_that passes 'echo ok 1 - good; echo 1..1'
test_that fails 'echo ok 1 - good; echo not ok 2 - bad; echo "#   why"; echo ok 3 - good; echo "# much"; exit 7'
test_that crashes 'echo ok 1 - good; echo last words >&2; kill -SEGV $$'

# run NAME STATUS [ARG]...
run() {
	O=$work/build tests/run-one "$work/$1" "${@:3}" >"$work/out" 2>/dev/null
	test $? = "$2"
}
ok "a test that passes" run passes 0
ok "a test that fails: its status" run fails 7
ok "all that it said" test "$(wc -l <"$work/out")" = 5
ok "a test that crashes: its status" run crashes 139
ok "what it said on stderr, too" grep -qx 'last words' "$work/out"
O=$work/build tests/run-one --failures >"$work/out"
ok "told: nothing of the one that passed" bash -c "! grep -q passes '$work/out'"
ok "told: what failed, and why" test "$(grep -A2 '/fails:$' "$work/out" | tail -n 2)" = $'not ok 2 - bad\n#   why'
ok "told: nothing else of it" bash -c "! grep -q much '$work/out'"
ok "told: the last words of the one that crashed" grep -qx 'last words' "$work/out"
test_that fails 'echo ok 1 - good; echo 1..1'
ok "mended" run fails 0
O=$work/build tests/run-one --failures >"$work/out"
ok "mended: no longer told" bash -c "! grep -q /fails: '$work/out'"
finish
