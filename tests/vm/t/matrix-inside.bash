# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for matrix.sh: every fault, in one recording. $1: where everything goes; $1/faults is the
# PSP's file of faults. A group of launches leaves GROUP.pid, the launcher's process, and GROUP.json, what it tells.
set -u
dir=$1
here=tests/vm/t

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

# of_each FAULT NTH: a fault for each launch. The driver repeats INIT once after SECURE_DATA_INVALID.
of_each() {
	awk -v fault="$1" -v nth="$2" '/^0x/ {
		strikes = nth == "2x" || fault == "cmd=INIT" && $1 == "0x18" ? 2 : 1
		for (i = 0; i < strikes; i++)
			print fault ",nth=" (n += nth == "2x" ? 1 : nth) ",status=" $1
	}' $here/matrix-statuses
}
statuses=$(grep -c '^0x' $here/matrix-statuses)

build/sevtrace record -a --buffer-size 64M -o "$dir/matrix.data" 2>"$dir/record.err" &
recorder=$!
log_lines() { wc -l <"$dir/psp.log"; }
until grep -q recording "$dir/record.err"; do sleep 0.1; done

first=$(log_lines)

# Three ASIDs are for SEV-ES and SNP guests, so their launches make KVM flush them all the time. The last one is good.
while read -r name fault nth options; do
	[[ ${fault-} = cmd=* ]] || continue
	of_each "$fault" "$nth" | faults
	# shellcheck disable=SC2086 # several options
	group "$name" --no-check --no-session --no-register --vcpus 0 $options --repeat $((statuses + 3))
done <$here/matrix-commands
faults </dev/null

for type in sev snp; do
	group "mistakes-$type" -t $type --pages 6 --mistake all
done
for mistake in vmsa-before-start second-vmsa; do
	group "sev-es-$mistake" -t sev-es --pages 6 --mistake $mistake
done
grep '^private ' $here/matrix-mistakes | while read -r _ mistake _; do
	group "private-$mistake" -t sev --layout p --pages 8 --no-check --mistake "$mistake"
done

for type in sev sev-es snp; do
	group "good-$type" -t $type --pages 20
done
sleep 1
last=$(log_lines)
kill -INT $recorder
wait $recorder
echo $? >"$dir/record.status"
echo "$first $last" >"$dir/range"
