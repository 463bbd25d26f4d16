# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for races.sh: `FOLDER SEED SECONDS [OPTION]... -- TRIAL...`: trials
# and a race for that many seconds, with the launcher's options. What each said goes to FOLDER.
set -u
dir=$1 seed=$2 seconds=$3
shift 3
options=()
while [ "$1" != -- ]; do options+=("$1") && shift; done
shift

. tests/vm/boots/record.bash

tracing=/sys/kernel/tracing
cgroup=/sys/fs/cgroup/race

# How often a kprobe was hit.
hits() { awk -v name="$1" '$1 == name { print $2; found = 1 } END { if (!found) print 0 }' $tracing/kprobe_profile; }

# try TYPE NAME: TYPE-NAME.out has what the launcher says, TYPE-NAME.hits how often lines were
# flushed meanwhile; where commands are refused, which the kernel's events tell, TYPE-NAME.data is a
# recording.
try() {
	local out=$dir/$1-$2 command lines

	command=(build/launcher --psp-log "$log" --type "$1" --trial "$2")
	lines=$(hits clflush)
	case $2 in
	touched | secret | debug | transfer | prepared | alias) rec "$1-$2" -- "${command[@]}" >"$out.out" ;;
	*) "${command[@]}" >"$out.out" 2>&1 ;;
	esac
	echo $(($(hits clflush) - lines)) >"$out.hits"
}

echo 'p:race/clflush clflush_cache_range' >>$tracing/kprobe_events
echo 1 >$tracing/events/race/enable
for trial in "$@"; do
	case $trial in
	access | emulate)
		[ -e /sys/module/virtual_sev_host/parameters/guest_access ] || continue
		: >"$dir/accesses"
		;;
	esac
	try sev "$trial"
	try sev-es "$trial"
done
echo 0 >$tracing/events/race/enable

# In a cgroup of its own: what is charged to it when it is over was lost.
echo "+misc +memory" >/sys/fs/cgroup/cgroup.subtree_control
mkdir $cgroup
sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' $cgroup \
	build/launcher --json --psp-log "$log" --race "$seconds" --seed "$seed" "${options[@]}" >"$dir/race.json" 2>"$dir/race.err"
echo $? >"$dir/race.status"
echo 0 >$cgroup/memory.high
tries=20
while [ $((tries -= 1)) -gt 0 ] && [ "$(<$cgroup/memory.current)" -gt 65536 ]; do
	sleep 0.5
	echo 0 >$cgroup/memory.high
done
echo "$(($(<$cgroup/memory.peak) / 4096)) $(($(<$cgroup/memory.current) / 4096))" >"$dir/race.pages"
awk '{ n += $2 } END { print n + 0 }' $cgroup/misc.current >"$dir/race.asids"

# A race that is recorded: it takes five seconds, and its recording must explain all.
rec recorded -- build/launcher --psp-log "$log" --race 5 --seed "$seed" --json >"$dir/recorded.json"
dmesg >"$dir/dmesg"
exit 0
