/* SPDX-License-Identifier: GPL-2.0-only */
/* Sends records to user space through the ring buffer. */
#ifndef BPF_RECORD_H
#define BPF_RECORD_H

#include "maps.h"

/* The collector sets the size before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} records __weak SEC(".maps");

/* Number of dropped records by launch. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SEVTRACE_MAX_LAUNCHES);
	__type(key, u32);
	__type(value, u64);
} launch_drops __weak SEC(".maps");

/*
 * Wakes the collector when this many bytes are waiting. The collector also looks now and then by
 * itself.
 */
const volatile __u64 wakeup_bytes __weak = 0;

/*
 * Limit for records of pages and PSP commands, which come by the thousand: they enter the buffer
 * only while fewer bytes than this are waiting. The rest of the buffer is for records that show a
 * launch's course: ioctls, ranges, failures.
 */
const volatile __u64 bulk_bytes __weak = 0;

/*
 * The programs are of functions, and the kernel may preempt them. The collector would, if they woke
 * it, and the kernel leaves out for other threads what is preempted: see HOOK.
 */
const volatile bool preemptible __weak = false;
volatile bool wake_wanted __weak;

/*
 * The verifier checks a function that is not static once, instead of at each call. That saves most
 * of the time to attach. The functions are weak because each object file has them.
 */

/*
 * Counts a dropped record, for this CPU and for its launch. If the map is full, only the CPU's
 * count has it.
 */
__weak __noinline int count_drop(u32 launch)
{
	struct sevtrace_counters *c = cpu_counters();
	u64 *count, zero = 0;

	if (c)
		__sync_fetch_and_add(&c->dropped, 1);
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
 * Returns memory for a record, which is not initialised, or NULL (counted as dropped) if the ring
 * buffer has no room. The caller must call record_submit() or record_send() after it. size has to
 * be a constant.
 */
static __always_inline void *record_alloc(u16 size, u32 launch, bool bulk)
{
	struct sevtrace_counters *c = cpu_counters();
	void *rec = NULL;

	if (c)
		__sync_fetch_and_add(&c->emitted, 1);
	if (!bulk || bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) < bulk_bytes)
		rec = bpf_ringbuf_reserve(&records, size, 0);
	if (!rec)
		count_drop(launch);
	return rec;
}

static __always_inline void record_head(struct sevtrace_rec *rec, u16 type, u16 size, u64 ts,
					u32 launch)
{
	rec->ts = ts;
	rec->launch = launch;
	rec->tid = (u32)bpf_get_current_pid_tgid();
	rec->type = type;
	rec->size = size;
	rec->cpu = bpf_get_smp_processor_id();
}

/* As record_alloc(), zeroed except for the header. */
static __always_inline void *record_reserve(u16 type, u16 size, u64 ts, u32 launch, bool bulk)
{
	struct sevtrace_rec *rec = record_alloc(size, launch, bulk);

	if (!rec)
		return NULL;
	__builtin_memset(rec, 0, size);
	record_head(rec, type, size, ts, launch);
	return rec;
}

static __always_inline void *record_new(u16 type, u16 size, u64 ts, u32 launch)
{
	return record_reserve(type, size, ts, launch, false);
}

/* Reserves a record of one page or command. There are many of these unless one failed. */
static __always_inline void *record_new_bulk(u16 type, u16 size, u64 ts, u32 launch, s32 ret)
{
	return record_reserve(type, size, ts, launch, !ret);
}

static __always_inline void record_send(void *rec, bool wake)
{
	struct sevtrace_counters *c = cpu_counters();

	if (c)
		__sync_fetch_and_add(&c->recorded, 1);
	bpf_ringbuf_submit(rec, wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

/* Wakes the collector now; on a preemptible kernel, when the function's programs are done. */
static __always_inline void record_send_urgent(void *rec)
{
	record_send(rec, !preemptible);
	wake_wanted = preemptible;
}

static __always_inline void record_submit(void *rec)
{
	record_send(rec, bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) >= wakeup_bytes);
}

#endif /* BPF_RECORD_H */
