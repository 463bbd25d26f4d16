#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Launches recorded on kernels without the product's patches, by functions of the kernel: what the
# report tells against the log of the PSP emulator, which knows nothing of it; failures on purpose;
# and the other subcommands with this source. Then both sources at once on a kernel that has both,
# record by record: a difference that docs/functions.md does not list is a failure.
# functions.sh [PART]...: of 6.12, newest, both; all of them, if none is named.
set -u
cd "$(dirname "$(readlink -f "$0")")/../../../.." || exit 1
make -s all || exit 1

here=tests/vm/boots/functions
[ $# -gt 0 ] || set -- 6.12 newest both
top=$(mktemp -d /tmp/sevtrace-functions.XXXXXX)
[ -n "${SEVTRACE_KEEP:-}" ] || trap 'rm -rf "$top"' EXIT

. tests/tap.bash
. tests/vm/boots/log.bash

status() { cut -d ' ' -f 3 "$dir/$1.range"; }
log() { log_of "$dir/$1.range" "$dir/psp.log" | jq -sS "$2"; }
report() { build/sevtrace report -j "$dir/$1.data" 2>>"$dir/report.err" | jq -S "$2"; }
counts_equal() { [ "$(report "$1" "$in_report")" = "$(log "$1" "$in_log")" ] && [ "$(report "$1" "$in_report")" != null ]; }
holds() { report "$1" "$2" | grep -qx true; }
has() { grep -qE -- "$2" "$1" || { head -n 20 "$1" | sed 's/^/# /' && return 1; }; }

# made NAME FILTER: the filter is true of the launches of the group, as an array
made() {
	local of
	of="[.launches[] | select(.pid == $(cat "$dir/$1.pid"))]"
	report all "$of | length > 0 and ($2)" | grep -qx true ||
		{ report all "$of | .[] | {result, pages, clflush, failures}" | head -n 60 | sed 's/^/# /' && return 1; }
}

# machine KERNEL [brief]: makes the recordings on it, and looks at them
machine() {
	local name extent=${2:-whole}
	with=$1
	dir=$top/$1
	mkdir "$dir"
	: >"$dir/faults"
	tests/vm/run --kernel "$1" --psp-log "$dir/psp.log" --psp-latency '*=0' --psp-fault-file "$dir/faults" \
		--timeout 1200 -- bash $here/inside.bash "$dir" "$extent" >"$dir/out" 2>&1
	ok "$with: the machine ran its recordings" test $? -eq 0
	# shellcheck disable=SC2034 # tap.bash uses it
	tap_details=$dir/all.err
	ok "$with: PSP commands as in the log, one by one" counts_equal all
	# A launcher that ends at once may be gone before anybody has read what it had mapped.
	ok "$with: nothing dropped or lost" holds all '.complete and .dropped == 0 and .events == .recorded and
		(.losses | del(.["copies of stacks not unwound"])) == {}'
	ok "$with: the source, and what it does not tell" holds all \
		'.host.backend == "kernel functions" and (.host.lacks | test("additional error words"))'
	ok "$with: the report says what it does not know" has "$dir/all.txt" '^not known this way: additional error words'
	ok "$with: all time has an owner" holds all "$all_owned"
	for name in sev sev-es snp types three secret; do
		ok "$with: $name: every launch is ok" made $name 'all(.result == "ok" and .failures == [])'
	done
	ok "$with: sev: pages, shared" made sev '.[0].pages | .shared == 24 and .private == 0 and .by_type.normal == 24'
	ok "$with: sev: flushed pages are counted" made sev '.[0].clflush | .pages >= 24 and .skipped == 0'
	ok "$with: sev: frames by the memslots' tree" test "$(frames sev)" = "$(seq -s ' ' 0 23)"
	ok "$with: sev-es: VMSAs, their flushes and commands" made sev-es \
		'.[0] | .pages.by_type.vmsa == 2 and .psp.LAUNCH_UPDATE_VMSA.count == 2 and .steps.vmsa_sync.count == 2'
	ok "$with: snp: steps of each page" made snp '.[0].steps | .get_page.count == 24 and .check_attrs.count == 24 and
		.rmp_lookup.count == 24 and .copy.count == 24 and .rmp_update.count == 26 and .psp.count == 26 and .release.count == 24'
	ok "$with: snp: frames" test "$(frames snp)" = "$(seq -s ' ' 0 23)"
	ok "$with: snp: attribute updates" made snp '.[0].attributes.updates >= 1'
	ok "$with: snp: the teardown, commands and all" made snp '.[0] | .destroyed and .psp.SNP_DECOMMISSION.count == 1'
	ok "$with: types: pages by type" made types '.[0].pages.by_type |
		.normal == 20 and .zero == 10 and .unmeasured == 5 and .secrets == 1 and .cpuid == 1 and .vmsa == 2'
	ok "$with: types: the VMM slept meanwhile" made types "$slept"
	ok "$with: three: each launch its own pages" made three 'map(.pages.private) == [17, 17, 17]'
	ok "$with: three: waiting is told apart from executing" made three \
		'[.[].psp.SNP_LAUNCH_UPDATE] | all(.wait.count == .count and .exec.count == .count)'
	# Linux 7 shows it.
	ok "$with: second: an end that the kernel does not show is counted" holds second '.dropped == 0 and
		(.losses["calls that the kernel left out"] >= 1 or .launches[0].commands.KVM_SEV_SNP_LAUNCH_UPDATE.count == 1)'
	preempted
	ok "$with: secret: when the VMM began and the guest first ran" made secret '.[0].time | .before_ns > 0 and .until_run_ns > 0'
	ok "$with: secret: a range of its own" made secret '.[0].pages.by_type.secrets == 1'

	ok "$with: bad-page: ioctl, step, frame, errno, status, cause" made bad-page '.[0] | .result == "failed" and (.failures[0] |
		.ioctl == "KVM_SEV_SNP_LAUNCH_UPDATE" and .ret == -5 and .step == "psp" and .gfn == "0x5" and .inner_ret == -5 and
		.fw_error == 22 and .status == "INVALID_PARAM" and .psp_asked and .psp_answered and (.cause | length > 0))'
	ok "$with: bad-page: its reclaim is a step" made bad-page '.[0].steps.reclaim.count >= 1'
	ok "$with: bad-run: a SEV command that fails" made bad-run '.[0].failures[0] | .ioctl == "KVM_SEV_LAUNCH_UPDATE_DATA" and
		.step == "psp" and .gfn == "0x0" and .fw_error == 16 and .status == "INVALID_GUEST"'
	ok "$with: attribute: step, frame and errno inside the ioctl" made attribute '.[0].failures[0] |
		.ioctl == "KVM_SEV_SNP_LAUNCH_UPDATE" and .ret == -5 and .step == "check_attrs" and .gfn == "0x7" and .inner_ret == -22 and
		.psp_asked == false'
	ok "$with: source: what cannot be read is the copy" made source '.[0].failures[0] |
		.step == "copy" and .gfn == "0x7" and .inner_ret == -14 and .psp_asked == false'
	ok "$with: short: the error that the ioctl hides" made short \
		'.[0].failures[0] | .swallowed and .ret == 0 and .step == "psp" and .gfn == "0x2" and .psp.status_name == "INVALID_PARAM"'
	ok "$with: slot: the range that is refused before a page" made slot '.[0].failures[0] |
		.ioctl == "KVM_SEV_SNP_LAUNCH_UPDATE" and .ret == -22 and .psp_asked == false'
	ok "$with: the kernel's stack is without the tracer" made attribute \
		'.[0].failures[0].kernel_stack | all(test("^bpf_") | not) and any(test("kvm_gmem_populate")) and
			(map(sub("[+].*"; "")) | (unique | length) == length)'

	ok "$with: refused: a VM" refused_vm
	ok "$with: refused: memory slots and attributes" refused_slots
	ok "$with: loads: modules that come later" holds loads '.launches | length == 1 and .[0].result == "ok" and .[0].pages.private == 5 and
		.[0].psp.SNP_LAUNCH_UPDATE.count == 5'
	ok "$with: flight: a file for each launch that failed alone" test "$(cat "$dir/flight.count")" -ge 4
	ok "$with: flight: it names its source" test "$(jq -r .host.backend "$dir/flight.json")" = "kernel functions"
	ok "$with: exporter: the source" has "$dir/metrics" '^sevtrace_host_info\{.*backend="kernel functions"'
	ok "$with: exporter: what it lacks" has "$dir/metrics" '^sevtrace_source_lacks\{what="error_words"} 1$'
	ok "$with: exporter: the launches" has "$dir/metrics" '^sevtrace_launches_total\{vm_type="snp",result="ok"} 6$'
	[ "$extent" = brief ] || askers
	tap_details=
}

