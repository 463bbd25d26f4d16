// SPDX-License-Identifier: GPL-2.0-only
#include "perfdata/pairing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sevtrace/kvm_sev.h>
#include <sevtrace/pairing.h>

#include "perfdata/launches.h"
#include "perfdata/tasks.h"

struct pairing {
	pairing_sink sink;
	void *ctx;
	struct tasks tasks;
	struct launches launches;
	__u64 unknown_steps;
};

struct pairing *pairing_new(pairing_sink sink, void *ctx)
{
	struct pairing *p = calloc(1, sizeof(*p));

	if (p) {
		p->sink = sink;
		p->ctx = ctx;
	}
	return p;
}

void pairing_free(struct pairing *p)
{
	if (!p)
		return;
	tasks_free(&p->tasks);
	launches_free(&p->launches);
	free(p);
}

__u64 pairing_unknown_steps(const struct pairing *p)
{
	return p->unknown_steps;
}

__u32 pairing_launches(const struct pairing *p)
{
	return p->launches.last;
}

static struct sevtrace_rec header(const struct perf_event *e, __u32 launch, __u16 type, size_t size)
{
	return (struct sevtrace_rec){ .ts = e->ts,
				      .launch = launch,
				      .tid = e->tid,
				      .type = type,
				      .size = (__u16)size,
				      .cpu = e->cpu };
}

#define SEND(p, rec) ((p)->sink((p)->ctx, &(rec).h))

/* Sends the record of the page that a thread works on, if there is one: before any other record. */
static int page_flush(struct pairing *p, struct thread *t)
{
	struct sevtrace_rec_page rec;

	if (!t || !thread_page_open(t))
		return 0;
	rec = t->page;
	rec.h.launch = t->launch;
	rec.h.type = SEVTRACE_REC_PAGE;
	rec.h.size = sizeof(rec);
	thread_page_reset(t);
	return SEND(p, rec);
}

static void note_task(struct thread *t, const struct perf_event *e)
{
	t->page.h.tid = e->tid;
	t->page.h.cpu = e->cpu;
}

static __u8 vm_type_of(__u64 type, __u32 ioctl)
{
	return type ? (__u8)type : vm_type_by_init(ioctl);
}

static int launch_begin(struct pairing *p, const struct perf_event *e, __u32 number, __u8 vm_type,
			bool joined)
{
	struct sevtrace_rec_launch_begin rec = {
		.h = header(e, number, SEVTRACE_REC_LAUNCH_BEGIN, sizeof(rec)),
		.pid = e->pid,
		.vm_type = vm_type,
		.joined = joined,
	};
	const struct task *leader = tasks_find(&p->tasks, e->pid);

	if (leader)
		memcpy(rec.comm, leader->comm, sizeof(rec.comm));
	return SEND(p, rec);
}

static int launch_end(struct pairing *p, const struct perf_event *e, struct launch *launch,
		      __u64 duration, bool destroyed)
{
	struct sevtrace_rec_launch_end rec = {
		.h = header(e, launch->keys[LAUNCH_BY_NUMBER], SEVTRACE_REC_LAUNCH_END,
			    sizeof(rec)),
		.duration = duration,
		.asid = launch->keys[LAUNCH_BY_ASID],
		.destroyed = destroyed,
	};

	launches_remove(&p->launches, launch);
	return SEND(p, rec);
}

static int ioctl_enter(struct pairing *p, const struct perf_event *e, __u32 ioctl, __u64 asid,
		       __u64 vm_type, __u64 addr, __u64 len)
{
	struct worker *w = tasks_worker(&p->tasks, e->tid);
	struct launch *launch = launches_by_asid(&p->launches, e->pid, (__u32)asid);
	struct sevtrace_rec_ioctl_enter rec;
	int err;

	if (!w)
		return -ENOMEM;
	err = page_flush(p, &w->state);
	if (err)
		return err;
	if (!launch) {
		launch = launches_add(&p->launches, e->pid, (__u32)asid);
		if (!launch)
			return -ENOMEM;
		err = launch_begin(p, e, launch->keys[LAUNCH_BY_NUMBER], vm_type_of(vm_type, ioctl),
				   asid != 0);
	}
	thread_ioctl_enter(&w->state, launch->keys[LAUNCH_BY_NUMBER], ioctl);
	thread_ioctl_mark(&w->state, e->ts);
	w->last_launch = launch->keys[LAUNCH_BY_NUMBER];
	rec = (struct sevtrace_rec_ioctl_enter){
		.h = header(e, launch->keys[LAUNCH_BY_NUMBER], SEVTRACE_REC_IOCTL_ENTER,
			    sizeof(rec)),
		.addr = addr,
		.len = len,
		.ioctl = ioctl,
	};
	return err ? err : SEND(p, rec);
}

