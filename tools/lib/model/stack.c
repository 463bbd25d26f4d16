// SPDX-License-Identifier: GPL-2.0-only
/* Frames of the kernel's stacks. */
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

/* A function's call of its tracer is among its first instructions. */
#define TRACED_AT 16

/* Splits "function+0x1a [module]". Returns the length of the function's name, 0: no such name. */
static size_t split(const char *name, unsigned long *offset)
{
	const char *plus = name ? strchr(name, '+') : NULL;

	if (!plus)
		return 0;
	*offset = strtoul(plus + 1, NULL, 16);
	return (size_t)(plus - name);
}

/*
 * Tells whether the two frames that `caller` comes before are those of a tracer: the code that it
 * put between the function and its call, and the call itself.
 */
static bool is_tracer(struct model *m, const struct model_failure *f, uint64_t caller,
		      uint64_t call)
{
	const char *outer = model_symbol_name(m, f->stack_symbols, 0, caller);
	const char *inner = model_symbol_name(m, f->stack_symbols, 0, call);
	unsigned long back = 0, at = 0;
	size_t length = split(outer, &back);

	return length && split(inner, &at) == length && !strncmp(outer, inner, length) &&
	       at < TRACED_AT && back >= TRACED_AT;
}

/* Linux 7 jumps to a trampoline, which is alone in the stack then. */
static bool is_trampoline(struct model *m, const struct model_failure *f, uint64_t addr)
{
	const char *name = model_symbol_name(m, f->stack_symbols, 0, addr);

	return name && !strncmp(name, "bpf_trampoline_", strlen("bpf_trampoline_"));
}

void model_kernel_frames(struct model *m, const struct model_failure *f,
			 __u64 frames[SEVTRACE_STACK_DEPTH])
{
	const __u64 *stack = f->stack.kernel;
	size_t nr = 0;

	memset(frames, 0, SEVTRACE_STACK_DEPTH * sizeof(*frames));
	for (size_t i = 0; i < SEVTRACE_STACK_DEPTH && stack[i]; i++) {
		if (is_trampoline(m, f, stack[i]))
			continue;
		frames[nr++] = stack[i];
		if (i + 2 < SEVTRACE_STACK_DEPTH && stack[i + 1] &&
		    is_tracer(m, f, stack[i], stack[i + 2]))
			i += 2;
	}
}
