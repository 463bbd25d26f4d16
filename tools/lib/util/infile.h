/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file to read at any offset, whatever it comes from: "-" is standard input, a pipe may be given,
 * and what gzip, zstd or xz has made smaller is unpacked.
 */
#ifndef UTIL_INFILE_H
#define UTIL_INFILE_H

#include <stdio.h>

/*
 * A small file may unpack to one that fills the disk: what is larger than this many times the
 * packed one, and than 64 MiB, is refused.
 */
#define INFILE_MAX_RATIO 100

/*
 * Opens it; the caller closes *out. A pipe, and what is packed, is copied to an unnamed temporary
 * file first. A packed file that is cut off gives what there is. Returns 0 or a negative
 * errno, also -EFBIG for the limit above and -EBADMSG for a packed file that is damaged.
 */
int infile_open(const char *path, FILE **out);

/* Says what an error of infile_open() is, as a part of a sentence: "cannot be opened: ...". */
void infile_explain(int err, char *why, size_t size);

#endif /* UTIL_INFILE_H */
