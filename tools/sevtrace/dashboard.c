// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace dashboard: the runs of the history as a page, and where they changed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dashboard/dashboard.h"
#include "history/history.h"
#include "util/array.h"
#include "util/outfile.h"

struct dashboard_options {
	struct history_options runs; /* which, and of which database */
	const char *output; /* NULL: no page */
	const char *by;
	const char *title;
	bool json;
};

struct gathering {
	struct history *h;
	struct dashboard *d;
};

static int failed(const char *what, int err)
{
	fprintf(stderr, "sevtrace dashboard: %s: %s\n", what, strerror(-err));
	return EXIT_OWN_FAILURE;
}

static int gather(void *ctx, const struct history_run *run)
{
	const struct gathering *g = ctx;
	struct comparison figures = { 0 };
	struct history_run mine = { 0 };
	int ret = history_fill(g->h, run->id, &figures, COMPARE_A, "");

	if (!ret)
		ret = history_run(g->h, run->id, &mine);
	/* One side alone has medians once it is judged. */
	if (!ret)
		ret = compare_judge(&figures, 0);
	if (!ret)
		ret = dashboard_add(g->d, &mine, &figures);
	compare_free(&figures);
	history_run_free(&mine);
	/* Somebody removed it meanwhile. */
	return ret == -ENOENT ? 0 : ret;
}

static int write_page(const struct dashboard *d, const char *path)
{
	struct outfile out;
	int ret = outfile_open(&out, strcmp(path, "-") ? path : NULL);

	if (ret)
		return failed(path, ret);
	ret = dashboard_page(d, SEVTRACE_VERSION, time(NULL), out.stream);
	if (ret)
		outfile_abandon(&out);
	else
		ret = outfile_finish(&out);
	return ret ? failed(path, ret) : EXIT_ALL_OK;
}

static int print_json(const struct dashboard *d)
{
	json_t *json = dashboard_changes_json(d, SEVTRACE_VERSION);

	if (!json)
		return failed("the changes cannot be printed", -ENOMEM);
	if (!json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6)))
		putchar('\n');
	json_decref(json);
	return EXIT_ALL_OK;
}

static int render(const struct dashboard *d, const struct dashboard_options *o)
{
	struct text_style style = text_style_of(stdout);
	int status = EXIT_ALL_OK;

	if (o->output)
		status = write_page(d, o->output);
	if (!status && o->json)
		status = print_json(d);
	else if (!status && !(o->output && !strcmp(o->output, "-")))
		dashboard_text(d, &style);
	if (fflush(stdout) || ferror(stdout)) {
		perror("sevtrace dashboard: cannot write");
		status = EXIT_OWN_FAILURE;
	}
	return status;
}

/* "size,concurrency" */
static int parse_keys(struct dashboard *d, char *text)
{
	char *rest = text;

	for (char *key = strsep(&rest, ","); key; key = strsep(&rest, ",")) {
		if (!*key)
			continue;
		if (d->nr_keys == DASHBOARD_MAX_KEYS)
			return -E2BIG;
		d->keys[d->nr_keys++] = key;
	}
	return 0;
}

static int make(struct dashboard *d, const struct dashboard_options *o)
{
	char *path = o->runs.db ? strdup(o->runs.db) : history_default_path();
	struct history *h = NULL;
	struct gathering g = { .d = d };
	int status = EXIT_ALL_OK;
	int ret;

	if (!path)
		return history_wrong(
			&o->runs, "%s",
			"neither HOME nor XDG_DATA_HOME is set; name a database with --db");
	ret = history_open(path, HISTORY_EXISTING, &h);
	g.h = h;
	if (!ret)
		ret = history_runs(h, &o->runs.filter, gather, &g);
	if (!ret)
		ret = dashboard_find_changes(d);
	if (ret) {
		const char *why = h ? history_why(h) : NULL;

		fprintf(stderr, "sevtrace dashboard: %s\n", why && *why ? why : strerror(-ret));
		status = EXIT_OWN_FAILURE;
	} else if (!d->nr_runs) {
		fprintf(stderr,
			"sevtrace dashboard: %s has no such run; sevtrace history list shows what it has\n",
			path);
		status = EXIT_OWN_FAILURE;
	} else {
		status = render(d, o);
	}
	history_close(h);
	free(path);
	return status;
}

static int run(struct dashboard_options *o)
{
	struct dashboard d = { .title = o->title ? o->title : "" };
	char *keys = strdup(o->by ? o->by : "size,concurrency");
	int status;

	if (!keys)
		return failed("the history cannot be read", -ENOMEM);
	status = history_parse_values(&o->runs, false);
	if (status == PARSE_GO_ON && parse_keys(&d, keys))
		status = history_wrong(&o->runs, "--by takes eight labels at most: '%s'", o->by);
	if (status == PARSE_GO_ON && o->json && o->output && !strcmp(o->output, "-"))
		status = history_wrong(&o->runs, "%s", "--json and --output=- exclude each other");
	if (status == PARSE_GO_ON)
		status = make(&d, o);
	dashboard_free(&d);
	free(keys);
	return status;
}

int cmd_dashboard(int argc, char **argv)
{
	struct dashboard_options o = { .runs.command = "dashboard" };
	struct history_options *runs = &o.runs;
	const struct option_row options[] = {
		{ 'o', "output", "FILE", "write the page to FILE, - for stdout", NULL, &o.output },
		{ 'j', "json", NULL, "print the changes as one JSON object", &o.json, NULL },
		{ 'b', "by", "KEY,...", "labels that keep series apart (size,concurrency)", NULL,
		  &o.by },
		{ 't', "title", "TEXT", "title of the page", NULL, &o.title },
		{ 'd', "db", "FILE", "the database (~/.local/share/sevtrace/history.db)", NULL,
		  &runs->db },
		{ 'l', "label", "KEY=VALUE", "only runs with this label", NULL, NULL },
		{ 'H', "host", "NAME", "only runs recorded on this host", NULL, &runs->host },
		{ 's', "since", "TIME", "only runs added since 2026-11-23, or in the last 90d",
		  NULL, &runs->since },
		{ 'u', "until", "TIME", "only runs added before that", NULL, &runs->until },
		{ 'n', "last", "N", "only the newest N", NULL, &runs->last },
	};
	const struct command_usage usage = {
		.name = "dashboard",
		.synopsis = "[-o FILE]",
		.summary =
			"Say where the runs of the history changed, and show them on one page for a browser",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.repeated = 'l',
		.repeats = &runs->labels,
	};
	int operand;
	int status = options_parse(&usage, argc, argv, &operand);

	return status == PARSE_GO_ON ? run(&o) : status;
}
