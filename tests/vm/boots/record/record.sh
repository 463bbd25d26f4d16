#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What `sevtrace record` sees of launches on the virtual SEV host, against the log of the PSP
# emulator, which knows nothing of it. Two boots: one with a PSP that works, one with a PSP that
# fails.
set -u
cd "$(dirname "$(readlink -f "$0")")/../../../.." || exit 1
make -s all || exit 1

here=tests/vm/boots/record
selftests=${SEVTRACE_KERNEL:-$(tests/vm/kernel-image)}/selftests
dir=$(mktemp -d /tmp/sevtrace-record.XXXXXX)
[ -n "${SEVTRACE_KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT

. tests/tap.bash
# shellcheck source=tests/vm/boots/log.bash
. tests/vm/boots/log.bash

# --- the recordings, made in the machine ---------------------------------------------------------

tests/vm/run --psp-log "$dir/psp.log" --psp-latency 'SNP_LAUNCH_UPDATE=1ms' -- \
	bash "$here/works.bash" "$dir" "$selftests" >"$dir/works.out" 2>&1
ok "the machine with a working PSP ran its recordings" test $? -eq 0
tests/vm/run --no-modules --psp-log "$dir/faulty.log" --module-args 'ccp psp_cmd_timeout=2' \
	--psp-fault 'cmd=SNP_LAUNCH_UPDATE,gfn=5,status=0x16' \
	--psp-fault 'cmd=LAUNCH_UPDATE_DATA,nth=1,status=0x10' \
	--psp-fault 'cmd=LAUNCH_UPDATE_DATA,nth=2,status=0x10' \
	--psp-fault 'cmd=SNP_LAUNCH_FINISH,nth=2,hang' -- \
	bash "$here/faulty.bash" "$dir" >"$dir/faulty.out" 2>&1
ok "the machine with a faulty PSP ran its recordings" test $? -eq 0

# --- what they hold ------------------------------------------------------------------------------

# status NAME: exit status of the recording
status() { cut -d ' ' -f 3 "$dir/$1.range"; }

# log NAME FILTER: the log's lines during the recording, as one array
log() { log_of "$dir/$1.range" "$dir/psp.log" | jq -sS "$2"; }

# report NAME FILTER
report() { build/sevtrace report -j "$dir/$1.data" 2>>"$dir/report.err" | jq -S "$2"; }

# Every PSP command of the recording's time, none more and none less.
counts_equal() { [ "$(report "$1" "$in_report")" = "$(log "$1" "$in_log")" ]; }
all_ok() { [ "$(report "$1" '[.launches[].result] | unique')" = "$(jq -n '["ok"]')" ]; }
nothing_lost() { report "$1" '.complete and .dropped == 0 and .losses == {} and .events == .recorded' | grep -qx true; }
holds() { report "$1" "$2" | grep -qx true; }

# median NAME COMMAND: that of the execution in the report, and what lies around the middle of the
# log's, in ns. Of few commands of two speeds, any of these is a median.
median() {
	report "$1" ".launches[0].psp.$2.exec.p50_ns"
	log "$1" "map(select(.cmd == \"$2\").exec_ns) | sort | .[length * 0.4 | floor], .[length * 0.6 | floor]"
}

# Is the report's median within 12.5 % of the log's? Both are the driver's view, told by two ways.
median_near() {
	local seen low high
	{ read -r seen && read -r low && read -r high; } < <(median "$1" "$2")
	echo "# $1: median of $2 is $seen ns, in the log $low to $high ns"
	[ $((seen * 1000)) -le $((high * 1125)) ] && [ $((seen * 1000)) -ge $((low * 875)) ]
}

mkdir "$dir/vm"
# reads_back NAME FORMAT: what export makes of it, against report and script.
reads_back() {
	build/sevtrace report -j "$dir/$1.data" >"$dir/$1.report" && build/sevtrace script "$dir/$1.data" >"$dir/$1.script" &&
		build/sevtrace export -f "$2" -o "$dir/vm/$1.$2" "$dir/$1.data" &&
		/usr/bin/python3 tests/golden/export_check.py "$2" "$dir/vm/$1.$2" "$dir/$1.report" "$dir/$1.script"
}
for format in chrome csv folded openmetrics; do
	for name in sev-es types eight; do
		ok "$name: exported as $format it reads back" reads_back $name $format
	done
done

for name in snp sev sev-es legacy types eight eight-sev; do
	ok "$name: status 0" test "$(status $name)" = 0
	ok "$name: PSP commands as in the log, one by one" counts_equal $name
	ok "$name: every launch is ok" all_ok $name
	ok "$name: nothing dropped" nothing_lost $name
	ok "$name: all time has an owner" holds $name "$all_owned"
done
# A file rounds times of single pages by less than 1.6 %.
ok "sev: what the PSP executed is its commands' time" holds sev '.launches[0] |
	.time.ioctls.KVM_SEV_LAUNCH_UPDATE_DATA.psp_exec / .psp.LAUNCH_UPDATE_DATA.exec.sum_ns | . > 0.98 and . < 1.02'
ok "eight: they waited for each other" \
	holds eight '[.launches[].time.ioctls[].psp_wait_launches // 0] | add > 0'
ok "sev: the median of LAUNCH_UPDATE_DATA is the log's" median_near sev LAUNCH_UPDATE_DATA
ok "sev-es: the median of LAUNCH_UPDATE_DATA is the log's" median_near sev-es LAUNCH_UPDATE_DATA
ok "snp: the median of SNP_LAUNCH_UPDATE is the log's" median_near snp SNP_LAUNCH_UPDATE
ok "snp: 2,000 pages and the VMSA, private" \
	holds snp '.launches[0].pages | .private == 2001 and .shared == 0 and .by_type.vmsa == 1'
ok "snp: one psp step a page" \
	holds snp '.launches[0] | .steps.psp.count == 2001 and .psp.SNP_LAUNCH_UPDATE.count == 2001'
ok "snp: no flush" holds snp '.launches[0].clflush == {"flushes": 0, "pages": 0, "skipped": 0}'
ok "sev: 2,000 pages, shared" \
	holds sev '.launches[0].pages | .private == 0 and .shared == 2000 and .by_type.normal == 2000'
ok "sev: pages of the psp step" holds sev '.launches[0].steps.psp.pages == 2000'
ok "sev: flushed pages are counted" holds sev '.launches[0].clflush.pages >= 2000'
ok "sev-es: the VMSA is a page of its own" \
	holds sev-es '.launches[0] | .pages.by_type.vmsa == 1 and .psp.LAUNCH_UPDATE_VMSA.count == 1'
ok "sev-es: type" holds sev-es '.launches[0].vm_type == "sev-es"'
ok "legacy: KVM_SEV_INIT tells the type" \
	holds legacy '.launches[0] | .vm_type == "sev" and .commands.KVM_SEV_INIT.count == 1'
ok "types: pages by type" holds types '.launches[0].pages.by_type |
	.normal == 20 and .zero == 10 and .unmeasured == 5 and .secrets == 1 and .cpuid == 1 and .vmsa == 2'
ok "types: the VMM slept meanwhile" holds types ".launches | $slept"
ok "types: from the VMM's start to the guest's first run" holds types '.launches[0].time | .before_ns > 0 and .until_run_ns > 0'
ok "snp: a guest that does not run" holds snp '.launches[0].time.until_run_ns == null'
ok "types: what it called" holds types ".launches | $called"
ok "types: a slow attribute lock is told apart from the update" \
	holds types '.launches[0] | .attributes.updates == .commands.KVM_SET_MEMORY_ATTRIBUTES.count'

# Eight at once: each launch by its ASID.
by_asid_log='map(select(.cmd == "SNP_LAUNCH_UPDATE")) | group_by(.asid) | map([.[0].asid, length])'
by_asid_report='.launches | map([.asid, .psp.SNP_LAUNCH_UPDATE.count]) | sort'
each_launch() { [ "$(report eight "$by_asid_report")" = "$(log eight "$by_asid_log")" ]; }
ok "eight: eight launches" holds eight '.launches | length == 8'
ok "eight: each has its own commands" each_launch
ok "eight: each has its own pages" holds eight '[.launches[].pages.private] | unique == [41]'
ok "eight: waiting is told apart from executing" holds eight '[.launches[].psp.SNP_LAUNCH_UPDATE] |
	all(.wait.count == .count and .exec.count == .count) and
	(map(.wait.sum_ns) | add) > (map(.exec.sum_ns) | add)'
ok "eight-sev: eight processes" holds eight-sev '[.launches[].pid] | unique | length == 8'

# Caches: at the end of every VM, and for SEV before its memory is encrypted.
ok "caches: written back at the end of each VM, which is a step of its own" \
	holds sev '.launches[0].teardown.steps.writeback | .count >= 1 and .sum_ns > 0'
ok "caches: of SNP, too" holds snp '.launches[0].teardown.steps.writeback.count >= 1'

# What becomes of a guest after its launch. Its vCPU does what the launcher says.
ok "guests: a guest that is not followed" holds snp '.launches[0].guest == null'
ok "guests: its first run and exit, in order" \
	holds guests '.launches[0].guest | 0 < .first_run_ns and .first_run_ns < .first_exit_ns and .exits >= 1'
ok "guests: each page that it touches first is given to it, by an RMP fault" \
	holds guests '.launches[0].guest | .given_pages == 30 and .rmp_faults == 30 and .memory_pages == 101 and .given_bytes_per_s > 0'
ok "guests: a milestone, by its name" \
	holds guests '.launches[0].guest | (.milestones | map([.port, .value, .name])) == [[244, 2, "kernel"]] and
		(.first_run_ns < .milestones[0].at_ns)'
# The parts are the whole: 41 and 40 pages, a VMSA among them, of two launches.
interval() { jq -es "$1" "$dir/interval.jsonl" >/dev/null; }
ok "stat --interval: status 0" test "$(status stat-interval)" = 0
ok "stat --interval: launches, pages and the PSP, all together" interval \
	'[(map(.begun) | add), (map(.ok) | add), (map(.failed) | add), (map(.pages) | add), (map(.dropped) | add)] == [2, 2, 0, 81, 0] and
		(map(.psp_busy_ns) | add) > 41000000'
ok "stat --interval: one after the other" interval 'length >= 3 and (map(.at_ns) | . == sort) and
	(. as $all | [range(1; length) | $all[.].at_ns - $all[. - 1].at_ns == $all[.].ns] | all)'
ok "stat --interval: text, and the summary at the end" test "$(grep -c '^ *[0-9.]* s ' "$dir/interval.txt")" -ge 2 -a \
	"$(grep -c '^ *time *begun' "$dir/interval.txt")" = 1 -a "$(grep -c '^ *[0-9.]* ms *PSP busy ' "$dir/interval.txt")" = 1
ok "guests: one whose VM is gone has no state" holds guests '.launches[0].guest | .state == null and .last_seen_ns > 0'
for state in waits runs; do
	ok "guests: one that $state as the recording ends" holds guest-$state ".launches[0] | .destroyed == false and .guest.state == \"$state\" and
		.guest.last_seen_ns > 0"
done
ok "guests: the report tells of a VMM that waits" grep -q 'after the launch, when last seen, its VMM had not run it' <(build/sevtrace report "$dir/guest-waits.data")
ok "guests: the report tells of a guest that runs" grep -q 'after the launch, when last seen, it ran, and was given no memory' \
	<(build/sevtrace report "$dir/guest-runs.data")
ok "profile: a launch that is not sampled" holds snp '.launches[0].profile == null'
# 6 x 0.5 s in compute(), 597 samples of 5.03 ms; on a busy machine the clock comes late.
in_compute='[.stacks[] | select(.frames[0] | startswith("compute (launcher)"))]'
# On a busy machine some come faster than they are unwound, and have what the kernel saw.
ok "profile: the function that computes, and who called it" holds profile ".launches[0].profile | $in_compute |
	any(.[]; .frames | index(\"phase_update (launcher)\") and .[length - 1] != null)"
ok "profile: most of the samples are of it, and stand for no more than its time" holds profile ".launches[0].profile |
	($in_compute | map(.ns) | add) as \$ns | \$ns > 0.5 * .ns and \$ns > 0.1e9 and \$ns < 3.1e9 and .period_ns == 5025125"
ok "profile: they are outside of SEV ioctls" holds profile ".launches[0].profile | $in_compute | all(.in_ioctl == false)"
ok "profile: in the report" grep -q '^  compute < phase_update' <(build/sevtrace report "$dir/profile.data")
ok "profile: as folded stacks" grep -q '^launcher;.*;phase_update (launcher);.*compute (launcher) [0-9]*$' \
	<(build/sevtrace export -f stacks "$dir/profile.data" 2>/dev/null)
ok "profile: counted as recorded" test "$(report profile '.dropped')" = 0
ok "guests: nothing of it is the launch's" holds guests '.launches[0] | .pages.private == 21 and .result == "ok"'
ok "guests: nothing lost" nothing_lost guests

# Whom it follows.
ok "pid: a running process is recorded" holds pid '.launches | length == 1 and .[0].result == "ok"'
ok "pid: until it ends" test "$(status pid)" = 0
ok "others: a launch of another process is not recorded" \
	holds others '.launches == [] and .host_psp == {}'
ok "all: a launch of another process is recorded" holds all '.launches | length == 2'
ok "all: SIGINT ends it, complete" holds all '.complete'
ok "attaching: SIGINT ends it" test "$(status attaching)" = 130
ok "attaching: before it records, and without a file" \
	sh -c "! grep -q recording '$dir/attaching.err' && rmdir '$dir/attaching.d'"
ok "nohup: SIGHUP does not end it" holds nohup '.complete and (.launches | length == 1)'
# Those of no launch, such as of PLATFORM_STATUS, stay: so the table was read.
ok "all: a launch that is over leaves no histogram in the kernel" jq -e \
	'map(.formatted.key.launch) | length > 0 and all(. == 0)' "$dir/all.hists"
ok "all: with status 0" test "$(status all)" = 0
# counts_behind NAME: blocks of counts behind the last one of records
counts_behind() {
	/usr/bin/python3 - "$dir/$1.data" <<'PYTHON'
import struct
import sys
RECORDS, COUNTS, BLOCK = 2, 4, 48
data = open(sys.argv[1], "rb").read()
at, types = struct.unpack_from("<I", data, 8)[0], []
while at < len(data):
    types.append(struct.unpack_from("<I", data, at)[0])
    at += BLOCK + struct.unpack_from("<I", data, at + 8)[0]
print(types[::-1][:types[::-1].index(RECORDS)].count(COUNTS))
PYTHON
}
ok "idle: counts that have not changed are not written again" test "$(counts_behind idle)" -le 1
ok "term: COMMAND gets SIGTERM, its launch is in the file" \
	holds term '.complete and (.launches | length) == 1'
ok "term: status of COMMAND" test "$(status term)" = 143
ok "stubborn: a second signal ends the recording, COMMAND goes on" \
	grep -q 'sh still runs, as process' "$dir/stubborn.err"
ok "stubborn: the file is complete" holds stubborn '.complete and (.launches | length) == 1'
ok "child: a grandchild's launch is recorded" holds child '.launches | length == 1'

# Its own status.
for pair in exit-0:0 exit-42:42 exit-signal:143 not-found:127 not-executable:126 failed:3 mistake:3 usage:125; do
	ok "status: ${pair%:*} gives ${pair#*:}" test "$(status "${pair%:*}")" = "${pair#*:}"
done

# An older file of the name.
ok "not found: an earlier file is left alone" grep -qx earlier "$dir/not-found.data"
ok "again: an earlier recording is kept" cmp "$dir/again.first" "$dir/again.data.old"
ok "crash: a signal ended it" test "$(status crash)" = 139
ok "crash: no core dump" test ! -s "$dir/crash.cores"

# A thread that fails to initialise SEV does not end the launch of one that is about to.
ok "init-race: the first of two threads fails each time" \
	test "$(grep -c 'first EINVAL, second 0, start 0' "$dir/init-race.out")" = 10
for name in init-race init-race-functions; do
	ok "$name: a launch each" holds $name '(.launches | length) == 10 and
		all(.launches[]; .joined == false and .commands.KVM_SEV_INIT2.count == 2 and .commands.KVM_SEV_LAUNCH_START.count == 1)'
done

# Many short launches that fail.
ok "init2: nothing dropped" holds init2 '.complete and .dropped == 0 and .events == .recorded and (.launches | length) > 100'

# stat: figures as those of a recording, without one.
stat() { jq -S "$2" "$dir/$1.json"; }
stat_holds() { stat "$1" "$2" | grep -qx true; }
stat_counts='.runs as $runs | .psp | map_values(.count.mean * $runs | round)'
stat_logged() { [ "$(stat "$1" "$stat_counts")" = "$(log "$1" "$in_log")" ]; }
# What does not depend on where pages lie in memory: KEYS of all steps, pages, flushed pages.
stat_as_recorded() { # STAT RECORDING KEYS
	[ "$(stat "$1" "[(.steps | map_values(map_values(.mean?) | $3)), .total.pages.mean, .total.flushed_pages.mean]")" = \
		"$(report "$2" "[([.launches[].steps | to_entries[]] | group_by(.key) |
			map({(.[0].key): (map(.value | $3) | transpose | map(add))}) | add),
			([.launches[].pages | .shared + .private] | add), ([.launches[].clflush.pages] | add)]")" ]
}
for pair in stat-snp:0 stat-repeat:0 stat-failed:3 stat-text:42 stat-not-found:127; do
	ok "status: ${pair%:*} gives ${pair#*:}" test "$(status "${pair%:*}")" = "${pair#*:}"
done
ok "stat-snp: PSP commands as in the log" stat_logged stat-snp
ok "stat-repeat: PSP commands as in the log, over all runs" stat_logged stat-repeat
ok "stat-snp: steps and pages as a recording has them" stat_as_recorded stat-snp child '[.count, .pages]'
ok "stat-repeat: pages of steps and flushes as a recording has them" stat_as_recorded stat-repeat by-type '[.pages]'
ok "stat-snp: one launch" stat_holds stat-snp '.runs == 1 and .launches == {"snp": .launches.snp} and
	.launches.snp.ok == {"mean": 1, "error_percent": null} and .launches.snp.each_ns.mean > 0'
ok "stat-snp: no record of a page or command" stat_holds stat-snp '.total.events.mean < 40 and .total.dropped.mean == 0'
ok "stat-snp: the PSP is busy and not more than all the time" \
	stat_holds stat-snp '.total.psp_busy_percent.mean | . > 0 and . <= 100'
ok "stat-repeat: three runs with their spread" stat_holds stat-repeat '.runs == 3 and
	.launches.sev.ok == {"mean": 1, "error_percent": 0} and .total.elapsed_ns.error_percent > 0 and
	.psp.LAUNCH_UPDATE_DATA.exec_ns.error_percent > 0'
ok "stat-failed: by type and result, filtered" stat_holds stat-failed '.launches | keys == ["snp"] and
	.snp.failed.mean == 1 and .snp.ok.mean == 0 and .snp.each_ns == null'
ok "stat-failed: the ioctl that failed" stat_holds stat-failed '.failed_ioctls.KVM_SEV_SNP_LAUNCH_UPDATE.mean == 1'
ok "stat: the figures are in their file" grep -q '(2 runs, means)' "$dir/stat.txt"
ok "stat: stdout is COMMAND's alone" test "$(cat "$dir/stat.out")" = "$(printf 'out\nout')"
stat_valid() {
	/usr/bin/python3 -W ignore -c 'import json, sys, jsonschema
schema = json.load(open("docs/schema/stat.schema.json"))
for name in sys.argv[1:]: jsonschema.validate(json.load(open(name)), schema)' "$dir"/stat-{snp,repeat,failed}.json
}
ok "stat: JSON is valid by its schema" stat_valid

# top: three launches at once, whose lines are PID COMM TYPE ASID ELAPSED UNIT IOCTL STEP DONE OF
# PAGES/S LEFT. A later process has the one that fails.
top_launches() { # CONDITION: of each launch, by ASID: n lines, pages of the first and the last, highest rate
	awk '/^ *[0-9]+ launcher +snp .* SNP_LAUNCH_UPDATE / && (!pid || $1 == pid) { pid = $1
		gsub(",", ""); if (!n[$4]++) first[$4] = $9; last[$4] = $9; of[$4] = $10
		if ($9 < before[$4]) falls = 1; before[$4] = $9; if ($11 > rate[$4]) rate[$4] = $11 }
		END { for (i in n) { launches++; if (!('"$1"')) bad = 1 }
		exit falls || bad || launches != 3 }' "$dir/top.txt"
}
ok "top: each of three launches has its lines, with pages that rise" top_launches 'last[i] > first[i] && n[i] > 1'
ok "top: pages done are some of those begun" top_launches 'last[i] <= of[i] && of[i] > 20 && of[i] <= 201'
ok "top: page rates are those of a PSP that takes 1 ms a page" top_launches 'rate[i] > 5 && rate[i] <= 1000'
ok "top: a guest that accepts memory, page by page" awk 'sub(/.* the guest +accepts /, "") { gsub(",", "");
	if ($1 < done || $2 != 3221) bad = 1; done = $1; n++ } END { exit bad || n < 3 || done < 400 || done > 1521 }' "$dir/top-guests.txt"
ok "top: others wait for the PSP" grep -qE '^PSP [0-9.]+% busy, [0-9,]+ commands/s, [12] waiting' "$dir/top.txt"
ok "top: it is busy" grep -qE '^PSP ([2-9][0-9]|100)\.[0-9]% busy' "$dir/top.txt"
ok "top: the step under way is the PSP's" grep -qE 'SNP_LAUNCH_UPDATE +psp ' "$dir/top.txt"
ok "top: a launch that failed, with its errno" grep -qE 'SNP_LAUNCH_UPDATE +EINVAL .* failed$' "$dir/top.txt"
ok "top: status 0" test "$(status top)" = 0
ok "top: each way to end it gives the terminal back" \
	test "$(cat "$dir/top-terminal.txt")" = "$(printf '%s 0 restored sorted resized\n' q ctrl-c SIGTERM)"
top_dumb() { [ "$(status top-dumb)" = 0 ] && grep -q running "$dir/top-dumb.txt" && ! grep -q $'\e' "$dir/top-dumb.txt"; }
ok "top: a terminal that can nothing gets lines" top_dumb

# What is lost is counted, and figures stay exact.
ok "tiny: records are dropped" holds tiny '.dropped > 0'
ok "tiny: recorded and dropped are all, on every CPU" \
	holds tiny '.events == .recorded + .dropped and (.cpus | all(.emitted == .recorded + .dropped))'
tiny_exact() {
	[ "$(report tiny '[.launches[].psp.SNP_LAUNCH_UPDATE.exec.count, .launches[].steps.copy.count]')" = \
		"$(jq -nS '[301, 263]')" ]
}
ok "tiny: histograms are exact nevertheless" tiny_exact
ok "tiny: its course is known nevertheless" \
	holds tiny '.launches[0] | .result == "ok" and .pages.private == 301'
ok "tiny: the loss is announced" grep -q 'a larger --buffer-size' "$dir/tiny.err"

ok "tiny: the loss is the launch's" holds tiny '.launches[0].dropped == .dropped and .dropped > 0'
tiny_text() { build/sevtrace report "$dir/tiny.data" | grep -qE "records of it dropped: tables are the kernel's and whole"; }
ok "tiny: the report says which figures are whole" tiny_text
ok "overload: emitted is recorded and dropped, on every CPU and in all" \
	holds overload '.complete and .dropped > 300 and .events == .recorded + .dropped and
		.events == ([.cpus[].emitted] | add) and (.cpus | all(.emitted == .recorded + .dropped))'
ok "overload: recorded is what is in the file" \
	test "$(build/sevtrace script "$dir/overload.data" 2>/dev/null | wc -l)" = "$(script_lines "$dir/overload.data")"
ok "overload: every dropped record is some launch's" \
	holds overload '.dropped == ([.launches[].dropped] | add) and (.launches | all(.dropped > 0))'
ok "overload: histograms are exact nevertheless" counts_equal overload

# Filters.
ok "by-type: only these types" holds by-type '[.launches[].vm_type] == ["sev", "sev-es"]'
ok "by-comm: only of this name" holds by-comm '[.launches[] | [.comm, .vm_type]] == [["other-vmm", "sev-es"]]'
ok "by-comm-all: of the whole host, too" holds by-comm-all '[.launches[].comm] == ["other-vmm"]'
ok "by-cgroup: only in this group and below" holds by-cgroup '[.launches[] | [.vm_type, .result]] == [["snp", "ok"]]'
ok "no-cgroup: said" grep -q '/run is not a control group' "$dir/no-cgroup.err"
ok "no-cgroup: status 125" test "$(status no-cgroup)" = 125
ok "by-ioctl: the course is known" holds by-ioctl '.launches[0] | .result == "ok" and .pages.private == 21'
ok "by-ioctl: commands and pages of that ioctl alone" \
	holds by-ioctl '.launches[0] | .psp.SNP_LAUNCH_FINISH.count == 1 and
		.psp.SNP_LAUNCH_UPDATE.count == 1 and .psp.SNP_LAUNCH_START == null and .steps.psp.count == 1'
ok "by-ioctl-failed: a failure elsewhere is recorded" holds by-ioctl-failed '.launches[0].failures[0] |
	.step == "check_attrs" and .inner_ret == -22'
# pages NAME FILTER: of the steps of each page, in one array
pages() { build/sevtrace script -j "$dir/$1.data" | jq -se "map(select(.event == \"step\")) | group_by([.launch, .gfn]) | $2" >/dev/null; }
ok "failures: no record of a page that succeeded" pages failures 'length > 0 and all(map(.ret) | any(. != 0))'
ok "failures: which is counted nevertheless" counts_equal failures
ok "failures: the one that failed is found" holds failures '[.launches[].result] == ["ok", "failed"]'
ok "slow: no record of a page without a slow step" pages slow 'length >= 20 and all(map(.duration) | any(. >= 393000))'
ok "slow: which is counted nevertheless" holds slow '.launches[0].steps.get_page.count == 20'
slow_text() { build/sevtrace report "$dir/slow.data" | grep -q 'recorded with --min-latency=400us'; }
ok "slow: the report says so" slow_text

# What was recorded survives.
ok "killed: the file holds the launches" holds killed '.complete == false and (.launches | length) == 2'
ok "full: a full disk is named" grep -q 'No space left on device' "$dir/full.err"
ok "full: status 125" test "$(status full)" = 125
ok "full: the file can be read" holds full '.complete == false and .recorded > 0'

ok "vmm-killed: the signal is found inside an ioctl that returns success" \
	holds vmm-killed '.complete and (.launches[0] | .result == "failed" and .destroyed and
		(.failures[0] | .ret == 0 and .swallowed and .step == "get_page" and .inner_ret == -4))'
