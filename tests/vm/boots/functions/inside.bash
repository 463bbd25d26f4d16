# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for functions.sh: makes the recordings, as few as may be, since
# attaching takes long in an emulated machine. $1: where everything goes; $2: brief leaves out what
# does not depend on the kernel.
set -u
dir=$1
extent=${2:-whole}

. tests/vm/boots/record.bash

launcher=build/launcher
faults() { printf '%s\n' "$@" >"$dir/faults"; }
until_recording() { until grep -q recording "$dir/$1.err"; do sleep 0.1; done; }

# launch NAME ARG...: its process is in NAME.pid
launch() {
	local name=$1
	shift
	bash -c "echo \$\$ >$dir/$name.pid; exec $launcher \"\$@\"" launch "$@" >"$dir/$name.out" 2>&1
}

# What is no matter of the kernel: who is recorded, and who asks.
askers() {
	# A command's children; and another process's launch meanwhile, which is not theirs.
	rec child --calls -- sh -c "$launcher --type snp --pages 20; echo go >$dir/go; until [ -s $dir/went ]; do sleep 0.1; done" &
	until [ -s "$dir/go" ]; do sleep 0.1; done
	$launcher --type snp --pages 4
	echo went >"$dir/went"
	wait $!

	# One that is there already; and what top and bench show.
	bash -c "until [ -e $dir/begin ]; do sleep 0.1; done; exec $launcher --type snp --pages 6" >"$dir/pid.out" 2>&1 &
	rec_in_background pid -p $!
	until_recording pid
	touch "$dir/begin"
	rec_wait pid

	build/sevtrace top -b -d 0.3 >"$dir/top" 2>"$dir/top.err" &
	top=$!
	until grep -q running "$dir/top"; do sleep 0.1; done
	$launcher --type snp --pages 4
	until grep -q '1 ok' "$dir/top"; do sleep 0.1; done
	kill $top
	wait $top
	build/sevtrace bench -j -q --source functions -r 2 -w 0 -o "$dir/bench" -- $launcher --type snp --pages 4 >"$dir/bench.json" 2>"$dir/bench.err"
	build/sevtrace doctor -j >"$dir/doctor.json"
	rec refused -a --source tracepoints -- true
}

# Nothing can be attached any more after it.
lockdown() {
	mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
	echo integrity >/sys/kernel/security/lockdown
	stat integrity -a -- $launcher --type snp --pages 20
	echo confidentiality >/sys/kernel/security/lockdown
	rec confidentiality -a -- true
}

rec_in_background all -a
mkdir "$dir/flight"
build/sevtrace record -a --on-failure -o "$dir/flight" 2>"$dir/flight.err" &
flight=$!
build/sevtrace exporter >"$dir/exporter.out" 2>&1 &
exporter=$!
until_recording all
until_recording flight
# Who attaches later would take the ends of calls from who is attached.
until curl -sf http://127.0.0.1:9877/metrics | grep -q "^sevtrace_attached 1"; do sleep 0.2; done
log_lines >"$dir/all.before"

launch sev --type sev --pages 24
launch sev-es --type sev-es --pages 24 --vcpus 2
launch snp --type snp --normal 24 --vcpus 2
launch types --pause 40 --type snp --normal 20 --zero 10 --unmeasured 5 --secrets 1 --cpuid 1 --vcpus 2
launch three --type snp --launches 3 --pages 16
launch secret --type sev --pages 4 --session --secret --run
faults 'cmd=SNP_LAUNCH_UPDATE,gfn=5,status=0x16'
launch bad-page --type snp --normal 20
faults 'cmd=LAUNCH_UPDATE_DATA,every=1,status=0x10'
launch bad-run --type sev --pages 8
faults 'cmd=SNP_LAUNCH_UPDATE,gfn=2,nth=1,status=0x16'
launch short --type snp --pages 4 --no-check --no-retry
faults ''
launch attribute --type snp --pages 20 --mistake missing-attribute --at-page 7
launch source --type snp --pages 20 --mistake unmapped-source --at-page 7
launch slot --type snp --pages 6 --mistake no-guest-memfd
launch refused-attribute --type snp --pages 6 --mistake bad-attribute

curl -sf http://127.0.0.1:9877/metrics >"$dir/metrics"
kill $exporter
kill -INT "$recorder" $flight
rec_wait all
wait $exporter $flight
find "$dir/flight" -type f | wc -l >"$dir/flight.count"
build/sevtrace report -j "$(find "$dir/flight" -type f | sort | head -n 1)" >"$dir/flight.json"
build/sevtrace report "$dir/all.data" >"$dir/all.txt"

[ "$extent" = brief ] || askers

# Another recorder comes and goes while an ioctl is under way, whose end the first one misses then.
rec_in_background second -a
until_recording second
faults 'cmd=SNP_LAUNCH_UPDATE,every=1,delay=100ms'
launch second --type snp --normal 5000 &
second=$!
until sed "1,$(cat "$dir/second.before")d" "$dir/psp.log" | grep -q SNP_LAUNCH_UPDATE; do sleep 0.1; done
build/sevtrace record -a -o "$dir/other.data" -- true 2>"$dir/other.err"
faults ''
wait $second
kill -INT "$recorder"
rec_wait second

# Launches that preempt each other within the programs. Two on one CPU, until the kernel has left
# enough calls of them out, how many stands in left-out: spare programs are to see these.
# Then so many that the spares do not suffice.
left_out() {
	bpftool -j prog show | jq '[.[] | select((.name // "") | test("^(enter|exit)_")) | .recursion_misses // 0] | add // 0'
}
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
mode=$(sed 's/.*(\(.*\)).*/\1/' /sys/kernel/debug/sched/preempt)
if echo full >/sys/kernel/debug/sched/preempt 2>/dev/null; then
	rec_in_background preempted -a
	until_recording preempted
	rounds=0
	until [ "$(left_out)" -ge 60 ] || [ $rounds -eq 12 ]; do
		taskset -c 0 $launcher --type snp --launches 2 --pages 200 >"$dir/preempted.out" 2>&1
		rounds=$((rounds + 1))
	done
	left_out >"$dir/left-out"
	kill -INT "$recorder"
	rec_wait preempted
	rec crowded -- $launcher --type snp --launches 8 --pages 200
	echo "$mode" >/sys/kernel/debug/sched/preempt
fi

# What KVM refuses before a launch.
rec refused-slots -- tests/vm/boots/functions/refused.py 4 >"$dir/refused-slots"
modprobe -r kvm_amd
modprobe kvm_amd sev_snp=0
rec refused-vm -- tests/vm/boots/functions/refused.py 4 >"$dir/refused-vm"

# What a command loads, and launches.
modprobe -r kvm_amd ccp
rec loads --wait-modules --source functions -- sh -c "modprobe kvm_amd
	until grep -q 'kvm_amd is loaded' $dir/loads.err; do sleep 0.1; done
	$launcher --type snp --pages 4" >"$dir/loads.out"
[ "$extent" = brief ] || lockdown
true
