/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that exists as a whole or not at all. It is written under another name in the same folder
 * and renamed when it is complete, so nobody ever reads half of it.
 */
#ifndef UTIL_OUTFILE_H
#define UTIL_OUTFILE_H

#include <stdio.h>

struct outfile {
	FILE *stream;
	char *path; /* NULL: stdout, or a file that is not regular and is written in place */
	char *temporary;
};

/*
 * Opens the file; path NULL: stdout. Writes in place what exists and is no regular file (a pipe, a
 * terminal). Follows links. Returns 0 or a negative errno.
 */
int outfile_open(struct outfile *o, const char *path);

/*
 * Gives the file its name. Returns 0 or a negative errno; on an error the name does not get a new
 * file.
 */
int outfile_finish(struct outfile *o);

/* Call instead of outfile_finish(): leaves nothing behind. */
void outfile_abandon(struct outfile *o);

#endif /* UTIL_OUTFILE_H */
