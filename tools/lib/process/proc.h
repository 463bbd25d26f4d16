/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc says about processes. */
#ifndef PROCESS_PROC_H
#define PROCESS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include <linux/types.h>

/* The parent of a process and its state ('Z': a zombie), from /proc/PID/stat. -ESRCH: none. */
int proc_parse_stat(const char *stat, char *state, pid_t *parent);

/* 0 when there is no such process. */
pid_t proc_parent(pid_t pid);

/* Is there such a process, not counting what is left of one until its parent waits? */
bool proc_alive(pid_t pid);

/* Do we see process ids as the kernel does? Not in a container with ids of its own. */
bool proc_sees_all_pids(void);

#endif /* PROCESS_PROC_H */
