/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Launches that start together, in threads or in processes.
 */
#ifndef LAUNCHER_ROUND_H
#define LAUNCHER_ROUND_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "launch.h"

/* The gate where launches wait for each other; lives in memory that the processes share. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t expected;
	uint64_t arrived;
	bool cancelled;
};

/*
 * Runs options->launches launches at once, with one result each. @round counts the earlier rounds,
 * so that no two guests have the same contents. Returns 0, or -errno after it has printed an error.
 */
int round_run(const struct options *options, struct launch_result *results, struct gate *gate,
	      uint64_t round);

#endif /* LAUNCHER_ROUND_H */
