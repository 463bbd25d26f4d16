/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User stacks of failures and of samples. A copy of a stack is unwound by a helper process; its
 * result is put into the STACK or SAMPLE record of the same launch, thread and time. Nothing here
 * waits for the helper.
 *
 * Functions return 0 or a negative errno unless they say otherwise. Times are CLOCK_MONOTONIC ns.
 */
#ifndef STACKS_USER_STACKS_H
#define STACKS_USER_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/maps.h>

#include "stacks/symbols.h"
#include "stacks/unwind.h"

struct vmm_stacks;

/* A STACK or SAMPLE record for which there is nothing more to wait for. */
struct vmm_stack {
	/*
	 * With the unwound user stack, if that was possible. Of a SAMPLE, what it has in common
	 * with a STACK.
	 */
	struct sevtrace_rec_stack rec;
	uint64_t period; /* this and the next three: the rest of a SAMPLE */
	uint64_t sp;
	bool in_kernel;
	bool in_ioctl;
	size_t nr; /* of frames */
	struct unwind_frame frames[SEVTRACE_STACK_DEPTH]; /* names of addresses in rec.user */
};

/* Starts the helper. */
int vmm_stacks_new(struct vmm_stacks **out);

/* Ends the helper. */
void vmm_stacks_free(struct vmm_stacks *s);

/*
 * Note that a launch of a process begins or ends. A VMM whose launch failed is often gone before
 * anybody could look, so the helper looks at the beginning.
 */
void vmm_stacks_begin(struct vmm_stacks *s, const struct sevtrace_rec_launch_begin *begin);
void vmm_stacks_end(struct vmm_stacks *s, uint32_t launch);

/* Takes a copy of a user stack, which comes before its record. */
void vmm_stacks_copy(struct vmm_stacks *s, const struct sevtrace_user_stack *copy, uint64_t now);

/*
 * Convert a STACK or SAMPLE record. The first returns false if it is another one, or too short; the
 * second returns the record, which is in *buffer.
 */
bool vmm_stack_read(const struct sevtrace_rec *rec, struct vmm_stack *stack);
const struct sevtrace_rec *vmm_stack_write(const struct vmm_stack *stack,
					   union sevtrace_record *buffer);

/*
 * Takes a record. Returns whether vmm_stacks_poll() will hand it out; if not, there is nothing to
 * wait for: *stack, into which a known stack of a sample is put, is all that there will be.
 */
bool vmm_stacks_record(struct vmm_stacks *s, struct vmm_stack *stack, uint64_t now);

/*
 * Hands out the records whose answer has come, and those whose answer takes too long. In a sample,
 * an address in a function whose name is known has become that of the function. Returns what done()
 * returns, if that is not 0.
 */
int vmm_stacks_poll(struct vmm_stacks *s, uint64_t now,
		    int (*done)(void *ctx, const struct vmm_stack *stack), void *ctx);

/* Hands out all other records as they are. */
int vmm_stacks_give_up(struct vmm_stacks *s, int (*done)(void *ctx, const struct vmm_stack *stack),
		       void *ctx);

/* Returns how many records of the launch have not been handed out yet; launch 0: of all. */
size_t vmm_stacks_pending(const struct vmm_stacks *s, uint32_t launch);

/* Becomes readable when an answer has come; -1: there is no helper. */
int vmm_stacks_fd(const struct vmm_stacks *s);

/* Returns the number of copies that were not unwound: too many at once, or no answer in time. */
uint64_t vmm_stacks_lost(const struct vmm_stacks *s);

/*
 * Tells whether `symbols` has another name for one of the stack's addresses: that of an earlier
 * process of the same id, or of what was mapped there before. See symbols_rename().
 */
bool vmm_stack_renames(const struct vmm_stack *stack, const struct symbols *symbols);

/* Gives the names of a stack's addresses to `symbols`. */
int vmm_stack_names(const struct vmm_stack *stack, struct symbols *symbols,
		    const struct kernel_names *kernel);

#endif /* STACKS_USER_STACKS_H */
