/* SPDX-License-Identifier: GPL-2.0-only */
/* Compares two sides and judges them, for diff, history diff and bench. */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include <stdbool.h>

#include "cli/look.h"
#include "cli/selection.h"
#include "diff/compare.h"

/* The options of the command line. */
struct verdict_options {
	const char *name; /* of the subcommand, for messages */
	bool json;
	bool csv;
	struct look *look; /* of text; NULL: stdout as it is */
	bool changed_only; /* text: only rows that differ */
	bool by_change; /* text: sorted by it */
	const char *fail_above; /* as written; NULL: not asked for */
	double limit; /* fail_above as a number: 0.05; INFINITY if not asked for */
	bool allow_empty; /* with nothing to compare, end with 0 */
	const char *junit; /* further files to write; NULL: none */
	const char *markdown;
};

/*
 * Checks the options and sets the limit. Returns 0, or -EINVAL after it has printed what is wrong.
 */
int verdict_parse(struct verdict_options *o);

/*
 * Reads a recording into a side of a comparison: its launches that the selection lets (NULL: all).
 * Messages name the subcommand. The caller keeps path. Returns 0, or a negative errno after it has
 * printed what is wrong.
 */
int verdict_read(const char *command, struct comparison *c, enum compare_which which,
		 const char *path, const struct selection *selection);

/* Calls compare_judge() with the limit of the options. Returns 0 or -ENOMEM. */
int verdict_judge(struct comparison *c, const struct verdict_options *o);

/* Prints on stderr each row that is slower by more than the limit. Returns whether there is one. */
bool verdict_above_limit(const struct comparison *c, const struct verdict_options *o);

/*
 * Prints on stderr that there was nothing to compare, and why. Returns whether the exit status has
 * to say so: --allow-empty was not given.
 */
bool verdict_empty(const struct comparison *c, const struct verdict_options *o);

/* Judges two sides, prints the result and writes the files asked for. Returns the exit status. */
int verdict_report(struct comparison *c, const struct verdict_options *o);

#endif /* CLI_VERDICT_H */
