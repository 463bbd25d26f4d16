// SPDX-License-Identifier: GPL-2.0-only
/*
 * Joins what failed inside an ioctl with the ioctl that failed.
 *
 * Each thread inside an ioctl has an operation. It collects the first failing step, the range, the
 * PSP command and the stack as their records come. If the ioctl fails, the operation becomes a
 * failure of the launch. If the same ioctl succeeds later, the failure is recovered.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/internal.h"
#include "model/model.h"
#include "sev/pages.h"

/*
 * Limit of operations: threads of one VMM that are inside SEV ioctls at once. The oldest gives way.
 */
#define MAX_OPS 128

struct model_op *launch_op(const struct model_launch *l, uint32_t tid)
{
	for (size_t i = 0; i < l->nr_ops; i++)
		if (l->ops[i].tid == tid)
			return &l->ops[i];
	return NULL;
}

bool launch_in_ioctl(const struct model_launch *l, uint32_t tid)
{
	const struct model_op *op = launch_op(l, tid);

	return op && op->entered;
}

/* Counts the pages seen of a range that is over but whose end was not recorded. */
static void close_range(struct model_launch *l, struct model_op *op)
{
	const struct sevtrace_rec_range_start *range = &op->seen.range;

	if (op->range_open && range->page_type < SEVTRACE_PAGE_TYPE_COUNT)
		l->pages[!!range->private_pages][range->page_type] += op->seen.done;
	op->range_open = false;
}

static void remove_op(struct model_launch *l, struct model_op *op)
{
	close_range(l, op);
	*op = l->ops[--l->nr_ops];
}

/* Returns the thread's operation; a new one if the start of its ioctl was not seen. */
static struct model_op *get_op(struct model_launch *l, uint32_t tid)
{
	struct model_op *op = launch_op(l, tid);

	if (op)
		return op;
	if (l->nr_ops == MAX_OPS)
		remove_op(l, &l->ops[0]);
	op = LAUNCH_ADD_AGAIN(l, l->ops, l->nr_ops, l->most_ops);
	if (!op)
		return NULL;
	op->tid = tid;
	op->last_step = SEVTRACE_STEP_NONE;
	op->nr_page_steps = 0;
	op->seen.gfn = op->seen.pfn = SEVTRACE_NO_FRAME;
	return op;
}

static int note_ioctl_enter(struct model_launch *l, const struct sevtrace_rec_ioctl_enter *rec)
{
	struct model_op *op = get_op(l, rec->h.tid);

	if (!op)
		return -ENOMEM;
	close_range(l, op);
	memset(&op->seen, 0, sizeof(op->seen));
	op->cleaned_up = false;
	op->seen.gfn = op->seen.pfn = SEVTRACE_NO_FRAME;
	op->seen.ioctl = rec->ioctl;
	op->entered = true;
	op->last_step = SEVTRACE_STEP_NONE;
	op->nr_page_steps = 0;
	op->start = rec->h.ts;
	return 0;
}

static int note_range_start(struct model_launch *l, const struct sevtrace_rec_range_start *rec)
{
	struct model_op *op = get_op(l, rec->h.tid);

	if (!op)
		return -ENOMEM;
	/* Keep the range that failed, not those that were cleaned up or skipped after it. */
	if (op->seen.has_step)
		return 0;
	close_range(l, op);
	op->range_open = true;
	op->seen.has_range = true;
	op->seen.range = *rec;
	op->seen.done = 0;
	return 0;
}

static bool in_range(uint64_t value, uint64_t start, uint64_t count)
{
	return value >= start && value - start < count;
}

/* Tells whether a populated range contains the page at which this failure stopped. */
static bool repairs(const struct model_failure *f, const struct sevtrace_rec_range_end *rec)
{
	const struct sevtrace_rec_range_start *range = &f->range;
	uint64_t gfn = f->gfn != SEVTRACE_NO_FRAME ? f->gfn : range->gfn;

	if (!f->has_range || f->range.page_type != rec->page_type)
		return false;
	if (gfn != SEVTRACE_NO_FRAME && rec->gfn != SEVTRACE_NO_FRAME)
		return in_range(gfn, rec->gfn, rec->done);
	return in_range(range->uaddr, rec->uaddr, rec->done << 12);
}

