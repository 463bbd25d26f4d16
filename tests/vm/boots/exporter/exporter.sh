#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sevtrace exporter on the virtual SEV host: Debian's Prometheus scrapes it during launches and
# under a hostile client; what both answer is held against `sevtrace report` of the same launches
# and the PSP's log; processors and modules go and come back. One boot. tests/exporter/exporter.sh
# has what needs no guests.
set -u
cd "$(dirname "$(readlink -f "$0")")/../../../.." || exit 1
make -s build/sevtrace build/psp build/launcher || exit 1

dir=$(mktemp -d /tmp/sevtrace-exporter-vm.XXXXXX)
[ -n "${SEVTRACE_KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT

. tests/tap.bash

tests/vm/run --psp-log "$dir/psp.log" --psp-latency '*=200us' -- bash tests/vm/boots/exporter/inside.bash "$dir" >"$dir/out" 2>&1
ok "the machine ran to its end" test $? = 0
build/sevtrace report -j "$dir/all.data" >"$dir/report.json" 2>"$dir/report.err"
cat "$dir/counted.range" >"$dir/text.range"

check() { /usr/bin/python3 tests/vm/boots/exporter/check.py "$1" "$dir" "${@:2}" 2>"$dir/err" || { tail -n 2 "$dir/err" | cut -c 1-1500 | sed 's/^/# /' && false; }; }
status() { grep -qE "^$2:[[:space:]]*$3$" "$dir/$1.status" || { grep "^$2:" "$dir/$1.status" | sed 's/^/# /' && false; }; }
same() { [ "$(cat "$dir/$1")" = "$2" ] || { sed 's/^/# /' "$dir/$1" && false; }; }

ok "it was run by an ordinary user" status collector Uid '65533[[:space:]]+65533[[:space:]]+65533[[:space:]]+65533'
ok "attached, it keeps CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN" status collector CapPrm 000000c000200000
ok "but not in effect" status collector CapEff 0000000000000000
ok "nor for what it might run" status collector CapAmb 0000000000000000
ok "the process that answers has none" status web CapPrm 0000000000000000
ok "and can get none" status web NoNewPrivs 1
ok "its system calls are filtered" status web Seccomp 2
ok "it has nothing of the BPF maps" sh -c "[ -s '$dir/web.maps' ] && ! grep -E 'bpf[-_]map|anon_inode' '$dir/web.maps'"

ok "what it serves is what a report says of the same launches" check report
ok "every firmware command was counted, under a hostile client" check log text
ok "which did its part" grep -qx 'status 0' "$dir/hostile.out"
echo "# $(head -n 1 "$dir/hostile.out")"
ok "nothing was lost" sh -c "! grep -E '^sevtrace_(events_dropped|losses)_total' '$dir/text.prom' | grep -v ' 0\$'"
ok "Prometheus has the same" check prometheus
ok "every target answered it" jq -e '[.data.activeTargets[] | .health == "up" and .lastError == ""] | length == 3 and all' "$dir/targets.json"
ok "OpenMetrics has the same samples" check strict
ok "promtool has nothing to say" sh -c "promtool check metrics <'$dir/text.prom' 2>&1 | sed 's/^/# /' | grep . && exit 1 || exit 0"
ok "every metric is documented, with type and labels, and nothing else" check documented
ok "every query of rules and dashboard is answered" check queries
value() { sed -n "s/^$1 //p" "$dir/$2"; }
ok "--bpf-stats: its programs ran for each step, and took time" test "$(value sevtrace_exporter_bpf_runs_total text.prom)" -gt \
	"$(value sevtrace_events_emitted_total text.prom)" -a "$(value sevtrace_exporter_bpf_seconds_total text.prom)" != 0
ok "ASIDs in use are seen" grep -qE '^sevtrace_asids\{type="sev"\} 410$' "$dir/text.prom"
ok "launches that fit in a minute" grep -qE '^sevtrace_launches_that_fit\{within="60"\} [1-9][0-9]*$' "$dir/text.prom"
ok "for how long a launch has the PSP" grep -qE '^sevtrace_launch_psp_seconds [0-9.]*[1-9][0-9]*$' "$dir/text.prom"
ok "no label names a guest but in what --per-launch adds" sh -c "! grep -E 'pid=|asid=|comm=' '$dir/text.prom' | grep -v '^sevtrace_launch_seconds'"

ok "a processor went and came back: every command was counted" check log hotplug
ok "modules cannot be unloaded while it is attached" grep -q 'in use' "$dir/rmmod.err"
ok "it lets them go" same reload.status 0
ok "and attaches again, with what it kept" status collector-reload CapEff 0000000000000000
ok "what is launched then is counted once" check log reload hotplug.prom
ok "what its programs took is kept when it lets go" test "$(value sevtrace_exporter_bpf_runs_total reload.prom)" -gt \
	"$(value sevtrace_exporter_bpf_runs_total text.prom)"
ok "attached twice" grep -qx 'sevtrace_attachments_total 2' "$dir/reload.prom"
ok "a signal ends it, status 0" same exporter.status 0
finish "$dir/out" "$dir/exporter.err"
