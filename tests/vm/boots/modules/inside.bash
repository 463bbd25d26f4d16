# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host, on the distribution's kernel, for modules.sh. $1: where everything
# goes; $2: modules as `sevtrace modules build` makes them; $3: the same, signed, if there are any;
# $4: the
# folder updates/dkms that DKMS made, if that is to be tried, alone.
set -u
dir=$1
built=$2
signed=$3
dkms=${4:-}

# Modules that can be written to, in memory; those of use here alone, as depmod reads each, which
# takes minutes in an emulated machine.
at=/lib/modules/$(uname -r)
real=$(readlink -f "$at")
mkdir /run/modules
(cd "$real" && cp --parents modules.{order,builtin,builtin.modinfo} \
	kernel/{arch/x86/kvm/kvm,arch/x86/kvm/kvm-amd,drivers/crypto/ccp/ccp,virt/lib/irqbypass}.ko* /run/modules) || exit
mount -t tmpfs modules /lib/modules
mkdir "$at"
mount --bind /run/modules "$at" || exit
depmod

modules() { # modules NAME ARG...: what it says and its status, in NAME
	local name=$1
	shift
	TMPDIR=/run build/sevtrace modules "$@" >"$dir/$name" 2>&1
	echo "exit $?" >>"$dir/$name"
}

launch() { # launch NAME: by which source a launch is recorded, and what came of it
	build/sevtrace record -q -o "$dir/$1.data" -- build/launcher --type snp --pages 3 >"$dir/$1.out" 2>&1
	build/sevtrace report -j "$dir/$1.data" | jq -r '[.host.backend, .launches[0].result] | join(" ")' >"$dir/$1"
}

params() { cat /sys/module/kvm_amd/parameters/{sev,sev_es,sev_snp} | tr -d '\n'; }

if [ -n "$dkms" ]; then
	mkdir -p "$at/updates"
	cp -r "$dkms" "$at/updates/dkms"
	depmod
	modprobe -r kvm_amd && modprobe -r ccp && modprobe kvm_amd
	modules dkms-status status
	launch dkms-launch
	modules dkms-install install --from "$built"
	modules dkms-remove remove
	exit 0
fi

params >"$dir/before"
modules status-before status
modules remove-nothing remove
launch before-launch

# A guest is there until it is told to end.
build/launcher --type snp --pages 3 --stay 60000 >"$dir/guest" 2>&1 &
guest=$!
until [ "$(cat /sys/module/kvm_amd/refcnt)" != 0 ]; do kill -0 $guest || exit; sleep 0.1; done
modules guest install --from "$built"
kill $guest
wait $guest 2>/dev/null
until [ "$(cat /sys/module/kvm_amd/refcnt)" = 0 ]; do sleep 0.1; done

# Modules of the distribution under these names have no events.
mkdir "$dir/eventless"
for name in ccp kvm kvm-amd; do
	xz -dc "$(modinfo -F filename $name)" >"$dir/eventless/$name.ko"
done
{
	grep -v '^module ' "$built/manifest"
	(cd "$dir/eventless" && sha256sum ./*.ko | sed 's/^/module /')
} >"$dir/manifest"
mv "$dir/manifest" "$dir/eventless/manifest"
modules fake install --from "$dir/eventless"
find "$at/updates" -path '*sevtrace*' >"$dir/fake-left" 2>/dev/null

modules install install --from "$built"
modules status-after status
params >"$dir/after"
launch after-launch
modules again install --from "$built"
modules removed remove
modules status-removed status
params >"$dir/end"

# A kernel that wants signatures; it stays so.
echo 1 >/sys/module/module/parameters/sig_enforce
modules unsigned install --from "$built"
modules unknown-key install --from "$signed"
modules status-end status
dmesg -r >"$dir/dmesg"
