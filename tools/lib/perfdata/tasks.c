// SPDX-License-Identifier: GPL-2.0-only
#include "perfdata/tasks.h"

#include <stdlib.h>

#include "util/array.h"

static bool same_task(const void *array, size_t position, const void *key)
{
	return ((struct task *const *)array)[position]->tid == *(const uint64_t *)key;
}

static size_t find(struct tasks *tasks, uint64_t tid, uint32_t *hash)
{
	*hash = hash_index_words(&tasks->index, &tid, 1);
	return hash_index_find(&tasks->index, *hash, same_task, tasks->all, &tid);
}

struct task *tasks_find(struct tasks *tasks, __u32 tid)
{
	uint32_t hash;
	size_t at = find(tasks, tid, &hash);

	return at == HASH_INDEX_NONE ? NULL : tasks->all[at];
}

/* Forgets the tasks that did nothing of interest, of which only the name is known. */
static bool forget_idle(struct tasks *tasks)
{
	size_t kept = 0;

	hash_index_clear(&tasks->index);
	for (size_t i = 0; i < tasks->nr; i++) {
		uint64_t tid = tasks->all[i]->tid;

		if (!tasks->all[i]->worker) {
			free(tasks->all[i]);
			continue;
		}
		tasks->all[kept] = tasks->all[i];
		if (hash_index_add(&tasks->index, hash_index_words(&tasks->index, &tid, 1), kept++))
			return false;
	}
	tasks->nr = kept;
	tasks->hand = 0;
	return true;
}

struct task *tasks_get(struct tasks *tasks, __u32 tid)
{
	uint32_t hash;
	size_t at = find(tasks, tid, &hash);
	struct task **place, *task;

	if (at != HASH_INDEX_NONE)
		return tasks->all[at];
	if (tasks->nr == TASKS_MAX && !forget_idle(tasks))
		return NULL;
	task = calloc(1, sizeof(*task));
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	place = task ? ARRAY_ADD(tasks->all, tasks->nr) : NULL;
	if (!place) {
		free(task);
		return NULL;
	}
	*place = task;
	task->tid = tid;
	return hash_index_add(&tasks->index, hash, tasks->nr - 1) ? NULL : task;
}

void tasks_drop_worker(struct tasks *tasks, struct task *task)
{
	if (!task->worker)
		return;
	free(task->worker);
	task->worker = NULL;
	tasks->nr_workers--;
}

/* Forgets what one worker was doing: in turn, each but the one that asks. */
static void forget_worker(struct tasks *tasks)
{
	for (; tasks->nr_workers; tasks->hand++) {
		struct task *task = tasks->all[tasks->hand % tasks->nr];

		if (task->worker) {
			tasks_drop_worker(tasks, task);
			return;
		}
	}
}

struct worker *tasks_worker(struct tasks *tasks, __u32 tid)
{
	struct task *task = tasks_get(tasks, tid);

	if (!task || task->worker)
		return task ? task->worker : NULL;
	if (tasks->nr_workers == TASKS_MAX_WORKERS)
		forget_worker(tasks);
	task->worker = calloc(1, sizeof(*task->worker));
	tasks->nr_workers += task->worker != NULL;
	return task->worker;
}

void tasks_free(struct tasks *tasks)
{
	for (size_t i = 0; i < tasks->nr; i++) {
		free(tasks->all[i]->worker);
		free(tasks->all[i]);
	}
	free(tasks->all);
	hash_index_free(&tasks->index);
}
