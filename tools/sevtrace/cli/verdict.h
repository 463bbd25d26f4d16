/* SPDX-License-Identifier: GPL-2.0-only */
/* Compares two sides and judges: what diff, history diff and bench do alike. */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include <stdbool.h>

#include "diff/compare.h"

/* What the command line asks for. */
struct verdict_options {
	const char *name; /* of the subcommand, for messages */
	bool json;
	bool csv;
	const char *fail_above; /* as written; NULL: not asked for */
	double limit; /* the same as a number: 0.05; INFINITY */
	const char *junit; /* files to write as well; NULL: none */
	const char *markdown;
};

/* Checks the options and sets the limit. 0, or -EINVAL and says what is wrong. */
int verdict_parse(struct verdict_options *o);

/*
 * Reads a recording into a side of a comparison, for the subcommand that messages are to name. path
 * stays the caller's. 0 or a negative errno, and says what is wrong.
 */
int verdict_read(const char *command, struct comparison *c, enum compare_which which,
		 const char *path);

/* compare_judge() with what the options allow. 0 or -ENOMEM. */
int verdict_judge(struct comparison *c, const struct verdict_options *o);

/* Names rows that are slower by more than is allowed on stderr. */
bool verdict_above_limit(const struct comparison *c, const struct verdict_options *o);

/* Judges two sides, prints and writes what was asked for. Returns the exit status. */
int verdict_report(struct comparison *c, const struct verdict_options *o);

#endif /* CLI_VERDICT_H */
