#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sevtrace history with this folder's traces: what goes in comes out, compared with what report and
# diff make of the same files; writers at once, killed ones, and databases that are not what they
# should be. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
sevtrace=$PWD/$O/sevtrace
here=tests/golden
export LC_ALL=C.UTF-8 COLUMNS=100
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

. tests/tap.bash
tap_details=$work/err

db=$work/new/folder/history.db
history() { "$sevtrace" history "$@" --db "$db" >"$work/out" 2>"$work/err"; }
# status NUMBER ARGUMENT...
status() {
	local expected=$1
	shift
	history "$@"
	test $? = "$expected"
}
out() { grep -qE -- "$1" "$work/out"; }
err() { grep -qE -- "$1" "$work/err"; }
valid() {
	/usr/bin/python3 -W ignore - "$1" docs/schema/history.schema.json <<'PY' 2>"$work/err"
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
PY
}

# --- in and out ----------------------------------------------------------------------------------

ok "list without a database: 1, and what makes one" status 1 list
ok "list without a database: said" err 'No such file or directory; sevtrace history add makes one'
ok "add makes the database and its folder" status 0 add -l commit=a -l build=1 $here/diff/before.data
ok "add says which run it is" out '^run 1: tests/golden/diff/before.data, 10 launches$'
ok "add with another label" status 0 add -l commit=b $here/diff/after.data
traces=("$here"/{made,vm}/*.data)
ok "every trace can be added" status 0 add "${traces[@]}"
ok "a recording that is there is refused" status 1 add $here/vm/snp.data
ok "it is said as which run" err 'cannot add .*snp.data: .* has this recording as run [0-9]+$'
cp $here/vm/snp.data "$work/copy.data"
ok "also under another name" status 1 add "$work/copy.data"
ok "of several, the others are added" status 1 add "$work/none" $here/vm/sev.data
before=$(sqlite3 "$db" 'SELECT count(*) FROM run')
ok "no run of what was refused" test "$before" = $((${#traces[@]} + 2))

COLUMNS=200 history list
ok "list: a line for each run and type, and a heading" test "$(wc -l <"$work/out")" -gt "$before"
ok "list: labels" out '^ +1 .* SEV-SNP +10 +- .* build=1 commit=a$'
ok "list: failed ones" out ' SEV-SNP +0 +1 +- '
aligned() { awk '/^ *run / { at = index($0, "kernel") } /virtual-sev-host  / && substr($0, at - 1, 2) !~ /^ [^ ]/ { exit 1 }' "$work/out"; }
ok "list: columns are columns" aligned
# Times end below the end of their heading.
right() { awk '/^ *run / { at = index($0, "p50") + 2; next } at && /^ *[0-9]+  2/ && substr($0, at, 2) !~ /^[s-] / { exit 1 }' "$work/out"; }
ok "list: numbers are aligned to the right" right
history list -j
ok "list -j: valid" valid "$work/out"
ok "list -j: as many" test "$(jq '.runs | length' "$work/out")" = "$before"
for pair in '-l commit=a:1' '-l commit:2' '-l commit=:0' '-n 3:3' '--since 1d:'"$before" '--until 1d:0' '--host nobody:0' \
	'--since 2020-01-01:'"$before" '--until 2020-01-01T12:00:0' '-l commit=b -n 1:1'; do
	# shellcheck disable=SC2086 # words on purpose
	history list -j ${pair%:*}
	ok "list ${pair%:*}: ${pair##*:} runs" test "$(jq '.runs | length' "$work/out")" = "${pair##*:}"
done

# Of a run: what report has of the same file.
same_as_report() { # RUN FILE
	history show -j "$1" && valid "$work/out" &&
		"$sevtrace" report -j "$2" >"$work/report" 2>/dev/null
	/usr/bin/python3 - "$work/out" "$work/report" <<'PY' 2>"$work/err"
import json, sys
run, report = (json.load(open(name)) for name in sys.argv[1:])
assert run["dropped"] == report["dropped"] and run["events"] == report["events"]
for kind in run["launches"]:
    for result in "ok", "failed", "incomplete":
        found = sum(l["vm_type"] == kind["vm_type"] and l["result"] == result for l in report["launches"])
        assert kind[result] == found, (kind, result, found)
# Whole histograms, bucket by bucket, over all launches that finished.
wanted = {}
for launch in report["launches"]:
    if launch["result"] != "ok":
        continue
    for command, psp in launch["psp"].items():
        for what, name in (("exec", "executing"), ("wait", "waiting")):
            for low, high, n in psp[what]["buckets"]:
                key = (launch["vm_type"], f"{command} {name}")
                wanted.setdefault(key, {}).setdefault(low, 0)
                wanted[key][low] += n
found = {(s["vm_type"], s["name"]): {low: n for low, high, n in s["buckets"]} for s in run["series"] if s["section"] == "psp"}
assert found == wanted, (found, wanted)
PY
}
for pair in 1:diff/before 2:diff/after; do
	ok "${pair#*:}: the run has what report has" same_as_report "${pair%:*}" "$here/${pair#*:}.data"
done
for i in "${!traces[@]}"; do
	ok "$(basename "${traces[i]}"): the run has what report has" same_as_report $((i + 3)) "${traces[i]}"
done

same_as_diff() { # RUN RUN FILE FILE
	history diff -j "$1" "$2" && jq 'del(.a.path, .b.path)' "$work/out" >"$work/a" &&
		"$sevtrace" diff -j "$3" "$4" 2>/dev/null | jq 'del(.a.path, .b.path)' >"$work/b"
	cmp "$work/a" "$work/b" 2>"$work/err" && [ -s "$work/a" ]
}
ok "diff of two runs is that of their files" same_as_diff 1 2 $here/diff/before.data $here/diff/after.data
ok "diff: of itself" same_as_diff 2 2 $here/diff/after.data $here/diff/after.data
# Several runs as one side: launches and calls are sums, and the same runs in whatever way they are
# named are the same.
sums() {
	history diff -j --allow-empty 1,2 3 && cp "$work/out" "$work/both" && history diff -j 1 2 || return
	jq -es '.[0] as $both | .[1] | all(.launches[] | select(.vm_type == "snp"); . as $l |
		any($both.launches[]; .vm_type == "snp" and .a.ok == $l.a.ok + $l.b.ok)) and
		all(.rows[] | select(.a and .b); . as $r |
			any($both.rows[]; .section == $r.section and .name == $r.name and .a.calls == $r.a.calls + $r.b.calls and
			.a.launches == $r.a.launches + $r.b.launches))' "$work/both" "$work/out" >/dev/null
}
ok "diff: several runs as one side" sums
unnamed() { history diff -j "$@"; jq 'del(.a.path, .b.path)' "$work/out"; }
in_other_words() { unnamed 1,2 3-5 >"$work/a" && unnamed 2,1-1 5,3-4 | cmp - "$work/a" && jq -e '.rows | length > 5' "$work/a" >/dev/null; }
ok "diff: lists and ranges" in_other_words
ok "diff: a range that is empty" status 1 diff 1 9000-9001
ok "diff: that is said" err 'no run in 9000-9001; '
ok "diff: a run twice" status 2 diff 1-3,2 5
ok "diff: a run on both sides" status 2 diff 1-3 3-5
ok "diff: which one" err 'run 3 is on both sides$'
ok "diff: 4 where it is slower" status 4 diff -f 5% 1 2
ok "diff: which is named" err 'history diff: SNP_LAUNCH_UPDATE executing is slower'
ok "diff: results for CI" status 4 diff -f 5% -J "$work/x.xml" -m "$work/x.md" 1 2
ok "diff: of runs" grep -q 'name="A.file" value="run 1"' "$work/x.xml"

empty_run=$(history list -j && jq '[.runs[] | select(.launches == []).run] | first' "$work/out")
ok "diff: nothing to compare: 5" status 5 diff 1 "$empty_run"
ok "diff: nothing to compare: said" err 'nothing to compare: B has no launch; --allow-empty'
ok "diff --allow-empty: 0" status 0 diff --allow-empty 1 "$empty_run"
ok "list takes no --allow-empty" status 2 list --allow-empty

history show 1
ok "show: figures" out '^  SNP_LAUNCH_UPDATE executing +610 +1.01 ms'
ok "show -p: one more percentile" status 0 show 1 -p 99.9
ok "show -p: in the heading" out ' p99.9$'
ok "show -j -p 0: the shortest one" status 0 show -j 1 -p 0
ok "show -j -p 0: of each series" jq -e '[.. | objects | select(has("launch_medians_ns"))] |
	length > 5 and all(.percentile_ns == .min_ns)' "$work/out"
ok "show: a run that is not there" status 1 show 999
ok "show: says so" err 'has no run 999$'
history export
ok "export: valid" valid "$work/out"
ok "export: with all series" test "$(jq '[.runs[].series | length] | add' "$work/out")" = "$(sqlite3 "$db" 'SELECT count(*) FROM series')"
history export -c
ok "export -c: a line each" test "$(wc -l <"$work/out")" = "$(($(sqlite3 "$db" 'SELECT count(*) FROM series') + 1))"

# --- what is hostile -----------------------------------------------------------------------------

printf -v strange 'k<\e[31m=v"<script>\n\xff'
"$sevtrace" history add -l "$strange" $here/vm/sev-es.data --db "$work/strange.db" >"$work/out" 2>"$work/err"
ok "a strange label is kept" test $? -eq 0
"$sevtrace" history list --db "$work/strange.db" >"$work/out"
ok "list: and shown without control characters" sh -c "! grep -q '[[:cntrl:]]' '$work/out' && grep -qF 'k<?[31m=v\"<script>??' '$work/out'"
"$sevtrace" history show -j 1 --db "$work/strange.db" >"$work/out"
ok "show -j: valid nevertheless" valid "$work/out"
long=$(head -c 300 /dev/zero | tr '\0' x)
for wrong in x =x "$long=1" "a=$long" ''; do
	ok "label '${wrong:0:10}': usage" status 2 add -l "$wrong" $here/vm/sev.data
done
ok "a label twice: usage" status 2 add -l a=1 -l a=2 $here/vm/sev.data
mapfile -t many < <(seq -f '-lk%g=1' 65)
ok "more labels than there may be: usage" status 2 add "${many[@]}" $here/vm/sev.data

refused() { # DATABASE PATTERN
	"$sevtrace" history list --db "$1" >"$work/out" 2>"$work/err"
	[ $? = 1 ] && err "$2" && [ ! -s "$work/out" ]
}
cp $here/vm/sev.data "$work/other"
ok "a file that is no database" refused "$work/other" 'file is not a database; name another file'
sqlite3 "$work/foreign.db" 'CREATE TABLE t (x)'
ok "a database of something else" refused "$work/foreign.db" 'is a database of something else'
ok "which stays as it was" test "$(sqlite3 "$work/foreign.db" .schema)" = 'CREATE TABLE t (x);'
cp "$db" "$work/newer.db"
sqlite3 "$work/newer.db" 'PRAGMA user_version = 99'
ok "a database of a newer version" refused "$work/newer.db" 'has version 99 and this sevtrace knows [0-9]+; use a newer one'
ok "a folder" refused "$work" 'is not a regular file'
damage() { # SQL PATTERN
	cp "$db" "$work/damaged.db"
	sqlite3 "$work/damaged.db" "$1"
	"$sevtrace" history show 1 --db "$work/damaged.db" >/dev/null 2>"$work/err"
	[ $? = 1 ] && err "$2"
}
ok "damaged: buckets cut off" damage "UPDATE series SET buckets = substr(buckets, 1, 1)" 'is damaged: buckets'
ok "damaged: buckets beyond the last" damage "UPDATE series SET buckets = x'ff7f01'" 'is damaged: buckets'
ok "damaged: no value of a launch" damage "UPDATE series SET launch_values = x''" 'is damaged: launch_values'
ok "damaged: values without an end" damage "UPDATE series SET launch_values = x'80'" 'is damaged: launch_values'
ok "damaged: a negative count" damage "UPDATE series SET count = -1" 'is damaged: count is -1'
ok "damaged: a step that is none" damage "UPDATE series SET id = id + 200 WHERE section = 1" 'is damaged: no such step'
ok "damaged: a section that is none" damage "UPDATE series SET section = 17 WHERE section = 3" 'is damaged: section'
ok "damaged: a table is missing" damage "DROP TABLE error" 'no such table: error'
# A column, an index or a trigger of somebody else's is code that would run in this process.
generated="CREATE TABLE host2 (run INTEGER NOT NULL, key TEXT NOT NULL, value TEXT AS (printf('%.*c', 900000000, 'x')),
	PRIMARY KEY (run, key)) WITHOUT ROWID;
	INSERT INTO host2 SELECT run, key FROM host; DROP TABLE host; ALTER TABLE host2 RENAME TO host"
ok "hostile: a generated column" damage "$generated" 'has the table host, which sevtrace did not make so'
ok "hostile: an index that computes" damage "CREATE INDEX i ON run(printf('%.*c', 1000, file))" 'has the index i, which sevtrace did not make: drop'
ok "hostile: a trigger" damage "CREATE TRIGGER t BEFORE INSERT ON run BEGIN SELECT randomblob(900000000); END" 'has the trigger t, '
ok "hostile: a view for a table" damage "DROP TABLE error; CREATE VIEW error AS SELECT 1 AS run" 'no such table: error'
ok "hostile: a text of megabytes" damage "UPDATE host SET value = printf('%.*c', 3000000, 'x')" 'too big; more than 1 MiB'
ok "hostile: a host of thousands of keys" damage "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 5000)
	INSERT INTO host SELECT 1, 'k' || x, '' FROM c" 'a run has over 256 '
ok "hostile: thousands of labels" damage "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 5000)
	INSERT INTO label SELECT 1, 'k' || x, '' FROM c" 'a run has over 64 '
ok "a table of others is let be" sh -c "cp '$db' '$work/mine.db' && sqlite3 '$work/mine.db' 'CREATE TABLE mine (x)' &&
	'$sevtrace' history list --db '$work/mine.db' >'$work/err' 2>&1"
flips() {
	local size at status
	size=$(stat -c %s "$db")
	for ((at = 100; at < size; at += size / 60)); do
		cp "$db" "$work/flip.db"
		printf '\xa5\x5a\xff\x00\x80' | dd of="$work/flip.db" bs=1 seek="$at" conv=notrunc status=none
		"$sevtrace" history export --db "$work/flip.db" >/dev/null 2>"$work/err"
		status=$?
		[ $status -le 1 ] || return 1
	done
}
ok "bytes written over anywhere: an error or an answer, never a crash" flips

# --- versions, writers ---------------------------------------------------------------------------

# A database as version 1 made it: the same tables without what came later.
without='del(.runs[].predictions)'
cp "$db" "$work/v1.db"
sqlite3 "$work/v1.db" 'DROP INDEX label_by_key; DROP INDEX run_by_added; DROP TABLE prediction; PRAGMA user_version = 1'
"$sevtrace" history export --db "$db" | jq -S "$without" >"$work/v3.json"
chmod a-w "$work/v1.db"
if [ "$(id -u)" = 0 ]; then
	reader=(setpriv --reuid 65534 --clear-groups)
	chmod 755 "$work"
else
	reader=()
fi
ok "version 1, no right to write: said" sh -c "! ${reader[*]} '$sevtrace' history list --db '$work/v1.db' 2>'$work/err' &&
	grep -q 'has version 1 and is to be brought to 3, which needs the right to write it' '$work/err'"
chmod u+w "$work/v1.db"
"$sevtrace" history export --db "$work/v1.db" 2>"$work/err" | jq -S "$without" >"$work/v1.json"
ok "version 1 is brought up to date, with all it holds" cmp "$work/v1.json" "$work/v3.json"
ok "to the tables and indices of a new one" test "$(sqlite3 "$work/v1.db" .schema | sort)" = "$(sqlite3 "$db" .schema | sort)"
ok "and to its version" test "$(sqlite3 "$work/v1.db" 'PRAGMA user_version')" = "$(sqlite3 "$db" 'PRAGMA user_version')"

together() {
	local n pids=()
	for n in "${!traces[@]}"; do
		"$sevtrace" history add --db "$work/together.db" -l n="$n" "${traces[n]}" >/dev/null 2>>"$work/err" &
		pids+=($!)
	done
	for n in "${pids[@]}"; do
		wait "$n" || return 1
	done
	[ "$(sqlite3 "$work/together.db" 'SELECT count(*), count(DISTINCT identity) FROM run')" = "${#traces[@]}|${#traces[@]}" ] &&
		[ "$(sqlite3 "$work/together.db" 'SELECT count(*) FROM label')" = ${#traces[@]} ]
}
: >"$work/err"
ok "writers at once, the first of which makes the database: all are there" together

# Killed at any moment, a run is there whole or not at all.
"$sevtrace" history export --db "$work/together.db" | jq -cS '.runs[] | [.file, (.series | length), (.launches | length)]' | sort >"$work/whole"
killed() {
	local pid
	for _ in {1..40}; do
		"$sevtrace" history add --db "$work/killed.db" "${traces[@]}" >/dev/null 2>&1 &
		pid=$!
		sleep "0.0$((RANDOM % 100 + 1))"
		kill -KILL $pid 2>/dev/null
		wait $pid 2>/dev/null
		[ -e "$work/killed.db" ] || continue
		[ "$(sqlite3 "$work/killed.db" 'PRAGMA integrity_check')" = ok ] || return 1
	done
	"$sevtrace" history add --db "$work/killed.db" "${traces[@]}" >/dev/null 2>&1
	"$sevtrace" history export --db "$work/killed.db" |
		jq -cS '.runs[] | [.file, (.series | length), (.launches | length)]' | sort | cmp - "$work/whole" 2>"$work/err"
}
ok "writers killed at random moments: whole runs only" killed
ok "a full disk: said, and nothing changed" sh -c "
	before=\$(sqlite3 '$db' 'SELECT count(*) FROM run')
	bash -c 'ulimit -f 1; trap \"\" XFSZ; exec \"\$@\"' - '$sevtrace' history add --db '$work/full.db' $here/diff/before.data 2>'$work/err'
	[ \$? = 1 ] && grep -q 'full.db' '$work/err'"

# --- prune ---------------------------------------------------------------------------------------

runs() { sqlite3 "$db" 'SELECT count(*) FROM run'; }
all=$(runs)
ok "prune without anything: usage, nothing goes" status 2 prune
ok "prune: runs or a filter, not both" status 2 prune 1 -n 1
ok "prune --dry-run" status 0 prune --dry-run --keep 3
ok "prune --dry-run: says which" out "^would remove $((all - 3)) runs: 1 2 3"
ok "prune --dry-run: nothing goes" test "$(runs)" = "$all"
ok "prune one" status 0 prune 1
ok "prune: all of it" test "$(sqlite3 "$db" 'SELECT (SELECT count(*) FROM series WHERE run = 1) + (SELECT count(*) FROM label WHERE run = 1)')" = 0
ok "prune: a run that is not there removes none" status 1 prune 2 999
ok "prune: none of them" test "$(runs)" = $((all - 1))
size=$(stat -c %s "$db")
ok "prune --keep" status 0 prune --keep 3
ok "prune --keep: the newest stay" test "$(sqlite3 "$db" 'SELECT group_concat(id) FROM run')" = "$((all - 2)),$((all - 1)),$all"
ok "prune: its space is given back" test "$(stat -c %s "$db")" -lt "$size"
ok "numbers are not used again" sh -c "'$sevtrace' history add --db '$db' $here/diff/before.data | grep -q '^run $((all + 1)):'"

# --- usage ---------------------------------------------------------------------------------------

for wrong in '' nothing 'show' 'show x' 'show 0' 'diff 1' 'list x' 'show 1 -n 3' 'list --since yesterday' 'list -n 0' 'list -n x' \
	'show 1 -p 101' 'show 1 -p x' 'export -j -c' 'diff -f x 1 2' 'diff 1, 2' 'diff 1-x 2' 'diff 3-1 4' 'diff -1 2' 'prune --keep 0'; do
	# shellcheck disable=SC2086 # words on purpose
	ok "'$wrong': usage" status 2 $wrong
done
ok "no home, no --db: said" sh -c "env -u HOME -u XDG_DATA_HOME '$sevtrace' history list 2>&1 | grep -q 'name a database with --db'"
ok "XDG_DATA_HOME" sh -c "XDG_DATA_HOME='$work/xdg' '$sevtrace' history add $here/vm/sev.data >/dev/null && test -s '$work/xdg/sevtrace/history.db'"
ok "cannot be written: said" sh -c "! '$sevtrace' history list --db '$db' >/dev/full 2>'$work/err' && grep -q 'cannot write' '$work/err'"
finish
