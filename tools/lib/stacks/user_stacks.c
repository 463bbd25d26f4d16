// SPDX-License-Identifier: GPL-2.0-only
#include "stacks/user_stacks.h"

#include <stdlib.h>

#include "stacks/unwind.h"

#define SLOTS 16

struct slot {
	uint32_t tid; /* 0: free */
	int nr; /* number of frames; negative: the copy could not be unwound */
	struct unwind_frame frames[SEVTRACE_STACK_DEPTH];
};

struct vmm_stacks {
	struct slot slots[SLOTS];
	size_t next; /* slot that gives way, the oldest */
};

struct vmm_stacks *vmm_stacks_new(void)
{
	return calloc(1, sizeof(struct vmm_stacks));
}

void vmm_stacks_free(struct vmm_stacks *s)
{
	free(s);
}

void vmm_stacks_unwind(struct vmm_stacks *s, const struct sevtrace_user_stack *copy,
		       const struct vmm_maps *maps)
{
	struct slot *slot = &s->slots[s->next];
	/*
	 * Prefer the current maps if the process still exists: it may have loaded more since the
	 * launch began.
	 */
	char *now = vmm_maps_read(copy->pid);
	const char *lines = now ? now : vmm_maps_get(maps, copy->h.launch);

	s->next = (s->next + 1) % SLOTS;
	slot->tid = copy->h.tid;
	slot->nr = lines ? unwind_user_stack(copy, lines, slot->frames, SEVTRACE_STACK_DEPTH) : 0;
	free(now);
}

static struct slot *find(struct vmm_stacks *s, uint32_t tid)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (tid && s->slots[i].tid == tid)
			return &s->slots[i];
	return NULL;
}

static int replace_user(const struct slot *slot, struct sevtrace_rec_stack *stack,
			struct symbols *symbols)
{
	int err = 0;

	for (int i = 0; i < slot->nr && !err; i++) {
		const struct unwind_frame *frame = &slot->frames[i];

		stack->user[i] = frame->pc;
		if (*frame->name)
			err = symbols_add_named(symbols, stack->pid, frame->pc, frame->name);
	}
	return err;
}

int vmm_stacks_join(struct vmm_stacks *s, struct sevtrace_rec_stack *stack, struct symbols *symbols)
{
	struct slot *slot = find(s, stack->h.tid);
	int seen = 0, err = 0;

	while (seen < SEVTRACE_STACK_DEPTH && stack->user[seen])
		seen++;
	if (slot && slot->nr >= seen)
		err = replace_user(slot, stack, symbols);
	if (slot)
		slot->tid = 0;
	return err ? err : symbols_add_stack(symbols, stack);
}
