/* SPDX-License-Identifier: GPL-2.0-only */
/* The state that pairing keeps of each task between events. */
#ifndef PERFDATA_TASKS_H
#define PERFDATA_TASKS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include <sevtrace/pairing.h>
#include <sevtrace/record.h>

#include "util/hash_index.h"

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

/*
 * Limits: thread ids that a recording may make up are more than threads that a host has. Beyond
 * them, names of idle tasks are forgotten; beyond TASKS_MAX_WORKERS, what a worker was doing.
 */
#define TASKS_MAX (1U << 18)
#define TASKS_MAX_WORKERS (1U << 14)

/* Tasks by thread id. */
struct tasks {
	struct task **all;
	size_t nr;
	struct hash_index index;
	size_t nr_workers;
	size_t hand; /* the task at which the search for a worker to be forgotten goes on */
};

/* Returns the task of a thread id, or NULL if there is none. */
struct task *tasks_find(struct tasks *tasks, __u32 tid);

/*
 * Return the task or the worker of a thread id, and create it if there is none. Others may be
 * forgotten for it. NULL: out of memory.
 */
struct task *tasks_get(struct tasks *tasks, __u32 tid);
struct worker *tasks_worker(struct tasks *tasks, __u32 tid);
void tasks_drop_worker(struct tasks *tasks, struct task *task);
void tasks_free(struct tasks *tasks);

#endif /* PERFDATA_TASKS_H */
