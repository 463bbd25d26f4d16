#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the command line does with good, bad and no input: exit statuses, messages, nothing but JSON
# on stdout. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
sevtrace=$(readlink -f "$O/sevtrace")
golden=$PWD/tests/golden
export LC_ALL=C.UTF-8
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

number=0
failed=0
# expect NAME STATUS PATTERN COMMAND...: its status, and what its stderr has to say ('' for
# nothing).
expect() {
	local name=$1 status=$2 pattern=$3 got
	shift 3
	"$@" >out 2>err
	got=$?
	number=$((number + 1))
	if [ "$got" = "$status" ] && { [ -n "$pattern" ] && grep -qE -- "$pattern" err || [ -z "$pattern$(cat err)" ]; }; then
		echo "ok $number - $name"
		return
	fi
	echo "not ok $number - $name"
	echo "# status $got, expected $status; stderr:"
	sed 's/^/# /' err
	failed=1
}

# patch FILE OFFSET BYTES: a copy of the sound recording with other bytes at an offset.
patch() {
	cp "$golden/vm/snp.data" "$1"
	printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

echo 1..103
"$sevtrace" report --help >out.help
"$sevtrace" export -f csv "$golden/vm/snp.data" >out.csv
expect "no command" 2 Usage "$sevtrace"
expect "unknown command, like another" 2 "no command 'reprot'; did you mean 'report'" "$sevtrace" reprot
expect "unknown command, like none" 2 "no command 'frobnicate'; 'sevtrace --help' lists" "$sevtrace" frobnicate
expect "--help" 0 '' "$sevtrace" --help
expect "help of a command" 0 '' sh -c "'$sevtrace' help report | cmp - out.help"
expect "help of an unknown command" 2 "no command 'frobnicate'" "$sevtrace" help frobnicate
expect "--help, to a full disk" 1 "cannot write: No space left" sh -c "'$sevtrace' --help >/dev/full"
expect "help of a command, to a full disk" 1 "cannot write: No space left" sh -c "'$sevtrace' help stat >/dev/full"
expect "--version" 0 '' "$sevtrace" --version
expect "report --help" 0 '' "$sevtrace" report --help
expect "unknown option" 2 "sevtrace report: .*--frobnicate" "$sevtrace" report --frobnicate
expect "too many files" 2 "too many arguments: 'b'" "$sevtrace" report a b
expect "script: too many files" 2 "too many arguments: 'b'" "$sevtrace" script a b
expect "record without anything to record" 125 "sevtrace record" "$sevtrace" record
expect "record: unknown option" 125 "frobnicate" "$sevtrace" record --frobnicate
expect "record: --exec is the flight recorder's" 125 "need --on-failure" "$sevtrace" record --exec true -- true
expect "record: no number of records" 125 "invalid number of records '0'" "$sevtrace" record -a --on-failure --keep 0
expect "record --on-failure: no such folder" 125 "folder /nonexistent: No such file" "$sevtrace" record -a --on-failure -o /nonexistent
expect "record --on-failure: a file for a folder" 125 "folder /dev/null: Not a dir" "$sevtrace" record -a --on-failure -o /dev/null
expect "stat without anything to watch" 125 "sevtrace stat: nothing to watch" "$sevtrace" stat
expect "stat: unknown option" 125 "sevtrace stat: .*frobnicate" "$sevtrace" stat --frobnicate
expect "stat: no number of runs" 125 "invalid number of runs '0'" "$sevtrace" stat -r 0 -- true
expect "stat: nothing to repeat" 125 "-r needs a COMMAND" "$sevtrace" stat -a -r 2
expect "stat: an unknown type" 125 "sevtrace stat: invalid guest types 'sev,tdx'" "$sevtrace" stat -t sev,tdx -- true
expect "stat without rights" 125 "sevtrace stat: .* needs root" setpriv --bounding-set -all --inh-caps -all "$sevtrace" stat -- true
expect "top: unknown option" 2 "sevtrace top: .*frobnicate" "$sevtrace" top --frobnicate
expect "top: an operand" 2 "too many arguments: 'x'" "$sevtrace" top x
expect "top: no delay" 2 "invalid delay '0'" "$sevtrace" top -d 0
expect "top: no number of refreshes" 2 "invalid number of refreshes 'many'" "$sevtrace" top -n many
expect "top: one process or all" 2 "-p and -a exclude each other" "$sevtrace" top -a -p 1
expect "top without rights" 1 "sevtrace top: .* needs root" setpriv --bounding-set -all --inh-caps -all "$sevtrace" top -b -n 1

expect "no recording" 1 "sevtrace.data cannot be opened: No such file" "$sevtrace" report
expect "script: no recording" 1 "sevtrace.data cannot be opened: No such file" "$sevtrace" script
expect "a folder" 1 "cannot be opened: Is a directory" "$sevtrace" report .
expect "not a recording" 1 "is not a sevtrace recording" "$sevtrace" report "$golden/cli.sh"
expect "a file of perf" 1 "not a sevtrace recording, but of perf: 'sevtrace import'" "$sevtrace" report "$golden/perf/failed.perf"
expect "import: a recording" 1 "not a perf.data file, but a recording .*: 'sevtrace report'" "$sevtrace" import -o imported "$golden/vm/snp.data"
expect "a device without an end" 1 "is not a sevtrace recording" "$sevtrace" report /dev/zero
: >empty
expect "an empty file" 1 "is not a sevtrace recording: it is too short" "$sevtrace" report empty
patch newer 12 '\x03\x00'
expect "a newer format" 1 "format 3.0; .* use a newer sevtrace" "$sevtrace" report newer

cp "$golden/vm/snp.data" sevtrace.data
expect "the default file" 0 '' "$sevtrace" report
"$sevtrace" report >out.report
# same COMMAND: prints the report of the default file, but for the file's name
same() { expect "$1" 0 '' sh -c "$2 | tail -n +2 | cmp - out.rest"; }
tail -n +2 out.report >out.rest
size=$(stat -c %s sevtrace.data)
gzip -c sevtrace.data >packed.gz
zstd -qc sevtrace.data >packed.zst
{ head -c 500 sevtrace.data | gzip -c && tail -c +501 sevtrace.data | gzip -c; } >members.gz
{ head -c 500 sevtrace.data | zstd -qc && tail -c +501 sevtrace.data | zstd -qc; } >frames.zst
same "a recording from a pipe" "cat sevtrace.data | '$sevtrace' report -"
same "from standard input, by its name" "cat sevtrace.data | '$sevtrace' report /dev/stdin"
same "from a file as standard input" "'$sevtrace' report - <sevtrace.data"
same "packed by gzip" "'$sevtrace' report packed.gz"
same "packed by zstd, from a pipe" "cat packed.zst | '$sevtrace' report -"
same "packed by gzip in two members" "'$sevtrace' report members.gz"
same "packed by zstd in two frames" "'$sevtrace' report frames.zst"
head -c $((size / 2)) packed.gz >cut.gz
expect "packed and cut off: what there is" 5 "cut.gz: it is cut off at byte" "$sevtrace" report cut.gz
head -c $((size / 2)) packed.zst >cut.zst
expect "packed by zstd and cut off: what there is" 1 "cut.zst is not a sevtrace recording: it is too short" "$sevtrace" report cut.zst
printf '\x1f\x8bnothing' >damaged.gz
expect "packed and damaged" 1 "damaged.gz cannot be unpacked: it is damaged" "$sevtrace" report damaged.gz
{ head -c 64 packed.zst && printf 'nothing of a frame' && tail -c +80 packed.zst; } >damaged.zst
expect "packed by zstd and damaged" 1 "damaged.zst cannot be unpacked: it is damaged" "$sevtrace" report damaged.zst
head -c 80M /dev/zero | zstd -qc >large.zst
expect "a small file that unpacks to a large one" 1 "large.zst unpacks to more than 100 times" "$sevtrace" report large.zst
expect "import: perf's file from a pipe" 0 '' sh -c "cat '$golden/perf/failed.perf' | '$sevtrace' import -q -o imported -"
expect "export: to standard output, by its name" 0 '' sh -c "'$sevtrace' export -f csv -o - | cmp - out.csv"
expect "nothing failed" 0 '' "$sevtrace" report "$golden/vm/snp.data"
expect "a launch failed" 3 '' "$sevtrace" report "$golden/vm/snp-failed-page.data"
expect "no launch" 5 "has no launch; --allow-empty" "$sevtrace" report "$golden/made/host-commands.data"
expect "no launch: JSON" 5 "has no launch; --allow-empty" "$sevtrace" report -j "$golden/made/host-commands.data"
expect "no launch, --allow-empty" 0 "has no launch$" "$sevtrace" report --allow-empty "$golden/made/host-commands.data"
expect "script: a launch failed" 3 '' "$sevtrace" script "$golden/vm/snp-failed-page.data"

head -c 2000 sevtrace.data >cut.data
expect "a recording that is cut off" 5 "cut.data: it is cut off at byte [0-9]+; reporting what was read before" \
	"$sevtrace" report cut.data
expect "cut off: JSON" 5 "it is cut off at byte" "$sevtrace" report -j cut.data
number=$((number + 1))
if jq -e '.complete == false and .dropped == null and (.problem | test("cut off"))' out >/dev/null; then
	echo "ok $number - JSON says that it is cut off"
else
	echo "not ok $number - JSON says that it is cut off"
	failed=1
fi
patch damaged 2000 '\xff\xff\xff\xff'
expect "a damaged recording" 5 "it is damaged at byte [0-9]+" "$sevtrace" report damaged
expect "script: a damaged recording" 0 "it is damaged at byte [0-9]+" "$sevtrace" script damaged

full() { "$sevtrace" "$@" >/dev/full; }
expect "a full disk" 1 "cannot write the report: No space" full report
expect "JSON on a full disk" 1 "cannot write the report: No space" full report -j
expect "script on a full disk" 1 "cannot write: No space" full script
expect "script -j on a full disk" 1 "cannot write: No space" full script -j
expect "explain: nothing to explain" 5 "nothing to explain" "$sevtrace" explain
expect "explain: a negative number" 0 '' "$sevtrace" explain -22
expect "explain: an unknown name" 1 "did you mean INVALID_PARAM" "$sevtrace" explain INVALID_PARM
expect "explain: an unknown number" 1 "unknown status, .* '0x8777'" "$sevtrace" explain 0x8777
expect "explain: one of two is unknown" 1 "unknown status, .* 'frobnicate'" "$sevtrace" explain 0x16 frobnicate
expect "explain: a wrong pair" 2 "'foo' is neither a number" "$sevtrace" explain ret=foo
expect "explain: no ioctl for a pair" 2 "invalid ioctl '0x16'" "$sevtrace" explain 0x16 ret=-5
expect "explain: an unknown list" 2 "invalid list 'colours'" "$sevtrace" explain --list colours
expect "explain on a full disk" 1 "cannot write: No space" full explain 0x16
printf 'nothing\nccp 0000:42:00.1: sev enabled\n' >good.log
printf '\001\002\003\004\005\006\007\001\002' >binary
printf 'LPKSHHRH\0\0\0\0' >journal
printf '\037\213\010\0\0\0\0\0\377\377\377' >damaged
mkdir -p bin
cat >bin/journalctl <<'END'
#!/bin/sh
case "$*" in
*never) exit 4 ;;
*today) printf '__CURSOR=a\nMESSAGE=nothing\n\n' ;;
*) printf '__CURSOR=a\n_PID=7\nMESSAGE=SEV is not enabled in KVM\n\n' ;;
esac
END
chmod +x bin/journalctl
expect "explain --log: nothing bad in it" 0 '' "$sevtrace" explain --log good.log
expect "explain --log: a failure in it" 3 '' "$sevtrace" explain --log "$golden/logs/snp-init.log"
expect "explain --log: no such file" 1 "none.log cannot be opened: No such file" "$sevtrace" explain --log none.log
expect "explain --log: a folder" 1 ". cannot be opened: Is a directory" "$sevtrace" explain --log .
expect "explain --log: an empty file" 5 "empty is empty" "$sevtrace" explain --log empty
expect "explain --log and a code" 2 "goes with none of the others" "$sevtrace" explain --log empty 0x16
expect "explain --log: no text" 1 "is no text" "$sevtrace" explain --log binary
expect "explain --log: a journal's file" 1 "journalctl --file=FILE -o export" "$sevtrace" explain --log journal
expect "explain --log: a damaged file" 1 "it is damaged" "$sevtrace" explain --log damaged
expect "explain --since alone" 2 "goes with --journal" "$sevtrace" explain --since today
expect "explain --kernel with a list" 2 "go with a log" "$sevtrace" explain --list --kernel 6.1
expect "explain --journal" 3 '' env PATH="$PWD/bin:$PATH" "$sevtrace" explain --journal
expect "explain --journal --since" 0 '' env PATH="$PWD/bin:$PATH" "$sevtrace" explain --journal --since today
expect "explain --journal without journalctl" 1 "cannot run journalctl: No such file" env PATH="$PWD/none" "$sevtrace" explain --journal
expect "explain --journal that fails" 1 "journalctl failed with status 4" env PATH="$PWD/bin:$PATH" "$sevtrace" explain --journal --since never
expect "explain --log on a full disk" 1 "cannot write: No space" full explain --log good.log
# On this machine, whatever it is: an answer, also to a user without rights.
natively() {
	"$@" "$sevtrace" doctor -j >doctor.json
	[ $? = "$(jq 'if .summary.fail > 0 then 3 else 0 end' doctor.json)" ] &&
		jq -e '(.checks | length) > 20 and all(.checks[]; .result != "fail" or .fix)' doctor.json >/dev/null &&
		/usr/bin/python3 -W ignore -c 'import json, sys, jsonschema
jsonschema.validate(json.load(open("doctor.json")), json.load(open(sys.argv[1])))' "$golden/../../docs/schema/doctor.schema.json"
}
nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; else "$@"; fi; }
chmod 755 "$work"
expect "doctor on this machine" 0 '' natively
expect "doctor as nobody" 0 '' natively nobody
mkdir -m 777 nobody
expect "bench: a source that is none" 125 "invalid source of events 'perf': expected auto, tracepoints, or functions" "$sevtrace" bench --source perf -- true
expect "bench: who cannot record is told so" 125 "recording needs root" nobody "$sevtrace" bench -r 1 -o nobody/bench -- touch nobody/ran
expect "bench: before the first run" 1 '' test -e nobody/ran
expect "doctor: an unknown use" 2 "invalid --for 'tdx': expected sev" "$sevtrace" doctor --for=sev,tdx
expect "doctor: an argument" 2 "too many arguments: 'x'" "$sevtrace" doctor x
expect "doctor on a full disk" 1 "cannot write: No space" full doctor
exit $failed
