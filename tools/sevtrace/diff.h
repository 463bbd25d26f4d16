/* SPDX-License-Identifier: GPL-2.0-only */
/* What sevtrace diff and sevtrace history diff share. */
#ifndef DIFF_H
#define DIFF_H

#include <stdbool.h>

#include "diff/compare.h"

/* What the command line asks for. */
struct diff_options {
	const char *name; /* of the subcommand, for messages */
	bool json;
	bool csv;
	const char *fail_above; /* as written; NULL: not asked for */
	double limit; /* the same as a number: 0.05; INFINITY */
	const char *junit; /* files to write as well; NULL: none */
	const char *markdown;
};

/*
 * Reads a recording into a side of a comparison, for the subcommand that messages are to name. path stays the caller's.
 * Returns an exit status and has said what is wrong.
 */
int diff_read(const char *command, struct comparison *c, enum compare_which which,
	      const char *path);

/* Names rows that are slower by more than is allowed on stderr. */
bool diff_above_limit(const struct comparison *c, const struct diff_options *options);

/* Checks the options and sets the limit. Both return an exit status and have said what is wrong. */
int diff_parse(struct diff_options *o);

/* Decides over two sides and prints and writes what was asked for. */
int diff_judge(struct comparison *c, const struct diff_options *options);

#endif /* DIFF_H */
