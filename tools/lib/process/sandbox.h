/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes from a process everything that it does not need, for good, before it reads what others
 * wrote: its user, its capabilities, the file system, memory, time, and system calls.
 */
#ifndef PROCESS_SANDBOX_H
#define PROCESS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SANDBOX_KEEP_USER ((uid_t)-1)

struct sandbox {
	/*
	 * User and group to become, without supplementary groups; SANDBOX_KEEP_USER: the present
	 * one. A process that may not change its user keeps it.
	 */
	uid_t user;
	/* Folder that becomes the root of the file system, if the process may; NULL: no change. */
	const char *root;
	uint64_t memory; /* bytes of address space beyond the present ones; 0: no limit */
	uint64_t cpu_seconds; /* processor time from now on; 0: no limit */
	uint64_t files; /* limit of open files; 0: no change */
	const int *calls; /* allowed system calls; others fail with EPERM */
	size_t nr_calls;
	/* system calls that are also allowed if root has become the root of the file system */
	const int *rooted_calls;
	size_t nr_rooted_calls;
};

/* Changes the whole process; no other thread may exist. Returns 0 or a negative errno. */
int sandbox_enter(const struct sandbox *s);

/* Lets only these system calls pass, here and in what this process creates. */
int sandbox_filter(const int *calls, size_t nr);

#endif /* PROCESS_SANDBOX_H */
