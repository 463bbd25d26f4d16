/* SPDX-License-Identifier: GPL-2.0-only */
/* Which runs of the history: what history and dashboard ask for alike. */
#ifndef CLI_RUNS_H
#define CLI_RUNS_H

#include "cli/options.h"
#include "history/db.h"

struct run_options {
	/* As given. */
	const char *db; /* NULL: the default */
	struct option_list labels;
	const char *host;
	const char *since;
	const char *until;
	const char *last;
	/* Parsed; both point into what was given. */
	struct history_pair pairs[OPTION_REPEATS];
	struct history_filter filter;
};

/* Rows of a table of options, of r: struct run_options. What a label does differs. */
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
 * Takes apart what was given as text. needs_value: labels are to be given to runs, else they select
 * some. 0, or -EINVAL and says what is wrong, in the name of the subcommand.
 */
int runs_parse(struct run_options *r, const char *command, bool needs_value);

/*
 * The database to open: --db, else $XDG_DATA_HOME/sevtrace/history.db, else in ~/.local/share.
 * *path is to be freed. 0, or says what is wrong: -EINVAL, where neither variable is set, or
 * -ENOMEM.
 */
int runs_database(const struct run_options *r, const char *command, char **path);

#endif /* CLI_RUNS_H */
