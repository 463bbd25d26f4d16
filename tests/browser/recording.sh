#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sevtrace report --html: what it writes, and the page in headless Chromium, used as a person would.
# TAP. SCREENSHOTS=DIR keeps pictures of the page there.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
sevtrace=$O/sevtrace
golden=tests/golden
export LC_ALL=C.UTF-8 COLUMNS=100
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

. tests/tap.bash
tap_details=$work/err
. tests/browser/browser.bash

# page STATUS OUTPUT ARGUMENT...: by its exit status, and without a word
page() {
	local expected=$1 output=$2
	shift 2
	"$sevtrace" report --html "$output" "$@" >"$work/out" 2>"$work/err"
	[ $? = "$expected" ] && [ ! -s "$work/out" ]
}
err() { grep -qE -- "$1" "$work/err"; }

# --- what it writes ------------------------------------------------------------------------------

# The page NAME and what report says of the same.
recording() { # NAME STATUS FILE OPTION...
	local name=$1 status=$2 file=$3
	shift 3
	"$sevtrace" report -j --slowest-pages 20 "$@" "$file" >"$work/$name.json" 2>/dev/null
	page "$status" "$work/$name.html" "$@" "$file"
}
ok "launches that failed: 3, as for text" recording crowd 3 $golden/made/crowd.data
ok "launches that are ok: 0" recording pages 0 $golden/vm/snp-pages.data
"$sevtrace" predict -j -C 1,2,4,8,16,32,64,128 $golden/vm/snp-pages.data >"$work/predicted.json"
ok "a guest that ran" recording guest 0 $golden/vm/snp-guest.data
ok "hostile names" recording hostile 3 $golden/made/named.data
ok "no launch: 5" recording none 5 $golden/made/host-commands.data
ok "no launch: said" err 'has no launch; --allow-empty'
records=$("$sevtrace" report -j $golden/vm/snp-pages.data | jq .recorded)
"$O/tests/bench/repeat_trace" -v $golden/vm/snp-pages.data "$work/many.data" $((records * 1000)) >"$work/err" 2>&1
ok "1,000 launches" recording many 0 "$work/many.data"
size=$(stat -c %s "$work/many.html")
echo "# $size bytes"
ok "their page: under 5 MB" test "$size" -lt 5000000
ok "no address in it but names" bash -c "! grep -oE '(src|href|action)=[\"'\\'']?(https?:)?//' '$work/crowd.html'"
ok "some launches only" page 3 "$work/some.html" --failed $golden/made/crowd.data
held() { sed -nE 's/.*id="data">(.*)<\/script>$/\1/p' "$1" | head -n 1 | jq -r "$2"; }
ok "some launches only: these" test "$(held "$work/some.html" '[.launches[].launch] | join(" ")')" = "5 7 10"
sorted() { page 3 "$work/sorted.html" --sort duration $golden/made/crowd.data && [ "$(held "$work/sorted.html" '.launches[0].launch')" = 11 ]; }
ok "in another order" sorted
ok "no such launch: 5" page 5 "$work/some.html" --launch 99 $golden/made/crowd.data
to_stdout() { "$sevtrace" report --html - $golden/vm/snp-pages.data >"$work/out" 2>"$work/err" && [ "$(head -c 15 "$work/out")" = '<!doctype html>' ]; }
ok "on stdout" to_stdout
piped() { page 0 "$work/piped.html" - <$golden/vm/snp-pages.data && [ "$(held "$work/piped.html" '.report.launches | length')" = 1 ]; }
ok "from a pipe, which is read twice" piped
head -c 3000 $golden/made/crowd.data >"$work/cut.data"
"$sevtrace" report --html "$work/cut.html" "$work/cut.data" >"$work/out" 2>"$work/err"
ok "a recording that was cut off: said" err 'cut.data: .*; showing what was read before'
ok "a recording that was cut off: said once" test "$(wc -l <"$work/err")" -le 2
ok "a recording that was cut off: in the page, too" test "$(held "$work/cut.html" .report.complete)" = false
ok "no recording: 1" page 1 "$work/x.html" "$work/none.data"
ok "no such folder: 1" page 1 "$work/none/x.html" $golden/vm/snp.data
ok "no such folder: said" err 'cannot write .*/none/x.html: No such file'
cp $golden/vm/snp.data "$work/in.data"
ok "not over the recording: 2" page 2 "$work/in.data" "$work/in.data"
ok "not over the recording: it is as it was" cmp $golden/vm/snp.data "$work/in.data"
ok "not with --json: 2" page 2 "$work/x.html" -j $golden/vm/snp.data
ok "not with --json: said" err 'use only one of --json, --csv and --html'
ok "none of these made a file" test ! -e "$work/x.html"

# --- in a browser --------------------------------------------------------------------------------

ok "npm ci" install_packages
in_browser recording
finish "$work/recording.out"
