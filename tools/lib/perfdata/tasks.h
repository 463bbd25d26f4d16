/* SPDX-License-Identifier: GPL-2.0-only */
/* What pairing remembers between events: of each task, and the launches that are alive. */
#ifndef PERFDATA_TASKS_H
#define PERFDATA_TASKS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include <sevtrace/pairing.h>
#include <sevtrace/record.h>

/* A thread that works on a launch, or issues PSP commands. */
struct worker {
	struct thread state;
	/* What the BPF programs know by the VM, which events do not name. */
	__u32 last_launch; /* that it worked on, may be over */
	__u32 outer; /* launch it was busy with when a teardown began */
	__u64 destroy_start;
	bool in_destroy;
};

struct task {
	__u32 tid;
	char comm[SEVTRACE_COMM_LEN];
	struct worker *worker; /* NULL: did nothing of interest */
};

/* A hash table by thread id. */
struct tasks {
	struct task **slots;
	size_t size; /* a power of two, or 0 */
	size_t nr;
};

/* NULL: there is none. */
struct task *tasks_find(const struct tasks *tasks, __u32 tid);

/* Made when there is none. NULL: out of memory. */
struct task *tasks_get(struct tasks *tasks, __u32 tid);
struct worker *tasks_worker(struct tasks *tasks, __u32 tid);
void tasks_free(struct tasks *tasks);

struct launch {
	__u32 number; /* from 1 */
	__u32 pid; /* of the VMM */
	__u32 asid; /* 0: none yet */
};

/* Those that are not over. */
struct launches {
	struct launch *live;
	size_t nr;
	size_t size;
	__u32 last; /* number */
};

/* NULL: out of memory. */
struct launch *launches_add(struct launches *launches, __u32 pid, __u32 asid);
struct launch *launches_by_number(const struct launches *launches, __u32 number);

/* The process's launch with this ASID, or NULL. */
struct launch *launches_by_asid(const struct launches *launches, __u32 pid, __u32 asid);

/* The same; if there is none, any process's. */
struct launch *launches_destroyed(const struct launches *launches, __u32 pid, __u32 asid);

/* The process's launch if it has only one, or NULL. */
struct launch *launches_only(const struct launches *launches, __u32 pid);
void launches_remove(struct launches *launches, struct launch *launch);

/* A new guest has the launch's ASID: forget the one that had it before. */
void launches_take_asid(struct launches *launches, __u32 number, __u32 asid);

#endif /* PERFDATA_TASKS_H */
