/* SPDX-License-Identifier: GPL-2.0-only */
/* The worker of the helper process: one question, or several of one process. */
#ifndef STACKS_WORKER_H
#define STACKS_WORKER_H

#include "stacks/helper.h"

#define WORKER_QUESTIONS 32

/*
 * Works on questions about one process, of which STACKS_UNWIND may be several. Writes the result to
 * `out`: for STACKS_BEGIN the lines of maps_read(), else a struct stacks_answer for each. lines:
 * what the process had mapped when its launch began, or NULL. Returns the exit status.
 */
int stacks_work(struct stacks_question *const *questions, size_t nr, char *lines, int out);

#endif /* STACKS_WORKER_H */
