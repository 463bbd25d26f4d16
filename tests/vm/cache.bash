# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts share that make something once and keep it in the cache; sourced. `me` names the
# script.
#
# A thing of the cache is a folder named after everything that goes into it. It appears complete or
# not at all.
cache=${SEVTRACE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sevtrace}

die() {
	printf '%s\n' "$@" | sed "s/^/${me:?}: /" >&2
	exit 1
}

say() { printf '%s: %s (%d:%02d)\n' "$me" "$*" $((SECONDS / 60)) $((SECONDS % 60)) >&2; }

need() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || die "'$tool' is missing; run tools/install/install-packages (as root)"
	done
}

digest() { sha256sum | cut -c 1-16; }

work=
job=
tidy_up() {
	[ -z "$job" ] || kill -- "-$job" 2>/dev/null || true
	[ -z "$work" ] || rm -rf "$work"
}

# one_at_a_time NAME: the lock of that name is ours until the script ends, and what an earlier one
# with that lock left behind is cleared away; $work is an empty folder beside the cache's things,
# removed at the end.
one_at_a_time() {
	mkdir -p "$cache" || die "the cache, $cache, cannot be made"
	exec 9>"$cache/$1.lock" || die "the cache, $cache, cannot be written to"
	flock -n 9 || { say "waiting for another $me" && flock 9; }
	rm -rf "$cache/$1".??????
	# Always the same place: the compiler's cache depends on it.
	work=$cache/$1.inwork
	mkdir "$work"
	trap tidy_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# logged COMMAND...: in a process group of its own, so that a signal ends it whole; its output goes
# to $work/log.
logged() {
	local status=0
	setsid "$@" >>"$work/log" 2>&1 9>&- &
	job=$!
	wait "$job" || status=$?
	job=
	return $status
}

# fail WHY: the end, with the last words of what $work/log holds
fail() {
	local kept=$cache/${me}.log
	grep -nE '(error|Error|undefined|FAILED|\*\*\*)' "$work/log" | head -n 20 >&2 || true
	tail -n 10 "$work/log" >&2
	cp "$work/log" "$kept"
	die "$1; the whole log is $kept"
}
