#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What `sevtrace explain` says of codes and logs, against what it said, and its JSON against its
# schemas. TAP. UPDATE=1 writes what comes out instead of comparing: look at the diff.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
export LC_ALL=C.UTF-8 COLUMNS=100
here=tests/golden/explain
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# shellcheck source=tests/tap.bash
. tests/tap.bash
tap_details=$work/out

# File and arguments.
codes=(
	"status 0x16"
	"errno -22"
	"pair ret=-5,fw=22"
	"hidden SNP_LAUNCH_UPDATE ret=-5 fw_error=0"
	"command SNP_LAUNCH_UPDATE"
	"ioctl KVM_SEV_LAUNCH_START"
	"name sev_ret_invalid_page_state"
	"step rmp_update"
	"qemu LAUNCH_START ret=1 fw_error=7"
	"field 0x8003"
	"several 0x8003 psp"
	"list --list statuses"
)
logs=(tests/golden/logs/*.log tests/golden/logs/cases/*.log tests/golden/logs/formats/*.log*)
for row in "${codes[@]}"; do
	read -r name arguments <<<"$row"
	# shellcheck disable=SC2086 # words on purpose
	"$O/sevtrace" explain $arguments >"$work/$name.txt" 2>"$work/err"
	status=$?
	[ "${UPDATE:-}" = 1 ] && cp "$work/$name.txt" "$here/$name.txt"
	diff -u "$here/$name.txt" "$work/$name.txt" >"$work/out" 2>&1 && [ "$status" = 0 ] && [ ! -s "$work/err" ]
	ok "explain $arguments" test $? -eq 0
done

validate() {
	/usr/bin/python3 -W ignore - "$1" "docs/schema/$2.schema.json" >"$work/out" 2>&1 <<'PY'
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
PY
}
"$O/sevtrace" explain --list | awk '/^0x/ { print $2; next } NF > 1 && !/:$/ { print $1 }' >"$work/names"
# every name of the tables at once
xargs -n 50 "$O/sevtrace" explain -j <"$work/names" >"$work/all"
jq -s '{ version: .[0].version, answers: map(.answers) | add }' "$work/all" >"$work/all.json"
validate "$work/all.json" explain && [ "$(jq '.answers | length' "$work/all.json")" = "$(wc -l <"$work/names")" ] &&
	[ "$(wc -l <"$work/names")" -gt 150 ]
ok "JSON of every name is valid by its schema" test $? -eq 0
"$O/sevtrace" explain -j KVM_SEV_INIT2 ret=-16 fw=-1 >"$work/answer.json" && validate "$work/answer.json" explain
ok "JSON of an answer is valid by its schema" test $? -eq 0

for log in "${logs[@]}"; do
	golden=${log%.log*}.txt
	"$O/sevtrace" explain --log "$log" >"$work/log.txt" 2>"$work/err"
	status=$?
	[ "${UPDATE:-}" = 1 ] && cp "$work/log.txt" "$golden"
	diff -u "$golden" "$work/log.txt" >"$work/out" 2>&1 && [ "$status" = 3 ] && [ ! -s "$work/err" ]
	ok "explain --log $log" test $? -eq 0
done
cat tests/golden/logs/*.log tests/golden/logs/cases/*.log | "$O/sevtrace" explain -j --log - >"$work/log.json"
validate "$work/log.json" explain-log &&
	jq '{ version, answers: [{ query: "", meanings: [.findings[].answer | select(.)] }] }' \
		"$work/log.json" >"$work/answers.json" &&
	validate "$work/answers.json" explain
ok "JSON of logs is valid by its schemas" test $? -eq 0
# Reports from the field: what is said is the true cause, as sure as that is.
truths=(
	"es-asids-missing|sure|Raise the minimum SEV ASID"
	"vmsa-old-firmware|sure|Update the SEV firmware"
	"variable-store|sure|newer OVMF"
	"vmgexit-cpuid|sure|without the values in its GHCB"
	"no-guest-memfd|likely|without guest_memfd, or the host kernel has none"
	"qemu-without-snp|sure|This QEMU knows no such guests"
	"put-registers|likely|Update QEMU"
	"libkrun-no-snp|likely|no support for SNP guests"
	"guest-terminated|likely|asked for its termination"
	"tool-status|possible|status 0x16 (INVALID_PARAM)"
	"guest-keys-used-up|likely|status 0x1d (AEAD_OFLOW)"
	"snp-en-refused|possible|refused to switch SEV-SNP on"
	"libvirt-without-snp|sure|in QEMU from 9.1 on"
	"finish-twice|sure|SNP_LAUNCH_FINISH was issued twice"
	"qemu-other-tree|likely|KVM_EXIT_VMGEXIT"
	"cpuid-page|sure|ecx must not have bits 0x800"
)
true_cause() { # FILE CERTAINTY TEXT
	tr '\n' ' ' <"tests/golden/logs/cases/$1.txt" | tr -s ' ' >"$work/said"
	"$O/sevtrace" explain -j --log "tests/golden/logs/cases/$1.log" >"$work/case.json"
	grep -qF -- "$3" "$work/said" &&
		jq -e --arg sure "$2" '[.findings[] | select(.level == "bad" and .certainty == $sure)] | length > 0' "$work/case.json" >/dev/null
}
for row in "${truths[@]}"; do
	IFS='|' read -r name sure text <<<"$row"
	ok "the cause of $name" true_cause "$name" "$sure" "$text"
done
four=$("$O/sevtrace" explain -j --log tests/golden/logs/formats/four-guests.log | jq -r '[.findings[].guest] | unique | length')
ok "four guests in one log are told apart" test "$four" = 4
why=$("$O/sevtrace" explain -j --log tests/golden/logs/formats/four-guests.log | jq -c '[.findings[].because_line]')
ok "a line above says why only where it is the same guest's" test "$why" = '[null,null,null,null,2,null]'
for pack in gzip zstd xz; do
	$pack -c tests/golden/logs/snp-init.log >"$work/packed"
	ok "a log packed by $pack" cmp <("$O/sevtrace" explain --log "$work/packed") tests/golden/logs/snp-init.txt
done
# docs/messages.md is what the tables have.
{
	sed '/^| message /,$d' docs/messages.md
	echo '| message | from | level | what it means | what to do |'
	echo '|---|---|---|---|---|'
	while IFS= read -r line; do
		printf '%s\n' "$line" | "$O/sevtrace" explain -j --log - | jq -r '.findings[0] | select(.) |
			"| `" + (.text | sub("^\\[ *[0-9.]+\\] "; "") | gsub("`"; "\u0027") | gsub("\\|"; "\\|")) + "` | " + .source + " | " +
			.level + " | " + .what + " | " + (.hint // "-") + " |"'
	done <tests/golden/logs/every.log
} >"$work/messages.md"
[ "${UPDATE:-}" = 1 ] && cp "$work/messages.md" docs/messages.md
diff docs/messages.md "$work/messages.md" >"$work/out" 2>&1
ok "docs/messages.md lists every message of the tables" test $? -eq 0
lists_named() {
	"$O/sevtrace" explain --list | sed -n 's/:$//p' | while read -r name; do
		"$O/sevtrace" explain --list "$name" | grep -q . || exit 1
	done && [ "$("$O/sevtrace" explain --list | grep -c ':$')" -ge 4 ]
}
ok "every list of explain --list has the name that --list takes" lists_named
"$O/sevtrace" explain --list -j >"$work/list.json"
all_listed() {
	validate "$work/list.json" explain &&
		diff <(jq -r '.answers[].query' "$work/list.json") <("$O/sevtrace" explain --list | awk '/^0x/ { print $2; next } NF && !/:$/ { print $1 }') >"$work/out"
}
ok "explain --list -j has all of them, by the schema" all_listed
ok "explain --list -j of one kind" test "$("$O/sevtrace" explain -j --list steps | jq -r '.answers[].meanings[].kind' | sort -u)" = step

# Lines of logs without --log: as operands, and from standard input.
says() { # says STATUS TEXT COMMAND...
	local status=$1 text=$2
	shift 2
	"$@" >"$work/out" 2>&1
	[ $? -eq "$status" ] && grep -qF -- "$text" "$work/out"
}
line="qemu-system-x86_64: SNP_LAUNCH_UPDATE ret=-5 fw_error=0 ''"
ok "a line of QEMU's as operand" says 3 'KVM_SEV_SNP_LAUNCH_UPDATE returned -5 (EIO)' "$O/sevtrace" explain "$line"
ok "the same on standard input" says 3 '1 line read, 1 explained' "$O/sevtrace" explain <<<"$line"
ok "as JSON" says 3 '"explained": 1' "$O/sevtrace" explain -j <<<"$line"
ok "two lines as operands" says 3 '2 lines read, 2 explained' "$O/sevtrace" explain "$line" "$line"
ok "codes in one operand" says 0 'KVM_SEV_SNP_LAUNCH_UPDATE returned -5 (EIO)' "$O/sevtrace" explain 'SNP_LAUNCH_UPDATE ret=-5 fw_error=0'
ok "a line that nobody knows" says 1 "'nothing of it' is no code and no message" "$O/sevtrace" explain 'nothing of it'
ok "a status as QEMU says it" says 0 'POLICY_FAILURE: PSP status 0x07 (7)' "$O/sevtrace" explain 'Policy is not allowed'
ok "... in quotes" says 0 'BAD_MEASUREMENT: PSP status 0x0b (11)' "$O/sevtrace" explain "'Bad measurement'"
finish