# What does not depend on the kernel.
askers() {
	ok "$with: child: a command's launches alone are recorded" holds child '.launches | length == 1 and .[0].result == "ok"'
	ok "$with: child: what the VMM called" holds child '.launches[0].time.calls | .KVM_CREATE_VCPU.count == 1 and .["page faults"].count > 0'
	ok "$with: child: PSP commands of other processes are not" holds child '.launches[0].psp.SNP_LAUNCH_UPDATE.count == 21'
	ok "$with: pid: a process that is there already" holds pid '.launches | length == 1 and .[0].result == "ok" and .[0].pages.private == 7'
	ok "$with: top: the launch" has "$dir/top" '1 ok'
	ok "$with: bench: recorded, by the source asked for" test \
		"$(build/sevtrace report -j "$dir"/bench/*.data | jq -c '[.host.backend, (.launches | length), .launches[0].pages.private]')" = '["kernel functions",2,5]'
	ok "$with: doctor: the source and what it lacks" test "$(jq -r '.checks[] | select(.id == "event-source") | .result + .reason' \
		"$dir/doctor.json" | grep -cE "^(pass|warn)the kernel's functions, by BPF; without additional error words")" = 1
	ok "$with: tracepoints alone: refused, with what to do" has "$dir/refused.err" 'no tracepoint kvm_sev_cmd_enter .*kernel-patches'
	ok "$with: locked down for integrity: recorded" test "$(jq .launches.snp.ok.mean "$dir/integrity.json")" = 1
	ok "$with: locked down for confidentiality: refused, with what to do" has "$dir/confidentiality.err" 'lockdown=integrity'
}

