/* SPDX-License-Identifier: GPL-2.0-only */
/* What the end of an ioctl tells of the range in it. */
#ifndef BPF_IOCTL_RANGE_H
#define BPF_IOCTL_RANGE_H

#include "call.h"

/* struct kvm_sev_snp_launch_update of arch/x86/include/uapi/asm/kvm.h */
struct user_snp_update {
	u64 gfn_start;
	u64 uaddr;
	u64 len;
	u8 type;
	u8 pad;
	u16 flags;
};

static __always_inline bool snp_type_valid(u8 type)
{
	return type == SEVTRACE_PAGE_NORMAL ||
	       (type > SEVTRACE_PAGE_VMSA && type <= SEVTRACE_PAGE_CPUID);
}

static __always_inline void range_end(struct call *c, u64 done, s32 ret)
{
	struct range range = { .gfn = c->gfn, .uaddr = c->uaddr, .npages = c->npages };

	c->in_range = false;
	handle_range_end(&range, done, ret);
}

/*
 * SNP_LAUNCH_UPDATE was refused before kvm_gmem_populate(). With good parameters and a launch that
 * has started, KVM refuses only one thing with EINVAL: the memslot.
 */
static __always_inline void snp_range_refused(struct call *c, s32 ret)
{
	struct kvm_svm *svm = (struct kvm_svm *)c->kvm;
	struct user_snp_update user = {};
	struct range range = { .private_pages = true };

	if (ret != -EINVAL || !bpf_core_field_exists(svm->sev_info.snp_context) ||
	    !BPF_CORE_READ(svm, sev_info.snp_context) ||
	    bpf_probe_read_user(&user, sizeof(user), (void *)c->data) ||
	    user.len & (PAGE_SIZE - 1) || user.flags || !snp_type_valid(user.type))
		return;
	range.gfn = user.gfn_start;
	range.uaddr = user.uaddr;
	range.npages = user.len >> PAGE_SHIFT;
	range.page_type = user.type;
	range.slot = memslot_used(c->kvm, user.gfn_start);
	handle_range_start(&range);
	handle_range_end(&range, 0, ret);
}

/* Ends the range of an ioctl, with the result of the ioctl. */
static __always_inline void ioctl_range_exit(void *ctx, struct call *c, s32 ret)
{
	struct thread *t = thread_in_launch();

	if (!t)
		return;
	if (t->ioctl == SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE && !c->was_range)
		snp_range_refused(c, ret);
	if (!c->in_range)
		return;
	/* A command that was not given to ccp: the file descriptor is not that of /dev/sev. */
	if (ret == -EBADF && !c->failed)
		inferred_step(ctx, c, SEVTRACE_STEP_PSP, c->in_vmsa ? VMSA_GFN : c->gfn,
			      SEVTRACE_NO_FRAME, c->in_vmsa ? 1 : c->npages, ret);
	range_end(c, ret ? c->done : c->npages, ret);
	c->in_vmsa = false;
}

#endif /* BPF_IOCTL_RANGE_H */
