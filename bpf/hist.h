/* SPDX-License-Identifier: GPL-2.0-only */
/* Adds samples to histograms in the kernel: one histogram for each launch and kind of time. */
#ifndef BPF_HIST_H
#define BPF_HIST_H

#include "maps.h"

#include <sevtrace/hist.h>

/*
 * Limit of attempts to raise a maximum while other CPUs do the same; one of them wins each round.
 */
#define MAX_RACES 8

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SEVTRACE_MAX_HISTS);
	__type(key, struct sevtrace_hist_key);
	__type(value, struct sevtrace_hist);
} hists __weak SEC(".maps");

static const struct sevtrace_hist empty_hist;

/*
 * Launch whose histograms the collector takes at the moment, though it is not over; 0: none. The
 * kernel uses a deleted histogram's memory for another one at once, so nobody may be adding to it.
 */
__u32 held_launch __weak = 0;

static __always_inline bool is_held(u32 launch)
{
	u32 held = *(volatile u32 *)&held_launch;

	return held && (held == launch || held == SEVTRACE_HOLD_ALL);
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

/* Adds one sample: value in ns, and the number of pages it covered. */
__weak __noinline int hist_sample(const struct sevtrace_hist_key *key, u64 value, u64 pages)
{
	/* Linux before 6.2 takes no key that is an argument of a function. */
	const struct sevtrace_hist_key own = key ? *key : (struct sevtrace_hist_key){ 0 };
	u64 bucket = sevtrace_hist_bucket(value);
	struct sevtrace_hist *hist;

	if (is_held(own.launch)) {
		count_loss(SEVTRACE_LOSS_HIST_TAKEN);
		return 0;
	}
	hist = hist_get(&own);
	if (!hist) {
		count_loss(SEVTRACE_LOSS_HIST_FULL);
		return 0;
	}
	__sync_fetch_and_add(&hist->count, 1);
	__sync_fetch_and_add(&hist->sum, value);
	__sync_fetch_and_add(&hist->pages, pages);
	atomic_max(&hist->max, value);
	atomic_max(&hist->inv_min, ~value);
	/* without it, the compiler checks a copy of bucket but uses another one */
	barrier_var(bucket);
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

#endif /* BPF_HIST_H */
