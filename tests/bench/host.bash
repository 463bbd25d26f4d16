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
declare -A pids spent_before # of recorders by name

seconds() { date +%s.%N; }
records() { build/sevtrace report -j "$1" | jq .recorded; }

# Processor time of a process so far, in clock ticks.
spent() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

# idle PID: waits until a second passes in which it did nothing: a recorder that has attached.
idle() {
	local before=-1 now

	until now=$(spent "$1") && [ $((now - before)) -le 1 ] && [ "$before" != -1 ]; do
		before=$now
		sleep 1
	done
}

# start NAME FILE RECORDER...: starts a recorder of the whole host, which writes FILE, and waits
# until it has attached.
start() {
	local name=$1 file=$2
	shift 2
	rm -f "$file"
	"$@" "$file" >/dev/null 2>"$dir/$name.err" &
	pids[$name]=$!
	until [ -s "$file" ]; do sleep 0.2; done
	idle "${pids[$name]}"
}

# during WORK NAME...: what each recorder takes: KiB at most (NAME_rss) and seconds of processor
# time for WORK (NAME_cpu). Read while they still run: their own, and nothing of who started them.
# Recorders that are compared run at once: the machine counts as theirs what others took from it, so
# what they take is compared by instructions.py.
during() {
	local work=$1 name
	shift
	for name in "$@"; do spent_before[$name]=$(spent "${pids[$name]}"); done
	eval "$work" >/dev/null
	for name in "$@"; do idle "${pids[$name]}"; done
	for name in "$@"; do
		echo "bench ${name}_cpu $(echo "scale=3; ($(spent "${pids[$name]}") - ${spent_before[$name]}) / $ticks" | bc)"
		awk -v name="$name" '/^VmHWM:/ { print "bench", name "_rss", $2 }' "/proc/${pids[$name]}/status"
		kill -INT "${pids[$name]}"
		wait "${pids[$name]}"
	done
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
	start ours "$dir/s.data" build/sevtrace record -q -a -o
	start perf "$dir/p.data" perf record -q -a -e "$events" -o
	during "$launch" ours perf
	echo "bench ours_bytes $(stat -c %s "$dir/s.data")"
	echo "bench ours_records $(records "$dir/s.data")"
	echo "bench perf_bytes $(stat -c %s "$dir/p.data")"
	echo "bench perf_records $(perf script -i "$dir/p.data" 2>/dev/null | wc -l)"
	attach ours_attach build/sevtrace record -q -o "$dir/a.data" -- true
	attach bpftrace_attach bpftrace -c /bin/true -e "$script"
done

# As launches grow: each of 128 pages, at once.
for n in 1 4 16 64; do
	start at_once_$n "$dir/n.data" build/sevtrace record -q -a -b 32M -o
	during "$launcher --type snp --pages 128 --launches $n --no-check" at_once_$n
	echo "bench at_once_${n}_records $(records "$dir/n.data")"
	echo "bench at_once_${n}_dropped $(build/sevtrace report -j "$dir/n.data" | jq .dropped)"
	echo "bench at_once_${n}_launches $(build/sevtrace report -j "$dir/n.data" | jq '.launches | length')"
done
true
