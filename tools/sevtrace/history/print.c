// SPDX-License-Identifier: GPL-2.0-only
/* The actions of sevtrace history that print runs: list, show and export. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/say.h"
#include "cli/status.h"
#include "history/history.h"
#include "history/render.h"

static int no_memory(void)
{
	say_out_of_memory("history");
	return EXIT_OWN_FAILURE;
}

typedef int (*each_figures)(void *ctx, const struct history_figures *f);

struct walk {
	struct history *h;
	each_figures each;
	void *ctx;
};

static int walk_run(void *ctx, const struct history_run *run)
{
	struct walk *w = ctx;
	struct comparison c = { 0 };
	struct history_figures f = { run, &c };
	int ret = history_fill(w->h, run->id, &c, COMPARE_A, "");

	/* A single side gets its medians only when it is judged. */
	if (!ret)
		ret = compare_judge(&c, 0);
	if (!ret)
		ret = w->each(w->ctx, &f);
	compare_free(&c);
	return ret;
}

/* Calls each() for every run that the filter selects, oldest first. Returns an exit status. */
static int walk(struct history *h, const struct history_options *o, each_figures each, void *ctx)
{
	struct walk w = { h, each, ctx };
	int ret = history_runs(h, &o->runs.filter, walk_run, &w);

	if (!ret)
		return EXIT_ALL_OK;
	return ret == -ENOMEM ? no_memory() : history_failed(h);
}

/* State of a JSON list that is printed run by run, as the whole list may not fit in memory. */
struct json_list {
	bool whole;
	size_t nr;
};

static int print_json(void *ctx, const struct history_figures *f)
{
	struct json_list *list = ctx;
	json_t *json = history_json(f, list->whole, -1);

	if (!json)
		return -ENOMEM;
	fputs(list->nr++ ? ",\n" : "\n", stdout);
	json_dumpf(json, stdout, JSON_COMPACT);
	json_decref(json);
	return 0;
}

static int print_json_list(struct history *h, const struct history_options *o, bool whole)
{
	struct json_list list = { whole, 0 };
	int status;

	fputs("{\"version\": \"" SEVTRACE_VERSION "\", \"runs\": [", stdout);
	status = walk(h, o, print_json, &list);
	fputs("\n]}\n", stdout);
	return status;
}

static int add_to_table(void *ctx, const struct history_figures *f)
{
	return history_table_add(ctx, f);
}

int history_action_list(struct history *h, const struct history_options *o, int argc, char **argv)
{
	struct text_style style = text_style_of(stdout);
	struct history_table *table;
	int status;

	(void)argc;
	(void)argv;
	if (o->json)
		return print_json_list(h, o, false);
	table = history_table_new();
	if (!table)
		return no_memory();
	status = walk(h, o, add_to_table, table);
	if (!status)
		history_table_print(table, &style);
	history_table_free(table);
	return status;
}

static int print_csv(void *ctx, const struct history_figures *f)
{
	(void)ctx;
	history_csv(f, stdout);
	return 0;
}

int history_action_export(struct history *h, const struct history_options *o, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (!o->csv)
		return print_json_list(h, o, true);
	history_csv_heading(stdout);
	return walk(h, o, print_csv, NULL);
}

static int show(const struct history_figures *f, const struct history_options *o)
{
	struct text_style style = text_style_of(stdout);
	json_t *json;

	if (!o->json) {
		history_text(f, o->percent, &style);
		return 0;
	}
	json = history_json(f, true, o->percent);
	if (!json)
		return -ENOMEM;
	json_dumpf(json, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(json);
	return 0;
}

int history_action_show(struct history *h, const struct history_options *o, int argc, char **argv)
{
	int64_t id = history_parse_id(argv[argc - 1]);
	struct history_run run;
	struct comparison c = { 0 };
	struct history_figures f = { &run, &c };
	int ret;

	if (!id)
		return EXIT_USAGE;
	if (history_run(h, id, &run))
		return history_failed(h);
	ret = history_fill(h, id, &c, COMPARE_A, "");
	if (ret) {
		ret = history_failed(h);
	} else {
		ret = compare_judge(&c, 0);
		if (!ret)
			ret = show(&f, o);
		ret = ret ? no_memory() : EXIT_ALL_OK;
	}
	compare_free(&c);
	history_run_free(&run);
	return ret;
}
