/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions and types that the actions of sevtrace history share. */
#ifndef HISTORY_HISTORY_H
#define HISTORY_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/runs.h"
#include "cli/say.h"
#include "cli/status.h"
#include "history/db.h"

/* The options of the command line. */
struct history_options {
	struct run_options runs;
	const char *percentile;
	const char *keep;
	const char *fail_above;
	const char *junit;
	const char *markdown;
	bool allow_empty;
	bool dry_run;
	bool json;
	bool csv;
	long nr_keep;
	double percent; /* -1: not asked for */
};

/* Runs an action with its own operands. Returns the exit status. */
typedef int (*history_action)(struct history *h, const struct history_options *o, int argc,
			      char **argv);

int history_action_add(struct history *h, const struct history_options *o, int argc, char **argv);
int history_action_diff(struct history *h, const struct history_options *o, int argc, char **argv);
int history_action_export(struct history *h, const struct history_options *o, int argc,
			  char **argv);
int history_action_list(struct history *h, const struct history_options *o, int argc, char **argv);
int history_action_prune(struct history *h, const struct history_options *o, int argc, char **argv);
int history_action_show(struct history *h, const struct history_options *o, int argc, char **argv);

/* Prints why the last call on the history failed. Returns the exit status. */
static inline int history_failed(const struct history *h)
{
	say_error("history", "%s", history_why(h));
	return EXIT_OWN_FAILURE;
}

/*
 * Parses the number of a run, such as "12". Returns 0 after it has printed that the text is none.
 */
int64_t history_parse_id(const char *text);

/* Numbers of runs in ascending order. history_selection_free() frees them. */
struct history_selection {
	int64_t *ids;
	size_t nr;
};

/*
 * Adds the runs of a list such as "7", "1-20" or "1,3,5-9". From a range it adds the runs that the
 * database has; it does not check that single numbers exist. Prints errors. Returns an exit status.
 */
int history_select(struct history *h, const char *list, struct history_selection *s);
int history_selection_add(struct history_selection *s,
			  int64_t id); /* appends; returns 0 or -ENOMEM */
void history_selection_free(struct history_selection *s);

#endif /* HISTORY_HISTORY_H */
