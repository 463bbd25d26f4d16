# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for functions.sh: two recorders at once, one with each source of
# events, while guests of each type launch and fail. $1: where everything goes.
set -u
dir=$1
launcher=build/launcher
pids=()

for source in tracepoints functions; do
	build/sevtrace record -a --buffer-size 64M --source $source -o "$dir/$source.data" 2>"$dir/$source.err" &
	pids+=($!)
	until grep -q recording "$dir/$source.err"; do sleep 0.1; done
done

faults() { printf '%s\n' "$@" >"$dir/faults"; }
# launch ARG...: what becomes of it is in the recordings
launch() { $launcher "$@" >>"$dir/launches" 2>&1; }

for type in sev sev-es snp; do
	launch -t $type --pages 12 --vcpus 2
	launch -t $type --pages 6 --launches 3
	launch -t $type --pages 6 --mistake all
done
launch -t snp --normal 6 --zero 4 --unmeasured 3 --secrets 1 --cpuid 1
launch -t sev --pages 4 --session --secret
launch -t sev --pages 4 --legacy-init
launch -t sev --pages 4 --policy 0
for command in LAUNCH_START ACTIVATE LAUNCH_UPDATE_DATA LAUNCH_MEASURE LAUNCH_FINISH; do
	faults "cmd=$command,every=1,status=0x10"
	launch -t sev --pages 4
done
faults 'cmd=LAUNCH_UPDATE_VMSA,every=1,status=0x10'
launch -t sev-es --pages 4
for command in SNP_GCTX_CREATE SNP_LAUNCH_START SNP_ACTIVATE SNP_LAUNCH_UPDATE SNP_LAUNCH_FINISH; do
	faults "cmd=$command,every=1,status=0x16"
	launch -t snp --pages 4
done
faults 'cmd=SNP_LAUNCH_UPDATE,gfn=2,status=0x16'
launch -t snp --pages 4 --no-check --no-retry
faults ''
grep -oE '^[a-z]+ +KVM_[A-Z0-9_]*=[a-z-]*' tests/vm/boots/matrix/mistakes | while read -r type spoil; do
	secret=()
	[[ $spoil != *SECRET* ]] || secret=(--secret)
	launch -t "$type" --pages 3 --no-check --spoil "$spoil" "${secret[@]}"
done
launch -t snp --pages 4
tests/vm/boots/functions/refused.py 4 >>"$dir/launches"

port=9877
for source in tracepoints functions; do
	build/sevtrace exporter --source $source --listen 127.0.0.1:$port 2>"$dir/$source.exporter" &
	pids+=($!)
	until curl -sf http://127.0.0.1:$port/metrics | grep -q '^sevtrace_attached 1$'; do sleep 0.2; done
	port=$((port + 1))
done

# Does a thread of process $1 but the first one run, or has its memory? Behind that it has no
# program any more.
alive() {
	local task
	for task in "/proc/$1/task"/*; do
		[ "$task" != "/proc/$1/task/$1" ] || continue
		if [ -e "$task/exe" ] || grep -qs '^State:.R' "$task/status"; then return 0; fi
	done
	return 1
}

# dies PARAMETER: a launch whose thread a fault of the kernel ends. Nobody waits for its process:
# the thread had locks that it waits for itself as it closes its files, behind the event of its end.
dies() {
	local before
	before=$(dmesg | grep -c 'kernel BUG at')
	bash -c "echo \$\$ | tee $dir/$1 >/sys/module/virtual_sev_host/parameters/$1; exec $launcher -t snp --pages 4" \
		>>"$dir/launches" 2>&1 &
	until [ "$(dmesg | grep -c 'kernel BUG at')" -gt "$before" ]; do sleep 0.2; done
	while alive "$(cat "$dir/$1")"; do sleep 0.1; done
}
echo 0 >/proc/sys/kernel/panic_on_oops
dies die_waiting
curl -sS http://127.0.0.1:9877/metrics >"$dir/tracepoints.prom"
curl -sS http://127.0.0.1:9878/metrics >"$dir/functions.prom"
dies die_process

kill -INT "${pids[@]}"
wait "${pids[@]}"
true
