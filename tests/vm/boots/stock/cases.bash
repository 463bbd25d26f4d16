# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016
#
# The launches of stock.sh, read twice as those of launcher-cases.bash are: in the machine, where
# launch() makes them, and outside, where it checks what came of them. fault LINE sets what is to go
# wrong from then on (nothing, if empty). $old is set for a kernel from before SEV-SNP.

cases() {
	local round init=() last=snp commands='commands("SNP_LAUNCH_UPDATE") == total(pages)'

	[ -z "$old" ] || init=(--legacy-init) last=sev commands='commands("LAUNCH_UPDATE_DATA") > 0'

	for round in first reloaded; do
		reload $round
		launch $round-sev 0 'every(measured and .memory == "ok" and pages == 24)
			and commands("LAUNCH_UPDATE_DATA") > 0 and commands("LAUNCH_FINISH") == 1' \
			-t sev --pages 24 --vcpus 2 --run "${init[@]}"
		launch $round-sev-es 0 'every(measured and .memory == "ok" and pages == 26)
			and commands("LAUNCH_UPDATE_VMSA") == 2 and commands("LAUNCH_FINISH") == 1' \
			-t sev-es --pages 24 --vcpus 2 --run "${init[@]}"
		[ -n "$old" ] || launch $round-snp 0 'every(measured) and commands("SNP_LAUNCH_UPDATE") == total(pages)
			and commands("SNP_LAUNCH_FINISH") == 1' \
			-t snp --pages 24 --vcpus 2 --run
	done
	[ -n "$old" ] || launch threads 0 'every(measured) and commands("SNP_LAUNCH_UPDATE") == total(pages) and
		commands("SNP_LAUNCH_FINISH") == 3' -t snp --pages 16 --launches 3
	fault 'cmd=SNP_LAUNCH_UPDATE,gfn=5,status=0x16'
	[ -n "$old" ] || launch bad-page 3 'every(.refused.ioctl == "KVM_SEV_SNP_LAUNCH_UPDATE" and .refused.fw_error == 22) and
		($log[] | select(.fault == "status") | .cmd == "SNP_LAUNCH_UPDATE" and .status == 22) and
		commands("SNP_DECOMMISSION") == 1' -t snp --pages 24
	fault 'cmd=LAUNCH_UPDATE_DATA,every=1,status=0x10'
	launch bad-data 3 'every(.refused.ioctl == "KVM_SEV_LAUNCH_UPDATE_DATA" and .refused.errno == "EIO") and
		commands("DECOMMISSION") == 1' -t sev --pages 24 "${init[@]}"
	fault ''
	launch after 0 "every(measured) and $commands" -t $last --pages 24 "${init[@]}"
}
