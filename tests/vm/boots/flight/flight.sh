#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The flight recorder on the virtual SEV host: 1,000 launches that succeed and one that fails, and
# what can go wrong with its files and commands. Before, recordings that begin when ccp and kvm_amd
# are not loaded.
set -u
cd "$(dirname "$(readlink -f "$0")")/../../../.." || exit 1
make -s all || exit 1

here=tests/vm/boots/flight
dir=$(mktemp -d /tmp/sevtrace-flight.XXXXXX)
[ -n "${SEVTRACE_KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT

. tests/tap.bash
# shellcheck source=tests/vm/boots/log.bash
. tests/vm/boots/log.bash

tests/vm/run --no-modules --psp-log "$dir/psp.log" --psp-fault 'cmd=SNP_INIT_EX,nth=1,status=0x3' -- bash "$here/inside.bash" "$dir" >"$dir/inside.out" 2>&1
ok "the machine ran its recordings" test $? -eq 0

status() { cat "$dir/$1.status"; }
files() { find "$dir/$1" -name '*.data' | wc -l; }
# of NAME PATTERN: the one file of it whose name fits
of() { find "$dir/$1" -name "*$2*.data" | head -n 1; }
holds() { build/sevtrace report -j "$1" 2>>"$dir/report.err" | jq -S "$2" | grep -qx true; }
said() { grep -qE -- "$2" "$dir/$1.err"; }

# Every PSP command from ccp's first one on, none more and none less.
counts_equal() {
	[ "$(build/sevtrace report -j "$dir/$1.data" | jq -S "$in_report")" = \
		"$(log_of "$dir/$1.range" "$dir/psp.log" | jq -sS "$in_log")" ]
}
ok "armed: PSP commands as in the log" counts_equal armed
ok "armed: a firmware that refuses to be initialised" holds "$dir/armed.data" \
	'.complete and .launches == [] and .host_psp.SNP_INIT_EX.errors == {"INVALID_CONFIG": 1} and .host_psp.PLATFORM_STATUS.count >= 1'
ok "armed: and why" holds "$dir/armed.data" '.host_failures | length == 1 and (.[0] | .command == "SNP_INIT_EX" and .count == 1 and
	.status == 3 and .status_name == "INVALID_CONFIG" and (.cause | test("^BIOS")) and (.hint | test("SMEE")))'
armed_text() { build/sevtrace report "$dir/armed.data" | grep -A 3 '^  FAILED  SNP_INIT_EX$' | grep -q 'why .*BIOS'; }
ok "armed: in the text report" armed_text
ok "armed: says for what it waits" said armed 'waiting for kvm_amd to be loaded'
ok "armed: no launch failed, status 0" test "$(status armed)" = 0
ok "armed: the flight recorder has a file of it" holds "$(of armed-flight -host-SNP_INIT_EX)" \
	'.complete and .host_psp.SNP_INIT_EX.errors == {"INVALID_CONFIG": 1}'
ok "armed: and tells why" said armed-flight 'outside any launch: SNP_INIT_EX: EIO, firmware INVALID_CONFIG: BIOS'
ok "armed: ccp was held" test "$(cat "$dir"/{armed,armed-flight,loads}.err | grep -c 'not held')" = 0
ok "loads: PSP commands as in the log" counts_equal loads
ok "loads: those of module load and a launch" holds "$dir/loads.data" '.host_psp.SNP_INIT_EX.count == 1 and
	.host.fw_api == "1.55" and (.launches | length == 1 and .[0].result == "ok" and .[0].pages.private == 5)'
ok "loads: status 0" test "$(cut -d ' ' -f 3 "$dir/loads.range")" = 0
ok "never: said" said never 'kvm_amd was never loaded'
ok "never: status of COMMAND" test "$(status never)" = 0

# 1,000 launches and one.
one=$(of thousand -SNP_LAUNCH_UPDATE)
ok "thousand: all others succeeded" said thousand 'launches: 1,005 ok, 1 failed, 0 given up'
ok "thousand: one file" test "$(files thousand)" = 1
ok "thousand: which tells process, ASID and ioctl" grep -qE \
	'sevtrace-[0-9]{8}T[0-9]{6}Z-pid[0-9]+-asid[0-9]+-SNP_LAUNCH_UPDATE\.data$' <<<"$one"
ok "thousand: it holds that launch alone" holds "$one" '.complete and .dropped == 0 and
	(.launches | length == 1 and .[0].result == "failed" and .[0].comm == "launcher" and .[0].destroyed)'
