# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for names.sh: guests of a libvirt domain, of a pod and of a unit,
# with a recording, a flight recorder and an exporter beside them. $1: where everything goes.
dir=$1
# shellcheck source=tests/vm/boots/record.bash
. tests/vm/boots/record.bash
pod=8f2c1a34_5b6d_4e7f_8091_a2b3c4d5e6f7
container=3f5eb4a7c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f901234

# in_group GROUP COMMAND...: runs it in a control group, as kubelet or systemd do
in_group() {
	local group=/sys/fs/cgroup/$1

	mkdir -p "$group"
	shift
	bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$@"
}

# libvirt as Debian has it, without what a machine that is installed has besides: folders of its
# own, users, a system bus.
libvirt() {
	local folder file

	for folder in /run /var/lib /var/cache /var/log /etc/libvirt; do mount -t tmpfs none $folder; done
	for file in passwd group; do
		cp /etc/$file /run/$file
		mount --bind /run/$file /etc/$file
	done
	echo 'libvirt-qemu:x:64055:64055::/:/bin/false' >>/etc/passwd
	printf '%s\n' 'libvirt-qemu:x:64055:' 'kvm:x:64056:' >>/etc/group
	mkdir /run/libvirt /var/lib/libvirt
	printf '%s\n' 'user = "root"' 'group = "root"' 'dynamic_ownership = 0' 'security_driver = "none"' \
		'stdio_handler = "file"' 'namespaces = [ ]' >/etc/libvirt/qemu.conf
	printf '%s\n' 'auth_unix_rw = "none"' 'unix_sock_group = "root"' >/etc/libvirt/libvirtd.conf
	LIBVIRT_LOG_OUTPUTS=3:file:$dir/libvirtd.log libvirtd &
	until [ -S /run/libvirt/libvirt-sock ] || ! kill -0 $!; do sleep 0.1; done
	cat >"$dir/domain.xml" <<-XML
		<domain type='kvm'>
		  <name>web-1</name>
		  <memory unit='MiB'>128</memory>
		  <os>
		    <type arch='x86_64' machine='q35'>hvm</type>
		    <loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>
		    <nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'>/run/vars.fd</nvram>
		  </os>
		  <features><acpi/></features>
		  <cpu mode='host-passthrough'/>
		  <devices>
		    <emulator>/usr/bin/qemu-system-x86_64</emulator>
		    <controller type='usb' model='none'/>
		    <memballoon model='none'/>
		  </devices>
		  <launchSecurity type='sev'>
		    <cbitpos>0</cbitpos>
		    <reducedPhysBits>1</reducedPhysBits>
		    <policy>0x0001</policy>
		  </launchSecurity>
		</domain>
	XML
}

ip link set lo up
mkdir "$dir/failed"
rec_in_background all -a
# shellcheck disable=SC2016 # for the shell that runs it
build/sevtrace record -a --on-failure -o "$dir/failed" --exec 'echo "$SEVTRACE_NAME" >>'"$dir/called" 2>"$dir/flight.err" &
flight=$!
build/sevtrace exporter --per-launch 9 --listen 127.0.0.1:9877 2>"$dir/exporter.err" &
exporter=$!
for each in all flight; do until grep -q Ctrl-C "$dir/$each.err"; do sleep 0.1; done; done
until grep -q listening "$dir/exporter.err"; do sleep 0.1; done

libvirt
virsh -c qemu:///system create "$dir/domain.xml" >"$dir/virsh" 2>&1
virsh -c qemu:///system list >>"$dir/virsh" 2>&1
curl -sS http://127.0.0.1:9877/metrics >"$dir/metrics"
group=kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod$pod.slice/cri-containerd-$container.scope
in_group $group build/launcher --type snp --pages 4 --mistake missing-attribute --at-page 2 >"$dir/pod.out"
in_group system.slice/ci-guest.service build/launcher --type snp --pages 4 >"$dir/unit.out"
virsh -c qemu:///system destroy web-1 >>"$dir/virsh" 2>&1
kill -INT $exporter $flight $recorder
rec_wait all
wait $flight $exporter
dmesg -r >"$dir/dmesg"
true
