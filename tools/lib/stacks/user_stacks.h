/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User stacks of failures. A copy is unwound when it comes; the result is put into the next STACK
 * record of the same thread. Several threads may fail at the same time.
 */
#ifndef STACKS_USER_STACKS_H
#define STACKS_USER_STACKS_H

#include <linux/types.h>

#include <sevtrace/maps.h>

#include "stacks/maps.h"
#include "stacks/symbols.h"

struct vmm_stacks;

/* NULL: out of memory. */
struct vmm_stacks *vmm_stacks_new(void);
void vmm_stacks_free(struct vmm_stacks *s);

/* Unwinds a copy. If there are too many results, the oldest one that was not used gives way. */
void vmm_stacks_unwind(struct vmm_stacks *s, const struct sevtrace_user_stack *copy,
		       const struct vmm_maps *maps);

/*
 * Replaces the user stack in the record if unwinding found at least as many frames as the kernel,
 * and gives the addresses to `symbols`. Returns 0 or -ENOMEM.
 */
int vmm_stacks_join(struct vmm_stacks *s, struct sevtrace_rec_stack *stack,
		    struct symbols *symbols);

#endif /* STACKS_USER_STACKS_H */
