# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # who sources this uses them
#
# The PSP commands of a recording, counted by the PSP's log and by the report: two filters for jq.
in_log='group_by(.cmd) | map({(.[0].cmd): length}) | add'
in_report='[.launches[].psp, .host_psp] | map(to_entries) | add | group_by(.key) |
	map({(.[0].key): (map(.value.count) | add)}) | add'

# log_of RANGE LOG: the lines of LOG that came while the recording with RANGE (record.bash) was made
log_of() {
	local first last
	read -r first last _ <"$1"
	sed -n "$((first + 1)),${last}p" "$2"
}