ok "vmm-killed: status 3" test "$(status vmm-killed)" = 3
ok "vmm-killed: PSP commands as in the log" counts_equal vmm-killed
ok "rights: what is missing is named" grep -q 'needs root' "$dir/rights.err"
ok "rights: status 125" test "$(status rights)" = 125

# Failures.
one_failure='.launches[0] | .result == "failed" and (.failures | length) == 1'
ok "mistake: step, frame and errno inside the ioctl" holds mistake '.launches[0].failures[0] |
	.ioctl == "KVM_SEV_SNP_LAUNCH_UPDATE" and .ret == -5 and .step == "check_attrs" and .gfn == "0x7" and
	.inner_ret == -22 and .psp_asked == false'
ok "mistake: one failure" holds mistake "$one_failure"
ok "mistake: the kernel's stack has names" \
	holds mistake '.launches[0].failures[0].kernel_stack | any(test("kvm_gmem_populate"))'
ok "mistake: the kernel's stack begins behind the tracer" \
	holds mistake '.launches[0].failures[0].kernel_stack[0] | test("^bpf_") | not'
ok "mistake: the user's stack says in which file" \
	holds mistake '.launches[0].failures[0].user_stack | (.[0] | test("^ioctl\\+0x[0-9a-f]+ \\(libc")) and
		any(test("^launch_command\\+0x[0-9a-f]+ \\(launcher\\) at launch.c:[0-9]+"))'

