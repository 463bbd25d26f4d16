/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways out of the kernel: records through the ring buffer, samples into histograms.
 */
#ifndef BPF_EMIT_H
#define BPF_EMIT_H

#include "state.h"

#include <sevtrace/hist.h>

/* Tries to move a maximum while others do the same; each round one of them wins. */
#define MAX_RACES 8

/* The collector sets the size before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} records __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SEVTRACE_MAX_HISTS);
	__type(key, struct sevtrace_hist_key);
	__type(value, struct sevtrace_hist);
} hists __weak SEC(".maps");

/* Records dropped, by launch. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SEVTRACE_MAX_LAUNCHES);
	__type(key, u32);
	__type(value, u64);
} launch_drops __weak SEC(".maps");

/* The collector is woken when so much is waiting; it looks now and then by itself. */
const volatile __u64 wakeup_bytes __weak = 0;

/*
 * Pages come by the thousand, so their records are only let in while no more than this is waiting.
 * The rest of the buffer is for what tells a launch's course: ioctls, ranges, failures.
 */
const volatile __u64 bulk_bytes __weak = 0;

static const struct sevtrace_hist empty_hist;

/*
 * Functions that are not static are verified once instead of at each call, which is most of the time that it takes to
 * attach; weak, as each object has them.
 */

/* Where the map is full, the launch is not known, but the CPU's count has it. */
__weak __noinline int count_drop(u32 launch)
{
	struct sevtrace_counters *c = cpu_counters();
	u64 *count, zero = 0;

	if (c)
		c->dropped++;
	count = bpf_map_lookup_elem(&launch_drops, &launch);
	if (!count) {
		bpf_map_update_elem(&launch_drops, &launch, &zero, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&launch_drops, &launch);
	}
	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

/*
 * A record to fill in, zeroed but for its header, or NULL (counted) when the ring buffer has no
 * room for it. Must be followed by record_submit(). size is a constant.
 */
static __always_inline void *record_reserve(u16 type, u16 size, u64 ts, u32 launch, bool bulk)
{
	struct sevtrace_counters *c = cpu_counters();
	struct sevtrace_rec *rec = NULL;

	if (c)
		c->emitted++;
	if (!bulk || bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) < bulk_bytes)
		rec = bpf_ringbuf_reserve(&records, size, 0);
	if (!rec) {
		count_drop(launch);
		return NULL;
	}
	__builtin_memset(rec, 0, size);
	rec->ts = ts;
	rec->launch = launch;
	rec->tid = (u32)bpf_get_current_pid_tgid();
	rec->type = type;
	rec->size = size;
	rec->cpu = bpf_get_smp_processor_id();
	return rec;
}

static __always_inline void *record_new(u16 type, u16 size, u64 ts, u32 launch)
{
	return record_reserve(type, size, ts, launch, false);
}

/* For a record of one page or command, of which there are many unless it failed. */
static __always_inline void *record_new_bulk(u16 type, u16 size, u64 ts, u32 launch, s32 ret)
{
	return record_reserve(type, size, ts, launch, !ret);
}

