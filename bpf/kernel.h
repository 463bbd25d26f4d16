/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel types that the programs read. Only names matter: libbpf relocates every access to the
 * running kernel's layout, in vmlinux or in a module, so nothing here depends on the build host.
 */
#ifndef BPF_KERNEL_H
#define BPF_KERNEL_H

#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include <sevtrace/kvm_sev.h>

typedef __u64 u64;
typedef __u32 u32;
typedef __u16 u16;
typedef __u8 u8;
typedef __s32 s32;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct signal_struct {
	struct {
		int counter;
	} live;
};

struct task_struct {
	int pid;
	int tgid;
	char comm[16];
	struct task_struct *group_leader;
	u64 start_time;
	unsigned int flags;
	int exit_code;
	struct signal_struct *signal;
};

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax;
	unsigned long ip, cs, flags, sp, ss;
};

struct module {
	char name[56];
};

struct kvm_arch {
	u8 vm_type;
};

struct kvm {
	struct kvm_arch arch;
};

struct kvm_sev_info {
	bool active;
	bool es_active;
	unsigned int asid;
};

struct kvm_svm {
	struct kvm kvm;
	struct kvm_sev_info sev_info;
};

struct kvm_sev_cmd {
	u32 id;
	u32 error;
};

struct kvm_enc_region {
	u64 addr;
	u64 size;
};

struct kvm_memory_slot {
	short id;
};

#pragma clang attribute pop

/*
 * Steps in the events kvm_sev:kvm_sev_step and kvm:kvm_gmem_populate_step. libbpf relocates the
 * values.
 */
#define KERNEL_SEV_STEP(number, id) KVM_SEV_STEP_##id = (number),
enum kvm_sev_step { SEVTRACE_KERNEL_SEV_STEPS(KERNEL_SEV_STEP) };
#undef KERNEL_SEV_STEP

#define KERNEL_POPULATE_STEP(number, id) KVM_GMEM_POPULATE_##id = (number),
enum kvm_gmem_populate_step { SEVTRACE_KERNEL_POPULATE_STEPS(KERNEL_POPULATE_STEP) };
#undef KERNEL_POPULATE_STEP

#endif /* BPF_KERNEL_H */
