/* SPDX-License-Identifier: GPL-2.0-only */
/* The worker of the helper process: one question. */
#ifndef STACKS_WORKER_H
#define STACKS_WORKER_H

#include "stacks/helper.h"

/*
 * Works on a question and writes the result to `out`: for STACKS_BEGIN the lines of maps_read(),
 * else a struct stacks_answer. lines: what the process had mapped when its launch began, or NULL.
 * Returns the exit status.
 */
int stacks_work(const struct stacks_question *question, char *lines, int out);

#endif /* STACKS_WORKER_H */
