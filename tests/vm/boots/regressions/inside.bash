# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for regressions.sh: recordings of one launch each, run-N.data. From
# run $3 + 1 to run $4 the PSP's firmware has the fault $5. $1: where everything goes, $2: options
# of the launcher, $6 and $7: how long SNP_LAUNCH_UPDATE takes before and after that, in ms. Then
# what bench does.
#
# Where other work holds the machine up, a command takes longer than it should, which the log of the
# PSP tells. A launch that was held up in half of its commands is recorded again.
set -u
dir=$1
options=$2
good=$3
all=$4
takes=$6

# held_up LINE: were the commands of the launch behind this line of the log? The machine may see the
# log's end late.
held_up() {
	until sed "1,$1d" "$dir/psp.log" | grep -q '"SNP_DECOMMISSION"'; do sleep 0.1; done
	sed "1,$1d" "$dir/psp.log" | jq -es --argjson takes "$takes" \
		'map(select(.cmd == "SNP_LAUNCH_UPDATE").exec_ns) | sort | .[length / 2 | floor] > $takes * 1020000' >/dev/null
}

again=0
for ((n = 1; n <= all; n++)); do
	if [ $n = $((good + 1)) ]; then
		echo "$5" >"$dir/faults.new"
		mv "$dir/faults.new" "$dir/faults"
		takes=$7
	fi
	for ((attempt = 1; attempt <= 20; attempt++)); do
		before=$(wc -l <"$dir/psp.log")
		# shellcheck disable=SC2086 # words on purpose
		build/sevtrace record -q -o "$dir/run-$n.data" -- build/launcher $options >/dev/null || exit
		held_up "$before" || break
		again=$((again + 1))
	done
done
echo "$again launches were held up, and recorded again"
rm "$dir/faults"

# --- sevtrace bench ------------------------------------------------------------------------------

bench() { # NAME ARGUMENT...: its stdout, stderr and status in files of that name
	local name=$1
	shift
	build/sevtrace bench "$@" >"$dir/$name.out" 2>"$dir/$name.err"
	echo $? >"$dir/$name.status"
}
measured=(-C '1,2' -r 2 -d "$dir/bench.db" -l kind=bench)
bench bench-first "${measured[@]}" -S 8K,16K -o "$dir/first" -- build/launcher --type snp --pages '{pages}'
bench bench-second "${measured[@]}" -S 8K -C 2 -o "$dir/second" -b "$dir/first" -f 1000 --allow-empty -q -j -v -- build/launcher --type snp --pages '{pages}'
bench bench-status -r 2 -w 0 -o "$dir/third" -- sh -c 'build/launcher --type sev --pages 4; exit {run}'
bench bench-warmup -r 2 -o "$dir/fourth" -- sh -c 'echo no >&2; exit 5'
bench bench-none -r 2 -w 0 -o "$dir/fourth" -- /nonexistent
bench bench-refused -r 2 -w 0 -o "$dir/fourth" -- build/launcher --type snp --pages 4 --mistake wrong-order
hostname another
bench bench-other -r 2 -w 0 -S 8K -o "$dir/fourth" -b "$dir/first" -- build/launcher --pages '{pages}'
bench bench-allowed -r 2 -w 0 -S 8K -o "$dir/fourth" -b "$dir/first" -A host -- build/launcher --pages '{pages}'
true
