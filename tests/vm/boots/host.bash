# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests of the virtual SEV host itself share; sourced. Predicates for ok() of tap.bash:
# silent when they hold, with the reason as diagnostics when not.

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../.." || exit 1
. tests/tap.bash
# shellcheck disable=SC2034 # the tests use it
run=tests/vm/run
scratch=$(mktemp -d /tmp/sevtrace-test.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

# same GOT WANTED
same() {
	[ "$1" = "$2" ] || { printf '%s\n' "got: $1" "wanted: $2" | sed 's/^/# /' && return 1; }
}

# has TEXT REGEX: some line matches; lacks: none does
has() {
	grep -qE -- "$2" <<<"$1" || { sed 's/^/# /' <<<"nothing like /$2/ in: $1" && return 1; }
}
lacks() {
	! grep -E -- "$2" <<<"$1" | sed 's/^/# /' | grep .
}

# wait_until SECONDS COMMAND...: polls; fails when the time is over
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# What runs leave behind: folders whose run is gone, memory files, processes of such a run.
leftovers() {
	local folder file

	for folder in /tmp/sevtrace-run.*; do
		[ -d "$folder" ] && ! kill -0 "$(cat "$folder/owner" 2>/dev/null)" 2>/dev/null && echo "$folder"
	done
	for file in /dev/shm/sevtrace-run.*; do
		folder=/tmp/$(basename "$file" .memory)
		[ ! -e "$file" ] || kill -0 "$(cat "$folder/owner" 2>/dev/null)" 2>/dev/null || echo "$file"
	done
	for folder in $(pgrep -af 'sevtrace-run\.' | grep -o '/tmp/sevtrace-run\.[[:alnum:]]*' | sort -u); do
		[ -d "$folder" ] || pgrep -af "$folder"
	done
}

# quiet_log FILE: nothing in it complains, neither the code under test at warning level (a log with
# level prefixes as `dmesg -r` prints them) nor anybody by a trace, a BUG, a stall or a leaked page.
# Distributions' kernels say as much on any host without AMD's firmware files and with modules that
# were built outside of them.
said_anywhere='firmware: failed to load amd/|loading out-of-tree module taints kernel'
quiet_log() {
	! grep -E -- '^<[0-4]>.*(ccp|kvm|AMD-Vi|SEV|psp)|WARNING:|BUG:|Call Trace|detected stall|blocked for more|failed for PFN|Leaking' \
		"$1" | grep -vE "$said_anywhere" | sed 's/^/# /' | grep .
}