# Debian's QEMU.
for name in qemu-sev qemu-es; do
	ok "$name: finished launch" holds $name '.launches[0].result == "ok"'
	ok "$name: PSP commands as in the log" counts_equal $name
	ok "$name: firmware pages" holds $name '.launches[0].pages.by_type.normal >= 800'
done
ok "qemu-sev: type" holds qemu-sev '.launches[0].vm_type == "sev"'
ok "qemu-es: type" holds qemu-es '.launches[0] | .vm_type == "sev-es" and .pages.by_type.vmsa >= 1'
ok "qemu-sev: asking for the measurement's length is no failure" \
	holds qemu-sev '[.launches[0].failures[] | select(.recovered | not)] == []'

# A PSP that fails.
ok "no modules: says which and what to do" grep -q 'module kvm_amd is not loaded; load it' "$dir/no-modules.err"
ok "no modules: status 125" test "$(status no-modules)" = 125
ok "no modules: an earlier file is left alone" grep -qx earlier "$dir/no-modules.data"
ok "bad page: ioctl, step, frame, errno, status by name and number" holds bad-page '.launches[0].failures[0] |
	.ioctl == "KVM_SEV_SNP_LAUNCH_UPDATE" and .step == "psp" and .gfn == "0x5" and .inner_ret == -5 and
	.fw_error == 22 and .status == "INVALID_PARAM" and .psp_asked and .psp_answered'
