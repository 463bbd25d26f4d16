/* SPDX-License-Identifier: GPL-2.0-only */
/* A copy of this thread's stack as the BPF program sends one, to be unwound. */
#ifndef UNIT_OWN_STACK_H
#define UNIT_OWN_STACK_H

#include <linux/types.h>

#include <sevtrace/maps.h>

#include "stacks/unwind.h"

/* What unwind_outer() has copied last. */
extern struct sevtrace_user_stack own_copy;

/* Copies registers and stack of this thread, two frames further down. */
__attribute__((noinline)) int unwind_outer(int n);

/* Returns the position of the first frame whose name begins like this; -1: there is none. */
int find_frame(const struct unwind_frame *frames, int nr, const char *function);

#endif /* UNIT_OWN_STACK_H */
