# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for kernels.sh: launches guests of each type that the kernel has
# under a recorder, and notes how often the kernel called each program. $1: where that goes.
set -u
dir=$1
launcher=build/launcher

uname -r >"$dir/release"
sysctl -q kernel.bpf_stats_enabled=1
build/sevtrace record -a --calls --source functions -o "$dir/data" 2>"$dir/record.err" &
recorder=$!
until grep -q recording "$dir/record.err"; do
	kill -0 $recorder || { cat "$dir/record.err" && exit 1; }
	sleep 0.1
done
offered() { [ "$(cat "/sys/module/kvm_amd/parameters/$1" 2>/dev/null)" = Y ]; }
# Linux 6.1 has no KVM_SEV_INIT2.
launch() { $launcher --pages 6 -t "$@" || $launcher --pages 6 --legacy-init -t "$@"; }
if offered sev; then
	launch sev
	# With two ASIDs the third launch has the processor flush; without SNP by DF_FLUSH.
	launch sev
	launch sev
	launch sev --mistake unregister-unknown
fi
offered sev_es && launch sev-es
if offered sev_snp; then
	launch snp
	# A page that is taken back.
	echo 'cmd=SNP_LAUNCH_UPDATE,gfn=2,status=0x16' >"$dir/faults"
	$launcher -t snp --pages 6
fi
bpftool -j prog show >"$dir/progs.json"
kill -INT $recorder
wait $recorder
cat "$dir/record.err"
build/sevtrace report -j "$dir/data" >"$dir/report.json"
true
