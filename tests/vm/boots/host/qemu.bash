# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host: qemu.bash TYPE [FOLDER [OPTION]...] launches a guest of TYPE (sev,
# sev-es, snp) and prints what QEMU says of it, one fact a line. By the QEMU and OVMF that
# fetch-qemu left in FOLDER; without, or '', by this machine's, which are Debian's, too. OPTIONs are
# QEMU's own. With SEVTRACE_SEV_LEAF (see fetch-qemu) QEMU sees where the C bit is; CBITPOS says
# something else.
type=$1
folder=${2:-}
shift $(($# < 2 ? $# : 2))

# QEMU compares both with the CPUID that it sees: that of a processor without SEV, unless it is
# shown the kernel's.
shown=${SEVTRACE_SEV_LEAF:+51}
position=cbitpos=${CBITPOS:-${shown:-0}},reduced-phys-bits=1
case $type in
sev) object=sev-guest,policy=0x1 ;;
sev-es) object=sev-guest,policy=0x5 ;;
snp) object=sev-snp-guest,policy=0x30000 ;;
*) echo "no such type: $type" && exit 2 ;;
esac
if [ -n "$folder" ]; then
	qemu=$folder/qemu
	firmware=(-bios "$folder/ovmf.fd")
else
	qemu=qemu-system-x86_64
	firmware=(-drive if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd)
fi

coproc vmm {
	exec "$qemu" -nodefaults -no-user-config -display none -qmp stdio \
		-accel kvm -cpu host -m 256M,slots=1,maxmem=512M -M q35,confidential-guest-support=sev0 \
		-object "$object,id=sev0,$position" "${firmware[@]}" "$@" 2>&1
}
# shellcheck disable=SC2154 # coproc sets it
pid=$vmm_PID
exec {to}>&"${vmm[1]}" {from}<&"${vmm[0]}" # the coprocess's own do not reach into $(...)
trap '' PIPE                               # a QEMU that ends by itself

# ask COMMAND [ARGUMENTS]: prints QMP's answer; events in between are skipped
ask() {
	local line

	echo "{\"execute\": \"$1\"${2:+, \"arguments\": $2}}" >&$to || return
	while read -rt 60 line <&$from; do
		case $line in
		'{"return"'* | '{"error"'*) echo "$line" && return ;;
		'{"timestamp"'* | '{"QMP"'*) ;;
		*) echo "qemu: $line" >&2 ;;
		esac
	done
	return 1
}
status() { ask query-status | jq -r .return.status; }
vcpu_ticks() { cat "/proc/$pid/task/"*/stat | sed -n 's/.*(CPU 0\/KVM) //p' | awk '{ print $12 + $13 }'; }

if ask qmp_capabilities >/dev/null; then
	for _ in $(seq 300); do
		[ "$(status)" = running ] && break
		sleep 0.1
	done
	echo "status $(status)"
	echo "sev $(ask query-sev | jq -c '.return | [.state, .policy // ."snp-policy"]')"

	# The vCPU is parked: it takes no CPU time, lets go at once, and memory slots can change
	# under it.
	before=$(vcpu_ticks)
	sleep 1
	echo "vcpu-busy $(($(vcpu_ticks) - before > 20))"
	ask stop >/dev/null
	echo "stopped $(status)"
	ask cont >/dev/null
	echo "continued $(status)"
	ask object-add '{"qom-type": "memory-backend-ram", "id": "more", "size": 134217728}' >/dev/null
	ask device_add '{"driver": "pc-dimm", "id": "dimm", "memdev": "more"}' >/dev/null
	echo "plugged $(ask query-memory-devices | jq '.return | length') $(status)"
	ask quit >/dev/null
else
	echo "QEMU did not come up"
fi
wait "$pid"
echo "exit $?"
