# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for perf.sh: launches that perf and sevtrace record at once, what
# perf has by itself, and the blocks of docs/one-liners.md. $1: where everything goes.
set -u
dir=$1
PATH=$PWD/build:$PATH
launcher=$PWD/build/launcher
events='kvm_sev:*,ccp:*,kvm:kvm_vm_set_mem_attributes*,kvm:kvm_gmem_populate_step'

# both NAME ARG...: one launch, recorded by both
both() {
	local name=$1
	shift
	sevtrace record -q -o "$dir/$name.data" -- \
		perf record -q -e "$events" -o "$dir/$name.perf" -- "$launcher" "$@" >"$dir/$name.out" 2>&1
	echo $? >"$dir/$name.status"
}
both snp --type snp --pages 60
both sev --type sev --pages 60
both sev-es --type sev-es --pages 60
both legacy --type sev --pages 8 --legacy-init
both types --type snp --normal 6 --zero 4 --unmeasured 3 --secrets 1 --cpuid 1 --vcpus 2
both failed --type snp --pages 20 --mistake missing-attribute --at-page 7
both private --type sev-es --pages 12 --layout sp --one-call
both twice --type sev --pages 8 --layout pp --one-call --mistake twice --at-page 7
both eight --type snp --launches 8 --pages 12

perf record -q -a -g -e "$events" -o "$dir/stacks.perf" -- "$launcher" --type snp --pages 4 \
	--mistake missing-attribute
# A small buffer that nobody empties meanwhile: COMMAND stops perf, its parent.
perf record -q -a -m 1 -e "$events" -o "$dir/lost.perf" -- \
	sh -c "kill -STOP \$PPID; $launcher --type snp --pages 300; kill -CONT \$PPID" >/dev/null 2>&1
perf record -q -a -z -e "$events" -o "$dir/packed.perf" -- "$launcher" --type sev-es --pages 4
perf record -q -a -k CLOCK_MONOTONIC -e "$events" -o - -- "$launcher" --type snp --pages 4 \
	2>/dev/null >"$dir/piped.perf"

# A perf that is killed does not describe its events; tracefs does.
perf record -q -a -m 8 -e "$events" -o "$dir/killed.perf" -- sleep 60 &
recorder=$!
until [ -s "$dir/killed.perf" ]; do sleep 0.1; done
sleep 1
"$launcher" --type snp --pages 60
sleep 1
kill -KILL $recorder
wait $recorder 2>/dev/null
sevtrace import -q -o "$dir/killed.data" --events /sys/kernel/tracing/events "$dir/killed.perf" \
	2>"$dir/killed.err"
echo $? >"$dir/killed.status"

# The blocks of the document, each in a shell of its own.
mkdir -p /run/blocks
cd /run/blocks || exit 1
ln -s "$launcher" launcher
for block in "$dir"/blocks/*.sh; do
	timeout 900 bash -o pipefail "$block" >"${block%.sh}.out" 2>"${block%.sh}.err" </dev/null
	echo $? >"${block%.sh}.status"
done
true
