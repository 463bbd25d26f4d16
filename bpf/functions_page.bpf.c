// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hands the boundaries of functions to the handlers, on kernels without kernel-patches/: ranges of
 * pages and their steps. A step without a function of its own ends where the next function begins.
 */
#include "ioctl_range.h"

/* Pages of guest_memfd, which SNP_LAUNCH_UPDATE populates. */

ENTRY(kvm_gmem_populate)
{
	struct call *c = call_in_ioctl();
	struct sev_gmem_populate_args *args;
	struct user_snp_update user = {};
	struct range range = { .private_pages = true };
	struct kvm_memory_slot *slot;
	u64 left;

	if (!c)
		return;
	/* Linux 7.3 has one argument more before the last two. */
	args = (struct sev_gmem_populate_args *)func_arg(ctx, bpf_get_func_arg_cnt(ctx) - 1);
	bpf_probe_read_user(&user, sizeof(user), (void *)c->data);
	c->gfn = func_arg(ctx, 1);
	c->src = func_arg(ctx, 2);
	c->uaddr = c->src ? c->src : user.uaddr;
	c->npages = func_arg(ctx, 3);
	c->limit = c->npages;
	range.gfn = c->gfn;
	range.uaddr = c->uaddr;
	range.npages = c->npages;
	slot = memslot_used(c->kvm, c->gfn);
	range.slot = slot;
	range.page_type = BPF_CORE_READ(args, type);
	if (slot) {
		left = BPF_CORE_READ(slot, npages) - (c->gfn - BPF_CORE_READ(slot, base_gfn));
		c->limit = left < c->npages ? left : c->npages;
	}
	c->page_gfn = c->gfn;
	c->page_pfn = SEVTRACE_NO_FRAME;
	c->populating = true;
	c->was_range = true;
	c->failed = false;
	c->source_failed = false;
	c->got = false;
	c->returned = false;
	c->release = false;
	handle_range_start(&range);
}

/* Records that the page before this boundary was released. */
static __always_inline void release(void *ctx, struct call *c)
{
	if (!c->release)
		return;
	c->release = false;
	step(ctx, c, SEVTRACE_STEP_RELEASE, c->page_gfn, c->page_pfn, 1, c->page_ret);
	if (!c->page_ret)
		c->page_gfn++;
	c->page_pfn = SEVTRACE_NO_FRAME;
}

/*
 * Tells why population stopped between two pages, or before the first one, if no step has told it:
 * in the last case KVM returns the errno; else it drops the errno, and what is possible there is a
 * signal, or a page that was populated before.
 */
static __always_inline s32 why_stopped(const struct call *c, s64 count)
{
	if (count < 0)
		return (s32)count;
	if ((u64)count >= c->limit || !hooked_get_pfn)
		return 0;
	return c->returned ? -EEXIST : -EINTR;
}

EXIT(kvm_gmem_populate)
{
	struct call *c = call_in_ioctl();
	s64 count = (s64)func_ret(ctx);
	struct range range = {};
	s32 why;

	if (!c || !c->populating)
		return;
	release(ctx, c);
	why = c->failed ? 0 : why_stopped(c, count);
	if (why)
		inferred_step(ctx, c,
			      c->source_failed ? SEVTRACE_STEP_COPY : SEVTRACE_STEP_GET_PAGE,
			      c->page_gfn, c->page_pfn, 1, why);
	c->populating = false;
	range.gfn = c->gfn;
	range.uaddr = c->uaddr;
	range.npages = c->npages;
	handle_range_end(&range, count > 0 ? (u64)count : 0, count < 0 ? (s32)count : 0);
}

/* Linux 7.0 and later look for a page's source before anything else. */
EXIT(get_user_pages_fast)
{
	struct call *c = call_in_ioctl();

	if (!c || !c->populating || c->in_post || (s32)func_ret(ctx) == 1)
		return;
	release(ctx, c);
	c->source_failed = true;
	if ((s32)func_ret(ctx) < 0)
		step(ctx, c, SEVTRACE_STEP_COPY, c->page_gfn, SEVTRACE_NO_FRAME, 1,
		     (s32)func_ret(ctx));
	else
		step(ctx, c, SEVTRACE_STEP_COPY, c->page_gfn, SEVTRACE_NO_FRAME, 1, -ENOMEM);
}

