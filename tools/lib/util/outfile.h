/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that is there whole or not at all: it is written under another name beside its own and
 * renamed when it is done, so nobody who looks for it ever reads half of it.
 */
#ifndef UTIL_OUTFILE_H
#define UTIL_OUTFILE_H

#include <stdio.h>

struct outfile {
	FILE *stream;
	char *path; /* NULL: stdout, or written in place as it is no regular file */
	char *temporary;
};

/*
 * path: NULL for stdout. What exists and is no regular file (a pipe, a terminal) is written in
 * place; a link is followed. Returns 0 or a negative errno.
 */
int outfile_open(struct outfile *o, const char *path);

/* Gives the file its name. Returns 0 or a negative errno: then there is nothing new under it. */
int outfile_finish(struct outfile *o);

/* Instead of outfile_finish(): leaves nothing behind. */
void outfile_abandon(struct outfile *o);

#endif /* UTIL_OUTFILE_H */
