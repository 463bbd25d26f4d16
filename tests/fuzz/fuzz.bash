# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# fuzz PROGRAM MAX_LENGTH SEEDS: builds build/PROGRAM and runs it for SECONDS_TO_FUZZ (10), from the
# files of the folder SEEDS. TAP. What one input may take is in limits.h: memory, and time of the
# processor, so that a busy machine changes nothing; -timeout is for what does not end. CORPUS=DIR
# keeps what was found from run to run; a crashing input is left in build/.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1

fuzz() {
	local program=$1 max_length=$2 seeds=$3 seconds=${SECONDS_TO_FUZZ:-10} corpus runs

	work=$(mktemp -d) || exit 1
	trap 'rm -rf "$work"' EXIT
	corpus=${CORPUS:-$work/corpus}
	mkdir -p "$corpus"

	echo 1..2
	if ! make -s "build/$program" >"$work/log" 2>&1; then
		echo "not ok 1 - the fuzzer builds"
		sed 's/^/# /' "$work/log"
		exit 1
	fi
	echo "ok 1 - the fuzzer builds"
	# A small quarantine of freed memory, so that the limit on memory means the reader's.
	export ASAN_OPTIONS=quarantine_size_mb=16
	if "build/$program" -max_total_time="$seconds" -max_len="$max_length" -rss_limit_mb=1024 -timeout=100 \
		-print_final_stats=1 -artifact_prefix=build/ "$corpus" "$seeds" >"$work/log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
		echo "ok 2 - $runs inputs in $seconds s, no crash"
	else
		echo "not ok 2 - an input crashes the reader"
		tail -n 60 "$work/log" | sed 's/^/# /'
		exit 1
	fi
}