/* Sends the stack of a failure, once in an ioctl. */
static int stack_send(struct pairing *p, const struct perf_event *e, struct thread *t)
{
	struct sevtrace_rec_stack rec = {
		.h = header(e, t->launch, SEVTRACE_REC_STACK, sizeof(rec)),
		.pid = e->pid,
	};

	if (!e->stack || !thread_take_stack(t))
		return 0;
	memcpy(rec.kernel, e->stack->kernel, sizeof(rec.kernel));
	memcpy(rec.user, e->stack->user, sizeof(rec.user));
	return SEND(p, rec);
}

/* Updates the launch after an ioctl. A VM that has no ASID after a failure will not be launched. */
static int launch_after_ioctl(struct pairing *p, const struct perf_event *e, __u32 number,
			      __u32 ioctl, __u32 asid, __s32 ret)
{
	struct launch *launch = launches_by_number(&p->launches, number);

	if (!launch)
		return 0;
	if (asid) {
		launches_set_asid(&p->launches, launch, asid);
		if (is_init(ioctl) && !ret)
			launches_take_asid(&p->launches, number, asid);
		return 0;
	}
	if (ret)
		return launch_end(p, e, launch, 0, false);
	launches_remove(&p->launches, launch);
	return 0;
}

static int ioctl_exit(struct pairing *p, const struct perf_event *e, struct thread *t, __u64 asid,
		      __u64 vm_type, __s32 ret, __u64 fw_error)
{
	struct sevtrace_rec_ioctl_exit rec;
	int err = 0;

	if (!t || !t->launch || !t->in_ioctl)
		return 0;
	rec = (struct sevtrace_rec_ioctl_exit){
		.h = header(e, t->launch, SEVTRACE_REC_IOCTL_EXIT, sizeof(rec)),
		.duration = elapsed(t->ioctl_start, e->ts),
		.ioctl = t->ioctl,
		.ret = ret,
		.fw_error = (__u32)fw_error,
		.asid = (__u32)asid,
		.vm_type = vm_type_of(vm_type, t->ioctl),
		.psp_asked = t->psp_asked,
		.psp_answered = t->psp_answered,
	};
	err = page_flush(p, t);
	if (!err && ret && !sevtrace_is_length_query(t->ioctl, ret, rec.fw_error))
		err = stack_send(p, e, t);
	if (!err)
		err = SEND(p, rec);
	thread_ioctl_exit(t);
	return err ? err : launch_after_ioctl(p, e, rec.h.launch, rec.ioctl, rec.asid, ret);
}

static int destroy_start(struct pairing *p, const struct perf_event *e)
{
	struct launch *launch =
		launches_destroyed(&p->launches, e->pid, (__u32)e->values[DESTROY_ASID]);
	struct worker *w;
	int err;

	if (!launch)
		return 0;
	w = tasks_worker(&p->tasks, e->tid);
	if (!w)
		return -ENOMEM;
	err = page_flush(p, &w->state);
	if (err)
		return err;
	w->outer = thread_teardown_enter(&w->state, launch->keys[LAUNCH_BY_NUMBER]);
	w->state.mark = e->ts;
	w->in_destroy = true;
	w->destroy_start = e->ts;
	return 0;
}

