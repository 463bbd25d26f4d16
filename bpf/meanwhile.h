/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a thread did between two of its SEV ioctls. The scheduler counts it anyway, so it costs a
 * few reads an ioctl.
 */
#ifndef BPF_MEANWHILE_H
#define BPF_MEANWHILE_H

#include "record.h"

/*
 * Returns how long the thread had run at `ts`, a moment ago, from any point in time on.
 * sum_exec_runtime is as of exec_start; the scheduler's clock, of which that is, runs as now()
 * does. A tick may come between the reads.
 */
static __always_inline u64 task_ran(struct task_struct *task, u64 ts)
{
	u64 since = *(volatile u64 *)&task->se.exec_start;
	u64 sum = *(volatile u64 *)&task->se.sum_exec_runtime;

	if (since != *(volatile u64 *)&task->se.exec_start) {
		since = *(volatile u64 *)&task->se.exec_start;
		sum = *(volatile u64 *)&task->se.sum_exec_runtime;
	}
	return sum + ts - since;
}

static __always_inline u64 task_ready(struct task_struct *task)
{
	return bpf_core_field_exists(task->sched_info.run_delay) ? task->sched_info.run_delay : 0;
}

/* The thread has left an ioctl of a launch at `ts`. */
static __always_inline void meanwhile_begin(struct thread *t, struct kvm *kvm, u32 launch, u64 ts)
{
	struct task_struct *task = bpf_get_current_task_btf();

	t->meanwhile = (struct meanwhile){
		.ts = ts,
		.ran = task_ran(task, ts),
		.ready = task_ready(task),
		.minor_faults = task->min_flt,
		.major_faults = task->maj_flt,
		.kvm = (u64)kvm,
		.launch = launch,
	};
}

/* It enters the next one at `ts`. Of which launch that is may be known later. */
static __always_inline void meanwhile_end(struct thread *t, u64 ts)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct meanwhile *m = &t->meanwhile;

	t->call.start = 0;
	m->duration = elapsed(m->ts, ts);
	m->ts = ts;
	m->ran = task_ran(task, ts) - m->ran;
	m->ready = task_ready(task) - m->ready;
	m->minor_faults = task->min_flt - m->minor_faults;
	m->major_faults = task->maj_flt - m->major_faults;
}

/* Tells what it did, if both ioctls were of one launch. The end of this one may be missed. */
static __always_inline void meanwhile_send(struct thread *t, u32 launch)
{
	const struct meanwhile *m = &t->meanwhile;
	bool same = launch && m->launch == launch;
	struct sevtrace_rec_meanwhile *rec;

	t->meanwhile.launch = 0;
	if (!same)
		return;
	rec = record_new(SEVTRACE_REC_MEANWHILE, sizeof(*rec), m->ts, launch);
	if (!rec)
		return;
	rec->duration = m->duration;
	rec->ran = m->ran;
	rec->ready = m->ready;
	rec->minor_faults = m->minor_faults;
	rec->major_faults = m->major_faults;
	record_submit(rec);
}

#endif /* BPF_MEANWHILE_H */
