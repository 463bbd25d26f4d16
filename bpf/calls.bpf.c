// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times what a VMM's threads do between two SEV ioctls of a launch: their system calls, and their
 * page faults outside of these. Only loaded on request, as every task of the host passes the events
 * of system calls then.
 */
#include "hist.h"
#include "meanwhile.h"

#define NR_IOCTL 16 /* arch/x86/entry/syscalls/syscall_64.tbl */

/* Returns the thread's state if the thread is between two ioctls of a launch. */
static __always_inline struct thread *thread_outside(void)
{
	struct thread *t = thread_get();

	return t && t->meanwhile.launch && !t->in_ioctl && !t->in_attr ? t : NULL;
}

/* Its launch may have finished meanwhile, by another thread, or be over. */
static __always_inline bool launches_on(const struct thread *t)
{
	struct sevtrace_launch *launch = launch_get((struct kvm *)t->meanwhile.kvm);

	return launch && launch->number == t->meanwhile.launch && !launch->finished;
}

static __always_inline void add_call(const struct thread *t, enum sevtrace_hist_kind kind, u32 id,
				     u64 start)
{
	if (launches_on(t))
		hist_add(t->meanwhile.launch, kind, id, elapsed(start, now()), 0);
}

SEC("raw_tp/sys_enter")
int BPF_PROG(call_enter, struct pt_regs *regs, long number)
{
	struct thread *t = thread_outside();

	if (!t)
		return 0;
	t->call.start = now();
	t->call.number = (u32)number;
	if (number == NR_IOCTL)
		t->call.ioctl = (u32)BPF_CORE_READ(regs, si);
	return 0;
}

SEC("raw_tp/sys_exit")
int BPF_PROG(call_exit, struct pt_regs *regs, long ret)
{
	struct thread *t = thread_outside();

	/* One that was a SEV ioctl has taken the start away. */
	if (!t || !t->call.start)
		return 0;
	if (t->call.number == NR_IOCTL)
		add_call(t, SEVTRACE_HIST_IOCTL_CALL, t->call.ioctl, t->call.start);
	else
		add_call(t, SEVTRACE_HIST_CALL, t->call.number, t->call.start);
	t->call.start = 0;
	return 0;
}

SEC("fentry/handle_mm_fault")
int BPF_PROG(fault_enter)
{
	struct thread *t = thread_outside();

	if (t && !t->call.start)
		t->call.fault = now();
	return 0;
}

SEC("fexit/handle_mm_fault")
int BPF_PROG(fault_exit)
{
	struct thread *t = thread_outside();

	if (!t || !t->call.fault)
		return 0;
	add_call(t, SEVTRACE_HIST_FAULT, 0, t->call.fault);
	t->call.fault = 0;
	return 0;
}
