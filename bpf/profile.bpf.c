// SPDX-License-Identifier: GPL-2.0-only
/*
 * Samples what the VMMs run while they launch. Every CPU that is busy passes this program at each
 * tick of its own clock.
 */
#include "profile.h"
#include "stack.h"

/* Copies of stacks leave the rest of their buffer to failures. The collector sets this. */
const volatile __u64 sample_copies_bytes = 0;

/* CS in the registers of a sample, which the context begins with: struct pt_regs, asm/ptrace.h */
#define CS 17
#define USER_MODE 3 /* the privilege level of programs */

/* Without a copy, the collector may know the stack from an earlier one, else it counts a loss. */
static __always_inline u32 copy_stack(u32 launch, u64 ts)
{
	if (!user_stacks ||
	    bpf_ringbuf_query(&stack_copies, BPF_RB_AVAIL_DATA) >= sample_copies_bytes)
		return 0;
	return user_stack_send(launch, (u32)bpf_get_current_pid_tgid(), ts, 1);
}

SEC("perf_event")
int sample(u64 *ctx)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	u64 *kvm = bpf_map_lookup_elem(&launching, &pid);
	struct sevtrace_launch *launch = kvm ? bpf_map_lookup_elem(&launches, kvm) : NULL;
	struct sevtrace_rec_sample *rec;
	struct task_struct *task;
	struct pt_regs *user;
	struct thread *t;
	u64 ts = now();
	u32 copied;

	if (!launch || launch->finished)
		return 0;
	copied = copy_stack(launch->number, ts);
	rec = record_new_bulk(SEVTRACE_REC_SAMPLE, sizeof(*rec), ts, launch->number, 0);
	if (!rec)
		return 0;
	task = bpf_get_current_task_btf();
	user = (struct pt_regs *)bpf_task_pt_regs(task);
	t = thread_get();
	rec->user[0] = user->ip;
	rec->sp = user->sp;
	rec->period = sample_period;
	rec->pid = pid;
	rec->copied = copied;
	rec->in_kernel = (ctx[CS] & USER_MODE) != USER_MODE;
	rec->in_ioctl = t && t->in_ioctl;
	record_submit(rec);
	return 0;
}
