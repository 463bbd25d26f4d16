/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User stacks of failures: unwound when their copy comes, put into the STACK record of the same
 * thread when that comes. Several threads may fail in the same instant.
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

/* Unwinds a copy. The oldest one that was not asked for gives way where there are too many. */
void vmm_stacks_unwind(struct vmm_stacks *s, const struct sevtrace_user_stack *copy,
		       const struct vmm_maps *maps);

/*
 * Replaces what the kernel saw of the user stack where unwinding saw more, and gives the addresses
 * to `symbols`. 0 or -ENOMEM.
 */
int vmm_stacks_join(struct vmm_stacks *s, struct sevtrace_rec_stack *stack,
		    struct symbols *symbols);

#endif /* STACKS_USER_STACKS_H */
