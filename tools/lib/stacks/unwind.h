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

/* The files of a process, by which its stacks are unwound. */
struct unwind;

/*
 * Takes the files and closes their descriptors. The files and the stacks are of a program that
 * nobody trusts: call this, and what follows, in a process without rights (stacks/helper.h). NULL:
 * no memory, or the files are of no use.
 */
struct unwind *unwind_open(struct unwind_file *files, size_t nr_files);
void unwind_close(struct unwind *u);

/*
 * Fills in at most `max` frames, the innermost first. The stacks of one struct unwind are of one
 * process. Returns the number of frames, or a negative errno.
 */
int unwind_stack(struct unwind *u, const struct sevtrace_user_stack *copy,
		 struct unwind_frame *frames, size_t max);

#endif /* STACKS_UNWIND_H */
