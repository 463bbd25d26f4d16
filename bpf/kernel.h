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
typedef __s64 s64;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct signal_struct {
	struct {
		int counter;
	} live;
};

struct sched_entity {
	u64 exec_start;
	u64 sum_exec_runtime;
};

struct sched_info {
	unsigned long long run_delay;
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
	struct sched_entity se;
	struct sched_info sched_info;
	unsigned long min_flt;
	unsigned long maj_flt;
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

struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
};

struct interval_tree_node {
	struct rb_node rb;
	unsigned long start;
	unsigned long last;
	unsigned long __subtree_last;
};

typedef struct {
	long counter;
} atomic_long_t;

struct kvm_memslots {
	atomic_long_t last_used_slot;
	struct rb_root_cached hva_tree;
	int node_idx;
};

struct kvm {
	struct kvm_arch arch;
	struct kvm_memslots *memslots[2];
	unsigned long nr_memslot_pages;
};

struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_id;
};

struct kvm_sev_info {
	bool active;
	bool es_active;
	unsigned int asid;
	void *snp_context;
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
	struct interval_tree_node hva_node[2];
	u64 base_gfn;
	unsigned long npages;
	unsigned long userspace_addr;
	short id;
};

struct sev_gmem_populate_args {
	u8 type;
};

struct file {
	void *private_data;
};

struct cpuinfo_x86 {
	u32 x86_capability[24];
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
