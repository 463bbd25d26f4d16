# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for private.sh, with a PSP that refuses each eleventh page. $1: where
# everything goes.
#
# Does a page stay behind? Each kind of launch is made many times, in a memory cgroup of its own.
# Whatever was allocated for a process there, page of guest_memfd or structure of the kernel, is
# charged until it is freed, so what is left of the charge when the process is gone was lost, and
# nothing else on the machine can hide it.
set -u
. tests/vm/boots/private/lib.bash

launches=20
cgroups=/sys/fs/cgroup

# Pages that are pinned now; the CPUs' own counts are collected first.
pins() {
	echo 1 >/proc/sys/vm/stat_refresh
	awk '$1 == "nr_foll_pin_acquired" { n += $2 } $1 == "nr_foll_pin_released" { n -= $2 } END { print n }' /proc/vmstat
}

# What is left of a cgroup's charge, in pages. Writing memory.high gives back what the CPUs hold in
# advance; what is freed by RCU takes a moment.
left() {
	local tries=20

	echo 0 >"$1/memory.high"
	while [ $((tries -= 1)) -gt 0 ] && [ "$(<"$1/memory.current")" -gt 8192 ]; do
		sleep 0.2
		echo 0 >"$1/memory.high"
	done
	echo $(($(<"$1/memory.current") / 4096))
}

# counted NAME COMMAND...: NAME.pages has its exit status, the pages it had at its peak, those left,
# those left pinned
counted() {
	local name=$1 cgroup=$cgroups/$1 before status
	shift
	mkdir "$cgroup"
	before=$(pins)
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup" "$@" >"$dir/$name.out" 2>&1
	status=$?
	echo "$status $(($(<"$cgroup/memory.peak") / 4096)) $(left "$cgroup") $(($(pins) - before))" >"$dir/$name.pages"
	rmdir "$cgroup"
}

# many NAME ARG...: launches of eight pages and more
many() {
	local name=$1
	shift
	counted "$name" build/launcher --psp-log "$log" --repeat $launches "$@"
}

echo +memory >$cgroups/cgroup.subtree_control
many shared --type sev --layout s --pages 64
for type in sev sev-es; do
	many private-$type --type $type --layout p --pages 64 --resume
	many mixed-$type --type $type --layout spsp --one-call --margin 2 --pages 64 --resume
done
many refused --type sev --layout p --pages 9
many unmapped --type sev --layout p --pages 8 --mistake unmapped-source --at-page 4
many interrupted --type sev --layout p --pages 8 --mistake interrupted --at-page 4
fail_allocations 5 -1
many no-page --type sev --layout p --pages 8 --fail-here
allocations_work

# This would be found: a page for each launch.
counted lost sh -c "for i in \$(seq $launches); do echo >/dev/shm/lost.\$i; done"
dmesg >"$dir/dmesg"
exit 0
