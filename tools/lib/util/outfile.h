/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that exists as a whole or not at all. It is written under another name in the same folder
 * and renamed when it is complete, so nobody ever reads half of it.
 */
#ifndef UTIL_OUTFILE_H
#define UTIL_OUTFILE_H

#include <stdio.h>

#include "util/replace.h"

struct outfile {
	FILE *stream;
	struct replacement replacement;
};

/*
 * Opens the file; path NULL or "-": stdout. What replace_open() writes in place is not written as
 * a whole. One whose name ends with .gz is packed by gzip. Follows a link only if it is ours, and
 * keeps the permissions only of a file that is. Returns 0 or a negative errno.
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
