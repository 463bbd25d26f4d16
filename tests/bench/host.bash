# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for bench.py: prints lines "bench NAME VALUE". $1: a folder to write
# to.
set -u
dir=$1
launcher=build/launcher
events='kvm_sev:*,ccp:*,kvm:kvm_gmem_populate*,kvm:kvm_vm_set_mem_attributes*'
ticks=$(getconf CLK_TCK)

seconds() { date +%s.%N; }
records() { build/sevtrace report -j "$1" | jq .recorded; }

# Processor time of a process so far, in clock ticks.
spent() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

# during NAME FILE WORK RECORDER...: what the recorder of the whole host, which writes FILE, takes:
# KiB at most (NAME_rss) and seconds of processor time for WORK (NAME_cpu). Read while it still
# runs: its own, and nothing of who started it.
during() {
	local name=$1 file=$2 work=$3 pid before
	shift 3
	rm -f "$file"
	"$@" "$file" >/dev/null 2>"$dir/$name.err" &
	pid=$!
	until [ -s "$file" ]; do sleep 0.2; done
	sleep 2
	before=$(spent $pid)
	eval "$work" >/dev/null
	sleep 1
	echo "bench ${name}_cpu $(echo "scale=3; ($(spent $pid) - $before) / $ticks" | bc)"
	awk -v name="$name" '/^VmHWM:/ { print "bench", name "_rss", $2 }' /proc/$pid/status
	kill -INT $pid
	wait $pid
}

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

launch="$launcher --type snp --pages 1000"
for _ in 1 2 3; do
	during ours "$dir/s.data" "$launch" build/sevtrace record -q -a -o
	echo "bench ours_bytes $(stat -c %s "$dir/s.data")"
	echo "bench ours_records $(records "$dir/s.data")"
	during perf "$dir/p.data" "$launch" perf record -q -a -e "$events" -o
	echo "bench perf_bytes $(stat -c %s "$dir/p.data")"
	echo "bench perf_records $(perf script -i "$dir/p.data" 2>/dev/null | wc -l)"
	attach ours_attach build/sevtrace record -q -o "$dir/a.data" -- true
	attach bpftrace_attach bpftrace -c /bin/true -e "$script"
done

# As launches grow: each of 128 pages, at once.
for n in 1 4 16 64; do
	during at_once_$n "$dir/n.data" "$launcher --type snp --pages 128 --launches $n --no-check" \
		build/sevtrace record -q -a -b 32M -o
	echo "bench at_once_${n}_records $(records "$dir/n.data")"
	echo "bench at_once_${n}_dropped $(build/sevtrace report -j "$dir/n.data" | jq .dropped)"
	echo "bench at_once_${n}_launches $(build/sevtrace report -j "$dir/n.data" | jq '.launches | length')"
done
true