ok "bad page: in the text report" grep -q 'INVALID_PARAM' "$dir/bad-page.txt"
ok "bad page: five pages were done" holds bad-page '.launches[0].pages.private == 5'
ok "bad page: its reclaim is a step" holds bad-page '.launches[0].steps.reclaim.count >= 1'
ok "bad run: a SEV command that fails" holds bad-run '.launches[0].failures[0] |
	.ioctl == "KVM_SEV_LAUNCH_UPDATE_DATA" and .step == "psp" and .fw_error == 16 and
	.status == "INVALID_GUEST"'
# Debian's QEMU has no frame pointers, and it exits at once: its stack is unwound from a copy.
ok "qemu refused: QEMU's own functions, down to the ioctl" holds qemu-refused '.launches[0].failures[0] |
	.ioctl == "KVM_SEV_LAUNCH_UPDATE_DATA" and (.user_stack[0] | test("^ioctl\\+0x.* \\(libc")) and
	(.user_stack[1] | test("^kvm_vm_ioctl\\+0x[0-9a-f]+ \\(qemu-system-x86_64\\)")) and
	(.user_stack | any(test("^sev_encrypt_flash\\+")) and any(test("^main\\+")))'
ok "qemu refused: QEMU's own status" test "$(status qemu-refused)" = 1
ok "hang: asked and not answered" holds hang '.launches[0].failures[0] |
	.ioctl == "KVM_SEV_SNP_LAUNCH_FINISH" and .psp_asked and (.psp_answered | not)'
ok "hang: counted as no answer" holds hang '.launches[0].psp.SNP_LAUNCH_FINISH.errors.not_answered == 1'
ok "dead: not asked" holds dead '.launches[0].failures[0] | (.psp_asked | not)'
ok "dead: a launch that never began is over" holds dead '.launches | length == 1'

finish "$dir/works.out" "$dir/faulty.out" "$dir/report.err"