ok "thousand: and why" holds "$one" '.launches[0].failures | length == 1 and (.[0] | .step == "check_attrs" and
	.gfn == "0x2" and .inner_ret == -22 and (.cause | test("not marked private")) and (.hint | length > 0) and
	(.kernel_stack | any(test("kvm_gmem_populate"))) and (.user_stack | any(test("^launch_command\\+.*launch.c:"))))'
ok "thousand: host and histograms are those of a recording" holds "$one" '.host.kernel != null and .host.fw_api == "1.55" and
	.host.started != null and (.launches[0] | .source == "kernel" and .steps.get_page.count == 4 and
	.psp.SNP_LAUNCH_UPDATE.exec.count == 2 and .psp.SNP_DECOMMISSION.count == 1)'
ok "thousand: every record is there" test "$(build/sevtrace script "$one" | wc -l)" = "$(script_lines "$one")"
ok "thousand: the command ran once, with the file's name and the cause" \
	grep -qxE "$one [0-9]+ KVM_SEV_SNP_LAUNCH_UPDATE EIO The page is not marked private\." "$dir/exec.log"
ok "thousand: once" test "$(wc -l <"$dir/exec.log")" = 1
ok "thousand: told in a line" said thousand 'launch failed: launcher\[[0-9]+\], snp, ASID [0-9]+: .*EIO: The page is not'
ok "thousand: status 3" test "$(status thousand)" = 3
in_memory() {
	local peak maps
	peak=$(awk '{ print $2 }' "$dir/thousand.memory")
	maps=$(sed -nE 's/.*, ([0-9.]+) MiB in the kernel.*/\1/p' "$dir/thousand.err")
	echo "# peak of resident memory $peak KiB, maps in the kernel $maps MiB"
	[ "$peak" -lt 32768 ] && [ -n "$maps" ]
}
ok "thousand: in less than 32 MiB" in_memory

# Slow ones.
ok "slow: one file, as the one that failed is not asked for" test "$(files slow)" = 1
ok "slow: by its name" grep -qE 'sevtrace-[0-9]{8}T[0-9]{6}Z-pid[0-9]+-asid[0-9]+-slow\.data$' <<<"$(of slow -slow)"
ok "slow: it holds that launch alone, which is ok" holds "$(of slow -slow)" '.complete and (.launches | length == 1 and
	.[0].result == "ok" and .[0].duration_ns >= 4e9 and .[0].pages.private == 5)'
ok "slow: told in a line" said slow 'slow launch: launcher\[[0-9]+\], snp, ASID [0-9]+: [0-9.]+ s$'
ok "slow: the command knows for how long" grep -qE '^slow [0-9]{10,}$' "$dir/slow.log"
ok "slow: counted" said slow 'launches: 2 ok, 1 failed, 0 given up with no failure, 1 slow; 1 file written'

# Too many.
ok "many: as many files as allowed" test "$(files many)" = 2
ok "many: said at once" said many 'no file for this launch: .* and 2 in all'
ok "many: counted" said many '2 launches without a file'
ok "many: each is told" test "$(grep -c 'launch failed: ' "$dir/many.err")" = 4
ok "many: a launch that never began has its file" test -n "$(of many -asid0-INIT2)"
ok "many: what was cut is counted" holds "$(of many -SNP_LAUNCH_UPDATE)" '.dropped > 30 and .events == .recorded + .dropped and
	.launches[0].dropped == .dropped and .losses["records before the last ones"] == .dropped and
	.launches[0].pages.private == 30 and .launches[0].psp.SNP_LAUNCH_UPDATE.exec.count == 30'
ok "many: a command that fails is reported" test "$(grep -c "ended with status 7" "$dir/many.err")" = 2
ok "many: SIGTERM ends it, status 3" test "$(status many)" = 3

ok "waiting: nothing had failed" test "$(files waiting)" = 0
ok "waiting: status 0" test "$(status waiting)" = 0

ok "command: status 3, as COMMAND succeeded" test "$(status command)" = 3
ok "command: one file" test "$(files command)" = 1

ok "full: named" said full "cannot write /run/full/sevtrace-.*: No space left on device"
ok "full: no half of a file is left, and what follows is written" test "$(grep -c '\.data$' "$dir/full.files")" = 2
ok "full: status 125" test "$(status full)" = 125
ok "read-only folder: named before anything is recorded" said readonly "cannot write to the folder /run/full: Read-only"
ok "read-only folder: status 125" test "$(status readonly)" = 125

finish "$dir/inside.out" "$dir"/*.err