/* Ends the launch by its number: at this event, another VM may already have its ASID. */
static int destroy_end(struct pairing *p, const struct perf_event *e, struct worker *w)
{
	struct launch *launch;
	int err;

	if (!w || !w->in_destroy)
		return 0;
	err = page_flush(p, &w->state);
	if (err)
		return err;
	launch = launches_by_number(&p->launches, w->state.launch);
	w->in_destroy = false;
	thread_teardown_exit(&w->state, w->outer);
	return launch ? launch_end(p, e, launch, elapsed(w->destroy_start, e->ts), true) : 0;
}

static int range_start(struct pairing *p, const struct perf_event *e, struct thread *t)
{
	struct sevtrace_rec_range_start rec;
	int err;

	if (!t || !t->launch)
		return 0;
	err = page_flush(p, t);
	if (err)
		return err;
	rec = (struct sevtrace_rec_range_start){
		.h = header(e, t->launch, SEVTRACE_REC_RANGE_START, sizeof(rec)),
		.gfn = e->values[RANGE_GFN],
		.uaddr = e->values[RANGE_UADDR],
		.npages = e->values[RANGE_NPAGES],
		.slot = (__s32)e->values[RANGE_SLOT],
		.page_type = (__u8)e->values[RANGE_PAGE_TYPE],
		.private_pages = e->values[RANGE_PRIVATE] != 0,
	};
	thread_range_enter(t, rec.page_type, rec.private_pages);
	thread_range_mark(t, e->ts);
	return SEND(p, rec);
}

static int range_end(struct pairing *p, const struct perf_event *e, struct thread *t)
{
	struct sevtrace_rec_range_end rec;
	int err;

	if (!t || !t->launch || !t->in_range)
		return 0;
	err = page_flush(p, t);
	if (err)
		return err;
	rec = (struct sevtrace_rec_range_end){
		.h = header(e, t->launch, SEVTRACE_REC_RANGE_END, sizeof(rec)),
		.duration = elapsed(t->range_start, e->ts),
		.gfn = e->values[RANGE_GFN],
		.uaddr = e->values[RANGE_UADDR],
		.npages = e->values[RANGE_NPAGES],
		.done = e->values[RANGE_DONE],
		.ret = (__s32)e->values[RANGE_RET],
		.page_type = t->page_type,
		.private_pages = t->private_pages,
	};
	thread_range_exit(t);
	t->mark = e->ts;
	return SEND(p, rec);
}

static __u8 step_of(const struct perf_event *e)
{
#define KERNEL_STEP(number, id) [number] = SEVTRACE_STEP_##id,
	static const __u8 sev[] = { SEVTRACE_KERNEL_SEV_STEPS(KERNEL_STEP) };
	static const __u8 populate[] = { SEVTRACE_KERNEL_POPULATE_STEPS(KERNEL_STEP) };
#undef KERNEL_STEP
	__u64 step = e->values[STEP_STEP];

	if (e->type == PERF_CLFLUSH)
		return SEVTRACE_STEP_CLFLUSH;
	if (e->type == PERF_STEP)
		return step < sizeof(sev) ? sev[step] : SEVTRACE_STEP_NONE;
	return step < sizeof(populate) ? populate[step] : SEVTRACE_STEP_NONE;
}

/* A step outside any range has a record of its own. */
static int lone_step(struct pairing *p, const struct perf_event *e, const struct thread *t,
		     const struct step *step, __u64 duration)
{
	struct sevtrace_rec_step rec;

	rec.h = header(e, t->launch, SEVTRACE_REC_STEP, sizeof(rec));
	thread_step_record(t, step, duration, &rec);
	return SEND(p, rec);
}

static int page_step(struct pairing *p, const struct perf_event *e, struct thread *t,
		     const struct step *step, __u64 duration)
{
	int err = thread_page_fits(t, step) ? 0 : page_flush(p, t);

	thread_page_add(t, step, e->ts, duration);
	note_task(t, e);
	return !err && thread_page_done(t, step) ? page_flush(p, t) : err;
}

