/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The launches that are alive at a point of a recording, found by their number, process and ASID in
 * constant time. The recording is untrusted: it may begin launches without end.
 */
#ifndef PERFDATA_LAUNCHES_H
#define PERFDATA_LAUNCHES_H

#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include "util/hash_index.h"

/* Processors have about a thousand ASIDs. Of more launches, the oldest is forgotten. */
#define LAUNCHES_MAX 4096
#define LAUNCHES_BUCKETS 1024

/* What a launch is found by. */
enum launch_key { LAUNCH_BY_NUMBER, LAUNCH_BY_PID, LAUNCH_BY_ASID, LAUNCH_KEYS };

struct launch {
	__u32 keys[LAUNCH_KEYS]; /* the number counts from 1; ASID 0: none yet */
	struct launch *next[LAUNCH_KEYS]; /* in the bucket of each key, latest first */
	struct launch **link[LAUNCH_KEYS]; /* what points to this launch there */
	struct launch *older, *younger;
};

struct launches {
	struct launch *buckets[LAUNCH_KEYS][LAUNCHES_BUCKETS];
	struct launch *oldest, *youngest;
	size_t nr;
	__u32 last; /* number of the latest launch */
	uint64_t compared; /* launches looked at in all searches */
	struct hash_index hash; /* only its seed is used */
};

/* Adds a launch. NULL: out of memory. launches_by_number() returns NULL for an unknown number. */
struct launch *launches_add(struct launches *launches, __u32 pid, __u32 asid);
struct launch *launches_by_number(struct launches *launches, __u32 number);

/* Returns the process's launch with this ASID, or NULL. */
struct launch *launches_by_asid(struct launches *launches, __u32 pid, __u32 asid);

/* Returns the process's launch with this ASID; if there is none, that of any process. */
struct launch *launches_destroyed(struct launches *launches, __u32 pid, __u32 asid);

/* Returns the process's launch if it has exactly one, else NULL. */
struct launch *launches_only(struct launches *launches, __u32 pid);

void launches_set_asid(struct launches *launches, struct launch *launch, __u32 asid);
void launches_remove(struct launches *launches, struct launch *launch);

/* Forgets the other launches with this ASID: the launch `number` has it now. */
void launches_take_asid(struct launches *launches, __u32 number, __u32 asid);
void launches_free(struct launches *launches);

#endif /* PERFDATA_LAUNCHES_H */