/* Marks a failure as made good. It stays: the launch took longer, and the firmware said no. */
static void recover(struct model_failure *f, uint64_t ts)
{
	f->recovered = true;
	f->recovered_ts = ts;
}

static void remove_failure(struct model_launch *l, size_t i)
{
	struct model_failure *f = &l->failures[i];

	memmove(f, f + 1, (l->nr_failures - i - 1) * sizeof(*f));
	l->nr_failures--;
}

static int note_range_end(struct model_launch *l, const struct sevtrace_rec_range_end *rec)
{
	struct model_op *op = launch_op(l, rec->h.tid);

	if (op && op->seen.has_range && op->seen.range.gfn == rec->gfn &&
	    op->seen.range.uaddr == rec->uaddr) {
		op->seen.done = rec->done;
		op->range_open = false;
	}
	if (op && rec->ret < 0 && !op->seen.has_step && !op->seen.inner_ret)
		op->seen.inner_ret = rec->ret;
	for (size_t i = l->nr_failures; i > 0; i--)
		if (!l->failures[i - 1].recovered && repairs(&l->failures[i - 1], rec))
			recover(&l->failures[i - 1], rec->h.ts);
	return 0;
}

/* Notes which step follows which, for launch_step_under_way(). */
static void note_order(struct model_launch *l, struct model_op *op, uint8_t step)
{
	if (step >= SEVTRACE_STEP_COUNT)
		return;
	if (op->last_step < SEVTRACE_STEP_COUNT)
		l->after[op->last_step] = step + 1;
	op->last_step = step;
	op->nr_page_steps = 0;
}

static int note_step(struct model_launch *l, const struct sevtrace_rec_step *rec)
{
	struct model_op *op = launch_op(l, rec->h.tid);

	if (rec->ioctl == SEVTRACE_NO_IOCTL)
		return 0;
	if (op)
		note_order(l, op, rec->step);
	if (rec->ret >= 0) {
		if (op && op->range_open && rec->step == SEVTRACE_STEP_PSP)
			op->seen.done += rec->npages;
		return 0;
	}
	op = get_op(l, rec->h.tid);
	if (!op)
		return -ENOMEM;
	/* The first failing step is the cause. Later ones fail in the cleanup. */
	if (op->seen.has_step)
		return 0;
	op->seen.has_step = true;
	op->seen.step = rec->step;
	op->seen.inferred = rec->marks & SEVTRACE_MARK_INFERRED;
	op->seen.inner_ret = rec->ret;
	op->seen.gfn = rec->gfn;
	op->seen.pfn = rec->pfn;
	return 0;
}

static bool psp_failed(const struct sevtrace_rec_psp *rec)
{
	return rec->ret || !rec->answered || rec->status;
}

static int note_psp(struct model_op *op, const struct sevtrace_rec_psp *rec)
{
	struct model_failure *seen;

	if (!op)
		return 0;
	seen = &op->seen;
	if (sevtrace_is_cleanup(rec->cmd) && !psp_failed(rec)) {
		op->cleaned_up = true;
		return 0;
	}
	/*
	 * Keep the first command that failed, but prefer an outer command to a nested one, for
	 * which user space did not ask.
	 */
	if (seen->has_psp && psp_failed(&seen->psp) && (!seen->psp.depth || rec->depth))
		return 0;
	seen->has_psp = true;
	seen->psp = *rec;
	return 0;
}

static bool page_psp_failed(const struct sevtrace_rec_page *rec)
{
	return rec->psp_ret || !rec->answered || rec->status;
}

