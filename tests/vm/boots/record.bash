# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Recordings for record.sh, inside the virtual SEV host. $dir and $log are set by who sources it. A
# recording NAME leaves in $dir: NAME.data, NAME.err (the recorder's words), NAME.range (lines of
# the PSP's log before and after, exit status).
log=${log:-$dir/psp.log}

log_lines() { wc -l <"$log"; }

# rec NAME ARG...: sevtrace record ARG...
rec() {
	local name=$1 before status
	shift
	before=$(log_lines)
	build/sevtrace record -o "$dir/$name.data" "$@" 2>"$dir/$name.err"
	status=$?
	echo "$before $(log_lines) $status" >"$dir/$name.range"
}

# stat NAME ARG...: sevtrace stat -j ARG..., whose JSON is NAME.json
stat() {
	local name=$1 before status
	shift
	before=$(log_lines)
	build/sevtrace stat -j "$@" >"$dir/$name.json" 2>"$dir/$name.err"
	status=$?
	echo "$before $(log_lines) $status" >"$dir/$name.range"
}

# rec in the background, to go on while it records: its pid is in $recorder.
rec_in_background() {
	local name=$1
	shift
	log_lines >"$dir/$name.before"
	build/sevtrace record -o "$dir/$name.data" "$@" 2>"$dir/$name.err" &
	recorder=$!
}

rec_wait() {
	local status
	wait "$recorder"
	status=$?
	echo "$(cat "$dir/$1.before") $(log_lines) $status" >"$dir/$1.range"
}
