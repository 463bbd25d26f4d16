// SPDX-License-Identifier: GPL-2.0-only
#include "perfdata/tasks.h"

#include <stdlib.h>

static struct task **slot_of(const struct tasks *tasks, __u32 tid)
{
	size_t at = (size_t)tid * 2654435769U & (tasks->size - 1);

	while (tasks->slots[at] && tasks->slots[at]->tid != tid)
		at = (at + 1) & (tasks->size - 1);
	return &tasks->slots[at];
}

struct task *tasks_find(const struct tasks *tasks, __u32 tid)
{
	return tasks->size ? *slot_of(tasks, tid) : NULL;
}

/* Keeps the table at most half full. */
static bool grow(struct tasks *tasks)
{
	struct tasks larger = { .size = tasks->size ? 2 * tasks->size : 256, .nr = tasks->nr };

	if (2 * tasks->nr < tasks->size)
		return true;
	larger.slots = calloc(larger.size, sizeof(struct task *));
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < tasks->size; i++)
		if (tasks->slots[i])
			*slot_of(&larger, tasks->slots[i]->tid) = tasks->slots[i];
	free(tasks->slots);
	*tasks = larger;
	return true;
}

struct task *tasks_get(struct tasks *tasks, __u32 tid)
{
	struct task **slot;

	if (!grow(tasks))
		return NULL;
	slot = slot_of(tasks, tid);
	if (!*slot) {
		*slot = calloc(1, sizeof(**slot));
		if (!*slot)
			return NULL;
		(*slot)->tid = tid;
		tasks->nr++;
	}
	return *slot;
}

struct worker *tasks_worker(struct tasks *tasks, __u32 tid)
{
	struct task *task = tasks_get(tasks, tid);

	if (task && !task->worker)
		task->worker = calloc(1, sizeof(*task->worker));
	return task ? task->worker : NULL;
}

void tasks_free(struct tasks *tasks)
{
	for (size_t i = 0; i < tasks->size; i++) {
		if (tasks->slots[i])
			free(tasks->slots[i]->worker);
		free(tasks->slots[i]);
	}
	free(tasks->slots);
}

struct launch *launches_add(struct launches *launches, __u32 pid, __u32 asid)
{
	struct launch *launch;

	if (launches->nr == launches->size) {
		size_t size = launches->size ? 2 * launches->size : 16;
		struct launch *live = reallocarray(launches->live, size, sizeof(*live));

		if (!live)
			return NULL;
		launches->live = live;
		launches->size = size;
	}
	launch = &launches->live[launches->nr++];
	*launch = (struct launch){ .number = ++launches->last, .pid = pid, .asid = asid };
	return launch;
}

struct launch *launches_by_number(const struct launches *launches, __u32 number)
{
	for (size_t i = 0; number && i < launches->nr; i++)
		if (launches->live[i].number == number)
			return &launches->live[i];
	return NULL;
}

struct launch *launches_by_asid(const struct launches *launches, __u32 pid, __u32 asid)
{
	for (size_t i = 0; asid && i < launches->nr; i++)
		if (launches->live[i].asid == asid && launches->live[i].pid == pid)
			return &launches->live[i];
	return NULL;
}

struct launch *launches_destroyed(const struct launches *launches, __u32 pid, __u32 asid)
{
	struct launch *own = launches_by_asid(launches, pid, asid);

	for (size_t i = 0; !own && asid && i < launches->nr; i++)
		if (launches->live[i].asid == asid)
			own = &launches->live[i];
	return own;
}

struct launch *launches_only(const struct launches *launches, __u32 pid)
{
	struct launch *only = NULL;

	for (size_t i = 0; i < launches->nr; i++) {
		if (launches->live[i].pid != pid)
			continue;
		if (only)
			return NULL;
		only = &launches->live[i];
	}
	return only;
}

void launches_remove(struct launches *launches, struct launch *launch)
{
	*launch = launches->live[--launches->nr];
}

void launches_take_asid(struct launches *launches, __u32 number, __u32 asid)
{
	for (size_t i = launches->nr; i-- > 0;)
		if (launches->live[i].asid == asid && launches->live[i].number != number)
			launches_remove(launches, &launches->live[i]);
}
