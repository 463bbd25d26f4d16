/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state that the programs keep between events: of each thread, and which tasks and launches are
 * traced.
 *
 * Maps and variables in these headers are weak: each object file that includes a header has the
 * same ones, and `bpftool gen object` merges them.
 */
#ifndef BPF_MAPS_H
#define BPF_MAPS_H

#include "call_state.h"
#include "kernel.h"

#include <sevtrace/kvm_sev.h>
#include <sevtrace/maps.h>
#include <sevtrace/pairing.h>
#include <sevtrace/record.h>

/* One look-up finds all that is kept of a thread. */
struct task_state {
	struct thread thread;
	struct call call; /* for programs on kernel functions only */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_state);
} threads __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SEVTRACE_MAX_LAUNCHES);
	__type(key, u64);
	__type(value, struct sevtrace_launch);
} launches __weak SEC(".maps");

/* Process ids whose launches are traced. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SEVTRACE_MAX_TRACKED);
	__type(key, u32);
	__type(value, u8);
} tracked __weak SEC(".maps");

/* When a process began its latest program, by process id. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SEVTRACE_MAX_EXECS);
	__type(key, u32);
	__type(value, u64);
} execs __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sevtrace_counters);
} counters __weak SEC(".maps");

/* The collector sets this and the next two constants before loading. */
const volatile bool system_wide __weak = false;

/* Send copies of user stacks: the collector unwinds them. */
const volatile bool user_stacks __weak = false;

const volatile struct sevtrace_filter filter __weak = {};

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} filter_cgroup __weak SEC(".maps");

static __always_inline struct sevtrace_counters *cpu_counters(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

static __always_inline void count_loss(enum sevtrace_loss loss)
{
	struct sevtrace_counters *c = cpu_counters();

	if (c)
		__sync_fetch_and_add(&c->losses[loss], 1);
}

static __always_inline u64 now(void)
{
	return bpf_ktime_get_ns();
}

static __always_inline bool comm_matches(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	char comm[sizeof(filter.comm)] = {};

	BPF_CORE_READ_STR_INTO(&comm, task, group_leader, comm);
	for (unsigned int i = 0; i < sizeof(comm) - 1; i++) {
		if (comm[i] != filter.comm[i])
			return false;
		if (!comm[i])
			break;
	}
	return true;
}

/* Tells whether the current process is to be traced. tgid: its process id. */
static __always_inline bool is_tracked(u32 tgid)
{
	if (!system_wide && !bpf_map_lookup_elem(&tracked, &tgid))
		return false;
	if (filter.cgroup && bpf_current_task_under_cgroup(&filter_cgroup, 0) != 1)
		return false;
	return !filter.comm[0] || comm_matches();
}

static __always_inline bool ioctl_wanted(u32 ioctl)
{
	if (!filter.nr_ioctls)
		return true;
	for (unsigned int i = 0; i < SEVTRACE_FILTER_IOCTLS; i++) {
		if (i < filter.nr_ioctls && filter.ioctls[i] == ioctl)
			return true;
	}
	return false;
}

/* Returns the current thread's state, or NULL if it has none. */
static __always_inline struct thread *thread_get(void)
{
	struct task_state *s = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), NULL, 0);

	return s ? &s->thread : NULL;
}

/*
 * Returns the current thread's state and creates it if there is none. NULL if memory is short, or
 * if the thread preempts another one, on the same CPU, in a look-up.
 */
static __always_inline struct thread *thread_try(void)
{
	struct task_state *s = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), NULL,
						    BPF_LOCAL_STORAGE_GET_F_CREATE);

	return s ? &s->thread : NULL;
}

/* The same, for an event that is lost without it; counts that. */
static __always_inline struct thread *thread_make(void)
{
	struct thread *t = thread_try();

	if (!t)
		count_loss(SEVTRACE_LOSS_THREAD);
	return t;
}

/* Returns the current thread's state if the thread works on a traced launch, else NULL. */
static __always_inline struct thread *thread_in_launch(void)
{
	struct thread *t = thread_get();

	return t && t->launch ? t : NULL;
}

/*
 * Tells whether the filter omits the record of a step or command with this result and duration
 * (ns).
 */
static __always_inline bool filtered(const struct thread *t, s32 ret, u64 duration)
{
	return !ret && (t->muted || filter.failures || duration < filter.min_ns);
}

static __always_inline struct sevtrace_launch *launch_get(const struct kvm *kvm)
{
	u64 key = (u64)kvm;

	return bpf_map_lookup_elem(&launches, &key);
}

#endif /* BPF_MAPS_H */
