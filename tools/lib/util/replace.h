/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replaces a file: writes a new one beside it, and gives that its name when there is something in
 * it. Others may be able to write to the folder, so a link at the name is replaced, never followed,
 * and the new file has permissions of its own.
 */
#ifndef UTIL_REPLACE_H
#define UTIL_REPLACE_H

#include <stdbool.h>
#include <sys/types.h>

struct replacement {
	char *path; /* NULL: the file is written in place */
	char *temporary;
};

/*
 * Opens the file to write. What is below /dev or /proc, other than /dev/shm, and what exists and is
 * no regular file (a pipe of our own, a terminal) is written in place. Returns the descriptor or a
 * negative errno. -EPERM: what stands there is a pipe or device of another user.
 */
int replace_open(struct replacement *r, const char *path, mode_t mode);

/*
 * Gives the file its name. keep_old: a file that had it gets the name with ".old" behind it.
 * Returns 0 or a negative errno. Does nothing if it was called before.
 */
int replace_commit(struct replacement *r, bool keep_old);

/* Removes the new file unless it has its name already. Always call it at the end. */
void replace_close(struct replacement *r);

#endif /* UTIL_REPLACE_H */
