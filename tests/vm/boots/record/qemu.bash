# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Launches a guest with Debian's QEMU and Debian's firmware and ends it when it runs. $1: its
# output, $2: the guest policy. The monitor's input is on a file system that has pipes, which 9p has
# not.
set -u
out=$1
policy=$2
monitor=/run/record-qemu.$$

trap '' PIPE # a QEMU that ends by itself
mkfifo "$monitor"
timeout 900 qemu-system-x86_64 -nodefaults -display none -accel kvm -cpu EPYC -m 256M \
	-machine q35,confidential-guest-support=sev0 \
	-object "sev-guest,id=sev0,cbitpos=0,reduced-phys-bits=1,policy=$policy" \
	-drive if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd \
	-monitor stdio <"$monitor" >"$out" 2>&1 &
qemu=$!
exec 3>"$monitor"
while kill -0 $qemu 2>/dev/null && ! grep -q 'VM status: running' "$out"; do
	echo 'info status' >&3
	sleep 0.3
done
echo quit >&3
exec 3>&-
wait $qemu