static int note_part(void *ctx, const union sevtrace_record *rec)
{
	return rec->h.type == SEVTRACE_REC_PSP ? note_psp(launch_op(ctx, rec->h.tid), &rec->psp) :
						 note_step(ctx, &rec->step);
}

/* Notes what pages of the same steps differ in. */
static void note_page_times(struct model_op *op, const struct sevtrace_rec_page *rec)
{
	memcpy(op->page_ns, rec->ns, sizeof(op->page_ns));
	op->nr_page_steps = (uint8_t)page_steps(rec);
	if (page_psp_step(rec) < op->nr_page_steps)
		op->page_ns[page_psp_step(rec)] += page_command_ns(rec);
	if (op->range_open)
		op->seen.done += (uint64_t)op->page_psp * rec->npages;
}

static void note_page_steps(struct model_launch *l, struct model_op *op,
			    const struct sevtrace_rec_page *rec)
{
	bool same = !memcmp(op->page_steps, rec->steps, sizeof(op->page_steps)) &&
		    op->last_step == rec->steps[page_steps(rec) - 1];

	if (same && rec->steps[0] < SEVTRACE_STEP_COUNT && op->last_step < SEVTRACE_STEP_COUNT) {
		l->after[op->last_step] = rec->steps[0] + 1;
	} else {
		op->page_psp = 0;
		for (uint32_t i = 0; i < page_steps(rec); i++) {
			note_order(l, op, rec->steps[i]);
			op->page_psp += rec->steps[i] == SEVTRACE_STEP_PSP;
		}
		memcpy(op->page_steps, rec->steps, sizeof(op->page_steps));
	}
	note_page_times(op, rec);
}

/*
 * Does what the page's steps and command would do. The loop over them is for a page that failed;
 * the many others only add pages, and the order of their steps.
 */
static int note_page(struct model_launch *l, const struct sevtrace_rec_page *rec)
{
	struct model_op *op = launch_op(l, rec->h.tid);

	if (page_failed(rec) || !op || rec->ioctl == SEVTRACE_NO_IOCTL)
		return page_each(rec, note_part, l);
	if (page_steps(rec))
		note_page_steps(l, op, rec);
	/* Of commands that succeeded, none tells more than another. */
	if (page_has_command(rec) && (!op->seen.has_psp || psp_failed(&op->seen.psp) ||
				      sevtrace_is_cleanup(rec->cmd) || page_psp_failed(rec))) {
		const struct sevtrace_rec_psp psp = page_command(rec, rec->h.ts);

		return note_psp(op, &psp);
	}
	return 0;
}

/* Tells whether the stack is of this failure: of its thread, and from the time of its ioctl. */
static bool is_stack_of(const struct sevtrace_rec_stack *stack, const struct model_failure *f)
{
	return stack->h.tid == f->tid && stack->h.ts >= f->start && stack->h.ts <= f->ts;
}

static void set_stack(struct model_failure *f, const struct sevtrace_rec_stack *rec, size_t symbols)
{
	f->stack = *rec;
	f->stack_symbols = symbols;
	f->has_stack = true;
}

/*
 * Takes a stack. It may come after the end of its ioctl: to unwind the user stack takes a while.
 */
static int note_stack(struct model_launch *l, const struct sevtrace_rec_stack *rec, size_t symbols)
{
	struct model_op *op;

	for (size_t i = l->nr_failures; i > 0; i--) {
		struct model_failure *f = &l->failures[i - 1];

		if (!is_stack_of(rec, f))
			continue;
		if (!f->has_stack)
			set_stack(f, rec, symbols);
		return 0;
	}
	op = get_op(l, rec->h.tid);
	if (!op)
		return -ENOMEM;
	/* An earlier ioctl's, which succeeded in the end. */
	if (op->entered && rec->h.ts < op->start)
		return 0;
	if (!op->seen.has_stack || rec->h.ts > op->seen.stack.h.ts)
		set_stack(&op->seen, rec, symbols);
	return 0;
}

