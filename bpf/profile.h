/* SPDX-License-Identifier: GPL-2.0-only */
/* Notes which processes have a launch under way, whose threads are sampled: see profile.bpf.c. */
#ifndef BPF_PROFILE_H
#define BPF_PROFILE_H

#include "maps.h"

/* ns between two samples of a CPU; 0: no samples. The collector sets this before loading. */
const volatile __u64 sample_period __weak = 0;

/* Address of the VM that a process launches, by process id. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SEVTRACE_MAX_EXECS);
	__type(key, u32);
	__type(value, u64);
} launching __weak SEC(".maps");

static __always_inline void profile_begin(u32 pid, u64 kvm)
{
	if (sample_period)
		bpf_map_update_elem(&launching, &pid, &kvm, BPF_ANY);
}

static __always_inline void profile_end(u32 pid, u64 kvm)
{
	u64 *latest = sample_period ? bpf_map_lookup_elem(&launching, &pid) : NULL;

	if (latest && *latest == kvm)
		bpf_map_delete_elem(&launching, &pid);
}

#endif /* BPF_PROFILE_H */
