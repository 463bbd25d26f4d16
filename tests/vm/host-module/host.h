/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual SEV host, as a module: declarations that its files share. Test only.
 */
#ifndef VIRTUAL_SEV_HOST_H
#define VIRTUAL_SEV_HOST_H

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/types.h>
#include <linux/version.h>

/* The kernel has host code for SEV-SNP: the RMP since 6.9, KVM's part since 6.11. */
#define HOST_HAS_SNP (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0))

/* The machine, as the kernel's command line describes it. */
struct vsh_machine {
	unsigned int min_sev_asid;
	unsigned int max_asid;
	bool coherent;
	bool snp;
	bool inlined;
	u64 rmp_base; /* physical, bytes; size 0: none */
	u64 rmp_size;
};

extern struct vsh_machine vsh;

/* An unexported symbol of the kernel, and the variable that gets its address. */
struct vsh_symbol {
	const char *name;
	void *to;
	bool optional;
};

/* symbols.c: finds symbols and writes to read-only memory of the kernel */
int vsh_symbols_init(void);
int vsh_find_symbols(const struct vsh_symbol *symbols, unsigned int n);
void vsh_write(void *at, const void *from, size_t len);
void vsh_touch(u8 *at, u8 byte);

#define VSH_SET(at, value)                                  \
	do {                                                \
		typeof(value) value__ = (value);            \
		vsh_write((at), &value__, sizeof(value__)); \
	} while (0)

/* processor.c: CPUID, model-specific registers, CPU features, the CPUs but the first */
int vsh_processor_start(void);
int vsh_processor_watch(void);
void vsh_processor_undo(void);
void vsh_processor_commit(void);
void vsh_cpuid(unsigned int *eax, unsigned int *ebx, unsigned int *ecx, unsigned int *edx);
bool vsh_msr(u32 msr, u64 *value);

/* traps.c: instructions that the software CPU lacks, stale breakpoints */
int vsh_traps_prepare(void);
int vsh_traps_commit(void);
void vsh_traps_undo(void);
void vsh_traps_module(struct module *mod, unsigned long event);

/* rmp.c: RMPUPDATE and PSMASH */
#define RMP_BOOKKEEPING 0x4000 /* bytes before the entries, for the processor's own use */

void vsh_rmp_init(void *entries, u64 max_pfn);
bool vsh_rmp_present(void);
int vsh_rmpupdate(u64 paddr, const void *state);
int vsh_psmash(u64 paddr);

/* platform.c: what boot code leaves behind on a host with SEV-SNP */
int vsh_platform_prepare(void);
void vsh_platform_commit(void);
void vsh_platform_undo(void);

/* vcpu.c: makes vCPUs of encrypted guests wait instead of run */
int vsh_vcpu_coming(void);
void vsh_vcpu_going(void);

/* access.c: makes a vCPU that waits access memory */
struct kvm_vcpu;
void vsh_access_coming(void);
bool vsh_access_wanted(void);
int vsh_access_make(struct kvm_vcpu *vcpu);

/* psp.c: the PSP's PCI id, time stamps for its log */
int vsh_psp_prepare(void);
void vsh_psp_commit(void);
void vsh_psp_undo(void);
void vsh_psp_coming(void);
void vsh_psp_going(void);

/* aids.c: further aids for tests */
void vsh_aids_init(void);

/*
 * An empty post handler. If a probe has one, kprobes knows that the pre handler changes the
 * instruction pointer.
 */
void vsh_moves_ip(struct kprobe *kp, struct pt_regs *regs, unsigned long flags);

#endif /* VIRTUAL_SEV_HOST_H */
