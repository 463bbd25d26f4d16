/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts about processes from /proc. */
#ifndef PROCESS_PROC_H
#define PROCESS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <linux/types.h>

/*
 * Gets the parent of a process and its state ('Z': a zombie) from the text of /proc/PID/stat.
 * -ESRCH: the text has none.
 */
int proc_parse_stat(const char *stat, char *state, pid_t *parent);

/* Returns the parent of a process; 0 if there is no such process. */
pid_t proc_parent(pid_t pid);

/* Tells whether a process exists and is not a zombie. */
bool proc_alive(pid_t pid);

/*
 * Gets the start of a process from the text of /proc/PID/stat, in clock ticks since the boot. A
 * process id may be used again, but not in the same tick. 0: the text has none.
 */
uint64_t proc_parse_start(const char *stat);

/* The same of a process; 0: there is no such process. */
uint64_t proc_start(pid_t pid);

/*
 * Gets how long the vCPUs of a process have run from the text of /proc/PID/stat, in clock ticks. 0:
 * the text does not tell.
 */
uint64_t proc_parse_guest_time(const char *stat);

/* The same of a process, in nanoseconds; 0: there is no such process. */
uint64_t proc_guest_time(pid_t pid);

/*
 * Tells whether the process of this id started after `ts`, CLOCK_MONOTONIC ns: then its id was
 * another process's at that time.
 */
bool proc_started_after(pid_t pid, uint64_t ts);

/*
 * Tells whether this process sees the kernel's process ids. A container with ids of its own does
 * not.
 */
bool proc_sees_all_pids(void);

#endif /* PROCESS_PROC_H */
