// SPDX-License-Identifier: GPL-2.0-only
#include "logs/patterns.h"

const struct log_origin log_origins[] = {
	[FROM_QEMU] = { "QEMU", false },
	[FROM_LIBVIRT] = { "libvirt", false },
	[FROM_CCP] = { "ccp", true },
	[FROM_KVM] = { "kvm_amd", true },
	[FROM_KVM_GUEST] = { "kvm_amd", false },
	[FROM_CGROUP] = { "cgroup", true },
	[FROM_RMP] = { "SEV-SNP", true },
	[FROM_IOMMU] = { "AMD-Vi", true },
	[FROM_KERNEL] = { "kernel", true },
	[FROM_GUEST] = { "guest", false },
	[FROM_OVMF] = { "OVMF", false },
	[FROM_SVSM] = { "SVSM", false },
	[FROM_CLOUD_HYPERVISOR] = { "cloud-hv", false },
	[FROM_LIBKRUN] = { "libkrun", false },
	[FROM_FIRECRACKER] = { "firecr.", false },
	[FROM_CROSVM] = { "crosvm", false },
	[FROM_KATA] = { "kata", false },
	[FROM_TOOL] = { "tool", false },
};

const struct log_table *const log_tables[LOG_TABLES] = {
	&log_patterns_host, &log_patterns_kvm,	 &log_patterns_qemu,
	&log_patterns_vmm,  &log_patterns_guest, &log_patterns_harmless,
};
