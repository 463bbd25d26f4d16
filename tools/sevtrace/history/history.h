/* SPDX-License-Identifier: GPL-2.0-only */
/* What the actions of sevtrace history share. */
#ifndef HISTORY_HISTORY_H
#define HISTORY_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "commands.h"
#include "history/db.h"

/* What the command line asks for. */
struct history_options {
	const char *command; /* the subcommand, for messages */
	const char *db; /* never NULL once parsed */
	struct option_list labels;
	struct history_pair pairs[OPTION_REPEATS]; /* the same, parsed */
	const char *host;
	const char *since;
	const char *until;
	const char *last;
	const char *percentile;
	const char *keep;
	const char *fail_above;
	const char *junit;
	const char *markdown;
	bool dry_run;
	bool json;
	bool csv;
	struct history_filter filter;
	uint64_t nr_keep;
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
int history_failed(const struct history *h);

/* Says what is wrong; `format` has one %s. Returns the exit status. */
int history_wrong(const struct history_options *o, const char *format, const char *text);

/*
 * Takes apart what was given as text: labels, times, numbers. needs_value: labels are to be given to runs, else they
 * select some. PARSE_GO_ON or, with what is wrong on stderr, the exit status.
 */
int history_parse_values(struct history_options *o, bool needs_value);

/* "12": the number of a run; 0: it is none, and that is said. */
int64_t history_parse_id(const char *text);

/* Numbers of runs, rising. To be freed by history_selection_free(). */
struct history_selection {
	int64_t *ids;
	size_t nr;
};

/*
 * Adds the runs of a list: "7", "1-20", "1,3,5-9". Of a range, those that are in the database; whether the others are
 * is not looked at. Returns an exit status; what is wrong is said.
 */
int history_select(struct history *h, const char *list, struct history_selection *s);
int history_selection_add(struct history_selection *s,
			  int64_t id); /* behind the others; 0 or -ENOMEM */
void history_selection_free(struct history_selection *s);

/*
 * The database where none is named: $XDG_DATA_HOME/sevtrace/history.db, else in ~/.local/share. To be freed;
 * NULL: neither is set, or no memory.
 */
char *history_default_path(void);

#endif /* HISTORY_HISTORY_H */