/* Makes room for a failure: the oldest one that was made good gives way. */
static bool drop_recovered(struct model_launch *l)
{
	size_t i = 0;

	while (i < l->nr_failures && !l->failures[i].recovered)
		i++;
	if (i == l->nr_failures)
		return false;
	remove_failure(l, i);
	l->more_recovered++;
	return true;
}

static int add_failure(struct model_launch *l, const struct model_failure *failure)
{
	struct model_failure *f;

	if (l->nr_failures == MODEL_MAX_FAILURES && !drop_recovered(l)) {
		l->more_failures++;
		return 0;
	}
	f = LAUNCH_ADD_AGAIN(l, l->failures, l->nr_failures, l->most_failures);
	if (!f)
		return -ENOMEM;
	*f = *failure;
	return 0;
}

static int note_attr(struct model_launch *l, const struct sevtrace_rec_attr *rec)
{
	struct model_failure f = {
		.ts = rec->h.ts,
		.start = rec->h.ts - rec->duration,
		.tid = rec->h.tid,
		.ioctl = SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES,
		.ret = rec->ret,
		.has_step = true,
		.step = SEVTRACE_STEP_ATTRIBUTES,
		.inner_ret = rec->ret,
		.gfn = rec->start,
		.pfn = SEVTRACE_NO_FRAME,
	};
	struct model_op *op = launch_op(l, rec->h.tid);

	/* The update is part of another ioctl: the exit of that tells whether it failed. */
	if (op && op->entered) {
		if (rec->ret && !op->seen.has_step) {
			op->seen.has_step = true;
			op->seen.step = SEVTRACE_STEP_ATTRIBUTES;
			op->seen.inner_ret = rec->ret;
			op->seen.gfn = rec->start;
		}
		return 0;
	}
	if (rec->ret) {
		if (op && op->seen.has_stack) {
			f.has_stack = is_stack_of(&op->seen.stack, &f);
			f.stack = op->seen.stack;
			f.stack_symbols = op->seen.stack_symbols;
			remove_op(l, op);
		}
		return add_failure(l, &f);
	}
	for (size_t i = 0; i < l->nr_failures; i++)
		if (!l->failures[i].recovered && l->failures[i].ioctl == f.ioctl &&
		    in_range(l->failures[i].gfn, rec->start, rec->end - rec->start))
			recover(&l->failures[i], rec->h.ts);
	return 0;
}

/*
 * Notes a length query. It becomes a failure if the same ioctl does not follow and the launch is
 * not finished: note_launch_end().
 */
static int set_length_query(struct model_launch *l, const struct model_failure *failure)
{
	if (!l->length_query)
		l->length_query = launch_alloc(l, sizeof(*l->length_query));
	if (!l->length_query)
		return -ENOMEM;
	*l->length_query = *failure;
	return 0;
}

static void free_length_query(struct model_launch *l)
{
	if (!l->length_query)
		return;
	free(l->length_query);
	l->length_query = NULL;
	model_budget_return(l->budget, sizeof(*l->length_query));
	l->charged -= sizeof(*l->length_query);
}

static void drop_length_query(struct model_launch *l, uint32_t ioctl)
{
	if (l->length_query && l->length_query->ioctl == ioctl)
		free_length_query(l);
}

static int note_launch_end(struct model_launch *l, const struct sevtrace_rec_launch_end *rec)
{
	int err = 0;

	if (!rec->destroyed)
		return 0;
	if (l->length_query && !l->finished)
		err = add_failure(l, l->length_query);
	free_length_query(l);
	return err;
}

/*
 * Marks the failures that the success of an ioctl makes good. Pages that KVM left out silently, or
 * because the guest touched them first, are still missing when the launch is finished.
 */
static void recover_by(struct model_launch *l, uint32_t ioctl, uint64_t ts)
{
	bool finished = sevtrace_is_finish(ioctl);

	for (size_t i = 0; i < l->nr_failures; i++) {
		struct model_failure *f = &l->failures[i];
		bool same = f->ioctl == ioctl && !f->has_range;

		if (!f->recovered && ((finished && !f->swallowed && !failure_raced(f)) || same))
			recover(f, ts);
	}
}

