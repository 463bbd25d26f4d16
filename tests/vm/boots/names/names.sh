#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What launches are called on a host: a SEV guest that Debian's libvirt starts, one in control
# groups as Kubernetes makes them, one of a systemd unit. TAP.
# shellcheck disable=SC2154 # host.bash sets run and scratch
. "$(dirname "$(readlink -f "$0")")/../host.bash"
make -s all || exit 1

dir=$scratch
pod=8f2c1a34-5b6d-4e7f-8091-a2b3c4d5e6f7
$run --timeout 900 --psp-log "$dir/psp.log" --psp-latency '*=0' -- bash tests/vm/boots/names/inside.bash "$dir" >"$dir/out" 2>&1
ok "the machine ran to its end" same $? 0

names() { build/sevtrace report -j "$@" "$dir/all.data" | jq -c '[.launches[].names | del(.[] | nulls)]'; }
headline() { build/sevtrace report "$@" "$dir/all.data" | grep -A 3 '^launch'; }

ok "libvirt starts the guest" has "$(cat "$dir/virsh")" '^ 1 +web-1 +running$'
ok "QEMU's -name, libvirt's domain" same "$(names --name web-1)" '[{"name":"web-1","domain":"web-1"}]'
ok "in the headline" has "$(headline --name web-1)" '^launch 1: web-1\[[0-9]+\]  SEV  '
ok "what is behind it" has "$(headline --name web-1)" '^  qemu-system-x86, libvirt domain web-1$'
ok "a pod and its container" same "$(names --name "$pod")" \
	"[{\"pod\":\"$pod\",\"container\":\"3f5eb4a7c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f901234\"}]"
ok "a unit" same "$(names --name 'ci-*')" '[{"unit":"ci-guest.service"}]'
ok "each launch has its own" same "$(names | jq length)" 3
ok "nothing else of a command line" bash -c "! build/sevtrace script '$dir/all.data' | grep -E 'debug-threads|machine|OVMF'"
ok "recorded = emitted, as the kernel counts" same \
	"$(build/sevtrace report -j "$dir/all.data" | jq -c '[.events - .recorded, .dropped]')" '[0,0]'
ok "the flight recorder's file" has "$(ls "$dir/failed")" \
	"^sevtrace-[0-9TZ]+-${pod//-/_}-pid[0-9]+-asid[0-9]+-SNP_LAUNCH_UPDATE\.data$"
ok "it has the name" same "$(build/sevtrace report -j "$dir"/failed/*.data | jq -r '.launches[].names.pod')" "$pod"
ok "the flight recorder's line" has "$(cat "$dir/flight.err")" 'launch failed: 8f2c1a34-5b6d-4e7\.\.\.\[[0-9]+\], snp, ASID '
ok "--exec: SEVTRACE_NAME" same "$(cat "$dir/called")" "$pod"
ok "exporter --per-launch: the name" has "$(cat "$dir/metrics")" '^sevtrace_launch_seconds\{.*vm_type="sev".*name="web-1"\} '
ok "no complaint from boot on" quiet_log "$dir/dmesg"
ok "nothing is left behind" same "$(leftovers)" ""
finish "$dir/out" "$dir/virsh" "$dir/libvirtd.log"