static int step_end(struct pairing *p, const struct perf_event *e, struct thread *t)
{
	bool flush = e->type == PERF_CLFLUSH;
	const struct step step = {
		.gfn = e->values[STEP_GFN],
		.pfn = flush ? SEVTRACE_NO_FRAME : e->values[STEP_PFN],
		.npages = e->values[STEP_NPAGES],
		.ret = flush ? 0 : (__s32)e->values[STEP_RET],
		.step = step_of(e),
		.marks = flush && e->values[STEP_SKIPPED] ? SEVTRACE_MARK_SKIPPED : 0,
	};
	__u64 duration;
	int err;

	if (!t || !t->launch)
		return 0;
	duration = elapsed(t->mark, e->ts);
	t->mark = e->ts;
	if (step.step == SEVTRACE_STEP_NONE) {
		p->unknown_steps++;
		return 0;
	}
	err = t->in_range ? page_step(p, e, t, &step, duration) :
			    lone_step(p, e, t, &step, duration);
	return !err && thread_step_failed(t, &step) ? stack_send(p, e, t) : err;
}

static __u32 attr_launch(struct pairing *p, const struct perf_event *e, const struct worker *w)
{
	const struct launch *launch;

	if (w->state.in_ioctl)
		return w->state.launch;
	launch = launches_by_number(&p->launches, w->last_launch);
	if (!launch)
		launch = launches_only(&p->launches, e->pid);
	return launch ? launch->keys[LAUNCH_BY_NUMBER] : 0;
}

static int attr_event(struct pairing *p, const struct perf_event *e)
{
	struct worker *w = tasks_worker(&p->tasks, e->tid);
	struct sevtrace_rec_attr rec;
	struct thread *t;
	int err;

	if (!w)
		return -ENOMEM;
	t = &w->state;
	if (e->type == PERF_ATTR) {
		thread_attr_mark(t, e->ts);
		return 0;
	}
	if (!t->in_attr)
		return 0;
	if (e->type == PERF_ATTR_LOCKED) {
		thread_attr_locked(t, e->ts);
		return 0;
	}
	err = page_flush(p, t);
	if (err)
		return err;
	t->mark = e->ts;
	rec = (struct sevtrace_rec_attr){
		.h = header(e, attr_launch(p, e, w), SEVTRACE_REC_ATTR, sizeof(rec)),
		.duration = thread_attr_exit(t, e->ts),
		.wait = t->attr_wait,
		.start = e->values[ATTR_START],
		.end = e->values[ATTR_END],
		.attributes = e->values[ATTR_ATTR],
		.ret = (__s32)e->values[ATTR_RET],
		.phase = (__u8)thread_attr_phase(t),
	};
	return SEND(p, rec);
}

static int psp_end(struct pairing *p, const struct perf_event *e, struct thread *t,
		   struct psp_command *c)
{
	const __u64 *v = e->values;
	const struct psp_result result = command_result((__u8)v[PSP_DEPTH], v[PSP_ASKED] != 0,
							v[PSP_ANSWERED] != 0, (__u32)v[PSP_STATUS],
							(__s32)v[PSP_RET]);
	struct sevtrace_rec_psp rec;
	int err;

	if (thread_page_takes(t, result.depth)) {
		thread_page_command(t, c, &result, e->ts);
		note_task(t, e);
		thread_command_end(t, c, &result);
		return 0;
	}
	err = page_flush(p, t);
	if (err)
		return err;
	rec.h = header(e, t->launch, SEVTRACE_REC_PSP, sizeof(rec));
	command_record(c, &result, e->ts, &rec);
	thread_command_end(t, c, &result);
	return SEND(p, rec);
}

/* Handles the events between start and end of a command. */
static void psp_progress(struct psp_command *c, const struct perf_event *e)
{
	if (e->type == PERF_PSP_ISSUE)
		command_issue(c, e->ts);
	else
		command_complete(c, e->ts, e->values[PSP_EXTRA] != 0, (__u32)e->values[PSP_ERR_LO],
				 (__u32)e->values[PSP_ERR_HI]);
	c->mark = e->ts;
}

