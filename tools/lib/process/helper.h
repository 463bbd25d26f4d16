/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starts this program once more as a helper: a process with memory of its own, which has none of
 * our mappings and, of our files, only those it is given. `sevtrace --helper ROLE` is not for
 * people.
 */
#ifndef PROCESS_HELPER_H
#define PROCESS_HELPER_H

#include <stddef.h>
#include <sys/types.h>

#define HELPER_OPTION "--helper" /* argv[1] of a helper; argv[2] is its role */
#define HELPER_FD 3 /* number of the first file that it is given; the others follow */
#define HELPER_MAX_FILES 4

/*
 * Starts `/proc/self/exe --helper ROLE` with these files. Returns 0 or a negative errno. *pid
 * receives the process, which the caller waits for.
 */
int helper_start(const char *role, const int *fds, size_t nr, pid_t *pid);

/*
 * To be called first by a helper: it ends with the process that started it, and is deaf to signals
 * that a terminal sends to all.
 */
void helper_begin(const char *name);

#endif /* PROCESS_HELPER_H */
