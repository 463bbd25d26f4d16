/* SPDX-License-Identifier: GPL-2.0-only */
/* The journal, as journalctl writes it. */
#ifndef PROCESS_JOURNAL_H
#define PROCESS_JOURNAL_H

#include <stdio.h>
#include <sys/types.h>

/*
 * Starts journalctl for the journal since a time, in any form that it takes; NULL: of this boot.
 * The caller closes *out and then calls journal_wait(). Returns 0 or a negative errno.
 */
int journal_open(const char *since, FILE **out, pid_t *pid);

/* Waits for it. Returns its exit status, 128 and more for a signal. */
int journal_wait(pid_t pid);

#endif /* PROCESS_JOURNAL_H */