static __always_inline void get_pfn_enter(void *ctx)
{
	struct call *c = call_in_ioctl();

	if (c && c->populating)
		release(ctx, c);
}

ENTRY(__kvm_gmem_get_pfn)
{
	get_pfn_enter(ctx);
}

EXIT(__kvm_gmem_get_pfn)
{
	struct call *c = call_in_ioctl();
	bool prepared = false;
	s32 err;

	if (!c || !c->populating)
		return;
	err = pointer_errno(func_ret(ctx));
	if (!err) {
		bpf_probe_read_kernel(&c->page_pfn, sizeof(u64), (void *)func_arg(ctx, 3));
		/* Linux 7.0 and later do not remember which pages are prepared. */
		if (bpf_get_func_arg_cnt(ctx) == 6)
			bpf_probe_read_kernel(&prepared, sizeof(prepared),
					      (void *)func_arg(ctx, 4));
		if (prepared)
			err = -EEXIST;
	}
	c->got = true;
	step(ctx, c, SEVTRACE_STEP_GET_PAGE, c->page_gfn, c->page_pfn, 1, err);
}

/* For kernels whose compiler left a part of the function only, __kvm_gmem_get_pfn.part.0. */
SEC("kprobe")
int probe___kvm_gmem_get_pfn(struct pt_regs *ctx)
{
	get_pfn_enter(ctx);
	return 0;
}

/* The part has other arguments, so only its result is known. */
SEC("kretprobe")
int return___kvm_gmem_get_pfn(struct pt_regs *ctx)
{
	struct call *c = call_in_ioctl();
	s32 err = pointer_errno(ctx->ax);

	if (!c || !c->populating)
		return 0;
	c->returned = !err;
	if (err)
		step(ctx, c, SEVTRACE_STEP_GET_PAGE, c->page_gfn, SEVTRACE_NO_FRAME, 1, err);
	return 0;
}

ENTRY(kvm_range_has_memory_attributes)
{
	struct thread *t = thread_get();
	u64 start = func_arg(ctx, 1), end = func_arg(ctx, 2);
	struct call *c;

	if (!t)
		return;
	c = call_of(t);
	if (c->in_ioctl && c->populating && !c->in_post) {
		if (!c->got)
			step(ctx, c, SEVTRACE_STEP_GET_PAGE, start, SEVTRACE_NO_FRAME, end - start,
			     0);
		c->got = true;
	} else if (c->attr_kvm && func_arg(ctx, 3) == ~0ULL) {
		handle_attributes_locked();
	}
}

EXIT(kvm_range_has_memory_attributes)
{
	struct call *c = call_in_ioctl();
	u64 start = func_arg(ctx, 1), npages = func_arg(ctx, 2) - start;
	bool has = (u8)func_ret(ctx);

	if (!c || !c->populating || c->in_post || (!has && npages != 1))
		return;
	step(ctx, c, SEVTRACE_STEP_CHECK_ATTRS, start, c->page_pfn, npages, has ? 0 : -EINVAL);
	if (!has) {
		c->release = true;
		c->page_ret = -EINVAL;
	}
}

ENTRY(sev_gmem_post_populate)
{
	struct call *c = call_in_ioctl();

	if (!c || !c->populating)
		return;
	c->in_post = true;
	c->progress = PAGE_BEGUN;
	c->page_gfn = func_arg(ctx, 1);
	c->page_pfn = func_arg(ctx, 2);
	c->src = func_arg(ctx, 3);
}

EXIT(sev_gmem_post_populate)
{
	struct call *c = call_in_ioctl();
	s32 ret = (s32)func_ret(ctx);

	if (!c || !c->in_post)
		return;
	c->in_post = false;
	/* Between the lookup and rmp_make_private() there is only the copy. */
	if (ret && c->progress == PAGE_LOOKED_UP)
		step(ctx, c, SEVTRACE_STEP_COPY, c->page_gfn, c->page_pfn, 1, ret);
	c->got = false;
	c->returned = false;
	c->release = true;
	c->page_ret = ret;
}

