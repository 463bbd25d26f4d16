#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sevtrace export: every trace of made/ and vm/ in every format, read back by what reads such a
# format and held against report and script; a few of them byte by byte. UPDATE=1 writes these anew:
# look at the diff. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
sevtrace=$O/sevtrace
here=tests/golden
export LC_ALL=C.UTF-8
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

. tests/tap.bash

# OTLP is read by OpenTelemetry's own implementation of the schema, from npm.
packages=$O/otlp
install_packages() {
	mkdir -p "$packages" && cp $here/otlp/package.json $here/otlp/package-lock.json "$packages" &&
		npm ci --prefix "$packages" --no-audit --no-fund --ignore-scripts >"$work/err" 2>&1
}
ok "npm ci" install_packages

# check FORMAT FILE REPORT SCRIPT, or another command of export_check.py
check() {
	case $1 in
	otlp) NODE_PATH=$packages/node_modules node $here/otlp/check.cjs "$2" "$3" "${2%otlp}json" 2>"$work/err" ;;
	*) /usr/bin/python3 -W ignore "$here/export_check.py" "$@" 2>"$work/err" ;;
	esac || { tail -n 12 "$work/err" | cut -c 1-1000 | sed 's/^/# /' && false; }
}

# The tool's own version is not what is tested.
normal() { sed -E 's/("sevtrace":|build_info\{version=)"[^"]*"/\1"VERSION"/' "$1"; }

# as_it_was TRACE FORMAT: what came out against the golden file.
as_it_was() {
	local golden=$here/$1.export.$2

	[ "${UPDATE:-}" = 1 ] && cp "$work/$1.$2" "$golden"
	diff -u <(normal "$golden") <(normal "$work/$1.$2") >"$work/err" 2>&1 || { head -n 40 "$work/err" | sed 's/^/# /' && false; }
}

mapfile -t formats < <("$sevtrace" export --help | sed -n '/^Formats:/,$s/^  \([a-z]*\) .*/\1/p')
ok "there are seven formats" test "${formats[*]}" = "chrome csv folded json openmetrics otlp stacks"

# Succeeds, and prints nothing.
silent() { "$@" >"$work/err" 2>&1 && [ ! -s "$work/err" ]; }

mkdir "$work/made" "$work/vm"
for trace in "$here"/{made,vm}/*.data; do
	name=${trace#"$here/"}
	name=${name%.data}
	"$sevtrace" report -j --allow-empty "$trace" >"$work/$name.report" 2>/dev/null
	expected=$?
	"$sevtrace" script "$trace" >"$work/$name.script" 2>/dev/null
	statuses=
	for format in "${formats[@]}"; do
		"$sevtrace" export --format "$format" "$trace" >"$work/$name.$format" 2>"$work/err"
		statuses+=$?
		ok "$name: $format reads back as it should" \
			check "$format" "$work/$name.$format" "$work/$name.report" "$work/$name.script"
	done
	ok "$name: promtool has nothing to say" silent promtool check metrics <"$work/$name.openmetrics"
	ok "$name: exit status is $expected" test -z "${statuses//$expected/}"
	ok "$name: script -j prints the same lines" cmp <("$sevtrace" script -j "$trace" 2>/dev/null) "$work/$name.json"
done

for golden in chrome:made/concurrent chrome:made/hostile csv:vm/snp-failed-page csv:made/hostile folded:vm/sev-es folded:vm/sev-writeback \
	folded:made/hostile json:made/dead-psp json:made/hostile openmetrics:made/dead-psp openmetrics:made/host-commands otlp:made/named otlp:made/hostile stacks:vm/snp-profile; do
	ok "${golden#*:}: ${golden%:*} is as it was" as_it_was "${golden#*:}" "${golden%:*}"
done

# --- OTLP ----------------------------------------------------------------------------------------

"$sevtrace" export -f otlp --launch 2 "$here/made/named.data" >"$work/one.otlp"
trace_id() { sed -n 's/.*{"traceId":"\([0-9a-f]*\)","spanId":"0*1".*/\1/p' "$1"; }
ok "otlp: a launch's trace has the same id alone and with others" \
	grep -q "\"$(trace_id "$work/one.otlp")\"" "$work/made/named.otlp"
"$sevtrace" export -f otlp "$here/diff/after.data" >"$work/after.otlp"
ok "otlp: a request has so many spans at most" \
	test "$(while read -r line; do grep -o '"spanId"' <<<"$line" | wc -l; done <"$work/after.otlp" | head -n 1)" = 512
sed 's/"thread.id","value":{"intValue"/"thread.id","value":{"integerValue"/' "$work/made/named.otlp" >"$work/made/wrong.otlp"
cp "$work/made/named.json" "$work/made/wrong.json"
wrong() { ! check otlp "$work/made/wrong.otlp" "$work/made/named.report" >/dev/null && grep -q integerValue "$work/err"; }
ok "otlp: the test notices what is not in the schema" wrong

