/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles ranges of pages, and the steps of each page. */
#ifndef BPF_HANDLE_PAGE_H
#define BPF_HANDLE_PAGE_H

#include "hist.h"
#include "page.h"
#include "record.h"
#include "stack.h"

/* A range of pages. The event at its end does not set the fields from slot on. */
struct range {
	u64 gfn;
	u64 uaddr;
	u64 npages;
	const struct kvm_memory_slot *slot; /* NULL: the range is in no memslot */
	u8 page_type; /* enum sevtrace_page_type */
	bool private_pages;
};

static __always_inline void handle_range_start(const struct range *range)
{
	const struct kvm_memory_slot *slot = range->slot;
	struct thread *t = thread_in_launch();
	struct sevtrace_rec_range_start *rec;

	if (!t)
		return;
	page_flush(t);
	thread_range_enter(t, range->page_type, range->private_pages);
	rec = record_new(SEVTRACE_REC_RANGE_START, sizeof(*rec), now(), t->launch);
	if (rec) {
		rec->gfn = range->gfn;
		rec->uaddr = range->uaddr;
		rec->npages = range->npages;
		rec->slot = slot ? BPF_CORE_READ(slot, id) : SEVTRACE_NO_SLOT;
		rec->page_type = range->page_type;
		rec->private_pages = range->private_pages;
		record_submit(rec);
	}
	thread_range_mark(t, now());
}

static __always_inline void handle_range_end(const struct range *range, u64 done, s32 ret)
{
	struct thread *t = thread_in_launch();
	struct sevtrace_rec_range_end *rec;
	u64 ts = now();

	if (!t || !t->in_range)
		return;
	page_flush(t);
	rec = record_new(SEVTRACE_REC_RANGE_END, sizeof(*rec), ts, t->launch);
	if (rec) {
		rec->duration = elapsed(t->range_start, ts);
		rec->gfn = range->gfn;
		rec->uaddr = range->uaddr;
		rec->npages = range->npages;
		rec->done = done;
		rec->ret = ret;
		rec->page_type = t->page_type;
		rec->private_pages = t->private_pages;
		record_submit(rec);
	}
	thread_range_exit(t);
	t->mark = now();
}

static __always_inline void step_record(const struct thread *t, const struct step *step, u64 ts,
					u64 duration)
{
	struct sevtrace_rec_step *rec;

	if (filtered(t, step->ret, duration))
		return;
	rec = record_new_bulk(SEVTRACE_REC_STEP, sizeof(*rec), ts, t->launch, step->ret);
	if (!rec)
		return;
	thread_step_record(t, step, duration, rec);
	record_submit(rec);
}

/* A step outside any range has a record of its own. */
static __always_inline void lone_step(const struct thread *t, const struct step *step, u64 ts,
				      u64 duration)
{
	if (!t->muted)
		hist_add_step(t->launch, thread_phase(t), step->step, duration, step->npages);
	step_record(t, step, ts, duration);
}

/* Returns whether it did no more than note the step. */
static __always_inline bool page_step(struct thread *t, const struct step *step, u64 ts,
				      u64 duration)
{
	bool quick = true;

	if (!thread_page_fits(t, step)) {
		page_flush(t);
		quick = false;
	}
	thread_page_add(t, step, ts, duration);
	if (!thread_page_done(t, step))
		return quick;
	page_flush(t);
	return false;
}

/* t: the current thread's state, or NULL. */
static __always_inline void handle_step(void *ctx, struct thread *t, const struct step *step)
{
	u64 ts = now(), duration;
	bool quick = false;

	if (!t || !t->launch)
		return;
	duration = elapsed(t->mark, ts);
	if (step->step == SEVTRACE_STEP_NONE)
		count_loss(SEVTRACE_LOSS_UNKNOWN_STEP);
	else if (t->in_range)
		quick = page_step(t, step, ts, duration);
	else
		lone_step(t, step, ts, duration);
	if (step->step != SEVTRACE_STEP_NONE && thread_step_failed(t, step))
		stack_send(ctx, t, ts, step->ret, step->step);
	t->mark = quick ? ts : now();
}

/* Counts a skipped flush. A step's record tells this too, but not every flush has a record. */
static __always_inline void count_skipped(u64 npages)
{
	struct sevtrace_counters *c = cpu_counters();
	struct thread *t = thread_in_launch();

	if (!c || !t || t->muted || t->ioctl == SEVTRACE_NO_IOCTL)
		return;
	__sync_fetch_and_add(&c->skipped_flushes, 1);
	__sync_fetch_and_add(&c->skipped_pages, npages);
}

static __always_inline void handle_clflush(void *ctx, u64 gfn, u64 npages, bool skipped)
{
	struct step s = {
		.gfn = gfn,
		.pfn = SEVTRACE_NO_FRAME,
		.npages = npages,
		.step = SEVTRACE_STEP_CLFLUSH,
		.marks = skipped ? SEVTRACE_MARK_SKIPPED : 0,
	};

	if (skipped)
		count_skipped(npages);
	handle_step(ctx, thread_get(), &s);
}

#endif /* BPF_HANDLE_PAGE_H */
