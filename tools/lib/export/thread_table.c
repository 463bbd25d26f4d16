// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/thread_table.h"

#define MAX_THREADS 1024

struct launch_threads *threads_of(struct thread_table *table, const struct model *m,
				  uint32_t launch, int *err)
{
	size_t at = launch ? model_position(m, launch) + 1 : 0;
	struct launch_threads *grown;
	size_t nr = 2 * at + 1;

	*err = 0;
	if (at > m->nr_launches)
		return NULL;
	if (at >= table->nr) {
		grown = reallocarray(table->launches, nr, sizeof(*grown));
		if (!grown) {
			*err = -ENOMEM;
			return NULL;
		}
		memset(grown + table->nr, 0, (nr - table->nr) * sizeof(*grown));
		table->launches = grown;
		table->nr = nr;
	}
	table->launches[at].launch = launch;
	if (at)
		table->launches[at].budget = m->launches[at - 1]->budget;
	else if (m->outside)
		table->launches[at].budget = m->outside->budget;
	return &table->launches[at];
}

void *thread_at(const struct thread_table *table, const struct launch_threads *l, size_t i)
{
	return l->states + i * table->state_size;
}

static bool is_thread(const struct thread_table *table, const struct launch_threads *l, size_t i,
		      uint32_t tid)
{
	return i < l->nr && !memcmp(thread_at(table, l, i), &tid, sizeof(tid));
}

void *thread_state(const struct thread_table *table, struct launch_threads *l, uint32_t tid)
{
	size_t at = l->latest;
	char *grown;

	if (!is_thread(table, l, at, tid))
		for (at = 0; at < l->nr && !is_thread(table, l, at, tid); at++)
			;
	if (at == l->nr && l->nr == MAX_THREADS)
		at = MAX_THREADS - 1;
	if (at == l->nr) {
		if (l->budget && !model_budget_take(l->budget, table->state_size))
			return NULL;
		grown = reallocarray(l->states, l->nr + 1, table->state_size);
		if (!grown)
			return NULL;
		l->states = grown;
		l->nr++;
		memset(thread_at(table, l, at), 0, table->state_size);
		memcpy(thread_at(table, l, at), &tid, sizeof(tid));
	}
	l->latest = at;
	return thread_at(table, l, at);
}

void thread_table_free(struct thread_table *table)
{
	for (size_t i = 0; i < table->nr; i++)
		free(table->launches[i].states);
	free(table->launches);
}
