# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for matrix.sh: every fault, in one recording. $1: where everything
# goes; $1/faults is the PSP's file of faults. A group of launches leaves GROUP.pid, the launcher's
# process, and GROUP.json, what it tells.
set -u
dir=$1
here=tests/vm/boots/matrix

# Puts stdin into the PSP's file of faults, in one step.
faults() {
	cat >"$dir/faults.new"
	mv "$dir/faults.new" "$dir/faults"
}

# group NAME ARG...: launches
group() {
	local name=$1
	shift
	bash -c "echo \$\$ >$dir/$name.pid; exec build/launcher -j \"\$@\"" launch "$@" \
		>"$dir/$name.json" 2>"$dir/$name.err"
}

# of_each FAULT NTH: a fault for each launch. The driver repeats INIT once after
# SECURE_DATA_INVALID.
of_each() {
	awk -v fault="$1" -v nth="$2" '/^0x/ {
		strikes = nth == "2x" || fault == "cmd=INIT" && $1 == "0x18" ? 2 : 1
		for (i = 0; i < strikes; i++)
			print fault ",nth=" (n += nth == "2x" ? 1 : nth) ",status=" $1
	}' $here/statuses
}
statuses=$(grep -c '^0x' $here/statuses)

build/sevtrace record -a --buffer-size 64M -o "$dir/matrix.data" 2>"$dir/record.err" &
recorder=$!
log_lines() { wc -l <"$dir/psp.log"; }
until grep -q recording "$dir/record.err"; do sleep 0.1; done

first=$(log_lines)

# Three ASIDs are for SEV-ES and SNP guests, so their launches make KVM flush them all the time. The
# last one is good.
while read -r name fault nth options; do
	[[ ${fault-} = cmd=* ]] || continue
	of_each "$fault" "$nth" | faults
	# shellcheck disable=SC2086 # several options
	group "$name" --no-check --no-session --no-register --vcpus 0 $options --repeat $((statuses + 3))
done <$here/commands
faults </dev/null

for type in sev snp; do
	group "mistakes-$type" -t $type --pages 6 --mistake all
done
for mistake in vmsa-before-start second-vmsa; do
	group "sev-es-$mistake" -t sev-es --pages 6 --mistake $mistake
done
grep '^private ' $here/mistakes | while read -r _ mistake _; do
	group "private-$mistake" -t sev --layout p --pages 8 --no-check --mistake "$mistake"
done

grep '^[a-z]* *KVM_[A-Z0-9_]*=' $here/mistakes | while read -r type spoil _; do
	secret=()
	[[ $spoil != *SECRET* ]] || secret=(--secret)
	group "$type-$spoil" -t "$type" --pages 3 --no-check --spoil "$spoil" "${secret[@]}"
done

# Two of four pages taken, once, and the launcher does not notice.
echo cmd=SNP_LAUNCH_UPDATE,gfn=2,nth=1,status=0x16 | faults
group short -t snp --pages 4 --no-check --no-retry

# The misc control group's limit is 0.
echo +misc >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/none
printf '%s\n' 'sev 0' 'sev_es 0' | while read -r limit; do echo "$limit" >/sys/fs/cgroup/none/misc.max; done
echo $$ >/sys/fs/cgroup/none/cgroup.procs
group cgroup-sev -t sev --pages 1
group cgroup-sev-es -t sev-es --pages 1
echo $$ >/sys/fs/cgroup/cgroup.procs

# More launches at once than ASIDs: those that come first keep theirs while the PSP takes its time.
echo cmd=SNP_LAUNCH_START,delay=1s | faults
group asids -t snp --no-check --vcpus 0 --pages 1 --launches 5

# A VMM that is killed while the PSP makes its guest. On a busy machine that may be over before the
# signal: then once more, with a PSP that takes twice as long.
contexts() { grep -c SNP_GCTX_CREATE "$dir/psp.log"; }
for delay in 1 2 4 8 16; do
	echo cmd=SNP_LAUNCH_START,delay=${delay}s | faults
	before=$(contexts)
	group killed -t snp --pages 1 --no-check &
	until [ "$(contexts)" -gt "$before" ]; do sleep 0.05; done
	kill -KILL "$(cat "$dir/killed.pid")"
	wait $!
	[ $? -eq 137 ] && break
done
faults </dev/null

for type in sev sev-es snp; do
	group "good-$type" -t $type --pages 20
done

# Commands that gave up before they asked the kernel anything, or had no guest to launch.
for status in 0 7; do
	build/sevtrace record -o "$dir/none-$status.data" -- sh -c "exit $status" 2>"$dir/none-$status.err"
	echo $? >"$dir/none-$status.status"
done

# The PSP does not answer, and is not asked any more.
echo cmd=SNP_LAUNCH_FINISH,hang | faults
group hang -t snp --normal 4
group dead-snp -t snp --normal 4
group dead-sev -t sev --pages 1 --no-session
sleep 1
last=$(log_lines)
kill -INT $recorder
wait $recorder
echo $? >"$dir/record.status"
echo "$first $last" >"$dir/range"
