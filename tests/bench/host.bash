# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for bench.py: prints lines "bench NAME VALUE". $1: a folder to write to.
set -u
dir=$1
launcher=build/launcher
events='kvm_sev:*,ccp:*,kvm:kvm_gmem_populate*,kvm:kvm_vm_set_mem_attributes*'

# peak NAME COMMAND...: its greatest resident memory, in KiB
peak() {
	local name=$1 pid
	shift
	"$@" >/dev/null 2>"$dir/$name.err" &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' /proc/$pid/status 2>/dev/null >>"$dir/$name.peak"
		sleep 0.2
	done
	wait $pid
	echo "bench $name $(sort -n "$dir/$name.peak" | tail -n 1)"
	rm "$dir/$name.peak"
}

seconds() { date +%s.%N; }

# attach NAME COMMAND...: seconds until it is attached and has ended again
attach() {
	local name=$1 start
	shift
	start=$(seconds)
	"$@" >/dev/null 2>"$dir/$name.err" || return
	echo "bench $name $(echo "$(seconds) - $start" | bc)"
}

script=
for event in kvm_sev:* ccp:* kvm:kvm_gmem_populate* kvm:kvm_vm_set_mem_attributes*; do
	script="$script tracepoint:$event { @[probe] = hist(nsecs); }"
done

for _ in 1 2 3; do
	peak ours_rss build/sevtrace record -q -o "$dir/s.data" -- $launcher --type snp --pages 1000
	echo "bench ours_bytes $(stat -c %s "$dir/s.data")"
	echo "bench ours_records $(build/sevtrace report -j "$dir/s.data" | jq .recorded)"
	peak perf_rss perf record -q -o "$dir/p.data" -e "$events" -- $launcher --type snp --pages 1000
	echo "bench perf_bytes $(stat -c %s "$dir/p.data")"
	echo "bench perf_records $(perf script -i "$dir/p.data" 2>/dev/null | wc -l)"
	attach ours_attach build/sevtrace record -q -o "$dir/a.data" -- true
	attach bpftrace_attach bpftrace -c /bin/true -e "$script"
done
true
