// SPDX-License-Identifier: GPL-2.0-only
/* Frames and the addresses of stacks, as JSON. */
#include <inttypes.h>

#include "report/json.h"

json_t *frame_json(uint64_t n)
{
	return n == SEVTRACE_NO_FRAME ? json_null() : json_sprintf("0x%" PRIx64, n);
}

json_t *stack_json(struct model *m, size_t before, uint32_t pid, const __u64 *addresses)
{
	json_t *stack = json_array();

	for (size_t i = 0; i < SEVTRACE_STACK_DEPTH && addresses[i]; i++) {
		const char *name = model_symbol_name(m, before, pid, addresses[i]);

		stack = append_json(stack,
				    name ? clean_json(name) :
					   json_sprintf("0x%" PRIx64, (uint64_t)addresses[i]));
	}
	return stack;
}
