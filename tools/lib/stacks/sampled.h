/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Remembers unwound stacks of samples, for those that come faster than they can be unwound: a
 * thread of the same process at the same address with the same stack pointer.
 */
#ifndef STACKS_SAMPLED_H
#define STACKS_SAMPLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/record.h>

#define SAMPLED_STACKS 512

/* Where a thread was. */
struct sampled_at {
	uint64_t ip;
	uint64_t sp;
	uint32_t pid; /* of the process; 0: nothing is remembered here */
};

/* Zero-initialised: empty. */
struct sampled_stacks {
	struct {
		struct sampled_at at;
		__u64 user[SEVTRACE_STACK_DEPTH];
	} of[SAMPLED_STACKS];
};

/* Samples that wait for one like them to be unwound, in order of appearance. */
#define SAMPLED_WAITING 512
struct sampled_waiting {
	struct sevtrace_rec_sample of[SAMPLED_WAITING];
	size_t nr;
};

void sampled_add(struct sampled_stacks *s, const struct sampled_at *at,
		 const __u64 user[SEVTRACE_STACK_DEPTH]);

/* Returns whether there is such a stack, and copies it. */
bool sampled_find(const struct sampled_stacks *s, const struct sampled_at *at,
		  __u64 user[SEVTRACE_STACK_DEPTH]);

/* Forgets a process: its id may be used again. */
void sampled_forget(struct sampled_stacks *s, uint32_t pid);

#endif /* STACKS_SAMPLED_H */