# Is each page of a recording there, by the PSP's log, with each of its steps and commands?
whole() {
	local commands vmsas
	commands=$(log "$1" 'map(select(.cmd == "SNP_LAUNCH_UPDATE")) | length')
	vmsas=$(log "$1" 'map(select(.cmd == "SNP_LAUNCH_FINISH")) | length')
	[ "$commands" -gt 0 ] && counts_equal "$1" && report "$1" "[.launches[].steps | map_values(.count)] |
		reduce .[] as \$launch ({}; reduce (\$launch | to_entries[]) as \$step (.; .[\$step.key] += \$step.value)) |
		([.get_page, .check_attrs, .rmp_lookup, .release] | unique) == [$((commands - vmsas))] and
		([.rmp_update, .psp] | unique) == [$commands]" | grep -qx true
}

# Of what refused.py does: a launch for each, with its reason. A VM of no type of SEV is none.
refused_vm() {
	[ "$(cat "$dir/refused-vm")" = $'unknown 22\ncreate 22' ] && holds refused-vm '.launches | length == 1 and (.[0] |
		.vm_type == "snp" and .result == "failed" and .pages.private == 0 and (.failures | length == 1) and (.failures[0] |
		.ioctl == "KVM_CREATE_VM" and .ret == -22 and .psp_asked == false and (.cause | test("kvm_amd")) and
		(.user_stack | length) > 0))'
}
refused_slots() {
	[ "$(cat "$dir/refused-slots")" = $'unknown 22\ncreate ok\nregion 22\nregion2 22\nattributes 22' ] &&
		holds refused-slots '[.launches[] | select(.vm_type == "snp") | .failures[] | .ioctl + " " + .errno] ==
			["KVM_SET_USER_MEMORY_REGION EINVAL", "KVM_SET_USER_MEMORY_REGION2 EINVAL"] and .dropped == 0'
}

