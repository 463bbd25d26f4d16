#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Private memory of SEV and SEV-ES guests against everything else that may happen to a VM: page
# faults, conversions, holes, closed files and memslots while a launch is under way, migration and
# mirrors, commands that know user addresses only; first one at a time (trials), then all at random
# (a race). And what sevtrace says of what is refused meanwhile. Nothing here depends on who is
# first, nor on how long it takes.
#
# SEVTRACE_RACE_SECONDS: how long each race is; SEVTRACE_RACE_SEED: of which steps.
set -u
cd "$(dirname "$(readlink -f "$0")")/../../../.." || exit 1
make -s all || exit 1

here=tests/vm/boots/races
seconds=${SEVTRACE_RACE_SECONDS:-60}
seed=${SEVTRACE_RACE_SEED:-$(date +%s)}
dir=$(mktemp -d /tmp/sevtrace-races.XXXXXX)
[ -n "${SEVTRACE_KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT

. tests/tap.bash
echo "# seed $seed, $seconds s"

# --- in the machines ------------------------------------------------------------------------------

all=(fault touched convert punch close slot migrate target mirror mmio secret debug transfer prepared alias smm)
# The guest's own accesses need the host's module: 6.12-debug has none, any other machine must.
accesses=(access emulate)
# On an SNP host, ccp complains of RECEIVE_UPDATE_DATA where it is not refused: README.md of the
# launcher.
without_transfer=()
for trial in "${all[@]}"; do
	[ "$trial" = transfer ] || without_transfer+=("$trial")
done

# Complaints in the machine's log. debugfs names a VM by its file descriptor, which is free before
# the VM is gone. Debian's kernel says that AMD's firmware files are missing.
quiet() {
	! grep -E 'WARNING|BUG|Call Trace|Leaking|Oops|refcount|detected stall|blocked for more|RMPUPDATE|kvm_amd:.*[Ff]ail|ccp .*([Ff]ail|too many)|gmem:' \
		"$dir/$1/dmesg" | grep -v 'firmware: failed to load amd/' | sed 's/^/# /' | grep .
}

# machine NAME PLATFORM [OPTION OF launcher]... -- TRIAL...
machine() {
	local name=$1 platform=$2
	shift 2
	mkdir "$dir/$name"
	tests/vm/run --timeout $((1200 + 2 * seconds)) --memory 1G --platform "$platform" --psp-log "$dir/$name/psp.log" \
		--psp-latency '*=0,LAUNCH_UPDATE_DATA=2ms,SNP_LAUNCH_UPDATE=2ms' -- \
		bash "$here/inside.bash" "$dir/$name" "$seed" "$seconds" "$@" >"$dir/$name/out" 2>&1
	ok "$name: the machine ran to its end" test $? -eq 0
	ok "$name: the kernel does not complain" quiet "$name"
}

# --- what came of it ------------------------------------------------------------------------------

# kept MACHINE TYPE TRIAL
kept() {
	grep -q "^trial $3: $2 kept" "$dir/$1/$2-$3.out" || { sed 's/^/# /' "$dir/$1/$2-$3.out" && false; }
}

report() { build/sevtrace report -j "$dir/$1/$2.data" 2>/dev/null; }
holds() {
	report "$1" "$2" | jq -e "$3" >/dev/null && return
	report "$1" "$2" | jq -c '[.launches[] | {result, failures: [.failures[] | {ioctl, step, ret, cause, recovered}]}]' |
		cut -c 1-2000 | sed 's/^/# /'
	return 1
}

# Of the trial "target": 16 pages each that are registered, launched in place, launched as private,
# faulted in the target.
flushed() {
	local lines
	read -r lines <"$dir/$1/$2-target.hits"
	echo "# $lines flushes"
	[ "$lines" -ge 64 ]
}

# raced FILE FILTER: of the race's summary
raced() {
	jq -e "$2" "$dir/$1" >/dev/null && return
	jq -r '.messages[]' "$dir/$1" | sed 's/^/# /'
	jq -c .steps "$dir/$1" | cut -c 1-6000 | sed 's/^/# /'
	return 1
}
# freed MACHINE: pages; at its peak the race had a thousand, and what is left is not a guest's
freed() {
	local peak left
	read -r peak left <"$dir/$1/race.pages"
	echo "# of $peak pages $left left"
	[ "$peak" -gt 500 ] && [ "$left" -lt 20 ]
}

explained='all(.launches[].failures[]; .cause and .hint and .certainty)'

# judge MACHINE TRIAL...
judge() {
	local with=$1 type trial
	shift
	if [ -e "$dir/$with/accesses" ]; then
		set -- "$@" "${accesses[@]}"
	else
		ok "$with: without guests' accesses, as the kernel is ${SEVTRACE_KERNEL:-the default}" \
			grep -q '^CONFIG_KASAN=y' "${SEVTRACE_KERNEL:-/dev/null}/config"
	fi
	for trial in "$@"; do
		for type in sev sev-es; do
			ok "$with: trial $trial, $type" kept "$with" $type "$trial"
			[ ! -e "$dir/$with/$type-$trial.data" ] ||
				ok "$with: trial $trial, $type: every refusal has its cause" holds "$with" $type-"$trial" "$explained"
		done
	done
	for type in sev sev-es; do
		ok "$with: touched, $type: a launch that raced is not whole" holds "$with" $type-touched \
			'.launches[0] | .result == "failed" and .pages.private == 8 and (.failures[0] | .ioctl == "KVM_SEV_LAUNCH_UPDATE_DATA" and
			 .step == "get_page" and .inner_errno == "EEXIST" and .gfn == "0x8" and (.recovered | not))'
		ok "$with: prepared, $type: nothing was encrypted" holds "$with" $type-prepared \
			'.launches[0].failures[0] | .step == null and .inner_errno == "EEXIST" and .range.done == 0 and (.psp_asked | not)'
		ok "$with: alias, $type: nothing was encrypted" holds "$with" $type-alias \
			'[.launches[0].failures[] | .inner_errno == "EINVAL" and .range.done == 0 and (.psp_asked | not)] == [true, true]'
		ok "$with: secret, $type: the PSP was not asked" holds "$with" $type-secret \
			'.launches[0].failures[0] | .ioctl == "KVM_SEV_LAUNCH_SECRET" and .ret == -22 and (.psp_asked | not)'
		ok "$with: debug, $type: both are told" holds "$with" $type-debug \
			'[.launches[0].failures[] | .ioctl, .ret] == ["KVM_SEV_DBG_DECRYPT", -22, "KVM_SEV_DBG_ENCRYPT", -22]'
	done
	ok "$with: the race is clean" raced "$with/race.json" '.wrong == 0'
	ok "$with: its pages were looked at" raced "$with/race.json" '.pages.ciphertext > 0 and .pages.untouched > 0'
	ok "$with: its ASIDs were counted" raced "$with/race.json" .asids_counted
	ok "$with: no ASID is left behind" test "$(cat "$dir/$with/race.asids")" = 0
	ok "$with: no page is left behind" freed "$with"
	ok "$with: the recorded race is clean" raced "$with/recorded.json" '.wrong == 0'
	ok "$with: recorded: refusals were met" holds "$with" recorded '[.launches[].failures[]] | length > 0'
	ok "$with: recorded: every refusal has its cause" holds "$with" recorded "$explained"
	jq -r '"# guests \(.guests), pages \(.pages), refused \([.steps[][] | .refused[]] | add), done \([.steps[][] | .done] | add)"' \
		"$dir/$with/race.json"
}

machine incoherent coherent=off --with-snp -- "${without_transfer[@]}" "${accesses[@]}"
judge incoherent "${without_transfer[@]}"
for type in sev sev-es; do
	ok "incoherent: target, $type: pages that were faulted before the context came are flushed" \
		flushed incoherent $type
done
machine coherent coherent=on,snp=off -- "${all[@]}" "${accesses[@]}"
judge coherent "${all[@]}"
for type in sev sev-es; do
	ok "coherent: transfer, $type: both are told" holds coherent $type-transfer \
		'[.launches[0].failures[:2][] | .ioctl, .ret] == ["KVM_SEV_SEND_UPDATE_DATA", -22, "KVM_SEV_RECEIVE_UPDATE_DATA", -22]'
done
finish "$dir"/*/out "$dir"/*/race.err