EXIT(snp_lookup_rmpentry)
{
	struct call *c = call_in_ioctl();
	s32 ret = (s32)func_ret(ctx);
	bool assigned = false;

	if (!c || !c->in_post || c->progress != PAGE_BEGUN)
		return;
	bpf_probe_read_kernel(&assigned, sizeof(assigned), (void *)func_arg(ctx, 1));
	if (!ret && assigned)
		ret = -EEXIST;
	if (!ret)
		c->progress = PAGE_LOOKED_UP;
	step(ctx, c, SEVTRACE_STEP_RMP_LOOKUP, c->page_gfn, c->page_pfn, 1, ret);
}

/*
 * KVM also calls rmp_make_private() within commands of the PSP, for their buffers: ASID 0. Returns
 * whether this is a page of the guest.
 */
static __always_inline bool gives_page(void *ctx, const struct call *c)
{
	return c && (c->in_post || c->in_vmsa) && func_arg(ctx, 3);
}

ENTRY(rmp_make_private)
{
	struct call *c = call_in_ioctl();

	if (!gives_page(ctx, c) || !c->in_post || c->progress != PAGE_LOOKED_UP)
		return;
	c->progress = PAGE_COPIED;
	if (c->src)
		step(ctx, c, SEVTRACE_STEP_COPY, c->page_gfn, c->page_pfn, 1, 0);
}

EXIT(rmp_make_private)
{
	struct call *c = call_in_ioctl();
	s32 ret = (s32)func_ret(ctx);

	if (!gives_page(ctx, c))
		return;
	if (c->in_vmsa) {
		c->page_gfn = VMSA_GFN;
		c->page_pfn = func_arg(ctx, 0);
	}
	c->progress = ret ? PAGE_COPIED : PAGE_GIVEN;
	step(ctx, c, SEVTRACE_STEP_RMP_UPDATE, c->page_gfn, c->page_pfn, 1, ret);
	if (ret && c->in_vmsa) {
		c->in_vmsa = false;
		range_end(c, 0, ret);
	}
}

/* A page that is taken back without a command: the file is not /dev/sev. */
ENTRY(snp_page_reclaim)
{
	struct call *c = call_in_ioctl();

	if (!c || (!c->in_post && !c->in_vmsa) || c->progress != PAGE_GIVEN)
		return;
	c->progress = PAGE_COMMANDED;
	c->vmsa_ret = -EBADF;
	inferred_step(ctx, c, SEVTRACE_STEP_PSP, c->page_gfn, c->page_pfn, 1, -EBADF);
}

EXIT(snp_page_reclaim)
{
	struct call *c = call_in_ioctl();

	if (!c || (!c->in_post && !c->in_vmsa))
		return;
	step(ctx, c, SEVTRACE_STEP_RECLAIM, c->page_gfn, func_arg(ctx, 1), 1, (s32)func_ret(ctx));
	if (c->in_vmsa) {
		c->in_vmsa = false;
		range_end(c, 0, c->vmsa_ret);
	}
}

/* VMSAs. */

ENTRY(sev_es_sync_vmsa)
{
	struct call *c = call_in_ioctl();
	struct thread *t = c ? thread_of(c) : NULL;
	struct range range = { .gfn = VMSA_GFN, .npages = 1, .page_type = SEVTRACE_PAGE_VMSA };

	if (!c || !t)
		return;
	c->gfn = VMSA_GFN;
	c->uaddr = 0;
	c->npages = 1;
	c->done = 0;
	c->failed = false;
	c->in_range = true;
	c->in_vmsa = true;
	c->page_gfn = VMSA_GFN;
	c->page_pfn = SEVTRACE_NO_FRAME;
	c->progress = PAGE_BEGUN;
	range.private_pages = t->ioctl == SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH;
	handle_range_start(&range);
}