static __always_inline void record_send(void *rec, bool urgent)
{
	struct sevtrace_counters *c = cpu_counters();

	if (c)
		c->recorded++;
	bpf_ringbuf_submit(rec, urgent ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

static __always_inline void record_submit(void *rec)
{
	record_send(rec, bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) >= wakeup_bytes);
}

static __always_inline void atomic_max(u64 *max, u64 value)
{
	for (int i = 0; i < MAX_RACES; i++) {
		u64 seen = *(volatile u64 *)max;

		if (seen >= value)
			return;
		if (__sync_val_compare_and_swap(max, seen, value) == seen)
			return;
	}
	count_loss(SEVTRACE_LOSS_HIST_RACE);
}

static __always_inline struct sevtrace_hist *hist_get(const struct sevtrace_hist_key *key)
{
	struct sevtrace_hist *hist = bpf_map_lookup_elem(&hists, key);

	if (hist)
		return hist;
	bpf_map_update_elem(&hists, key, &empty_hist, BPF_NOEXIST);
	return bpf_map_lookup_elem(&hists, key);
}

/* Add one sample: value in ns, and how many pages it covered. */
__weak __noinline int hist_sample(const struct sevtrace_hist_key *key, u64 value, u64 pages)
{
	struct sevtrace_hist *hist = key ? hist_get(key) : NULL;
	u64 bucket = sevtrace_hist_bucket(value);

	if (!hist) {
		count_loss(SEVTRACE_LOSS_HIST_FULL);
		return 0;
	}
	__sync_fetch_and_add(&hist->count, 1);
	__sync_fetch_and_add(&hist->sum, value);
	__sync_fetch_and_add(&hist->pages, pages);
	atomic_max(&hist->max, value);
	atomic_max(&hist->inv_min, ~value);
	barrier_var(bucket); /* or the compiler checks another copy than it uses */
	if (bucket < SEVTRACE_HIST_BUCKETS)
		__sync_fetch_and_add(&hist->buckets[bucket], 1);
	return 0;
}

static __always_inline void hist_add(u32 launch, enum sevtrace_hist_kind kind, u32 id, u64 value,
				     u64 pages)
{
	struct sevtrace_hist_key key = { .launch = launch, .kind = kind, .id = id };

	hist_sample(&key, value, pages);
}

static __always_inline void hist_add_step(u32 launch, enum sevtrace_phase phase, u32 step,
					  u64 value, u64 pages)
{
	struct sevtrace_hist_key key = {
		.launch = launch, .kind = SEVTRACE_HIST_STEP, .id = step, .phase = phase
	};

	hist_sample(&key, value, pages);
}

/* Innermost kernel frames that are the tracer's: the program and bpf_trace_run*(). */
#define OWN_FRAMES 2

/*
 * What the collector unwinds the user stack from. Without frame pointers, which distributions leave out, the kernel
 * sees the innermost function only. It is no record: the counts of those do not know it.
 */
__weak __noinline int user_stack_send(u32 launch, u32 tid)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *r = (struct pt_regs *)bpf_task_pt_regs(task);
	struct sevtrace_user_stack *copy = bpf_ringbuf_reserve(&records, sizeof(*copy), 0);
	u64 sp = r->sp;

	if (!copy) {
		count_loss(SEVTRACE_LOSS_USER_STACK);
		return 0;
	}
	copy->h = (struct sevtrace_rec){
		.type = SEVTRACE_USER_STACK, .size = sizeof(*copy), .launch = launch, .tid = tid
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
	copy->bytes = 0;
	for (u32 at = 0; at < SEVTRACE_USER_STACK_BYTES; at += SEVTRACE_USER_STACK_CHUNK) {
		if (bpf_probe_read_user(&copy->stack[at], SEVTRACE_USER_STACK_CHUNK,
					(void *)(sp + at)))
			break;
		copy->bytes = at + SEVTRACE_USER_STACK_CHUNK;
	}
	bpf_ringbuf_submit(copy, BPF_RB_NO_WAKEUP);
	return 0;
}

/*
 * The stacks of a failure, once in an ioctl. Urgent, as the collector looks up what the user
 * addresses are while the process is there.
 */
static __always_inline void stack_send(void *ctx, struct thread *t, u64 ts)
{
	struct sevtrace_rec_stack *rec;
	long kernel, user;

	if (t->stack_sent)
		return;
	t->stack_sent = true;
	if (user_stacks)
		user_stack_send(t->launch, (u32)bpf_get_current_pid_tgid());
	rec = record_new(SEVTRACE_REC_STACK, sizeof(*rec), ts, t->launch);
	if (!rec)
		return;
	rec->pid = bpf_get_current_pid_tgid() >> 32;
	kernel = bpf_get_stack(ctx, rec->kernel, sizeof(rec->kernel), OWN_FRAMES);
	user = bpf_get_stack(ctx, rec->user, sizeof(rec->user), BPF_F_USER_STACK);
	if (kernel < 0 && user < 0)
		count_loss(SEVTRACE_LOSS_STACK);
	record_send(rec, true);
}

#endif /* BPF_EMIT_H */