/*
 * Decides what the failure says about the PSP. The ioctl's exit tells of the last command, which
 * may be cleanup that user space did not ask for.
 */
static void judge_psp(struct model_failure *f, bool cleaned_up,
		      const struct sevtrace_rec_ioctl_exit *rec)
{
	bool failed = f->has_psp && psp_failed(&f->psp);

	f->psp_asked = rec->psp_asked;
	f->psp_answered = rec->psp_answered;
	if (failed) {
		f->psp_asked = f->psp.asked;
		f->psp_answered = f->psp.answered;
	} else if ((f->has_step && f->step != SEVTRACE_STEP_PSP) || (cleaned_up && !f->has_psp)) {
		f->psp_asked = f->psp_answered = false;
	}
	f->has_psp = failed;
}

/* Replaces a swallowed failure: user space tried again at the same page and got the error now. */
static void supersede(struct model_launch *l, const struct model_failure *f)
{
	for (size_t i = l->nr_failures; i > 0; i--) {
		const struct model_failure *old = &l->failures[i - 1];

		if (old->swallowed && !old->recovered && old->ioctl == f->ioctl &&
		    old->gfn == f->gfn)
			remove_failure(l, i - 1);
	}
}

static int note_ioctl_exit(struct model_launch *l, const struct sevtrace_rec_ioctl_exit *rec)
{
	struct model_op *op = get_op(l, rec->h.tid);
	struct model_failure f;
	bool cleaned_up;

	if (!op)
		return -ENOMEM;
	f = op->seen;
	cleaned_up = op->cleaned_up;
	remove_op(l, op);
	f.ts = rec->h.ts;
	f.start = rec->h.ts - rec->duration;
	f.tid = rec->h.tid;
	f.ioctl = rec->ioctl;
	/* The start of an ioctl may not have been recorded: then this is an earlier one's. */
	f.has_stack = f.has_stack && is_stack_of(&f.stack, &f);
	f.ret = rec->ret;
	f.fw_error = rec->fw_error;
	judge_psp(&f, cleaned_up, rec);
	drop_length_query(l, rec->ioctl);
	if (!rec->ret) {
		recover_by(l, rec->ioctl, rec->h.ts);
		/* The ioctl stopped short, but told user space of a success. */
		f.swallowed = f.has_step && f.has_range && !sevtrace_is_finish(rec->ioctl);
		return f.swallowed ? add_failure(l, &f) : 0;
	}
	if (sevtrace_is_length_query(rec->ioctl, rec->ret, rec->fw_error))
		return set_length_query(l, &f);
	supersede(l, &f);
	return add_failure(l, &f);
}

int failure_add(struct model_launch *l, const union sevtrace_record *rec, size_t symbols)
{
	switch (rec->h.type) {
	case SEVTRACE_REC_LAUNCH_END:
		return note_launch_end(l, &rec->launch_end);
	case SEVTRACE_REC_IOCTL_ENTER:
		return note_ioctl_enter(l, &rec->ioctl_enter);
	case SEVTRACE_REC_IOCTL_EXIT:
		return note_ioctl_exit(l, &rec->ioctl_exit);
	case SEVTRACE_REC_RANGE_START:
		return note_range_start(l, &rec->range_start);
	case SEVTRACE_REC_RANGE_END:
		return note_range_end(l, &rec->range_end);
	case SEVTRACE_REC_STEP:
		return note_step(l, &rec->step);
	case SEVTRACE_REC_PSP:
		return note_psp(launch_op(l, rec->h.tid), &rec->psp);
	case SEVTRACE_REC_PAGE:
		return note_page(l, &rec->page);
	case SEVTRACE_REC_STACK:
		return note_stack(l, &rec->stack, symbols);
	case SEVTRACE_REC_ATTR:
		return note_attr(l, &rec->attr);
	default:
		return 0;
	}
}
