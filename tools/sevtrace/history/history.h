/* SPDX-License-Identifier: GPL-2.0-only */
/* What the actions of sevtrace history share. */
#ifndef HISTORY_HISTORY_H
#define HISTORY_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/runs.h"
#include "cli/say.h"
#include "cli/status.h"
#include "history/db.h"

/* What the command line asks for. */
struct history_options {
	struct run_options runs;
	const char *percentile;
	const char *keep;
	const char *fail_above;
	const char *junit;
	const char *markdown;
	bool dry_run;
	bool json;
	bool csv;
	long nr_keep;
	double percent; /* -1: not asked for */
};

/* An action: gets its own operands, returns the exit status. */
typedef int (*history_action)(struct history *h, const struct history_options *o, int argc,
			      char **argv);

int history_action_add(struct history *h, const struct history_options *o, int argc, char **argv);
int history_action_diff(struct history *h, const struct history_options *o, int argc, char **argv);
int history_action_export(struct history *h, const struct history_options *o, int argc,
			  char **argv);
int history_action_list(struct history *h, const struct history_options *o, int argc, char **argv);
int history_action_prune(struct history *h, const struct history_options *o, int argc, char **argv);
int history_action_show(struct history *h, const struct history_options *o, int argc, char **argv);

/* Says why the last call on the history failed; returns the exit status. */
static inline int history_failed(const struct history *h)
{
	say_error("history", "%s", history_why(h));
	return EXIT_OWN_FAILURE;
}

/* "12": the number of a run; 0: it is none, and that is said. */
int64_t history_parse_id(const char *text);

/* Numbers of runs, rising. To be freed by history_selection_free(). */
struct history_selection {
	int64_t *ids;
	size_t nr;
};

/*
 * Adds the runs of a list: "7", "1-20", "1,3,5-9". Of a range, those that are in the database;
 * whether the others are is not looked at. Returns an exit status; what is wrong is said.
 */
int history_select(struct history *h, const char *list, struct history_selection *s);
int history_selection_add(struct history_selection *s,
			  int64_t id); /* behind the others; 0 or -ENOMEM */
void history_selection_free(struct history_selection *s);

#endif /* HISTORY_HISTORY_H */
