/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unwinds the VMM's stack at a failure, from its registers and a copy of its stack. Uses call-frame
 * information (.eh_frame), which programs without frame pointers have too.
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
	 * "function+0x1f (binary)", followed by " at file.c:12" if there is debug information; or
	 * "binary+0x1f"
	 */
	char name[UNWIND_NAME_LEN];
};

/*
 * Fills in at most `max` frames, the innermost first. maps: the lines that stacks/maps.h keeps of
 * the process. Returns the number of frames, or a negative errno.
 */
int unwind_user_stack(const struct sevtrace_user_stack *copy, const char *maps,
		      struct unwind_frame *frames, size_t max);

#endif /* STACKS_UNWIND_H */
