/* SPDX-License-Identifier: GPL-2.0-only */
/* Selects runs of the history: the options that history and dashboard share. */
#ifndef CLI_RUNS_H
#define CLI_RUNS_H

#include "cli/options.h"
#include "history/db.h"

struct run_options {
	/* The texts as given on the command line. */
	const char *db; /* NULL: the default */
	struct option_list labels;
	const char *host;
	const char *since;
	const char *until;
	const char *last;
	/* Parsed from these texts; both point into them. */
	struct history_pair pairs[OPTION_REPEATS];
	struct history_filter filter;
};

/*
 * Rows of a table of options; r is a struct run_options. Subcommands use labels differently, hence
 * label_help.
 */
#define RUN_ROWS(r, label_help)                                                                \
	OPT_VALUE('d', "db", "FILE", "the database (~/.local/share/sevtrace/history.db)",      \
		  &(r)->db),                                                                   \
		OPT_LIST('l', "label", "KEY=VALUE", label_help, &(r)->labels),                 \
		OPT_VALUE('H', "host", "NAME", "only runs recorded on this host", &(r)->host), \
		OPT_VALUE('s', "since", "TIME",                                                \
			  "only runs added since, such as 2026-11-23 or 90d", &(r)->since),    \
		OPT_VALUE('u', "until", "TIME", "only runs added before", &(r)->until),        \
		OPT_VALUE('n', "last", "N", "only the newest N", &(r)->last)

/*
 * Parses the texts. needs_value: labels are for runs to be added, so they need a value; else labels
 * select runs. Returns 0, or -EINVAL after it has printed what is wrong, in the name of the
 * subcommand.
 */
int runs_parse(struct run_options *r, const char *command, bool needs_value);

/*
 * Finds the database: --db, else $XDG_DATA_HOME/sevtrace/history.db, else the same file in
 * ~/.local/share. The caller frees *path. Returns 0, -EINVAL if neither variable is set, or
 * -ENOMEM; prints errors.
 */
int runs_database(const struct run_options *r, const char *command, char **path);

#endif /* CLI_RUNS_H */
