/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of a log of any encoding and length: UTF-8 with or without its mark, UTF-16 of either byte
 * order, and bytes that are neither.
 */
#ifndef LOGS_READER_H
#define LOGS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define READER_LINE (1U << 20) /* a longer line comes in pieces of this size */

struct reader;

/* Returns 0 or -ENOMEM. The reader does not close the file. */
int reader_new(FILE *in, struct reader **reader);
void reader_free(struct reader *reader);

/*
 * Gets the next line, without its end. The caller may change the text; it is good until the next
 * call. Returns 1, 0 at the end, or a negative errno.
 */
int reader_next(struct reader *reader, char **text, size_t *len);

/* Gets so many bytes of what follows, at most READER_LINE, fewer at the end, as reader_next(). */
int reader_bytes(struct reader *reader, size_t bytes, char **text, size_t *len);

/* Number of the line that came last, from 1 on. */
uint64_t reader_line(const struct reader *reader);

/* What the file is, when it is no text: "a systemd journal file"; NULL: it is text. */
const char *reader_no_text(const struct reader *reader);

#endif /* LOGS_READER_H */
