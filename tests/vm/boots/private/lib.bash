# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For the scripts of private.sh, in the virtual SEV host: `SCRIPT FOLDER` makes recordings of groups
# of launches; a group is a function of the script, which `SCRIPT FOLDER GROUP` runs, being what is
# recorded. A group leaves in FOLDER, besides what record.bash says, GROUP.names: the names of its
# launches, in order.
# shellcheck disable=SC2034 # record.bash and who sources this read them
dir=$1
log=$dir/psp.log

. tests/vm/boots/record.bash

# record GROUP...: a recording each
record() {
	local group
	for group in "$@"; do
		rec "$group" -- bash "$0" "$dir" "$group"
	done
}

# launch NAME ARG...: in a group; the launcher looks pages up in the PSP's log, and leaves NAME.out
launch() {
	echo "$1" >>"$dir/${FUNCNAME[1]}.names"
	build/launcher --psp-log "$log" "${@:2}" >"$dir/$1.out" 2>&1
}

# fail_allocations INTERVAL TIMES: the function that puts a page into a guest_memfd fails at each
# INTERVAL-th call by a launcher with --fail-here, TIMES times (-1: always), until allocations_work.
fault=/sys/kernel/debug/fail_function
module=/sys/module/virtual_sev_host/parameters/fail_pages
fail_allocations() {
	if [ -e $module ]; then
		echo "$1 $2" >$module
		return
	fi
	echo __filemap_add_folio >$fault/inject
	printf '%#x' -12 >$fault/__filemap_add_folio/retval
	echo Y >$fault/task-filter
	echo 100 >$fault/probability
	echo 0 >$fault/verbose
	echo "$2" >$fault/times
	echo "$1" >$fault/interval
}
allocations_work() {
	if [ -e $module ]; then
		echo 0 0 >$module
	else
		echo >$fault/inject
	fi
}

# The end of a script: run a group or, if none is asked for, record them all.
main() {
	if [ $# -gt 1 ]; then
		"$2"
	else
		all
		dmesg >"$dir/dmesg"
	fi
	exit 0
}
