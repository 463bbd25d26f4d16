#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# VMMs that nobody here wrote launch guests of every type: QEMU of other suites of Debian, with its
# OVMF, unpacked beside the machine. What `sevtrace record` sees of them is what the PSP did.
# shellcheck disable=SC2154 # host.bash sets run and scratch
. "$(dirname "$(readlink -f "$0")")/../host.bash"
. tests/vm/boots/log.bash
make -s all || exit 1

dir=$scratch
suites='bookworm-backports sid'

folders=()
for suite in $suites; do
	folder=$(tests/vm/fetch-qemu --suite $suite --path 2>"$dir/fetch-$suite")
	case $? in
	0) folders+=("$suite=$folder") ;;
	69) skip "QEMU of $suite" "the package archive cannot be reached, and the cache has none" ;;
	*) ok "QEMU of $suite is fetched" has "$(tail -n 3 "$dir/fetch-$suite")" '^$' ;;
	esac
done
[ ${#folders[@]} -gt 0 ] || finish

$run --timeout 1200 --psp-log "$dir/psp.log" --psp-latency '*=0' --console "$dir/console" -- \
	bash tests/vm/boots/qemu/inside.bash "$dir" "${folders[@]}" >"$dir/out" 2>&1
ok "the machine ran to its end" same $? 0

report() { build/sevtrace report -j "$dir/$1.data" | jq -S "$2"; }
log() { log_of "$dir/$1.range" "$dir/psp.log" | jq -sS "$2"; }
holds() { [ "$(report "$1" "$2")" = true ] || { report "$1" . | head -n 60 | sed 's/^/# /' && return 1; }; }
counts_equal() { same "$(report "$1" "$in_report")" "$(log "$1" "$in_log")"; }

# runs NAME POLICY: what QEMU itself says
runs() {
	local file

	file=$(cat "$dir/$1.out")
	ok "$1: running" has "$file" '^status running$'
	ok "$1: the firmware agrees" has "$file" "^sev \[\"running\",$2\]$"
	ok "$1: a parked vCPU costs nothing" has "$file" '^vcpu-busy 0$'
	ok "$1: stops" has "$file" '^stopped paused$'
	ok "$1: goes on" has "$file" '^continued running$'
	ok "$1: takes new memory" has "$file" '^plugged 1 running$'
	ok "$1: ends" has "$file" '^exit 0$'
}

# recorded NAME TYPE: the report of the launch, and the log of the PSP
recorded() {
	ok "$1: one launch, of that type, that is ok" holds "$1" \
		".launches | length == 1 and (.[0] | .vm_type == \"$2\" and .result == \"ok\")"
	ok "$1: PSP commands as in the log, one by one" counts_equal "$1"
	ok "$1: nothing dropped" holds "$1" '.complete and .dropped == 0 and .losses == {}'
	ok "$1: all time has an owner" holds "$1" "$all_owned"
	ok "$1: little of it between steps" holds "$1" \
		'.launches[0] | .duration_ns as $all | all(.time.ioctls[].between // 0; . <= $all / 10)'
}

for each in "${folders[@]}"; do
	suite=${each%%=*}
	echo "# $suite: $("${each#*=}/qemu" --version | head -n 1)"
	runs "$suite-sev" 1
	runs "$suite-sev-es" 5
	runs "$suite-snp" 196608
	runs "$suite-sev-51" 1
	runs "$suite-snp-51" 196608
	for type in sev sev-es snp; do
		recorded "$suite-$type" $type
	done
	recorded "$suite-sev-51" sev
	recorded "$suite-snp-51" snp
	ok "$suite: with the SEV leaf, QEMU knows where the C bit is" has "$(cat "$dir/$suite-misplaced.err")" \
		"cbitpos check failed, host '51' requested '0'"
	ok "$suite-snp: a page of each kind that OVMF asks for" holds "$suite-snp" \
		'.launches[0].pages | .by_type.cpuid == 1 and .by_type.secrets == 1 and .by_type.vmsa == 1 and .by_type.normal > 500'
	ok "$suite-snp: a PSP command a page" holds "$suite-snp" \
		'.launches[0] | .psp.SNP_LAUNCH_UPDATE.count == .pages.private and .psp.SNP_LAUNCH_UPDATE.errors == {}'

	file=$(cat "$dir/$suite-refused.out" "$dir/$suite-refused.err")
	ok "$suite-refused: QEMU says what firmware expects" has "$file" \
		'CPUID validation failed for function 0x0, .*provided: eax:0x0000001f, .*expected: eax:0x00000010, '
	ok "$suite-refused: that alone" same "$(grep -c 'CPUID validation failed' <<<"$file")" 1
	ok "$suite-refused: ends" has "$file" '^exit 1$'
	ok "$suite-refused: in the report" holds "$suite-refused" \
		'.launches | length == 1 and (.[0] | .result == "failed" and .psp.SNP_LAUNCH_UPDATE.errors == {"INVALID_PARAM": 1})'
	ok "$suite-refused: PSP commands as in the log, one by one" counts_equal "$suite-refused"
done
ok "no complaint from boot on" quiet_log "$dir/dmesg"
ok "nothing is left behind" same "$(leftovers)" ""
finish "$dir/out"