# --- where it is written -------------------------------------------------------------------------

trace=$here/vm/snp.data
cp "$trace" "$work/in.data"
echo old >"$work/out.csv"
chmod 640 "$work/out.csv"
ln -s out.csv "$work/link.csv"
"$sevtrace" export -f csv -o "$work/link.csv" "$trace"
ok "-o: replaces what a link points to" cmp "$work/out.csv" "$work/vm/snp.csv"
ok "-o: the link and its permissions stay" test "$(readlink "$work/link.csv") $(stat -c %a "$work/out.csv")" = "out.csv 640"
(umask 022 && "$sevtrace" export -f csv -o "$work/new.csv" "$trace")
ok "-o: a new file can be read by others as umask has it" test "$(stat -c %a "$work/new.csv")" = 644
"$sevtrace" export -f csv -o "$work/packed.csv.gz" "$trace"
ok "-o: a name with .gz is packed" sh -c "gzip -dc '$work/packed.csv.gz' | cmp - '$work/vm/snp.csv'"
ok "-o: which is smaller" test "$(($(stat -c %s "$work/packed.csv.gz") * 4))" -lt "$(stat -c %s "$work/new.csv")"
ok "-o: a pipe is written in place" \
	sh -c "mkfifo '$work/pipe' && { '$sevtrace' export -f csv -o '$work/pipe' $trace & } && cmp '$work/pipe' '$work/vm/snp.csv'"

# fails STATUS PATTERN ARG...: export fails so and says so.
fails() {
	local status=$1 pattern=$2 got
	shift 2
	"$sevtrace" export "$@" >"$work/out" 2>"$work/err"
	got=$?
	[ "$got" = "$status" ] && grep -qE -- "$pattern" "$work/err" && return
	echo "# status $got: $(cat "$work/err")"
	return 1
}
ok "not over the recording itself" fails 2 "in.data is the input" -f csv -o "$work/in.data" "$work/in.data"
ok "which is still there" cmp "$work/in.data" "$trace"
ok "no such folder" fails 1 "cannot write .*/none/out: No such file" -f csv -o "$work/none/out" "$trace"
ok "no format" fails 2 "--format is missing: expected .*csv" "$trace"
ok "an unknown format" fails 2 "invalid format 'xml': expected .*csv, " --format xml "$trace"
ok "no recording" fails 1 "cannot be opened: No such file" -f csv "$work/none.data"

# A full disk: what was there stays, and nothing is left beside it.
mkdir "$work/full"
full_disk() {
	unshare -rm sh -c '
		mount -t tmpfs -o size=16k tmpfs "$1" && echo old >"$1/out.csv" || exit 9
		"$2" export -f csv -o "$1/out.csv" "$3" 2>"$4"
		echo "$? $(cat "$1/out.csv") $(ls "$1")"' - "$work/full" "$sevtrace" "$trace" "$work/err"
}
ok "a full disk: the old file stays, nothing else does" test "$(full_disk)" = "1 old out.csv"
ok "and it is said" grep -q "cannot write .*/full/out.csv: No space left on device" "$work/err"
# Packed, it would fit; of a recording of 8,000 pages it does not.
full_packed() {
	unshare -rm sh -c '
		mount -t tmpfs -o size=16k tmpfs "$1" || exit 9
		"$2" export -f csv -o "$1/out.csv.gz" "$3" 2>"$4"
		echo "$? $(ls "$1")"' - "$work/full" "$sevtrace" tests/bench/snp-8000-pages.data "$work/err"
}
ok "a full disk: nothing of a packed file stays" test "$(full_packed)" = "1 "
ok "and it is said" grep -q "cannot write .*/full/out.csv.gz: No space left on device" "$work/err"
head -c 20000 tests/bench/snp-8000-pages.data >"$work/cut.data"
"$sevtrace" report -j "$work/cut.data" >"$work/cut.report" 2>/dev/null
"$sevtrace" script "$work/cut.data" >"$work/cut.script" 2>/dev/null
"$O/tests/bench/repeat_trace" -s tests/bench/snp-8000-pages.data "$work/long.data" 1000000
for format in "${formats[@]}"; do
	ok "$format: a reader that is gone is said" check gone "$sevtrace" export -f "$format" "$here/vm/snp-profile.data"
	ok "$format: a million records take no more memory than a few" check memory "$sevtrace" export -f "$format" "$work/long.data"
	"$sevtrace" export -f "$format" "$work/cut.data" >"$work/cut.$format" 2>"$work/err"
	ok "$format: a recording that is cut off is exported" test $? = 0
	ok "$format: and that is said" grep -q "it is cut off at byte .* this is what was read before" "$work/err"
	ok "$format: as far as it goes it reads back" check "$format" "$work/cut.$format" "$work/cut.report" "$work/cut.script"
done
finish "$work/err"
