// SPDX-License-Identifier: GPL-2.0-only
#include "perfdata/pairing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sevtrace/kvm_sev.h>

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
	free(p->launches.live);
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

/* Events of one thread are in order, but a file may say anything. */
static __u64 between(__u64 from, __u64 to)
{
	return to > from ? to - from : 0;
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

static bool is_init(__u32 ioctl)
{
	return ioctl == SEVTRACE_KVM_SEV_INIT || ioctl == SEVTRACE_KVM_SEV_ES_INIT ||
	       ioctl == SEVTRACE_KVM_SEV_INIT2;
}

/* A VM of the default type becomes SEV by its INIT. */
static __u8 vm_type_of(__u64 type, __u32 ioctl)
{
	if (type)
		return (__u8)type;
	if (ioctl == SEVTRACE_KVM_SEV_INIT)
		return SEVTRACE_VM_SEV;
	return ioctl == SEVTRACE_KVM_SEV_ES_INIT ? SEVTRACE_VM_SEV_ES : SEVTRACE_VM_UNKNOWN;
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
		.h = header(e, launch->number, SEVTRACE_REC_LAUNCH_END, sizeof(rec)),
		.duration = duration,
		.asid = launch->asid,
		.destroyed = destroyed,
	};

	launches_remove(&p->launches, launch);
	return SEND(p, rec);
}

static int ioctl_enter(struct pairing *p, const struct perf_event *e, __u32 ioctl, __u64 asid,
		       __u64 vm_type, __u64 addr, __u64 len)
{
	struct thread *t = tasks_thread(&p->tasks, e->tid);
	struct launch *launch = launches_by_asid(&p->launches, e->pid, (__u32)asid);
	struct sevtrace_rec_ioctl_enter rec;
	int err = 0;

	if (!t)
		return -ENOMEM;
	if (!launch) {
		launch = launches_add(&p->launches, e->pid, (__u32)asid);
		if (!launch)
			return -ENOMEM;
		err = launch_begin(p, e, launch->number, vm_type_of(vm_type, ioctl), asid != 0);
	}
	t->launch = launch->number;
	t->last_launch = launch->number;
	t->ioctl = ioctl;
	t->in_ioctl = true;
	t->stack_sent = false;
	t->psp_asked = false;
	t->psp_answered = false;
	t->psp_failed = false;
	t->page_type = 0;
	t->private_pages = false;
	t->mark = e->ts;
	t->ioctl_start = e->ts;
	rec = (struct sevtrace_rec_ioctl_enter){
		.h = header(e, t->launch, SEVTRACE_REC_IOCTL_ENTER, sizeof(rec)),
		.addr = addr,
		.len = len,
		.ioctl = ioctl,
	};
	return err ? err : SEND(p, rec);
}

/* The stack of a failure, once in an ioctl. */
static int stack_send(struct pairing *p, const struct perf_event *e, struct thread *t)
{
	struct sevtrace_rec_stack rec = {
		.h = header(e, t->launch, SEVTRACE_REC_STACK, sizeof(rec)),
		.pid = e->pid,
	};

	if (!e->stack || t->stack_sent)
		return 0;
	t->stack_sent = true;
	memcpy(rec.kernel, e->stack->kernel, sizeof(rec.kernel));
	memcpy(rec.user, e->stack->user, sizeof(rec.user));
	return SEND(p, rec);
}

/* A VM without an ASID after a failure is not going to be launched. */
static int launch_after_ioctl(struct pairing *p, const struct perf_event *e, __u32 number,
			      __u32 ioctl, __u32 asid, __s32 ret)
{
	struct launch *launch = launches_by_number(&p->launches, number);

	if (!launch)
		return 0;
	if (asid) {
		launch->asid = asid;
		if (is_init(ioctl) && !ret)
			launches_take_asid(&p->launches, number, asid);
		return 0;
	}
	if (ret)
		return launch_end(p, e, launch, 0, false);
	launches_remove(&p->launches, launch);
	return 0;
}

