# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# TAP for the shell tests: source it, call ok for each test and finish at the end. tap_details may
# name a file: the first 40 lines of it are shown where a test fails.
tap_number=0
tap_failed=0
tap_details=

# A machine's timeout is there to end what hangs, and must not end what is slow.
export SEVTRACE_PATIENCE=${SEVTRACE_PATIENCE:-5}

# ok NAME COMMAND [ARG]...: passes if the command succeeds.
ok() {
	local name=$1
	shift
	tap_number=$((tap_number + 1))
	if "$@"; then
		echo "ok $tap_number - $name"
	else
		echo "not ok $tap_number - $name"
		echo "#   $*"
		[ -z "$tap_details" ] || head -n 40 "$tap_details" 2>/dev/null | sed 's/^/# /'
		tap_failed=$((tap_failed + 1))
	fi
}

# skip NAME REASON: a test that cannot run here.
skip() {
	tap_number=$((tap_number + 1))
	echo "ok $tap_number - $1 # SKIP $2"
}

# finish [FILE]...: prints the plan, and after a failure the files, as diagnostics; exits.
finish() {
	echo "1..$tap_number"
	[ $tap_failed -eq 0 ] && exit 0
	echo "# $tap_failed of $tap_number failed"
	for file in "$@"; do
		sed "s|^|# $(basename "$file"): |" "$file" 2>/dev/null | tail -n 100
	done
	exit 1
}
