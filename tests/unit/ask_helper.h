/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests that have the helper unwind this program's own stack. */
#ifndef UNIT_ASK_HELPER_H
#define UNIT_ASK_HELPER_H

#include <poll.h>

#include "own_stack.h"
#include "stacks/user_stacks.h"
#include "util/array.h"

#define TRIES 600 /* of 0.1 s each, much longer than the helper gives its workers */

struct got {
	size_t nr;
	struct vmm_stack last;
	struct vmm_stack all[8];
};

static inline int take(void *ctx, const struct vmm_stack *stack)
{
	struct got *got = ctx;

	got->last = *stack;
	got->all[got->nr++ % ARRAY_SIZE(got->all)] = *stack;
	return 0;
}

/* Polls until so many stacks came. Time stands still for the one who polls: nothing times out. */
static inline void await(struct vmm_stacks *s, struct got *got, size_t nr)
{
	struct pollfd answer = { .events = POLLIN };

	for (int i = 0; i < TRIES && got->nr < nr; i++) {
		answer.fd = vmm_stacks_fd(s);
		poll(&answer, 1, 100);
		assert_int_equal(vmm_stacks_poll(s, 1, take, got), 0);
	}
	assert_int_equal(got->nr, nr);
}

static inline struct vmm_stacks *new_stacks(void)
{
	struct vmm_stacks *s = NULL;

	assert_int_equal(vmm_stacks_new(&s), 0);
	return s;
}

static inline struct sevtrace_rec_stack record_of(const struct sevtrace_user_stack *of)
{
	return (struct sevtrace_rec_stack){ .h = { .ts = of->h.ts,
						   .launch = of->h.launch,
						   .tid = of->h.tid,
						   .type = SEVTRACE_REC_STACK,
						   .size = sizeof(struct sevtrace_rec_stack) },
					    .pid = of->pid,
					    .user = { 0xbad0 } };
}

/* A launch of the process of own_copy begins. */
static inline void begin(struct vmm_stacks *s, uint32_t launch)
{
	const struct sevtrace_rec_launch_begin rec = {
		.h = { .ts = own_copy.h.ts, .launch = launch }, .pid = own_copy.pid
	};

	vmm_stacks_begin(s, &rec);
}

#endif /* UNIT_ASK_HELPER_H */
