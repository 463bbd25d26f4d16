// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hands the events of kernel-patches/ to their handlers.
 *
 * Linux 6.12's verifier assumes that every pointer argument of a tracepoint may be NULL. So the
 * programs check even pointers that never are.
 */
#include "handle_attributes.h"
#include "handle_ioctl.h"
#include "handle_page.h"
#include "handle_psp.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * Tells whether value is that of an enumerator in the running kernel; false if the kernel lacks it.
 */
#define IS(type, value, name)                           \
	(bpf_core_enum_value_exists(enum type, name) && \
	 (value) == (int)bpf_core_enum_value(enum type, name))

#define SEV_STEP(number, id)                           \
	if (IS(kvm_sev_step, step, KVM_SEV_STEP_##id)) \
		return SEVTRACE_STEP_##id;
#define POPULATE_STEP(number, id)                                     \
	if (IS(kvm_gmem_populate_step, step, KVM_GMEM_POPULATE_##id)) \
		return SEVTRACE_STEP_##id;

static __always_inline u8 sev_step(int step)
{
	SEVTRACE_KERNEL_SEV_STEPS(SEV_STEP)
	return SEVTRACE_STEP_NONE;
}

static __always_inline u8 populate_step(int step)
{
	SEVTRACE_KERNEL_POPULATE_STEPS(POPULATE_STEP)
	return SEVTRACE_STEP_NONE;
}

SEC("tp_btf/kvm_sev_cmd_enter")
int BPF_PROG(kvm_sev_cmd_enter, struct kvm *kvm, const struct kvm_sev_cmd *cmd)
{
	if (kvm && cmd)
		handle_ioctl_enter(kvm, BPF_CORE_READ(cmd, id), 0, 0);
	return 0;
}

SEC("tp_btf/kvm_sev_cmd_exit")
int BPF_PROG(kvm_sev_cmd_exit, struct kvm *kvm, const struct kvm_sev_cmd *cmd, int ret)
{
	if (kvm && cmd)
		handle_ioctl_exit(ctx, kvm, ret, BPF_CORE_READ(cmd, error));
	return 0;
}

SEC("tp_btf/kvm_sev_region_enter")
int BPF_PROG(kvm_sev_region_enter, struct kvm *kvm, const struct kvm_enc_region *range, bool reg)
{
	if (!kvm || !range)
		return 0;
	handle_ioctl_enter(kvm,
			   reg ? SEVTRACE_KVM_MEMORY_ENCRYPT_REG_REGION :
				 SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION,
			   BPF_CORE_READ(range, addr), BPF_CORE_READ(range, size));
	return 0;
}

SEC("tp_btf/kvm_sev_region_exit")
int BPF_PROG(kvm_sev_region_exit, struct kvm *kvm, const struct kvm_enc_region *range, bool reg,
	     int ret)
{
	if (kvm)
		handle_ioctl_exit(ctx, kvm, ret, 0);
	return 0;
}

SEC("tp_btf/kvm_sev_vm_destroy_start")
int BPF_PROG(kvm_sev_vm_destroy_start, struct kvm *kvm)
{
	handle_destroy_start(kvm);
	return 0;
}

SEC("tp_btf/kvm_sev_vm_destroy_end")
int BPF_PROG(kvm_sev_vm_destroy_end, struct kvm *kvm)
{
	handle_destroy_end(kvm);
	return 0;
}

SEC("tp_btf/kvm_sev_range_start")
int BPF_PROG(kvm_sev_range_start, struct kvm *kvm, const struct kvm_memory_slot *slot, u64 gfn,
	     unsigned long uaddr, unsigned long npages, u8 page_type, bool private_pages)
{
	struct range range = {
		.gfn = gfn,
		.uaddr = uaddr,
		.npages = npages,
		.slot = slot,
		.page_type = page_type,
		.private_pages = private_pages,
	};

	handle_range_start(&range);
	return 0;
}

SEC("tp_btf/kvm_sev_range_end")
int BPF_PROG(kvm_sev_range_end, struct kvm *kvm, u64 gfn, unsigned long uaddr, unsigned long npages,
	     unsigned long done, int ret)
{
	struct range range = { .gfn = gfn, .uaddr = uaddr, .npages = npages };

	handle_range_end(&range, done, ret);
	return 0;
}

SEC("tp_btf/kvm_sev_step")
int BPF_PROG(kvm_sev_step, struct kvm *kvm, int step, u64 gfn, u64 pfn, unsigned long npages,
	     int ret)
{
	struct step s = {
		.gfn = gfn, .pfn = pfn, .npages = npages, .ret = ret, .step = sev_step(step)
	};

	handle_step(ctx, thread_get(), &s);
	return 0;
}

SEC("tp_btf/kvm_gmem_populate_step")
int BPF_PROG(kvm_gmem_populate_step, struct kvm *kvm, int step, u64 gfn, u64 pfn,
	     unsigned long npages, int ret)
{
	struct step s = {
		.gfn = gfn, .pfn = pfn, .npages = npages, .ret = ret, .step = populate_step(step)
	};

	handle_step(ctx, thread_get(), &s);
	return 0;
}

SEC("tp_btf/kvm_sev_clflush")
int BPF_PROG(kvm_sev_clflush, struct kvm *kvm, u64 gfn, unsigned long npages, bool skipped)
{
	handle_clflush(ctx, gfn, npages, skipped);
	return 0;
}

SEC("tp_btf/kvm_vm_set_mem_attributes")
int BPF_PROG(kvm_vm_set_mem_attributes, u64 start, u64 end, unsigned long attributes)
{
	handle_attributes_start();
	return 0;
}

SEC("tp_btf/kvm_vm_set_mem_attributes_locked")
int BPF_PROG(kvm_vm_set_mem_attributes_locked, struct kvm *kvm, u64 start, u64 end,
	     unsigned long attributes)
{
	handle_attributes_locked();
	return 0;
}

SEC("tp_btf/kvm_vm_set_mem_attributes_done")
int BPF_PROG(kvm_vm_set_mem_attributes_done, struct kvm *kvm, u64 start, u64 end,
	     unsigned long attributes, int ret)
{
	handle_attributes_done(kvm, start, end, attributes, ret);
	return 0;
}

/*
 * ccp's programs are plain raw tracepoints: they can be loaded before ccp, as their arguments are
 * numbers and need none of ccp's types.
 */

SEC("raw_tp/ccp_sev_cmd_wait")
int BPF_PROG(ccp_sev_cmd_wait, u32 cmd)
{
	handle_psp_wait(psp_thread());
	return 0;
}

SEC("raw_tp/ccp_sev_cmd_start")
int BPF_PROG(ccp_sev_cmd_start, u32 cmd, u8 depth)
{
	handle_psp_start(psp_thread(), cmd, depth);
	return 0;
}

SEC("raw_tp/ccp_sev_cmd_issue")
int BPF_PROG(ccp_sev_cmd_issue, u32 cmd, u8 depth)
{
	handle_psp_issue(thread_get(), depth);
	return 0;
}

SEC("raw_tp/ccp_sev_cmd_complete")
int BPF_PROG(ccp_sev_cmd_complete, u32 cmd, u8 depth, bool answered, u32 status, bool extra,
	     u32 err_lo, u32 err_hi)
{
	handle_psp_complete(thread_get(), depth, extra, err_lo, err_hi);
	return 0;
}

SEC("raw_tp/ccp_sev_cmd_end")
int BPF_PROG(ccp_sev_cmd_end, u32 cmd, u8 depth, bool asked, bool answered, u32 status, int ret)
{
	struct psp_result result = command_result(depth, asked, answered, status, ret);

	handle_psp_end(thread_get(), &result);
	return 0;
}
