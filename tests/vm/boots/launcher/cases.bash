# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The launches of the launcher's test, read twice: in the machine, where launch() makes them, and
# outside, where it checks what came of them.
#
#   launch NAME STATUS FILTER ARG...
#
# STATUS is the exit status; FILTER is a jq expression over the launcher's JSON, with $log the PSP's
# log of the time, that has to be true.
#
# shellcheck disable=SC2016 # jq's variables

# jq functions for the filters
# shellcheck disable=SC2034 # launcher.sh uses it
filters='
def every(f): .launches | length > 0 and all(f);
def good: .result == "ok";
def measured: good and .measurement == "ok";
def pages: .pages | add;
def commands($name): [$log[] | select(.cmd == $name)] | length;
def total(f): [.launches[] | f] | add;
def calls($name): .ioctls[$name].count // 0;
'

# cases GROUP...
cases() {
	local group

	for group in "$@"; do
		case $group in
		sev) legacy_cases sev 1 0 0 ;;
		sev-es) legacy_cases sev-es 5 4 1 ;;
		snp) snp_cases ;;
		no-snp) launch no-snp 3 'every(.refused.ioctl == "KVM_CREATE_VM" and .refused.errno == "EINVAL")' ;;
		esac
	done
}

# On a machine without SNP too.
legacy_cases() {
	local type=$1 nodbg=$2 debug=$3 vmsa=$4

	launch "$type" 0 'every(measured and .memory == "ok" and pages == 64 + '"$vmsa"')
		and commands("LAUNCH_UPDATE_VMSA") == '"$vmsa" -t "$type" --pages 64
	launch "$type-memory" 0 'every(measured and .memory == "ok" and .pages_decrypted == 61 and
		.pages.normal == 60 and .pages.secrets == 1) and commands("DBG_DECRYPT") == 61
		and commands("LAUNCH_UPDATE_SECRET") == 1' \
		-t "$type" --pages 60 --slots 5 --chunk 7 --policy "$debug" --secret --vcpus 3 --run
	launch "$type-size" 0 'every(measured and .pages.normal == 128)' -t "$type" --size 512K --slots 3
	launch "$type-legacy" 0 'every(measured and calls("KVM_SEV_INIT2") == 0)' \
		-t "$type" --legacy-init --vcpus 2 --pages 8
	launch "$type-bare" 0 'every(good and .measurement == "not-checked" and .memory == "ok" and
		calls("KVM_MEMORY_ENCRYPT_REG_REGION") == 0 and calls("SEV_PDH_CERT_EXPORT") == 0)' \
		-t "$type" --no-session --no-register --pages 8
	launch "$type-threads" 0 '(.launches | length == 6) and every(measured) and
		([.launches[].tid] | unique | length == 6) and ([.launches[].pid] | unique | length == 1)
		and ([.launches[].digest] | unique | length == 6) and commands("LAUNCH_FINISH") == 6' \
		-t "$type" -n 6 --pages 12 --policy "$debug"
	launch "$type-processes" 0 '(.launches | length == 4) and every(measured) and
		([.launches[].pid] | unique | length == 4)' \
		-t "$type" -n 2 --fork --repeat 2 --pages 8 --policy "$nodbg"
	# A page that is encrypted and measured twice: the checks do find it.
	launch "$type-twice" 4 'every(.result == "check-failed" and .measurement == "wrong")' \
		-t "$type" -m twice --at-page 9 --pages 16
	launch "$type-at-page" 3 'every(.as_expected and .refused.gfn == "0x5" and pages == 5)' \
		-t "$type" -m unaligned-length --at-page 5 --pages 16
	launch "$type-mistakes" 3 "$mistakes" -t "$type" -m all --pages 6
}

snp_cases() {
	# One bit of a page, one bit of a register: the check of the launch digest does see it.
	launch snp-page-changed 4 'every(.result == "check-failed" and .measurement == "wrong")' \
		-m page-changed --at-page 7 --pages 16
	launch snp-vcpu-changed 4 'every(.result == "check-failed" and .measurement == "wrong")' \
		-m vcpu-changed --vcpus 2 --pages 6
	launch snp 0 'every(measured and pages == 257) and commands("SNP_LAUNCH_UPDATE") == 257 and
		commands("SNP_LAUNCH_FINISH") == 1' -t snp
	launch snp-types 0 'every(measured and .pages == {"normal": 20, "vmsa": 3, "zero": 9, "unmeasured": 5,
		"secrets": 2, "cpuid": 1}) and commands("SNP_LAUNCH_UPDATE") == 40' \
		--normal 20 --zero 9 --unmeasured 5 --secrets 2 --cpuid 1 --slots 6 --vcpus 3 --chunk 4 --author-key --run
	launch snp-no-vcpu 0 'every(measured and pages == 1)' --pages 1 --vcpus 0
	launch snp-size 0 'every(measured and pages == 129)' --size 512K --slots 3
	launch snp-registered 0 'every(measured and calls("KVM_MEMORY_ENCRYPT_REG_REGION") == 2)' \
		--pages 16 --slots 2 --register
	launch snp-unchecked 0 'every(good and .measurement == "not-checked")' --pages 16 --no-check
	launch snp-threads 0 '(.launches | length == 6) and every(measured) and
		commands("SNP_LAUNCH_UPDATE") == total(pages)' -n 6 --pages 16
	launch snp-processes 0 '(.launches | length == 4) and every(measured) and
		([.launches[].pid] | unique | length == 4)' -n 2 --fork --repeat 2 --pages 16
	# The kernel takes the pages before the bad one, and says so only in the length.
	launch snp-at-page 3 'every(.as_expected and .refused.gfn == "0x5" and pages == null and
		calls("KVM_SEV_SNP_LAUNCH_UPDATE") == 2) and commands("SNP_LAUNCH_UPDATE") == 5' \
		-m missing-attribute --at-page 5 --normal 16
	launch snp-at-range 3 'every(.as_expected and .refused.gfn == "0x5" and pages == 5)' \
		-m bad-page-type --at-page 5 --normal 16
	launch snp-mistakes 3 "$mistakes" -m all --pages 6
}

# All mistakes of a type in one run; some launches succeed or fail their checks, most are refused.
mistakes='(.launches | length > 20) and ([.launches[] | select(.as_expected | not) | .mistake] == [])'