static int ioctl_exit(struct pairing *p, const struct perf_event *e, __u64 asid, __u64 vm_type,
		      __s32 ret, __u64 fw_error)
{
	struct task *task = tasks_find(&p->tasks, e->tid);
	struct thread *t = task ? task->thread : NULL;
	struct sevtrace_rec_ioctl_exit rec;
	int err;

	if (!t || !t->launch || !t->in_ioctl)
		return 0;
	rec = (struct sevtrace_rec_ioctl_exit){
		.h = header(e, t->launch, SEVTRACE_REC_IOCTL_EXIT, sizeof(rec)),
		.duration = between(t->ioctl_start, e->ts),
		.ioctl = t->ioctl,
		.ret = ret,
		.fw_error = (__u32)fw_error,
		.asid = (__u32)asid,
		.vm_type = vm_type_of(vm_type, t->ioctl),
		.psp_asked = t->psp_asked,
		.psp_answered = t->psp_answered,
	};
	err = ret ? stack_send(p, e, t) : 0;
	if (!err)
		err = SEND(p, rec);
	t->in_ioctl = false;
	t->launch = 0;
	return err ? err : launch_after_ioctl(p, e, rec.h.launch, rec.ioctl, rec.asid, ret);
}

static int destroy_start(struct pairing *p, const struct perf_event *e)
{
	struct launch *launch =
		launches_destroyed(&p->launches, e->pid, (__u32)e->values[DESTROY_ASID]);
	struct thread *t;

	if (!launch)
		return 0;
	t = tasks_thread(&p->tasks, e->tid);
	if (!t)
		return -ENOMEM;
	t->outer = t->launch;
	t->launch = launch->number;
	t->ioctl = SEVTRACE_NO_IOCTL;
	t->in_destroy = true;
	t->mark = e->ts;
	t->destroy_start = e->ts;
	return 0;
}

/* By then the ASID may be another VM's. */
static int destroy_end(struct pairing *p, const struct perf_event *e, struct thread *t)
{
	struct launch *launch;

	if (!t || !t->in_destroy)
		return 0;
	launch = launches_by_number(&p->launches, t->launch);
	t->in_destroy = false;
	t->launch = t->outer;
	return launch ? launch_end(p, e, launch, between(t->destroy_start, e->ts), true) : 0;
}

static int range_start(struct pairing *p, const struct perf_event *e, struct thread *t)
{
	struct sevtrace_rec_range_start rec;

	if (!t || !t->launch)
		return 0;
	rec = (struct sevtrace_rec_range_start){
		.h = header(e, t->launch, SEVTRACE_REC_RANGE_START, sizeof(rec)),
		.gfn = e->values[RANGE_GFN],
		.uaddr = e->values[RANGE_UADDR],
		.npages = e->values[RANGE_NPAGES],
		.slot = (__s32)e->values[RANGE_SLOT],
		.page_type = (__u8)e->values[RANGE_PAGE_TYPE],
		.private_pages = e->values[RANGE_PRIVATE] != 0,
	};
	t->page_type = rec.page_type;
	t->private_pages = rec.private_pages;
	t->mark = e->ts;
	t->range_start = e->ts;
	t->in_range = true;
	return SEND(p, rec);
}

