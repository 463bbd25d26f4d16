/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pairs the events of a thread. An event between the two events of a pair belongs to that pair. The
 * time of a step is the time since the previous event of its thread.
 *
 * The functions here are the state transitions of a thread and of a PSP command. The BPF programs
 * call them while events occur; the import of perf recordings calls them for recorded events. `ts`
 * is the time of the event. A mark is the time from which the next step counts. Where the BPF
 * programs did more than note a time, such as sending a record, the mark is later than ts, so that
 * no step contains that. The import knows ts only.
 */
#ifndef SEVTRACE_PAIRING_H
#define SEVTRACE_PAIRING_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include <sevtrace/kvm_sev.h>
#include <sevtrace/record.h>

/* Commands nest at most once: PAGE_RECLAIM inside another command. */
#define PSP_DEPTHS 2

/* clang-format off */
/*
 * X(ioctl, VM type): the ioctls that initialise SEV for a VM, and the type that each gives to a VM
 * of KVM's default type.
 */
#define SEVTRACE_INITS(X) \
	X(KVM_SEV_INIT, SEV) \
	X(KVM_SEV_ES_INIT, SEV_ES) \
	X(KVM_SEV_INIT2, UNKNOWN)
/* clang-format on */

/* A PSP command under way. wait, prep and exec are the parts of its time in ns. */
struct psp_command {
	__u64 mark;
	__u64 wait;
	__u64 prep;
	__u64 exec;
	__u32 cmd;
	__u32 err_lo;
	__u32 err_hi;
	bool waiting;
	bool active;
	bool completed;
	bool extra;
};

/*
 * What a thread did since it left an ioctl of a launch; until it enters another one, what its
 * figures were then.
 */
struct meanwhile {
	__u64 ts;
	__u64 duration;
	__u64 ran;
	__u64 ready;
	__u64 minor_faults;
	__u64 major_faults;
	__u64 kvm; /* the kernel's address of the launch's VM */
	__u32 launch; /* 0: it has not left one */
	__u32 pad;
};

/* The system call or page fault under way, between two ioctls of a launch. */
struct meanwhile_call {
	__u64 start; /* 0: in no system call */
	__u64 fault; /* when a page fault began; 0: none */
	__u32 number;
	__u32 ioctl; /* of ioctl(2): the request */
};

/* A thread that works on a launch, or issues PSP commands. */
struct thread {
	__u64 mark;
	__u64 ioctl_start;
	__u64 range_start;
	__u64 attr_start;
	__u64 attr_wait;
	__u64 hook_done; /* hook_id() of what a program has done; the hook's last one clears it */
	__u32 launch; /* 0: none */
	__u32 ioctl; /* enum sevtrace_ioctl, or SEVTRACE_NO_IOCTL */
	__u8 page_type; /* page type of the current range, 0 outside of ranges */
	bool private_pages; /* the current range has private pages */
	bool in_ioctl;
	bool muted; /* of what the thread does now, only failures are recorded */
	bool stack_sent;
	bool psp_asked;
	bool psp_answered;
	bool psp_failed;
	bool in_range;
	bool in_attr;
	struct meanwhile meanwhile;
	struct meanwhile_call call;
	struct psp_command psp[PSP_DEPTHS];
	__u64 page_longest; /* longest step of the page, ns */
	struct sevtrace_rec_page page; /* steps whose record has not been sent yet */
};

/* The fields of a step's event. */
struct step {
	__u64 gfn;
	__u64 pfn;
	__u64 npages;
	__s32 ret;
	__u8 step; /* enum sevtrace_step */
	__u8 marks; /* SEVTRACE_MARK_... */
};

/* The fields of the event at the end of a PSP command. */
struct psp_result {
	__u32 status; /* 0 if the PSP did not answer */
	__s32 ret;
	__u8 depth;
	bool asked;
	bool answered;
};

/*
 * Returns the time from `from` to `to`; 0 if `to` is before `from`. A file can hold any times, and
 * the clock of the BPF programs may step back when a thread changes the CPU while the kernel
 * adjusts its clock.
 */
