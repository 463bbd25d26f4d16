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

/* A file that the process has mapped. */
struct unwind_file {
	uint64_t start; /* address of the file's first byte */
	uint64_t end; /* of the mapping that begins there */
	uint64_t inode;
	const char *name;
	int fd; /* -1: not open */
};

/*
 * Fills in at most `max` frames, the innermost first. Closes the descriptors of the files. The
 * files and the stack are of a program that nobody trusts: call this in a process without rights
 * (stacks/helper.h). Returns the number of frames, or a negative errno.
 */
int unwind_user_stack(const struct sevtrace_user_stack *copy, struct unwind_file *files,
		      size_t nr_files, struct unwind_frame *frames, size_t max);

#endif /* STACKS_UNWIND_H */
