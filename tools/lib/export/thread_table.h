/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A state that an export keeps for each thread of each launch while it reads. Memory grows with
 * launches and threads, not with records.
 */
#ifndef EXPORT_THREAD_TABLE_H
#define EXPORT_THREAD_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

/* The threads of one launch. Their states lie behind each other, in order of appearance. */
struct launch_threads {
	uint32_t launch; /* the launch's number */
	char *states;
	size_t nr;
	size_t latest; /* index of the state that was asked for last */
	struct model_budget *budget; /* the model's, of which the states take their part */
};

struct thread_table {
	size_t state_size; /* a state begins with the thread's id, a uint32_t */
	struct launch_threads *launches; /* [0]: outside launches; [i + 1]: launch i of the model */
	size_t nr;
};

/*
 * Returns a launch's threads. NULL with *err set: no memory; NULL with *err 0: the model left the
 * launch out.
 */
struct launch_threads *threads_of(struct thread_table *table, const struct model *m,
				  uint32_t launch, int *err);

/*
 * Returns the state of a thread; a new one is all zeros but its id. Valid until the next call. All
 * threads beyond the first 1024 share one state. NULL: no memory.
 */
void *thread_state(const struct thread_table *table, struct launch_threads *l, uint32_t tid);

/* Returns the i-th of l->nr states. */
void *thread_at(const struct thread_table *table, const struct launch_threads *l, size_t i);

void thread_table_free(struct thread_table *table);

#endif /* EXPORT_THREAD_TABLE_H */