static __always_inline __u64 elapsed(__u64 from, __u64 to)
{
	return to > from ? to - from : 0;
}

#define SEVTRACE_IS_INIT(id, type) ioctl == SEVTRACE_##id ||
static __always_inline bool is_init(__u32 ioctl)
{
	return SEVTRACE_INITS(SEVTRACE_IS_INIT) false;
}
#undef SEVTRACE_IS_INIT

/* Returns the type that an ioctl gives to a VM of KVM's default type. */
#define SEVTRACE_TYPE_BY_INIT(id, type)                                          \
	if (SEVTRACE_VM_##type != SEVTRACE_VM_UNKNOWN && ioctl == SEVTRACE_##id) \
		return SEVTRACE_VM_##type;
static __always_inline __u8 vm_type_by_init(__u32 ioctl)
{
	SEVTRACE_INITS(SEVTRACE_TYPE_BY_INIT)
	return SEVTRACE_VM_UNKNOWN;
}
#undef SEVTRACE_TYPE_BY_INIT

/* Ioctls and teardown. They tell which launch the thread works on. */

static __always_inline void thread_ioctl_enter(struct thread *t, __u32 launch, __u32 ioctl)
{
	t->launch = launch;
	t->ioctl = ioctl;
	t->in_ioctl = true;
	t->stack_sent = false;
	t->psp_asked = false;
	t->psp_answered = false;
	t->psp_failed = false;
	t->page_type = 0;
	t->private_pages = false;
	t->in_range = false;
}

static __always_inline void thread_ioctl_mark(struct thread *t, __u64 mark)
{
	t->mark = mark;
	t->ioctl_start = mark;
}

static __always_inline void thread_ioctl_exit(struct thread *t)
{
	t->in_ioctl = false;
	t->launch = 0;
}

/* Returns the launch that the thread worked on before, for thread_teardown_exit(). */
static __always_inline __u32 thread_teardown_enter(struct thread *t, __u32 launch)
{
	__u32 outer = t->launch;

	t->launch = launch;
	t->ioctl = SEVTRACE_NO_IOCTL;
	return outer;
}

static __always_inline void thread_teardown_exit(struct thread *t, __u32 outer)
{
	t->launch = outer;
}

/* Tells whether the stack of a failure may be sent: once in an ioctl. */
static __always_inline bool thread_take_stack(struct thread *t)
{
	if (t->stack_sent)
		return false;
	t->stack_sent = true;
	return true;
}

/* Ranges of pages, and the steps of each page. */

static __always_inline void thread_range_enter(struct thread *t, __u8 page_type, bool private_pages)
{
	t->page_type = page_type;
	t->private_pages = private_pages;
}

static __always_inline void thread_range_mark(struct thread *t, __u64 mark)
{
	t->mark = mark;
	t->range_start = mark;
	t->in_range = true;
}

static __always_inline void thread_range_exit(struct thread *t)
{
	t->in_range = false;
	t->page_type = 0;
	t->private_pages = false;
}

static __always_inline enum sevtrace_phase thread_phase(const struct thread *t)
{
	return sevtrace_phase_of(t->ioctl, t->page_type, t->private_pages);
}

/* Fills in all of the record but its header. */
static __always_inline void thread_step_record(const struct thread *t, const struct step *step,
					       __u64 duration, struct sevtrace_rec_step *rec)
{
	rec->duration = duration;
	rec->gfn = step->gfn;
	rec->pfn = step->pfn;
	rec->npages = (__u32)step->npages;
	rec->ret = step->ret;
	rec->step = step->step;
	rec->page_type = t->page_type;
	rec->marks = step->marks;
	rec->private_pages = t->private_pages;
	rec->ioctl = t->ioctl;
}

/* Pages: successive steps in a range become one record. */

/* Tells whether there are steps or a command whose record has not been sent. */
static __always_inline bool thread_page_open(const struct thread *t)
{
	return t->page.nr_steps || t->page.psp_step;
}

/* Tells whether the step is of the same page as those gathered. */
static __always_inline bool thread_page_fits(const struct thread *t, const struct step *step)
{
	const struct sevtrace_rec_page *p = &t->page;

	if (!p->nr_steps)
		return true;
	return p->nr_steps < SEVTRACE_PAGE_STEPS && p->gfn == step->gfn &&
	       p->npages == (__u32)step->npages &&
	       (p->pfn == step->pfn || p->pfn == SEVTRACE_NO_FRAME ||
		step->pfn == SEVTRACE_NO_FRAME);
}

static __always_inline __u64 page_command_time(const struct sevtrace_rec_page *p)
{
	return p->wait + p->prep + p->exec + p->reclaim;
}

static __always_inline void page_lasts(struct thread *t, __u64 ts, __u64 duration)
{
	t->page.h.ts = ts;
	if (duration > t->page_longest)
		t->page_longest = duration;
}

/* Adds a step that fits. */
static __always_inline void thread_page_add(struct thread *t, const struct step *step, __u64 ts,
					    __u64 duration)
{
	struct sevtrace_rec_page *p = &t->page;
	__u32 at = p->nr_steps;

	if (at >= SEVTRACE_PAGE_STEPS)
		return;
	page_lasts(t, ts, duration);
	if (p->psp_step == at + 1)
		duration = elapsed(page_command_time(p), duration);
	p->ns[at] = duration;
	p->steps[at] = step->step;
	p->nr_steps = (__u8)(at + 1);
	if (!at) {
		p->gfn = step->gfn;
		p->pfn = step->pfn;
		p->npages = (__u32)step->npages;
		p->ioctl = t->ioctl;
		p->page_type = t->page_type;
		p->private_pages = t->private_pages;
	} else if (step->pfn != SEVTRACE_NO_FRAME) {
		p->pfn = step->pfn;
	}
	p->ret = step->ret;
	p->marks |= step->marks;
}

/*
 * Tells whether the page's record has to be sent after this step: at a failure, or when the page is
 * done. A page that KVM took from guest_memfd is done when KVM releases it.
 */
static __always_inline bool thread_page_done(const struct thread *t, const struct step *step)
{
	return step->ret || step->step == SEVTRACE_STEP_RELEASE ||
	       (step->step == SEVTRACE_STEP_PSP && !t->page.private_pages);
}

static __always_inline bool thread_page_failed(const struct thread *t)
{
	return t->page.ret || t->page.psp_ret;
}

static __always_inline void thread_page_reset(struct thread *t)
{
	__builtin_memset(&t->page, 0, sizeof(t->page));
	t->page_longest = 0;
}

/*
 * Tells whether the thread's stack is wanted: the first failing step of an ioctl shows why the
 * ioctl failed.
 */
static __always_inline bool thread_step_failed(const struct thread *t, const struct step *step)
{
	return step->ret && t->in_ioctl;
}

/* Updates of memory attributes. */

static __always_inline void thread_attr_mark(struct thread *t, __u64 mark)
{
	t->attr_wait = 0;
	t->attr_start = mark;
	t->in_attr = true;
}

static __always_inline void thread_attr_locked(struct thread *t, __u64 ts)
{
	t->attr_wait = elapsed(t->attr_start, ts);
}

/* Returns the duration of the update. */
static __always_inline __u64 thread_attr_exit(struct thread *t, __u64 ts)
{
	__u64 duration = elapsed(t->attr_start, ts);

	t->in_attr = false;
	return duration;
}

/*
 * Returns the phase of an attribute update. User space's own update lies in no SEV ioctl; KVM's own
 * update lies in the range that it makes private.
 */
static __always_inline enum sevtrace_phase thread_attr_phase(const struct thread *t)
{
	return t->in_ioctl ? thread_phase(t) : SEVTRACE_PHASE_OTHER;
}

/* PSP commands. */

/* Returns the command under way at this depth, or NULL. */
static __always_inline struct psp_command *thread_active_command(struct thread *t, __u64 depth)
{
	if (depth >= PSP_DEPTHS || !t->psp[depth].active)
		return NULL;
	return &t->psp[depth];
}

static __always_inline void command_wait(struct psp_command *c, __u64 mark)
{
	c->waiting = true;
	c->mark = mark;
}

/* Returns how long the command that starts now has waited for the mailbox. */
static __always_inline __u64 command_waited(const struct psp_command *c, __u64 ts)
{
	return c->waiting ? elapsed(c->mark, ts) : 0;
}

static __always_inline void command_start(struct psp_command *c, __u32 cmd, __u64 wait)
{
	__builtin_memset(c, 0, sizeof(*c));
	c->wait = wait;
	c->cmd = cmd;
	c->active = true;
}

static __always_inline void command_issue(struct psp_command *c, __u64 ts)
{
	c->prep = elapsed(c->mark, ts);
}

static __always_inline void command_complete(struct psp_command *c, __u64 ts, bool extra,
					     __u32 err_lo, __u32 err_hi)
{
	c->exec = elapsed(c->mark, ts);
	c->completed = true;
	c->extra = extra;
	c->err_lo = err_lo;
	c->err_hi = err_hi;
}

static __always_inline struct psp_result command_result(__u8 depth, bool asked, bool answered,
							__u32 status, __s32 ret)
{
	return (struct psp_result){
		.status = answered ? status : 0,
		.ret = ret,
		.depth = depth,
		.asked = asked,
		.answered = answered,
	};
}

/* Fills in all of the record but its header. */
static __always_inline void command_record(const struct psp_command *c,
					   const struct psp_result *result, __u64 ts,
					   struct sevtrace_rec_psp *rec)
{
	__u64 last = elapsed(c->mark, ts);

	rec->wait = c->wait;
	rec->prep = c->completed ? c->prep : last;
	rec->exec = c->exec;
	rec->reclaim = c->completed ? last : 0;
	rec->cmd = c->cmd;
	rec->status = result->status;
	rec->ret = result->ret;
	rec->err_lo = c->err_lo;
	rec->err_hi = c->err_hi;
	rec->depth = result->depth;
	rec->asked = result->asked;
	rec->answered = result->answered;
	rec->extra = c->extra;
}

/*
 * Tells whether a command that ends is part of the step under way in a page, and needs no record of
 * its own.
 */
static __always_inline bool thread_page_takes(const struct thread *t, __u8 depth)
{
	return t->in_range && !depth && !t->page.psp_step;
}

static __always_inline void thread_page_command(struct thread *t, const struct psp_command *c,
						const struct psp_result *result, __u64 ts)
{
	struct sevtrace_rec_page *p = &t->page;
	__u64 last = elapsed(c->mark, ts);

	p->wait = c->wait;
	p->prep = c->completed ? c->prep : last;
	p->exec = c->exec;
	p->reclaim = c->completed ? last : 0;
	p->cmd = c->cmd;
	p->status = result->status;
	p->psp_ret = result->ret;
	p->err_lo = c->err_lo;
	p->err_hi = c->err_hi;
	p->asked = result->asked;
	p->answered = result->answered;
	p->extra = c->extra;
	p->psp_step = (__u8)(p->nr_steps + 1);
	if (!p->nr_steps) {
		p->gfn = SEVTRACE_NO_FRAME;
		p->pfn = SEVTRACE_NO_FRAME;
		p->ioctl = t->ioctl;
		p->page_type = t->page_type;
		p->private_pages = t->private_pages;
	}
	page_lasts(t, ts, page_command_time(p));
}

/*
 * Ends a command. For its ioctl, the thread keeps the result of the first command that failed, else
 * of the last one. Nested commands do not count.
 */
static __always_inline void thread_command_end(struct thread *t, struct psp_command *c,
					       const struct psp_result *result)
{
	c->active = false;
	if (result->depth || t->psp_failed)
		return;
	t->psp_asked = result->asked;
	t->psp_answered = result->answered;
	t->psp_failed = result->ret != 0;
}

#endif /* SEVTRACE_PAIRING_H */
