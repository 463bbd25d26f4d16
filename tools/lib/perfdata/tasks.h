/* SPDX-License-Identifier: GPL-2.0-only */
/* The state that pairing keeps between events: of each task, and of the launches that are alive. */
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
	/* The BPF programs know these by the VM, which recorded events do not name. */
	__u32 last_launch; /* launch that it worked on last; it may be over */
	__u32 outer; /* launch that it was working on when a teardown began */
	__u64 destroy_start;
	bool in_destroy;
};

struct task {
	__u32 tid;
	char comm[SEVTRACE_COMM_LEN];
	struct worker *worker; /* NULL: the task did nothing of interest */
};

/* A hash table by thread id. */
struct tasks {
	struct task **slots;
	size_t size; /* a power of two, or 0 */
	size_t nr;
};

/* Returns the task of a thread id, or NULL if there is none. */
struct task *tasks_find(const struct tasks *tasks, __u32 tid);

/*
 * Return the task or the worker of a thread id, and create it if there is none. NULL: out of
 * memory.
 */
struct task *tasks_get(struct tasks *tasks, __u32 tid);
struct worker *tasks_worker(struct tasks *tasks, __u32 tid);
void tasks_free(struct tasks *tasks);

struct launch {
	__u32 number; /* from 1 */
	__u32 pid; /* process id of the VMM */
	__u32 asid; /* 0: none yet */
};

/* The launches that are not over. */
struct launches {
	struct launch *live;
	size_t nr;
	size_t size;
	__u32 last; /* number of the latest launch */
};

/* Adds a launch. NULL: out of memory. launches_by_number() returns NULL for an unknown number. */
struct launch *launches_add(struct launches *launches, __u32 pid, __u32 asid);
struct launch *launches_by_number(const struct launches *launches, __u32 number);

/* Returns the process's launch with this ASID, or NULL. */
struct launch *launches_by_asid(const struct launches *launches, __u32 pid, __u32 asid);

/* Returns the process's launch with this ASID; if there is none, that of any process. */
struct launch *launches_destroyed(const struct launches *launches, __u32 pid, __u32 asid);

/* Returns the process's launch if it has exactly one, else NULL. */
struct launch *launches_only(const struct launches *launches, __u32 pid);
void launches_remove(struct launches *launches, struct launch *launch);

/* Forgets the other launches with this ASID: the launch `number` has it now. */
void launches_take_asid(struct launches *launches, __u32 number, __u32 asid);

#endif /* PERFDATA_TASKS_H */
