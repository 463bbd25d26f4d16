// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace history: the command line for runs kept in a database. */
#include "history/history.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/numbers.h"
#include "cli/options.h"
#include "commands.h"
#include "util/array.h"

/* Bits of the options that an action takes besides --db. */
enum uses {
	USES_FILTER = 1, /* --host, --since, --until, --last, and --label as a filter */
	USES_LABEL = 2,
	USES_JSON = 4,
	USES_CSV = 8,
	USES_PERCENTILE = 16,
	USES_PRUNE = 32,
	USES_VERDICT = 64, /* the options of diff */
};

static const struct {
	const char *name;
	const char *operands;
	const char *help;
	history_action run;
	enum history_mode mode;
	int min_operands;
	int max_operands;
	unsigned int uses;
} actions[] = {
	{ "add", "FILE...", "add recordings, each as a run", history_action_add, HISTORY_CREATE, 1,
	  INT32_MAX, USES_LABEL | USES_JSON },
	{ "list", "", "list runs", history_action_list, HISTORY_EXISTING, 0, 0,
	  USES_FILTER | USES_JSON },
	{ "show", "RUN", "print a run's figures", history_action_show, HISTORY_EXISTING, 1, 1,
	  USES_JSON | USES_PERCENTILE },
	{ "diff", "RUNS RUNS", "compare runs, such as 7 8 or 1-20 21-40", history_action_diff,
	  HISTORY_EXISTING, 2, 2, USES_JSON | USES_CSV | USES_VERDICT },
	{ "export", "", "print runs with all figures as JSON, or as CSV", history_action_export,
	  HISTORY_EXISTING, 0, 0, USES_FILTER | USES_JSON | USES_CSV },
	{ "prune", "[RUNS]...", "remove RUNS, or the runs that a filter selects",
	  history_action_prune, HISTORY_EXISTING, 0, INT32_MAX, USES_FILTER | USES_PRUNE },
};

#define NR_ACTIONS (ARRAY_SIZE(actions))

