// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace history: runs kept in a database, the command line. */
#include "history/history.h"
#include "util/array.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Bits of what an action takes beside --db. */
enum uses {
	USES_FILTER = 1, /* --host, --since, --until, --last, and --label as one */
	USES_LABEL = 2,
	USES_JSON = 4,
	USES_CSV = 8,
	USES_PERCENTILE = 16,
	USES_PRUNE = 32,
	USES_VERDICT = 64, /* what diff takes */
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
	{ "diff", "RUNS RUNS", "compare runs, as sevtrace diff does recordings: 7 8, 1-20 21-40",
	  history_action_diff, HISTORY_EXISTING, 2, 2, USES_JSON | USES_CSV | USES_VERDICT },
	{ "export", "", "print runs with all figures as JSON, or as CSV", history_action_export,
	  HISTORY_EXISTING, 0, 0, USES_FILTER | USES_JSON | USES_CSV },
	{ "prune", "[RUNS]...", "remove runs: these, or what a filter selects",
	  history_action_prune, HISTORY_EXISTING, 0, INT32_MAX, USES_FILTER | USES_PRUNE },
};

#define NR_ACTIONS (ARRAY_SIZE(actions))

int history_failed(const struct history *h)
{
	fprintf(stderr, "sevtrace history: %s\n", history_why(h));
	return EXIT_OWN_FAILURE;
}

int64_t history_parse_id(const char *text)
{
	char *end;
	long long id;

	errno = 0;
	id = strtoll(text, &end, 10);
	if (isdigit((unsigned char)*text) && !*end && !errno && id > 0)
		return id;
	fprintf(stderr,
		"sevtrace history: '%s' is no number of a run; sevtrace history list shows them\n",
		text);
	return 0;
}

/* The first option that was given and is not the action's; NULL: none. */
static const char *misplaced(const struct history_options *o, unsigned int uses)
{
	const struct {
		const char *name;
		bool given;
		unsigned int uses;
	} given[] = {
		{ "label", o->labels.nr, USES_FILTER | USES_LABEL },
		{ "host", o->host, USES_FILTER },
		{ "since", o->since, USES_FILTER },
		{ "until", o->until, USES_FILTER },
		{ "last", o->last, USES_FILTER },
		{ "percentile", o->percentile, USES_PERCENTILE },
		{ "keep", o->keep, USES_PRUNE },
		{ "dry-run", o->dry_run, USES_PRUNE },
		{ "json", o->json, USES_JSON },
		{ "csv", o->csv, USES_CSV },
		{ "fail-above", o->fail_above, USES_VERDICT },
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
	char *path = o->db ? strdup(o->db) : history_default_path();
	struct history *h = NULL;
	int status;

	if (!path)
		return history_wrong(
			o, "%s",
			"neither HOME nor XDG_DATA_HOME is set; name a database with --db");
	if (history_open(path, actions[i].mode, &h))
		status = history_failed(h);
	else
		status = actions[i].run(h, o, argc, argv);
	history_close(h);
	free(path);
	if (fflush(stdout) || ferror(stdout)) {
		perror("sevtrace history: cannot write");
		status = EXIT_OWN_FAILURE;
	}
	return status;
}

static int find_action(const char *name, struct history_options *o, int argc, char **argv)
{
	for (size_t i = 0; i < NR_ACTIONS; i++) {
		const char *option = misplaced(o, actions[i].uses);
		int status;

		if (strcmp(actions[i].name, name) != 0)
			continue;
		if (argc < actions[i].min_operands)
			return history_wrong(o, "%s is missing", actions[i].operands);
		if (argc > actions[i].max_operands)
			return history_wrong(o, "too many arguments: '%s'",
					     argv[actions[i].max_operands]);
		if (option)
			return history_wrong(o, "this action does not take --%s", option);
		if (o->json && o->csv)
			return history_wrong(o, "%s", "--json and --csv exclude each other");
		status = history_parse_values(o, actions[i].uses & USES_LABEL);
		return status == PARSE_GO_ON ? run_action(i, o, argc, argv) : status;
	}
	return history_wrong(o, "no action '%s'", name);
}

/* The actions as the help shows them. To be freed; NULL: no memory. */
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
	struct history_options o = { .command = "history" };
	char *notes = make_notes();
	const struct option_row options[] = {
		{ 'd', "db", "FILE", "the database (~/.local/share/sevtrace/history.db)", NULL,
		  &o.db },
		{ 'l', "label", "KEY=VALUE", "add: give the runs a label; else only runs with it",
		  NULL, NULL },
		{ 'H', "host", "NAME", "only runs recorded on this host", NULL, &o.host },
		{ 's', "since", "TIME", "only runs added since 2026-11-23, or in the last 90d",
		  NULL, &o.since },
		{ 'u', "until", "TIME", "only runs added before that", NULL, &o.until },
		{ 'n', "last", "N", "only the newest N", NULL, &o.last },
		{ 'p', "percentile", "P", "show: print this percentile as well", NULL,
		  &o.percentile },
		{ 'k', "keep", "N", "prune: leave the newest N of what is selected", NULL,
		  &o.keep },
		{ 'D', "dry-run", NULL, "prune: only say what would go", &o.dry_run, NULL },
		{ 'f', "fail-above", "PERCENT", "diff: exit with 4 if a row is slower by more",
		  NULL, &o.fail_above },
		{ 'J', "junit", "FILE", "diff: write the result as JUnit's XML, too", NULL,
		  &o.junit },
		{ 'm', "markdown", "FILE", "diff: write the result as Markdown, too", NULL,
		  &o.markdown },
		{ 'j', "json", NULL, "print JSON instead of text", &o.json, NULL },
		{ 'c', "csv", NULL, "diff, export: print comma-separated values", &o.csv, NULL },
	};
	const struct command_usage usage = {
		.name = "history",
		.synopsis = "ACTION [ARGUMENT]...",
		.summary = "Keep runs in a database, to see when launches became slower or failed",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.repeated = 'l',
		.repeats = &o.labels,
		.max_operands = INT32_MAX,
		.notes = notes,
	};
	int operand;
	int status = options_parse(&usage, argc, argv, &operand);

	free(notes);
	if (status != PARSE_GO_ON)
		return status;
	if (operand == argc)
		return history_wrong(
			&o, "%s", "an action is missing: add, list, show, diff, export or prune");
	return find_action(argv[operand], &o, argc - operand - 1, argv + operand + 1);
}
