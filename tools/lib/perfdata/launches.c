// SPDX-License-Identifier: GPL-2.0-only
#include "perfdata/launches.h"

#include <stdlib.h>
#include <string.h>

static struct launch **bucket_of(struct launches *launches, enum launch_key key, __u32 value)
{
	const uint64_t word = value;

	return &launches->buckets[key]
				 [hash_index_words(&launches->hash, &word, 1) % LAUNCHES_BUCKETS];
}

/* Returns the next launch of a bucket, from this one on, whose key has this value. */
static struct launch *next_of(struct launches *launches, struct launch *from, enum launch_key key,
			      __u32 value)
{
	for (; from; from = from->next[key]) {
		launches->compared++;
		if (from->keys[key] == value)
			break;
	}
	return from;
}

static struct launch *first_of(struct launches *launches, enum launch_key key, __u32 value)
{
	return next_of(launches, *bucket_of(launches, key, value), key, value);
}

static void link_key(struct launches *launches, struct launch *launch, enum launch_key key)
{
	struct launch **bucket = bucket_of(launches, key, launch->keys[key]);

	launch->next[key] = *bucket;
	launch->link[key] = bucket;
	if (*bucket)
		(*bucket)->link[key] = &launch->next[key];
	*bucket = launch;
}

static void unlink_key(struct launch *launch, enum launch_key key)
{
	*launch->link[key] = launch->next[key];
	if (launch->next[key])
		launch->next[key]->link[key] = launch->link[key];
}

struct launch *launches_add(struct launches *launches, __u32 pid, __u32 asid)
{
	struct launch *launch = calloc(1, sizeof(*launch));

	if (!launch)
		return NULL;
	if (launches->nr == LAUNCHES_MAX)
		launches_remove(launches, launches->oldest);
	launch->keys[LAUNCH_BY_NUMBER] = ++launches->last;
	launch->keys[LAUNCH_BY_PID] = pid;
	launch->keys[LAUNCH_BY_ASID] = asid;
	for (enum launch_key key = 0; key < LAUNCH_KEYS; key++)
		link_key(launches, launch, key);
	launch->older = launches->youngest;
	if (launch->older)
		launch->older->younger = launch;
	else
		launches->oldest = launch;
	launches->youngest = launch;
	launches->nr++;
	return launch;
}

struct launch *launches_by_number(struct launches *launches, __u32 number)
{
	return number ? first_of(launches, LAUNCH_BY_NUMBER, number) : NULL;
}

struct launch *launches_by_asid(struct launches *launches, __u32 pid, __u32 asid)
{
	struct launch *found = asid ? first_of(launches, LAUNCH_BY_ASID, asid) : NULL;

	while (found && found->keys[LAUNCH_BY_PID] != pid)
		found = next_of(launches, found->next[LAUNCH_BY_ASID], LAUNCH_BY_ASID, asid);
	return found;
}

struct launch *launches_destroyed(struct launches *launches, __u32 pid, __u32 asid)
{
	struct launch *own = launches_by_asid(launches, pid, asid);

	if (own || !asid)
		return own;
	return first_of(launches, LAUNCH_BY_ASID, asid);
}

struct launch *launches_only(struct launches *launches, __u32 pid)
{
	struct launch *only = first_of(launches, LAUNCH_BY_PID, pid);

	if (!only || next_of(launches, only->next[LAUNCH_BY_PID], LAUNCH_BY_PID, pid))
		return NULL;
	return only;
}

void launches_set_asid(struct launches *launches, struct launch *launch, __u32 asid)
{
	if (launch->keys[LAUNCH_BY_ASID] == asid)
		return;
	unlink_key(launch, LAUNCH_BY_ASID);
	launch->keys[LAUNCH_BY_ASID] = asid;
	link_key(launches, launch, LAUNCH_BY_ASID);
}

void launches_remove(struct launches *launches, struct launch *launch)
{
	for (enum launch_key key = 0; key < LAUNCH_KEYS; key++)
		unlink_key(launch, key);
	if (launch->older)
		launch->older->younger = launch->younger;
	else
		launches->oldest = launch->younger;
	if (launch->younger)
		launch->younger->older = launch->older;
	else
		launches->youngest = launch->older;
	launches->nr--;
	free(launch);
}

void launches_take_asid(struct launches *launches, __u32 number, __u32 asid)
{
	struct launch *next;

	for (struct launch *l = first_of(launches, LAUNCH_BY_ASID, asid); l; l = next) {
		next = next_of(launches, l->next[LAUNCH_BY_ASID], LAUNCH_BY_ASID, asid);
		if (l->keys[LAUNCH_BY_NUMBER] != number)
			launches_remove(launches, l);
	}
}

void launches_free(struct launches *launches)
{
	struct launch *next;

	for (struct launch *l = launches->oldest; l; l = next) {
		next = l->younger;
		free(l);
	}
	hash_index_free(&launches->hash);
	memset(launches, 0, sizeof(*launches));
}