EXIT(sev_es_sync_vmsa)
{
	struct call *c = call_in_ioctl();
	struct thread *t = c ? thread_of(c) : NULL;
	s32 ret = (s32)func_ret(ctx);

	if (!c || !t || !c->in_vmsa)
		return;
	c->unflushed = !ret && t->ioctl == SEVTRACE_KVM_SEV_LAUNCH_UPDATE_VMSA;
	step(ctx, c, SEVTRACE_STEP_VMSA_SYNC, VMSA_GFN, SEVTRACE_NO_FRAME, 1, ret);
	if (ret) {
		c->in_vmsa = false;
		range_end(c, 0, ret);
	}
}

/* Encryption in place. */

ENTRY(sev_pin_memory)
{
	struct call *c = call_in_ioctl();
	struct thread *t = c ? thread_of(c) : NULL;
	struct range range = {};

	if (!c || !t)
		return;
	c->pin_uaddr = func_arg(ctx, 1);
	c->pin_len = func_arg(ctx, 2);
	c->in_pin = true;
	if (t->ioctl == SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA)
		range.page_type = SEVTRACE_PAGE_NORMAL;
	else if (t->ioctl == SEVTRACE_KVM_SEV_LAUNCH_SECRET)
		range.page_type = SEVTRACE_PAGE_SECRETS;
	else
		return;
	range.uaddr = c->pin_uaddr;
	range.npages = pages_of(c->pin_uaddr, c->pin_len);
	range.slot = memslot_find(c->kvm, range.uaddr, &range.gfn);
	c->gfn = range.gfn;
	c->uaddr = range.uaddr;
	c->npages = range.npages;
	c->done = 0;
	c->failed = false;
	c->in_range = true;
	c->was_range = true;
	c->run_open = false;
	c->first_pfn = SEVTRACE_NO_FRAME;
	handle_range_start(&range);
}

EXIT(sev_pin_memory)
{
	struct call *c = call_in_ioctl();
	u64 pages = func_ret(ctx);
	s32 err = pointer_errno(pages);

	if (!c || !c->in_pin)
		return;
	c->in_pin = false;
	if (!err) {
		struct pin *pin = c->pins[0].pages ? &c->pins[1] : &c->pins[0];

		pin->pages = pages;
		pin->uaddr = c->pin_uaddr;
	}
	step(ctx, c, SEVTRACE_STEP_PIN, frame_of((u64)c->kvm, c->pin_uaddr), SEVTRACE_NO_FRAME,
	     pages_of(c->pin_uaddr, c->pin_len), err);
}

extern const struct cpuinfo_x86 cpu_info __ksym __weak;

#define COHERENT_WORD 19 /* X86_FEATURE_SME_COHERENT, arch/x86/include/asm/cpufeatures.h */
#define COHERENT_BIT 10

/* On such a processor, KVM flushes nothing. */
static __always_inline bool coherent(void)
{
	const struct cpuinfo_x86 *info;
	u32 word = 0;

	if (!&cpu_info)
		return false;
	info = bpf_this_cpu_ptr(&cpu_info);
	bpf_core_read(&word, sizeof(word), &info->x86_capability[COHERENT_WORD]);
	return word >> COHERENT_BIT & 1;
}

EXIT(sev_clflush_pages)
{
	/* kernel-patches/ put two arguments before these. */
	u64 last = bpf_get_func_arg_cnt(ctx) - 1;
	u64 pages = func_arg(ctx, last - 1), npages = func_arg(ctx, last), uaddr;
	struct call *c = call_in_ioctl();

	if (!c || !pages || !npages)
		return;
	uaddr = c->pins[1].pages == pages ? c->pins[1].uaddr : c->pins[0].uaddr;
	flush_step(ctx, frame_of((u64)c->kvm, uaddr), npages, coherent());
}

EXIT(get_num_contig_pages)
{
	struct call *c = call_in_ioctl();

	if (!c || !c->in_range)
		return;
	c->run_first = func_arg(ctx, 0);
	c->run_pages = func_ret(ctx);
	c->run_open = true;
}

/* Returns the frame of the run's first page. */
static __always_inline u64 run_gfn(const struct call *c)
{
	u64 uaddr = c->uaddr;

	if (c->run_first)
		uaddr = (uaddr & ~(PAGE_SIZE - 1)) + (c->run_first << PAGE_SHIFT);
	return frame_of((u64)c->kvm, uaddr);
}

