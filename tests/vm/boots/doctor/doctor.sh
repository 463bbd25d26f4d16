#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sevtrace doctor on the virtual SEV host: well configured, and configured wrongly in many ways. Two
# boots.
set -u
cd "$(dirname "$(readlink -f "$0")")/../../../.." || exit 1
make -s build/sevtrace build/psp || exit 1

dir=$(mktemp -d /tmp/sevtrace-doctor.XXXXXX)
[ -n "${SEVTRACE_KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT

. tests/tap.bash

same() {
	[ "$1" = "$2" ] || { echo "# got $1, wanted $2" && return 1; }
}

# sees VARIANT CHECK=RESULT[:TEXT]...: these checks have the result, and a reason with the text in
# it.
sees() {
	local variant=$1 want id result text got reason
	shift
	for want in "$@"; do
		id=${want%%=*}
		result=${want#*=}
		text=${result#*:}
		[ "$text" = "$result" ] && text=
		result=${result%%:*}
		got=$(jq -r ".checks[] | select(.id == \"$id\").result" "$dir/$variant.json")
		reason=$(jq -r ".checks[] | select(.id == \"$id\").reason" "$dir/$variant.json")
		[ "$got" = "$result" ] && [[ $reason == *"$text"* ]] ||
			{ echo "# $id: $got, '$reason'; wanted $result, '$text'" && return 1; }
	done
}

# Everything else passes, or does not apply.
nothing_else() {
	local variant=$1 others
	shift
	others=$(jq -r '.checks[] | select(.result == "fail" or .result == "warn").id' "$dir/$variant.json" |
		grep -vxF "$(printf '%s\n' "${@%%=*}")")
	[ -z "$others" ] || { echo "# also: $others" && return 1; }
}

# told NAME FILTER: what explain --log made of the kernel's log
told() {
	jq -e "$2" "$dir/dmesg-$1.json" >/dev/null || { jq -c '.findings[]' "$dir/dmesg-$1.json" | sed 's/^/# /' && return 1; }
}

# variant NAME STATUS CHECK=RESULT[:TEXT]...
variant() {
	local name=$1 status=$2
	shift 2
	ok "$name: exit status" same "$(cat "$dir/$name.status")" "$status"
	ok "$name: what it sees" sees "$name" "$@"
	ok "$name: and nothing else" nothing_else "$name" "$@"
}

tests/vm/run --psp-latency '*=0' -- bash tests/vm/boots/doctor/inside.bash "$dir" variants >"$dir/out" 2>&1
ok "the machine ran to its end" same $? 0
variant good 0 sev-leaf=pass:"SEV, SEV-ES, SEV-SNP, C-bit 51, ASIDs up to 509, SEV's from 100" \
	rmp=pass:"10240 KiB at 0x7d600000" firmware=pass:"API 1.55, initialised" \
	guest-memfd=pass:"sev sev-es snp" asids=pass:"SEV: 410 of 410 left; SEV-ES and SEV-SNP: 99 of 99 left" \
	event-source=pass:"nothing is lost" iommu=pass:translating capabilities=pass
ok "good: every check applies" same "$(jq '.summary.skip' "$dir/good.json")" 0
ok "good: the event source" same "$(jq -r .event_source "$dir/good.json")" "kernel tracepoints"
# That no firmware file is installed is what a distribution's kernel notes.
ok "good: the kernel's log tells of nothing bad" told good '
	all(.findings[]; .level == "good" or (.level == "note" and (.what | contains("No firmware image")))) and
	any(.findings[]; .source == "kvm_amd" and (.detail // "" | startswith("99 SEV-SNP guests")))'
# Where the kernel's log is everybody's, it tells of the firmware; distributions keep it for root.
nobody=(dev-sev=fail:"may not open" dev-kvm=fail:"may not open" capabilities=fail:"may not record"
	event-source=fail:"may not use them" sev-leaf=pass asids=pass memlock=warn:"64 KiB" tracefs=warn guest-memfd=skip)
variant nobody-0 3 "${nobody[@]}" firmware=pass
variant nobody-1 3 "${nobody[@]}" firmware=skip:"nor does the kernel's log"
variant no-sys-admin 3 capabilities=fail:"without CAP_SYS_ADMIN" event-source=fail
variant no-tracefs 0 tracefs=warn:"not mounted"
variant group-limit 3 cgroup=fail:"/limited may have 0 guests of sev_es"
variant no-kvm 3 dev-kvm=fail:"not there" guest-memfd=skip
# From here on the log of this boot has what was refused, also where it is right again.
variant no-kvm-amd 3 journal=warn:"tells of " kvm=fail:"not loaded" sev=skip snp=skip event-source=fail:"kvm_amd is not loaded" tracefs=warn \
	guest-memfd=skip dev-kvm=fail
variant no-snp 3 journal=warn:"tells of " snp=fail:"sev_snp=0 in /run/modprobe.d/doctor.conf" guest-memfd=fail sev-es=pass
variant no-es 3 journal=warn:"tells of " sev-es=fail:"sev_es=0 in /run/modprobe.d/doctor.conf" snp=fail guest-memfd=fail sev=pass
variant no-sev 3 journal=warn:"tells of " sev=fail:"sev=0 in /run/modprobe.d/doctor.conf" sev-es=fail snp=fail guest-memfd=fail
variant late-init 0 journal=warn:"tells of " ccp=warn:"first SEV guest"
variant no-ccp 3 journal=warn:"tells of " ccp=fail:"not loaded" dev-sev=fail:"not there" kvm=fail dev-kvm=fail event-source=fail tracefs=warn

tests/vm/run --psp-latency '*=0' --platform 'fw-api=1.49,min-sev-asid=1' -- bash tests/vm/boots/doctor/inside.bash "$dir" platform \
	>"$dir/out2" 2>&1
ok "the second machine ran to its end" same $? 0
variant old-platform 3 journal=warn:"tells of " firmware=fail:"API 1.49 is too old" asids=fail:"SEV-ES and SEV-SNP none" sev-es=fail snp=fail \
	sev=fail guest-memfd=fail
ok "old-platform: the kernel's log, explained" told old 'any(.findings[]; .answer.errno == "EOPNOTSUPP" and
	(.answer.causes | any(.cause | contains("too old"))))'
finish "$dir/out" "$dir/out2"