/* Returns the first given option that the action does not take; NULL: there is none. */
static const char *misplaced(const struct history_options *o, unsigned int uses)
{
	const struct {
		const char *name;
		bool given;
		unsigned int uses;
	} given[] = {
		{ "label", o->runs.labels.nr, USES_FILTER | USES_LABEL },
		{ "host", o->runs.host, USES_FILTER },
		{ "since", o->runs.since, USES_FILTER },
		{ "until", o->runs.until, USES_FILTER },
		{ "last", o->runs.last, USES_FILTER },
		{ "percentile", o->percentile, USES_PERCENTILE },
		{ "keep", o->keep, USES_PRUNE },
		{ "dry-run", o->dry_run, USES_PRUNE },
		{ "json", o->json, USES_JSON },
		{ "csv", o->csv, USES_CSV },
		{ "fail-above", o->fail_above, USES_VERDICT },
		{ "allow-empty", o->allow_empty, USES_VERDICT },
		{ "junit", o->junit, USES_VERDICT },
		{ "markdown", o->markdown, USES_VERDICT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		if (given[i].given && !(given[i].uses & uses))
			return given[i].name;
	return NULL;
}

static int run_action(size_t i, struct history_options *o, int argc, char **argv)
{
	struct history *h = NULL;
	char *path;
	int status;
	int err = runs_database(&o->runs, "history", &path);

	if (err)
		return err == -ENOMEM ? EXIT_OWN_FAILURE : EXIT_USAGE;
	if (history_open(path, actions[i].mode, &h))
		status = history_failed(h);
	else
		status = actions[i].run(h, o, argc, argv);
	history_close(h);
	free(path);
	if (fflush(stdout) || ferror(stdout)) {
		say_error("history", "cannot write: %s", strerror(errno));
		status = EXIT_OWN_FAILURE;
	}
	return status;
}

static int parse_values(struct history_options *o, bool needs_value)
{
	o->percent = -1;
	if (o->keep && parse_number(o->keep, LONG_MAX, &o->nr_keep))
		return say_invalid("history", "number of runs", o->keep, "a number from 1 on");
	if (o->percentile && parse_percentile(o->percentile, &o->percent))
		return say_invalid("history", "percentile", o->percentile,
				   "a number from 0 to 100");
	return runs_parse(&o->runs, "history", needs_value);
}

/*
 * Checks the options and operands of an action. Returns 0, or -EINVAL after it has printed what is
 * wrong.
 */
static int check_action(size_t i, struct history_options *o, int argc, char **argv)
{
	const char *option = misplaced(o, actions[i].uses);
	const char *name = actions[i].name;

	if (argc < actions[i].min_operands)
		return say_usage("history", "%s needs %s", name, actions[i].operands);
	if (argc > actions[i].max_operands)
		return say_usage("history", "too many arguments: '%s'",
				 argv[actions[i].max_operands]);
	if (option)
		return say_usage("history", "%s does not take --%s", name, option);
	if (o->json && o->csv)
		return say_usage("history", "--json and --csv exclude each other");
	return parse_values(o, actions[i].uses & USES_LABEL);
}

/* Finds an action by its name. Returns 0, or -EINVAL after it has printed what is wrong. */
static int find_action(const char *name, size_t *i)
{
	for (*i = 0; *i < NR_ACTIONS; ++*i)
		if (!strcmp(actions[*i].name, name))
			return 0;
	return say_invalid("history", "action", name, "add, list, show, diff, export or prune");
}

/* Returns the list of actions for the help. The caller frees it. NULL: no memory. */
static char *make_notes(void)
{
	char *notes = NULL;
	size_t size;
	FILE *out = open_memstream(&notes, &size);

	if (!out)
		return NULL;
	fputs("Actions:\n", out);
	for (size_t i = 0; i < NR_ACTIONS; i++) {
		char left[32];

		snprintf(left, sizeof(left), "%s %s", actions[i].name, actions[i].operands);
		fprintf(out, "  %-16s %s\n", left, actions[i].help);
	}
	return fclose(out) ? NULL : notes;
}

int cmd_history(int argc, char **argv)
{
	struct history_options o = { .percent = -1 };
	char *notes = make_notes();
	const struct option_row options[] = {
		RUN_ROWS(&o.runs, "add: give the runs a label; else only runs with it"),
		OPT_VALUE('p', "percentile", "P", "show: also print this percentile",
			  &o.percentile),
		OPT_VALUE('k', "keep", "N", "prune: keep the newest N of the selected runs",
			  &o.keep),
		OPT_FLAG('D', "dry-run", "prune: only print what would be removed", &o.dry_run),
		OPT_VALUE('f', "fail-above", "PERCENT",
			  "diff: exit with 4 if slower by over PERCENT", &o.fail_above),
		OPT_FLAG('E', "allow-empty", "diff: with nothing to compare, exit with 0, not 5",
			 &o.allow_empty),
		OPT_VALUE('J', "junit", "FILE", "diff: also write the result as JUnit XML",
			  &o.junit),
		OPT_VALUE('m', "markdown", "FILE", "diff: also write the result as Markdown",
			  &o.markdown),
		OPT_FLAG('j', "json", "print JSON instead of text", &o.json),
		OPT_FLAG('c', "csv", "diff, export: print comma-separated values", &o.csv),
	};
	const struct command_usage usage = {
		.name = "history",
		.synopsis = "ACTION [ARGUMENT]...",
		.summary = "Keep runs in a database, to see when launches became slower or failed",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.max_operands = INT32_MAX,
		.notes = notes,
	};
	int operand;
	int status = options_parse(&usage, argc, argv, &operand);
	size_t action;

	free(notes);
	if (status != PARSE_GO_ON)
		return status;
	if (operand == argc) {
		say_usage("history",
			  "an action is missing: add, list, show, diff, export or prune");
		return EXIT_USAGE;
	}
	if (find_action(argv[operand], &action))
		return EXIT_USAGE;
	argc -= operand + 1;
	argv += operand + 1;
	return check_action(action, &o, argc, argv) ? EXIT_USAGE :
						      run_action(action, &o, argc, argv);
}
