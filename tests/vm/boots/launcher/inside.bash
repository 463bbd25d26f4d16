#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the launches of cases.bash, in the machine: inside.bash FOLDER PSP-LOG GROUP...
folder=$1
log=$2
shift 2

# A folder of results a launch: JSON, messages, exit status, and the part of the PSP's log it
# covers.
launch() {
	local name=$1 first

	shift 3
	first=$(wc -l <"$log")
	build/launcher -j "$@" >"$folder/$name.json" 2>"$folder/$name.err"
	echo "$? $first $(wc -l <"$log")" >"$folder/$name.status"
}

. tests/vm/boots/launcher/cases.bash
cases "$@"
dmesg -r >"$folder/dmesg"
