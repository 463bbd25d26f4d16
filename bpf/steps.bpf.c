// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of pages, the steps that each page goes through, and updates of memory attributes.
 */
#include "emit.h"

/* The kernel's value of an enumerator, where the running kernel has it. */
#define IS(type, value, name)                           \
	(bpf_core_enum_value_exists(enum type, name) && \
	 (value) == (int)bpf_core_enum_value(enum type, name))

static __always_inline u8 sev_step(int step)
{
	if (IS(kvm_sev_step, step, KVM_SEV_STEP_PIN))
		return SEVTRACE_STEP_PIN;
	if (IS(kvm_sev_step, step, KVM_SEV_STEP_RMP_LOOKUP))
		return SEVTRACE_STEP_RMP_LOOKUP;
	if (IS(kvm_sev_step, step, KVM_SEV_STEP_COPY))
		return SEVTRACE_STEP_COPY;
	if (IS(kvm_sev_step, step, KVM_SEV_STEP_RMP_UPDATE))
		return SEVTRACE_STEP_RMP_UPDATE;
	if (IS(kvm_sev_step, step, KVM_SEV_STEP_PSP))
		return SEVTRACE_STEP_PSP;
	if (IS(kvm_sev_step, step, KVM_SEV_STEP_RECLAIM))
		return SEVTRACE_STEP_RECLAIM;
	if (IS(kvm_sev_step, step, KVM_SEV_STEP_UNPIN))
		return SEVTRACE_STEP_UNPIN;
	if (IS(kvm_sev_step, step, KVM_SEV_STEP_VMSA_SYNC))
		return SEVTRACE_STEP_VMSA_SYNC;
	return SEVTRACE_STEP_NONE;
}

static __always_inline u8 populate_step(int step)
{
	if (IS(kvm_gmem_populate_step, step, KVM_GMEM_POPULATE_GET_PAGE))
		return SEVTRACE_STEP_GET_PAGE;
	if (IS(kvm_gmem_populate_step, step, KVM_GMEM_POPULATE_CHECK_ATTRS))
		return SEVTRACE_STEP_CHECK_ATTRS;
	if (IS(kvm_gmem_populate_step, step, KVM_GMEM_POPULATE_RELEASE))
		return SEVTRACE_STEP_RELEASE;
	return SEVTRACE_STEP_NONE;
}

/* What a step event says. */
struct step {
	u64 gfn;
	u64 pfn;
	u64 npages;
	s32 ret;
	u8 step; /* enum sevtrace_step */
	bool skipped;
};

static __always_inline void step_record(const struct thread *t, const struct step *step, u64 ts,
					u64 duration)
{
	struct sevtrace_rec_step *rec;

	if (filtered(t, step->ret, duration))
		return;
	rec = record_new_bulk(SEVTRACE_REC_STEP, sizeof(*rec), ts, t->launch, step->ret);
	if (!rec)
		return;
	rec->duration = duration;
	rec->gfn = step->gfn;
	rec->pfn = step->pfn;
	rec->npages = step->npages;
	rec->ret = step->ret;
	rec->step = step->step;
	rec->page_type = t->page_type;
	rec->skipped = step->skipped;
	rec->private_pages = t->private_pages;
	rec->ioctl = t->ioctl;
	record_submit(rec);
}

static __always_inline void step_end(void *ctx, const struct step *step)
{
	struct thread *t = thread_in_launch();
	u64 ts = now(), duration;

	if (!t)
		return;
	if (step->step == SEVTRACE_STEP_NONE) {
		count_loss(SEVTRACE_LOSS_UNKNOWN_STEP);
	} else {
		duration = ts - t->mark;
		if (!t->muted)
			hist_add_step(t->launch,
				      sevtrace_phase_of(t->ioctl, t->page_type, t->private_pages),
				      step->step, duration, step->npages);
		step_record(t, step, ts, duration);
		if (step->ret && t->in_ioctl)
			stack_send(ctx, t, ts);
	}
	t->mark = now();
}

SEC("tp_btf/kvm_sev_range_start")
int BPF_PROG(kvm_sev_range_start, struct kvm *kvm, const struct kvm_memory_slot *slot, u64 gfn,
	     unsigned long uaddr, unsigned long npages, u8 page_type, bool private_pages)
{
	struct thread *t = thread_in_launch();
	struct sevtrace_rec_range_start *rec;

	if (!t)
		return 0;
	t->page_type = page_type;
	t->private_pages = private_pages;
	rec = record_new(SEVTRACE_REC_RANGE_START, sizeof(*rec), now(), t->launch);
	if (rec) {
		rec->gfn = gfn;
		rec->uaddr = uaddr;
		rec->npages = npages;
		rec->slot = slot ? BPF_CORE_READ(slot, id) : SEVTRACE_NO_SLOT;
		rec->page_type = page_type;
		rec->private_pages = private_pages;
		record_submit(rec);
	}
	t->mark = now();
	t->range_start = t->mark;
	return 0;
}