/* A run whose command was not given to ccp: the file descriptor is not that of /dev/sev. */
static __always_inline void command_refused(void *ctx, const struct thread *t, struct call *c)
{
	if (t->ioctl != SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA || !c->run_open)
		return;
	c->run_open = false;
	c->done = c->run_first;
	inferred_step(ctx, c, SEVTRACE_STEP_PSP, run_gfn(c), SEVTRACE_NO_FRAME, c->run_pages,
		      -EBADF);
}

EXIT(unpin_user_pages)
{
	struct thread *t = thread_in_launch();
	u64 pages = func_arg(ctx, 0), pfn = SEVTRACE_NO_FRAME;
	struct call *c;

	if (!t)
		return;
	c = call_of(t);
	if (t->in_ioctl && t->ioctl != SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION) {
		/* a pin that failed, or somebody else's */
		if (c->in_pin || (c->pins[0].pages != pages && c->pins[1].pages != pages))
			return;
		pfn = c->in_range ? c->first_pfn : SEVTRACE_NO_FRAME;
		command_refused(ctx, t, c);
	}
	step(ctx, c, SEVTRACE_STEP_UNPIN, SEVTRACE_NO_FRAME, pfn, func_arg(ctx, 1), 0);
}

/* Offsets within the commands' buffers: SEV API specification, chapter 6. */
#define UPDATE_ADDRESS 8
#define SECRET_ADDRESS 24

static __always_inline u64 frame_in(void *ctx, u32 offset)
{
	u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), (void *)(func_arg(ctx, 2) + offset));
	return (address & ((1ULL << ADDRESS_BITS) - 1)) >> PAGE_SHIFT;
}

static __always_inline void in_place_command(void *ctx, struct call *c, u32 offset, s32 ret)
{
	u64 pfn = frame_in(ctx, offset);

	if (!c->run_first)
		c->first_pfn = pfn;
	c->run_open = false;
	c->done = c->run_first + (ret ? 0 : c->run_pages);
	step(ctx, c, SEVTRACE_STEP_PSP, run_gfn(c), pfn, c->run_pages, ret);
}

static __always_inline void vmsa_command(void *ctx, struct call *c, s32 ret)
{
	/* ccp refused the command before anything of it was seen. */
	if (c->unflushed)
		vmsa_flushed(ctx, c);
	if (c->page_pfn == SEVTRACE_NO_FRAME)
		c->page_pfn = frame_in(ctx, UPDATE_ADDRESS);
	c->vmsa_ret = ret;
	step(ctx, c, SEVTRACE_STEP_PSP, VMSA_GFN, c->page_pfn, 1, ret);
	/* After a failure, an SNP guest's page is taken back; see snp_page_reclaim. */
	if (ret && c->progress == PAGE_COMMANDED)
		return;
	c->in_vmsa = false;
	range_end(c, ret ? 0 : 1, ret);
}

EXIT(sev_issue_cmd_external_user)
{
	struct thread *t = thread_get();
	u32 cmd = (u32)func_arg(ctx, 1);
	s32 ret = (s32)func_ret(ctx);
	struct call *c;

	if (!t)
		return;
	if (ccp_by_functions)
		psp_wait_ends(&t->psp[0]);
	c = call_of(t);
	if (!kvm_by_functions || !c->in_ioctl)
		return;
	if (cmd == SEVTRACE_CMD_LAUNCH_UPDATE_DATA && c->in_range) {
		in_place_command(ctx, c, UPDATE_ADDRESS, ret);
	} else if (cmd == SEVTRACE_CMD_LAUNCH_UPDATE_SECRET && c->in_range) {
		in_place_command(ctx, c, SECRET_ADDRESS, ret);
	} else if (c->in_post && c->progress == PAGE_GIVEN) {
		c->progress = PAGE_COMMANDED;
		step(ctx, c, SEVTRACE_STEP_PSP, c->page_gfn, c->page_pfn, 1, ret);
	} else if (c->in_vmsa) {
		if (c->progress == PAGE_GIVEN)
			c->progress = PAGE_COMMANDED;
		vmsa_command(ctx, c, ret);
	}
}