lost() { report "$1" '.losses["calls that the kernel left out"] // 0'; }

# Two launches on a CPU: a spare program sees nearly every call that the first one was left out of.
# Not the one whose thread comes to the spare as the other thread gets there from the first; of more
# launches at once, there are more of these. Each is counted.
preempted() {
	local left_out
	left_out=$(cat "$dir/left-out" 2>/dev/null || echo 0)
	if [ "$left_out" -lt 20 ]; then
		skip "$with: preempted: spare programs see what the kernel left out" "it left out $left_out"
		return
	fi
	echo "# $with: preempted: the kernel left out $left_out calls, and for good $(lost preempted)"
	ok "$with: preempted: spare programs see most of these" test $(($(lost preempted) * 2)) -lt "$left_out"
	ok "$with: preempted: what is missing is counted" test "$(lost preempted)" -gt 0 -o "$(whole preempted; echo $?)" = 0
	ok "$with: preempted: nothing else is lost" holds preempted '.dropped == 0 and (.losses | del(.["calls that the kernel left out"])) == {}'
	echo "# $with: crowded: the kernel left out $(lost crowded) calls for good"
	ok "$with: crowded: what is missing is counted" test "$(lost crowded)" -gt 0 -o "$(whole crowded; echo $?)" = 0
}

# The frames of psp steps of pages that are not VMSAs, in order, as numbers.
frames() {
	build/sevtrace script -j "$dir/all.data" | jq -sr --argjson pid "$(cat "$dir/$1.pid")" \
		'(map(select(.event == "launch_begin" and .pid == $pid))[0].launch) as $launch | map(select(.launch == $launch and
		.event == "step" and .step == "psp" and .page_type != "vmsa"))[] | "\(.gfn) \(.npages)"' | while read -r gfn npages; do seq $((gfn)) $((gfn + npages - 1)); done | paste -sd ' '
}

# Both sources at once, on a kernel that has both.
both() {
	local source
	dir=$top/both
	mkdir "$dir"
	: >"$dir/faults"
	tests/vm/run --kernel 6.12+series --psp-log "$dir/psp.log" --psp-latency '*=0' --psp-fault-file "$dir/faults" \
		--platform min-sev-asid=20,max-asid=120 --timeout 1800 -- bash $here/both.bash "$dir" >"$dir/out" 2>&1
	ok "both: the machine ran its recordings" test $? -eq 0
	tap_details=$dir/compared
	/usr/bin/python3 $here/compare.py "$dir/tracepoints.data" "$dir/functions.data" >"$dir/compared" 2>&1
	ok "both: every difference of two records is one that docs/functions.md lists" test $? -eq 0
	sed 's/^/# /' "$dir/compared" | head -n 60
	tap_details=
	for source in tracepoints functions; do
		ok "both: $source: a thread that dies within a page tells how far it came" \
			test "$(dead_page $source)" = '["get_page","check_attrs","rmp_lookup","copy"]'
		ok "both: $source: one that dies as it waits for the PSP waits no more" \
			test "$(sed -n 's/^sevtrace_psp_waiting //p' "$dir/$source.prom")" = 0
	done
}

# The steps of the last page that a source recorded: that in which the thread died.
dead_page() { build/list_pages "$dir/$1.data" | tail -n 1 | jq -c .steps; }

for part in "$@"; do
	case $part in
	both) both ;;
	newest) machine newest brief ;;
	*) machine "$part" ;;
	esac
done
finish "$top"/*/out "$top"/*/report.err