static int psp_event(struct pairing *p, const struct perf_event *e)
{
	struct worker *w = tasks_worker(&p->tasks, e->tid);
	struct psp_command *c;
	__u64 depth;

	if (!w)
		return -ENOMEM;
	if (e->type == PERF_PSP_WAIT) {
		command_wait(&w->state.psp[0], e->ts);
		return 0;
	}
	depth = e->values[PSP_DEPTH];
	if (e->type == PERF_PSP_START && depth < PSP_DEPTHS) {
		c = &w->state.psp[depth];
		command_start(c, (__u32)e->values[PSP_CMD], command_waited(c, e->ts));
		c->mark = e->ts;
		return 0;
	}
	c = thread_active_command(&w->state, depth);
	if (!c || e->type == PERF_PSP_START)
		return 0;
	if (e->type == PERF_PSP_END)
		return psp_end(p, e, &w->state, c);
	psp_progress(c, e);
	return 0;
}

/* Forgets what is known of a thread when it ends or begins: the kernel reuses ids. */
static int task_event(struct pairing *p, const struct perf_event *e)
{
	struct task *task = e->type == PERF_TASK_EXIT ? tasks_find(&p->tasks, e->tid) :
							tasks_get(&p->tasks, e->tid);
	const struct task *parent;
	int err;

	if (!task)
		return e->type == PERF_TASK_EXIT ? 0 : -ENOMEM;
	if (e->type == PERF_TASK_COMM) {
		memcpy(task->comm, e->comm, sizeof(task->comm));
		return 0;
	}
	/* A thread that dies within a page still tells how far it came. */
	err = task->worker ? page_flush(p, &task->worker->state) : 0;
	if (err)
		return err;
	tasks_drop_worker(&p->tasks, task);
	parent = tasks_find(&p->tasks, (__u32)e->values[FORK_PARENT]);
	if (e->type == PERF_TASK_FORK && e->pid == e->tid && parent)
		memcpy(task->comm, parent->comm, sizeof(task->comm));
	return 0;
}

int pairing_finish(struct pairing *p)
{
	int err = 0;

	for (size_t i = 0; i < p->tasks.nr && !err; i++) {
		struct worker *w = p->tasks.all[i]->worker;

		err = w ? page_flush(p, &w->state) : 0;
	}
	return err;
}

int pairing_feed(struct pairing *p, const struct perf_event *e)
{
	struct task *task = tasks_find(&p->tasks, e->tid);
	struct worker *w = task ? task->worker : NULL;
	struct thread *t = w ? &w->state : NULL;
	const __u64 *v = e->values;

	switch (e->type) {
	case PERF_CMD_ENTER:
		return ioctl_enter(p, e, (__u32)v[CMD_CMD], v[CMD_ASID], v[CMD_VM_TYPE], 0, 0);
	case PERF_CMD_EXIT:
		return ioctl_exit(p, e, t, v[CMD_ASID], v[CMD_VM_TYPE], (__s32)v[CMD_RET],
				  v[CMD_FW_ERROR]);
	case PERF_REGION_ENTER:
		return ioctl_enter(p, e,
				   v[REGION_REG] ? SEVTRACE_KVM_MEMORY_ENCRYPT_REG_REGION :
						   SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION,
				   v[REGION_ASID], v[REGION_VM_TYPE], v[REGION_ADDR],
				   v[REGION_SIZE]);
	case PERF_REGION_EXIT:
		return ioctl_exit(p, e, t, v[REGION_ASID], v[REGION_VM_TYPE], (__s32)v[REGION_RET],
				  0);
	case PERF_DESTROY_START:
		return destroy_start(p, e);
	case PERF_DESTROY_END:
		return destroy_end(p, e, w);
	case PERF_RANGE_START:
		return range_start(p, e, t);
	case PERF_RANGE_END:
		return range_end(p, e, t);
	case PERF_STEP:
	case PERF_CLFLUSH:
	case PERF_POPULATE_STEP:
		return step_end(p, e, t);
	case PERF_ATTR:
	case PERF_ATTR_LOCKED:
	case PERF_ATTR_DONE:
		return attr_event(p, e);
	case PERF_TASK_COMM:
	case PERF_TASK_FORK:
	case PERF_TASK_EXIT:
		return task_event(p, e);
	default:
		return psp_event(p, e);
	}
}
