/* SPDX-License-Identifier: GPL-2.0-only */
/* COMMAND of `sevtrace record -- COMMAND`. It starts when everything is ready to trace it. */
#ifndef PROCESS_TRACED_COMMAND_H
#define PROCESS_TRACED_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

struct workload {
	pid_t pid; /* 0: no process */
	int go; /* a byte written here starts COMMAND */
	int failed; /* the errno of a failed start comes from here */
	int pidfd; /* readable when COMMAND has ended */
};

#define WORKLOAD_NONE                               \
	{                                           \
		.go = -1, .failed = -1, .pidfd = -1 \
	}

/*
 * Creates the process, which waits for workload_start(). It ends by itself if the caller ends. Its
 * stdout will be the descriptor `out`. Returns 0 or a negative errno.
 */
int workload_prepare(struct workload *w, char *const *argv, int out);

/* Starts COMMAND in the process. Returns 0, or a negative errno if it cannot be run. */
int workload_start(struct workload *w);

/* Tells whether COMMAND has ended. Then *status is what workload_wait() will return. */
bool workload_ended(const struct workload *w, int *status);

/* Waits for the end of COMMAND. Returns its exit status as a shell shows it: 128+N for signal N. */
int workload_wait(struct workload *w);

/* Closes all descriptors. A process that was never started ends. */
void workload_close(struct workload *w);

#endif /* PROCESS_TRACED_COMMAND_H */
