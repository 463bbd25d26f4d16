/* SPDX-License-Identifier: GPL-2.0-only */
/* What pairing remembers between events: of each task, and the launches that are alive. */
#ifndef PERFDATA_TASKS_H
#define PERFDATA_TASKS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include <sevtrace/record.h>

/* Commands nest once: PAGE_RECLAIM inside another command. */
#define PSP_DEPTHS 2

/* A PSP command under way. mark: the last event of it. The parts of its time in ns. */
struct psp_command {
	__u64 mark;
	__u64 wait;
	__u64 prep;
	__u64 exec;
	__u32 cmd;
	__u32 err_lo;
	__u32 err_hi;
	bool waiting;
	bool active;
	bool completed;
	bool extra;
};

/* A thread that works on a launch, or issues PSP commands. mark: its last event. */
struct thread {
	__u64 mark;
	__u64 ioctl_start;
	__u64 range_start;
	__u64 attr_start;
	__u64 attr_wait;
	__u64 destroy_start;
	__u32 launch; /* 0: none */
	__u32 last_launch; /* that it worked on, may be over */
	__u32 outer; /* launch it was busy with when a teardown began */
	__u32 ioctl; /* enum sevtrace_ioctl, or SEVTRACE_NO_IOCTL */
	__u8 page_type;
	bool private_pages;
	bool in_ioctl;
	bool in_range;
	bool in_attr;
	bool in_destroy;
	bool stack_sent;
	bool psp_asked;
	bool psp_answered;
	bool psp_failed;
	struct psp_command psp[PSP_DEPTHS];
};

struct task {
	__u32 tid;
	char comm[SEVTRACE_COMM_LEN];
	struct thread *thread; /* NULL: did nothing of interest */
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
struct thread *tasks_thread(struct tasks *tasks, __u32 tid);
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
