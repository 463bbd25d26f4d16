#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the virtual SEV host for exporter.sh: Prometheus scrapes the exporter while guests launch.
# $1: where everything goes.
set -u
dir=$1
log=$dir/psp.log
launcher=build/launcher
here=$(dirname "$0")

# shellcheck source=tests/vm/boots/record.bash
. tests/vm/boots/record.bash

echo +misc >/sys/fs/cgroup/cgroup.subtree_control
# The kernel's log tells an ordinary user, too, of the firmware's version.
echo 0 >/proc/sys/kernel/dmesg_restrict
# Seconds are short here: the machine's processors are slow against its clock.
sed 's/interval: 1m/interval: 5s/' tools/lib/exporter/deploy/sevtrace.rules.yml >"$dir/rules.yml"
cat >"$dir/prometheus.yml" <<PROMETHEUS
global: {scrape_interval: 5s, scrape_timeout: 5s, evaluation_interval: 5s}
rule_files: ['$dir/rules.yml']
scrape_configs:
  - job_name: sevtrace
    static_configs: [{targets: ['127.0.0.1:9877', '127.0.0.2:9877', '127.0.0.3:9877']}]
PROMETHEUS
prometheus --config.file "$dir/prometheus.yml" --storage.tsdb.path /run/tsdb --web.listen-address 127.0.0.1:9090 \
	>"$dir/prometheus.log" 2>&1 &

# Nobody's, with three capabilities and nothing else.
caps=-all,+bpf,+perfmon,+sys_admin
setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=$caps --ambient-caps=$caps --bounding-set=$caps \
	build/sevtrace exporter --listen :9877 --per-launch 8 --bpf-stats 2>"$dir/exporter.err" &
exporter=$!

get() { curl -sS -m 30 "$@" 2>>"$dir/curl.err"; }
metric() { get http://127.0.0.1:9877/metrics | sed -n "s/^$1 //p"; }
until_is() { # METRIC VALUE
	for _ in {1..100}; do
		[ "$(metric "$1")" = "$2" ] && return
		sleep 1
	done
	return 1
}
ask() { get --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query; }
waits_for() { # QUERY: until it has an answer
	for _ in {1..100}; do
		ask "$1" | grep -q '"value"' && return
		sleep 2
	done
	return 1
}
# Scraped since now, and rules worked out with that.
scraped() { waits_for "min(timestamp(sevtrace_attached)) > $(date +%s) + 1"; }

until_is sevtrace_attached 1
cp /proc/$exporter/status "$dir/collector.status"
web=$(pgrep -P "$(pgrep -P $exporter)")
cp "/proc/$web/status" "$dir/web.status"
cp "/proc/$web/maps" "$dir/web.maps"
waits_for 'count(up{job="sevtrace"} == 1) == 3'

before=$(log_lines)
rec_in_background all -a
until grep -q recording "$dir/all.err"; do sleep 1; done
launches() {
	$launcher --type snp --launches 3 --pages 20
	$launcher --type sev --pages 20
	$launcher --type sev-es --pages 20
	$launcher --type snp --pages 20 --mistake missing-attribute --at-page 7
}
launches
scraped
tests/exporter/hostile.py 9877 400 >"$dir/hostile.out" 2>&1 &
hostile=$!
launches
wait $hostile
echo "status $?" >>"$dir/hostile.out"
kill -INT "$recorder"
rec_wait all
scraped
get http://127.0.0.1:9877/metrics >"$dir/text.prom"
get -H 'Accept: application/openmetrics-text' http://127.0.0.1:9877/metrics >"$dir/strict.prom"
echo "$before $(log_lines) 0" >"$dir/counted.range"
scraped
ask '{job="sevtrace",instance="127.0.0.1:9877"}' >"$dir/prometheus.json"
get http://127.0.0.1:9090/api/v1/rules >"$dir/rules.json"
get http://127.0.0.1:9090/api/v1/targets >"$dir/targets.json"
"$here/check.py" ask "$dir" >"$dir/dashboard.json"

# A processor goes and comes back while guests launch.
$launcher --type snp --launches 2 --pages 200 &
launching=$!
while kill -0 $launching; do
	get http://127.0.0.1:9877/metrics >"$dir/during.prom"
	grep -q '^sevtrace_launch_seconds' "$dir/during.prom" && break
	sleep 0.3
done
echo 0 >/sys/devices/system/cpu/cpu1/online
$launcher --type snp --pages 20
echo 1 >/sys/devices/system/cpu/cpu1/online
wait $launching
$launcher --type snp --pages 20
sleep 2
get http://127.0.0.1:9877/metrics >"$dir/hotplug.prom"
echo "$before $(log_lines) 0" >"$dir/hotplug.range"

# The modules are in use; asked for it, the exporter lets them go and comes back.
rmmod kvm_amd 2>"$dir/rmmod.err"
echo $? >"$dir/rmmod.status"
kill -USR1 $exporter
until_is sevtrace_attached 0
rmmod kvm_amd kvm ccp && modprobe kvm_amd
echo $? >"$dir/reload.status"
until_is sevtrace_attached 1
reloaded=$(log_lines)
$launcher --type snp --pages 20
sleep 2
get http://127.0.0.1:9877/metrics >"$dir/reload.prom"
echo "$reloaded $(log_lines) 0" >"$dir/reload.range"
cp /proc/$exporter/status "$dir/collector-reload.status"
kill $exporter
wait $exporter
echo $? >"$dir/exporter.status"