SEC("tp_btf/kvm_sev_range_end")
int BPF_PROG(kvm_sev_range_end, struct kvm *kvm, u64 gfn, unsigned long uaddr, unsigned long npages,
	     unsigned long done, int ret)
{
	struct thread *t = thread_in_launch();
	struct sevtrace_rec_range_end *rec;
	u64 ts = now();

	if (!t || !t->range_start)
		return 0;
	rec = record_new(SEVTRACE_REC_RANGE_END, sizeof(*rec), ts, t->launch);
	if (rec) {
		rec->duration = ts - t->range_start;
		rec->gfn = gfn;
		rec->uaddr = uaddr;
		rec->npages = npages;
		rec->done = done;
		rec->ret = ret;
		rec->page_type = t->page_type;
		rec->private_pages = t->private_pages;
		record_submit(rec);
	}
	t->range_start = 0;
	t->page_type = 0;
	t->private_pages = false;
	t->mark = now();
	return 0;
}

SEC("tp_btf/kvm_sev_step")
int BPF_PROG(kvm_sev_step, struct kvm *kvm, int step, u64 gfn, u64 pfn, unsigned long npages,
	     int ret)
{
	struct step s = {
		.gfn = gfn, .pfn = pfn, .npages = npages, .ret = ret, .step = sev_step(step)
	};

	step_end(ctx, &s);
	return 0;
}

SEC("tp_btf/kvm_gmem_populate_step")
int BPF_PROG(kvm_gmem_populate_step, struct kvm *kvm, int step, u64 gfn, u64 pfn,
	     unsigned long npages, int ret)
{
	struct step s = {
		.gfn = gfn, .pfn = pfn, .npages = npages, .ret = ret, .step = populate_step(step)
	};

	step_end(ctx, &s);
	return 0;
}

/* Records tell which flush was skipped, but not every recording has one for each. */
static __always_inline void count_skipped(u64 npages)
{
	struct sevtrace_counters *c = cpu_counters();
	struct thread *t = thread_in_launch();

	if (!c || !t || t->muted || t->ioctl == SEVTRACE_NO_IOCTL)
		return;
	c->skipped_flushes++;
	c->skipped_pages += npages;
}

SEC("tp_btf/kvm_sev_clflush")
int BPF_PROG(kvm_sev_clflush, struct kvm *kvm, u64 gfn, unsigned long npages, bool skipped)
{
	struct step s = {
		.gfn = gfn,
		.pfn = SEVTRACE_NO_FRAME,
		.npages = npages,
		.step = SEVTRACE_STEP_CLFLUSH,
		.skipped = skipped,
	};

	if (skipped)
		count_skipped(npages);
	step_end(ctx, &s);
	return 0;
}

/* The VM is not known yet, only whose thread this is. */
SEC("tp_btf/kvm_vm_set_mem_attributes")
int BPF_PROG(kvm_vm_set_mem_attributes, u64 start, u64 end, unsigned long attributes)
{
	struct thread *t = thread_get();

	if (!t && is_tracked(bpf_get_current_pid_tgid() >> 32))
		t = thread_make();
	if (!t)
		return 0;
	t->attr_wait = 0;
	t->attr_mark = now();
	t->attr_start = t->attr_mark;
	return 0;
}

SEC("tp_btf/kvm_vm_set_mem_attributes_locked")
int BPF_PROG(kvm_vm_set_mem_attributes_locked, struct kvm *kvm, u64 start, u64 end,
	     unsigned long attributes)
{
	struct thread *t = thread_get();

	if (t && t->attr_start)
		t->attr_wait = now() - t->attr_mark;
	return 0;
}

/* User space's own update is in no SEV ioctl; one of KVM is in the range that it makes private. */
static __always_inline enum sevtrace_phase attr_phase(const struct thread *t)
{
	return t->in_ioctl ? sevtrace_phase_of(t->ioctl, t->page_type, t->private_pages) :
			     SEVTRACE_PHASE_OTHER;
}

static __always_inline void attr_samples(const struct thread *t, u32 launch, u64 duration,
					 u64 pages)
{
	hist_add_step(launch, attr_phase(t), SEVTRACE_STEP_ATTRIBUTES, duration, pages);
	hist_add(launch, SEVTRACE_HIST_ATTR_WAIT, 0, t->attr_wait, pages);
	if (!t->in_ioctl)
		hist_add(launch, SEVTRACE_HIST_IOCTL, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES, duration,
			 pages);
}

SEC("tp_btf/kvm_vm_set_mem_attributes_done")
int BPF_PROG(kvm_vm_set_mem_attributes_done, struct kvm *kvm, u64 start, u64 end,
	     unsigned long attributes, int ret)
{
	struct sevtrace_launch *known = launch_get(kvm);
	struct thread *t = thread_get();
	struct sevtrace_rec_attr *rec;
	u64 ts = now(), duration;
	u32 launch = 0;

	if (!t || !t->attr_start)
		return 0;
	duration = ts - t->attr_start;
	t->attr_start = 0;
	if (known)
		launch = known->number;
	else if (!is_tracked(bpf_get_current_pid_tgid() >> 32))
		return 0;
	if (!t->in_ioctl)
		t->muted = !ioctl_wanted(SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES);
	if (!t->muted)
		attr_samples(t, launch, duration, end - start);
	if (filtered(t, ret, duration))
		goto out;
	rec = record_new(SEVTRACE_REC_ATTR, sizeof(*rec), ts, launch);
	if (rec) {
		rec->duration = duration;
		rec->wait = t->attr_wait;
		rec->start = start;
		rec->end = end;
		rec->attributes = attributes;
		rec->ret = ret;
		rec->phase = attr_phase(t);
		record_submit(rec);
	}
out:
	if (!t->in_ioctl)
		t->muted = false;
	t->mark = now();
	return 0;
}
