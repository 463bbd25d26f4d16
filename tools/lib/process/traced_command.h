/* SPDX-License-Identifier: GPL-2.0-only */
/* COMMAND of `sevtrace record -- COMMAND`: started when everything is ready to see it. */
#ifndef PROCESS_TRACED_COMMAND_H
#define PROCESS_TRACED_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

struct workload {
	pid_t pid; /* 0: none */
	int go; /* a byte written here starts COMMAND */
	int failed; /* the errno of a failed start comes from here */
	int pidfd; /* readable when COMMAND has ended */
};

#define WORKLOAD_NONE                               \
	{                                           \
		.go = -1, .failed = -1, .pidfd = -1 \
	}

/*
 * Makes the process, which waits. It ends by itself if the caller does. Its stdout will be the
 * descriptor `out`. 0 or a negative errno.
 */
int workload_prepare(struct workload *w, char *const *argv, int out);

/* Starts COMMAND in it. A negative errno: it cannot be run. */
int workload_start(struct workload *w);

/* Has it ended? Then *status is what workload_wait() will return. */
bool workload_ended(const struct workload *w, int *status);

/* Waits for its end. Returns its exit status as a shell shows it: 128+N for signal N. */
int workload_wait(struct workload *w);

/* Releases what is held; a process that was never started goes. */
void workload_close(struct workload *w);

#endif /* PROCESS_TRACED_COMMAND_H */