static int range_end(struct pairing *p, const struct perf_event *e, struct thread *t)
{
	struct sevtrace_rec_range_end rec;

	if (!t || !t->launch || !t->in_range)
		return 0;
	rec = (struct sevtrace_rec_range_end){
		.h = header(e, t->launch, SEVTRACE_REC_RANGE_END, sizeof(rec)),
		.duration = between(t->range_start, e->ts),
		.gfn = e->values[RANGE_GFN],
		.uaddr = e->values[RANGE_UADDR],
		.npages = e->values[RANGE_NPAGES],
		.done = e->values[RANGE_DONE],
		.ret = (__s32)e->values[RANGE_RET],
		.page_type = t->page_type,
		.private_pages = t->private_pages,
	};
	t->in_range = false;
	t->page_type = 0;
	t->private_pages = false;
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

static int step_end(struct pairing *p, const struct perf_event *e, struct thread *t)
{
	bool flush = e->type == PERF_CLFLUSH;
	struct sevtrace_rec_step rec;
	__u64 duration;
	int err;

	if (!t || !t->launch)
		return 0;
	duration = between(t->mark, e->ts);
	t->mark = e->ts;
	rec = (struct sevtrace_rec_step){
		.h = header(e, t->launch, SEVTRACE_REC_STEP, sizeof(rec)),
		.duration = duration,
		.gfn = e->values[STEP_GFN],
		.pfn = flush ? SEVTRACE_NO_FRAME : e->values[STEP_PFN],
		.npages = (__u32)e->values[STEP_NPAGES],
		.ret = flush ? 0 : (__s32)e->values[STEP_RET],
		.step = step_of(e),
		.page_type = t->page_type,
		.skipped = flush && e->values[STEP_SKIPPED],
		.private_pages = t->private_pages,
		.ioctl = t->ioctl,
	};
	if (rec.step == SEVTRACE_STEP_NONE) {
		p->unknown_steps++;
		return 0;
	}
	err = SEND(p, rec);
	return !err && rec.ret && t->in_ioctl ? stack_send(p, e, t) : err;
}

static __u32 attr_launch(const struct pairing *p, const struct perf_event *e,
			 const struct thread *t)
{
	const struct launch *launch;

	if (t->in_ioctl)
		return t->launch;
	launch = launches_by_number(&p->launches, t->last_launch);
	if (!launch)
		launch = launches_only(&p->launches, e->pid);
	return launch ? launch->number : 0;
}

static int attr_event(struct pairing *p, const struct perf_event *e)
{
	struct thread *t = tasks_thread(&p->tasks, e->tid);
	struct sevtrace_rec_attr rec;

	if (!t)
		return -ENOMEM;
	if (e->type == PERF_ATTR) {
		t->attr_wait = 0;
		t->attr_start = e->ts;
		t->in_attr = true;
		return 0;
	}
	if (!t->in_attr)
		return 0;
	if (e->type == PERF_ATTR_LOCKED) {
		t->attr_wait = between(t->attr_start, e->ts);
		return 0;
	}
	t->in_attr = false;
	t->mark = e->ts;
	rec = (struct sevtrace_rec_attr){
		.h = header(e, attr_launch(p, e, t), SEVTRACE_REC_ATTR, sizeof(rec)),
		.duration = between(t->attr_start, e->ts),
		.wait = t->attr_wait,
		.start = e->values[ATTR_START],
		.end = e->values[ATTR_END],
		.attributes = e->values[ATTR_ATTR],
		.ret = (__s32)e->values[ATTR_RET],
		.phase = t->in_ioctl ? sevtrace_phase_of(t->ioctl, t->page_type, t->private_pages) :
				       SEVTRACE_PHASE_OTHER,
	};
	return SEND(p, rec);
}

static void psp_start(struct psp_command *c, const struct perf_event *e)
{
	__u64 wait = c->waiting ? between(c->mark, e->ts) : 0;

	*c = (struct psp_command){
		.mark = e->ts,
		.wait = wait,
		.cmd = (__u32)e->values[PSP_CMD],
		.active = true,
	};
}

static int psp_end(struct pairing *p, const struct perf_event *e, struct thread *t,
		   struct psp_command *c)
{
	bool answered = e->values[PSP_ANSWERED] != 0;
	struct sevtrace_rec_psp rec = {
		.h = header(e, t->launch, SEVTRACE_REC_PSP, sizeof(rec)),
		.wait = c->wait,
		.prep = c->completed ? c->prep : between(c->mark, e->ts),
		.exec = c->exec,
		.reclaim = c->completed ? between(c->mark, e->ts) : 0,
		.cmd = c->cmd,
		.status = answered ? (__u32)e->values[PSP_STATUS] : 0,
		.ret = (__s32)e->values[PSP_RET],
		.err_lo = c->err_lo,
		.err_hi = c->err_hi,
		.depth = (__u8)e->values[PSP_DEPTH],
		.asked = e->values[PSP_ASKED] != 0,
		.answered = answered,
		.extra = c->extra,
	};

	c->active = false;
	/* What the ioctl is told about the PSP: its first failure, else its last command. */
	if (!rec.depth && !t->psp_failed) {
		t->psp_asked = rec.asked;
		t->psp_answered = answered;
		t->psp_failed = rec.ret != 0;
	}
	return SEND(p, rec);
}

static int psp_event(struct pairing *p, const struct perf_event *e)
{
	struct thread *t = tasks_thread(&p->tasks, e->tid);
	__u64 depth = e->type == PERF_PSP_WAIT ? 0 : e->values[PSP_DEPTH];
	struct psp_command *c;

	if (!t)
		return -ENOMEM;
	if (depth >= PSP_DEPTHS)
		return 0;
	c = &t->psp[depth];
	if (e->type == PERF_PSP_WAIT) {
		c->waiting = true;
		c->mark = e->ts;
		return 0;
	}
	if (e->type == PERF_PSP_START) {
		psp_start(c, e);
		return 0;
	}
	if (!c->active)
		return 0;
	if (e->type == PERF_PSP_END)
		return psp_end(p, e, t, c);
	if (e->type == PERF_PSP_ISSUE) {
		c->prep = between(c->mark, e->ts);
	} else {
		c->exec = between(c->mark, e->ts);
		c->completed = true;
		c->extra = e->values[PSP_EXTRA] != 0;
		c->err_lo = (__u32)e->values[PSP_ERR_LO];
		c->err_hi = (__u32)e->values[PSP_ERR_HI];
	}
	c->mark = e->ts;
	return 0;
}

/* Ids are used again: what was known of the thread ends with it. */
static int task_event(struct pairing *p, const struct perf_event *e)
{
	struct task *task = e->type == PERF_TASK_EXIT ? tasks_find(&p->tasks, e->tid) :
							tasks_get(&p->tasks, e->tid);
	const struct task *parent;

	if (!task)
		return e->type == PERF_TASK_EXIT ? 0 : -ENOMEM;
	if (e->type == PERF_TASK_COMM) {
		memcpy(task->comm, e->comm, sizeof(task->comm));
		return 0;
	}
	free(task->thread);
	task->thread = NULL;
	parent = tasks_find(&p->tasks, (__u32)e->values[FORK_PARENT]);
	if (e->type == PERF_TASK_FORK && e->pid == e->tid && parent)
		memcpy(task->comm, parent->comm, sizeof(task->comm));
	return 0;
}

int pairing_feed(struct pairing *p, const struct perf_event *e)
{
	struct task *task = tasks_find(&p->tasks, e->tid);
	struct thread *t = task ? task->thread : NULL;
	const __u64 *v = e->values;

	switch (e->type) {
	case PERF_CMD_ENTER:
		return ioctl_enter(p, e, (__u32)v[CMD_CMD], v[CMD_ASID], v[CMD_VM_TYPE], 0, 0);
	case PERF_CMD_EXIT:
		return ioctl_exit(p, e, v[CMD_ASID], v[CMD_VM_TYPE], (__s32)v[CMD_RET],
				  v[CMD_FW_ERROR]);
	case PERF_REGION_ENTER:
		return ioctl_enter(p, e,
				   v[REGION_REG] ? SEVTRACE_KVM_MEMORY_ENCRYPT_REG_REGION :
						   SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION,
				   v[REGION_ASID], v[REGION_VM_TYPE], v[REGION_ADDR],
				   v[REGION_SIZE]);
	case PERF_REGION_EXIT:
		return ioctl_exit(p, e, v[REGION_ASID], v[REGION_VM_TYPE], (__s32)v[REGION_RET], 0);
	case PERF_DESTROY_START:
		return destroy_start(p, e);
	case PERF_DESTROY_END:
		return destroy_end(p, e, t);
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
