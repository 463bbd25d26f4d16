/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VM save area that KVM hands to the firmware for a vCPU of a SEV-ES or SNP guest.
 */
#ifndef LAUNCHER_VMSA_H
#define LAUNCHER_VMSA_H

#include <stdbool.h>
#include <stdint.h>

#include "uapi.h"

#define VMSA_FEATURE_SNP_ACTIVE (1ULL << 0) /* APM vol. 2, table B-4, SEV_FEATURES */

/* MSRs that have a field in the VMSA. */
enum vmsa_msr {
	VMSA_MSR_PAT,
	VMSA_MSR_STAR,
	VMSA_MSR_LSTAR,
	VMSA_MSR_CSTAR,
	VMSA_MSR_SFMASK,
	VMSA_MSR_KERNEL_GS_BASE,
	VMSA_MSR_SYSENTER_CS,
	VMSA_MSR_SYSENTER_ESP,
	VMSA_MSR_SYSENTER_EIP,
	VMSA_MSR_COUNT
};

/* A vCPU's state, as KVM reports it. */
struct vcpu_state {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_debugregs debug;
	struct kvm_xsave xsave;
	uint64_t xcr0;
	uint64_t msrs[VMSA_MSR_COUNT];
};

/* The number of each vmsa_msr, as in RDMSR. */
extern const uint32_t vmsa_msr_index[VMSA_MSR_COUNT];

/*
 * Builds the save area in @page (4096 bytes) as KVM's sev_es_sync_vmsa() does.
 * @host_cr4: bits of the host's CR4 that KVM forces on (CR4.MCE). @fpu: whether the
 * floating-point state is part of it (not for guests of KVM_SEV_ES_INIT).
 */
void vmsa_build(uint8_t *page, const struct vcpu_state *state, uint64_t features, uint64_t host_cr4,
		bool fpu);

#endif /* LAUNCHER_VMSA_H */
