/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMM's stack at a failure, from its registers and a copy of its stack by call-frame
 * information (.eh_frame), which programs have that were built without frame pointers.
 */
#ifndef STACKS_UNWIND_H
#define STACKS_UNWIND_H

#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/maps.h>

#define UNWIND_NAME_LEN 256

struct unwind_frame {
	uint64_t pc;
	/*
	 * "function+0x1f (binary)", with " at file.c:12" where debug information is found; or
	 * "binary+0x1f"
	 */
	char name[UNWIND_NAME_LEN];
};

/*
 * Innermost frame first, at most `max`. maps: what maps.h has of the process. Returns how many
 * there are, or a negative errno.
 */
int unwind_user_stack(const struct sevtrace_user_stack *copy, const char *maps,
		      struct unwind_frame *frames, size_t max);

#endif /* STACKS_UNWIND_H */
