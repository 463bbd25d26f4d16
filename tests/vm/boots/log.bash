# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # who sources this uses them
#
# The PSP commands of a recording, counted by the PSP's log and by the report: two filters for jq.
in_log='group_by(.cmd) | map({(.[0].cmd): length}) | add'
in_report='[.launches[].psp, .host_psp] | map(to_entries) | add | group_by(.key) |
	map({(.[0].key): (map(.value.count) | add)}) | add'

# Of a report: every nanosecond of each launch has one owner, known at once where it was finished.
all_owned='.launches | length > 0 and all(.[]; .time as $t | .duration_ns ==
	$t.outside_ns + $t.untold_ns + ([$t.ioctls[][]] | add // 0) and (.result != "ok" or $t.untold_ns == 0))'

# Of the launch of "types": its VMM sleeps 5 times for 40 ms. What the tracer does as an update of
# attributes begins is in no part; on a busy machine that may be long.
slept='.[0].time | .vmm.asleep_ns >= 200000000 and .vmm.running_ns > 0 and
	.vmm.running_ns + .vmm.ready_ns + .vmm.asleep_ns + .vmm.unknown_ns == .outside_ns'

# The same by its calls, which record --calls times: two vCPUs, five times asleep.
called='.[0].time | .calls.clock_nanosleep.count == 5 and .calls.clock_nanosleep.sum_ns >= 200000000 and
	.calls.KVM_CREATE_VCPU.count == 2 and .calls.KVM_CREATE_GUEST_MEMFD.count == 1 and .calls["page faults"].count > 0 and
	(.calls | has("KVM_MEMORY_ENCRYPT_OP") | not) and ([.calls[].sum_ns] | add) < .outside_ns'

# script_lines FILE: as many as `script` should print for it, where a page is several.
script_lines() {
	local parts
	parts=$(build/list_pages "$1" | jq -s 'map((.steps | length) + ([.psp_step, 1] | min) - 1) | add // 0')
	echo $(($(build/sevtrace report -j "$1" 2>/dev/null | jq .recorded) + parts))
}

# log_of RANGE LOG: the lines of LOG that came while the recording with RANGE (record.bash) was made
log_of() {
	local first last
	read -r first last _ <"$1"
	sed -n "$((first + 1)),${last}p" "$2"
}
