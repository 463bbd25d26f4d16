/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an export keeps of each thread of each launch while it reads: a state of a size of its own.
 * Grows with launches and threads, not with records.
 */
#ifndef EXPORT_THREAD_TABLE_H
#define EXPORT_THREAD_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

/* Of one launch. The states stand one behind the other, in order of appearance. */
struct launch_threads {
	uint32_t launch; /* its number */
	char *states;
	size_t nr;
	size_t latest; /* that was asked for */
};

struct thread_table {
	size_t state_size; /* a state begins with the thread's id, a uint32_t */
	struct launch_threads *launches; /* [0]: outside launches; [i + 1]: the model's launch i */
	size_t nr;
};

/* NULL and *err: no memory; NULL and *err 0: a launch that the model left out. */
struct launch_threads *threads_of(struct thread_table *table, const struct model *m,
				  uint32_t launch, int *err);

/*
 * The state of a thread, all zeros but its id when it is new; valid until the next one is asked
 * for. Threads beyond the first 1024 share one. NULL: no memory.
 */
void *thread_state(const struct thread_table *table, struct launch_threads *l, uint32_t tid);

/* The i-th of l->nr states. */
void *thread_at(const struct thread_table *table, const struct launch_threads *l, size_t i);

void thread_table_free(struct thread_table *table);

#endif /* EXPORT_THREAD_TABLE_H */
