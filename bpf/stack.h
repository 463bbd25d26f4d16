/* SPDX-License-Identifier: GPL-2.0-only */
/* Sends the stacks of a thread in which something failed, or which is sampled. */
#ifndef BPF_STACK_H
#define BPF_STACK_H

#include "record.h"

/*
 * Number of innermost kernel frames that belong to the tracer. Of a tracepoint: the program and
 * bpf_trace_run*().
 */
#ifndef OWN_FRAMES
#define OWN_FRAMES 2
#endif

/* The collector gives it its size before loading; a page if it does not want copies. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SEVTRACE_STACK_COPIES);
} stack_copies __weak SEC(".maps");

/* Distinct failures whose stack was copied. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SEVTRACE_MAX_FAILURES);
	__type(key, struct sevtrace_failure);
	__type(value, u32);
} failures __weak SEC(".maps");

/* The current second, and the number of copies in it. */
__u64 copies_second __weak = 0;
__u32 copies_made __weak = 0;

/* Limits the rate of copies. CPUs that race may let a few more pass. */
static __always_inline bool may_copy(u64 ts)
{
	u64 second = ts / 1000000000;

	if (copies_second != second) {
		copies_second = second;
		copies_made = 0;
	}
	return __sync_fetch_and_add(&copies_made, 1) < SEVTRACE_COPIES_PER_SECOND;
}

/*
 * Sends a copy of registers and user stack, from which the collector unwinds. Distributions leave
 * frame pointers out, and without them the kernel sees only the innermost function. The copy does
 * not count as a record. Returns whether it was sent.
 */
__weak __noinline int user_stack_send(u32 launch, u32 tid, u64 ts, u32 sample)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *r = (struct pt_regs *)bpf_task_pt_regs(task);
	struct sevtrace_user_stack *copy = bpf_ringbuf_reserve(&stack_copies, sizeof(*copy), 0);
	u64 sp = r->sp;

	if (!copy) {
		count_loss(SEVTRACE_LOSS_USER_STACK);
		return 0;
	}
	copy->h = (struct sevtrace_rec){
		.ts = ts,
		.type = SEVTRACE_USER_STACK,
		.size = sizeof(*copy),
		.launch = launch,
		.tid = tid,
	};
	copy->regs[0] = r->ax;
	copy->regs[1] = r->dx;
	copy->regs[2] = r->cx;
	copy->regs[3] = r->bx;
	copy->regs[4] = r->si;
	copy->regs[5] = r->di;
	copy->regs[6] = r->bp;
	copy->regs[7] = sp;
	copy->regs[8] = r->r8;
	copy->regs[9] = r->r9;
	copy->regs[10] = r->r10;
	copy->regs[11] = r->r11;
	copy->regs[12] = r->r12;
	copy->regs[13] = r->r13;
	copy->regs[14] = r->r14;
	copy->regs[15] = r->r15;
	copy->regs[16] = r->ip;
	copy->pid = bpf_get_current_pid_tgid() >> 32;
	copy->sample = sample;
	copy->bytes = 0;
	for (u32 at = 0; at < SEVTRACE_USER_STACK_BYTES; at += SEVTRACE_USER_STACK_CHUNK) {
		if (bpf_probe_read_user(&copy->stack[at], SEVTRACE_USER_STACK_CHUNK,
					(void *)(sp + at)))
			break;
		copy->bytes = at + SEVTRACE_USER_STACK_CHUNK;
	}
	bpf_ringbuf_submit(copy, BPF_RB_NO_WAKEUP);
	return 1;
}

/*
 * Sends a copy if this is the first failure of its kind. Returns which failure has the copy, see
 * struct sevtrace_failure; 0: none.
 */
static __always_inline u32 user_stack_offer(const struct thread *t, u64 ts, s32 ret, u32 step)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *r = (struct pt_regs *)bpf_task_pt_regs(task);
	struct sevtrace_failure failure = {
		.started = BPF_CORE_READ(task, group_leader, start_time),
		.sp = r->sp,
		.pid = bpf_get_current_pid_tgid() >> 32,
		.ioctl = t->ioctl,
		.ret = ret,
		.step = step,
	};
	u32 copied = (u32)ts, *first;

	if (bpf_map_update_elem(&failures, &failure, &copied, BPF_NOEXIST)) {
		first = bpf_map_lookup_elem(&failures, &failure);
		return first ? *first : 0;
	}
	if (!may_copy(ts))
		count_loss(SEVTRACE_LOSS_USER_STACK_RATE);
	else if (user_stack_send(t->launch, (u32)bpf_get_current_pid_tgid(), ts, 0))
		return copied;
	bpf_map_delete_elem(&failures, &failure); /* the next one may get through */
	return 0;
}

/*
 * Sends the stacks of a failure, once in an ioctl. Urgent: the collector looks the user addresses
 * up while the process still exists.
 */
static __always_inline void stack_send(void *ctx, struct thread *t, u64 ts, s32 ret, u32 step)
{
	struct sevtrace_rec_stack *rec;
	long kernel, user;
	u32 copied;

	if (!thread_take_stack(t))
		return;
	copied = user_stacks ? user_stack_offer(t, ts, ret, step) : 0;
	rec = record_new(SEVTRACE_REC_STACK, sizeof(*rec), ts, t->launch);
	if (!rec)
		return;
	rec->pid = bpf_get_current_pid_tgid() >> 32;
	rec->copied = copied;
	kernel = bpf_get_stack(ctx, rec->kernel, sizeof(rec->kernel), OWN_FRAMES);
	user = bpf_get_stack(ctx, rec->user, sizeof(rec->user), BPF_F_USER_STACK);
	if (kernel < 0 && user < 0)
		count_loss(SEVTRACE_LOSS_STACK);
	record_send_urgent(rec);
}

#endif /* BPF_STACK_H */
