// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace dashboard: shows the runs of the history on a page, and where their figures changed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/options.h"
#include "cli/runs.h"
#include "cli/say.h"
#include "cli/status.h"
#include "commands.h"
#include "dashboard/dashboard.h"
#include "util/array.h"
#include "util/outfile.h"

struct dashboard_options {
	struct run_options runs;
	const char *output; /* NULL: write no page */
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
	say_error("dashboard", "%s: %s", what, strerror(-err));
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
	/* A single side gets its medians only when it is judged. */
	if (!ret)
		ret = compare_judge(&figures, 0);
	if (!ret)
		ret = dashboard_add(g->d, &mine, &figures);
	compare_free(&figures);
	history_run_free(&mine);
	/* -ENOENT: someone has removed this run meanwhile. */
	return ret == -ENOENT ? 0 : ret;
}

static int write_page(const struct dashboard *d, const char *path)
{
	struct outfile out;
	int ret = outfile_open(&out, path);

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
		return failed("cannot print the changes", -ENOMEM);
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
		say_error("dashboard", "cannot write: %s", strerror(errno));
		status = EXIT_OWN_FAILURE;
	}
	return status;
}

/* Parses the keys of a list such as "size,concurrency". */
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

/*
 * Refuses a label of --by that no run has: a slip of the pen, which would compare runs of all sizes
 * with each other.
 */
static int check_keys(const struct dashboard *d, const struct dashboard_options *o)
{
	for (size_t k = 0; o->by && k < d->nr_keys; k++) {
		size_t i = 0;

		while (i < d->nr_runs && !history_label(&d->runs[i].run, d->keys[k]))
			i++;
		if (i < d->nr_runs)
			continue;
		say_error("dashboard",
			  "no run has the label '%s' of --by; 'sevtrace history list' shows labels",
			  d->keys[k]);
		return EXIT_OWN_FAILURE;
	}
	return EXIT_ALL_OK;
}

/* Reads the runs and finds where they changed. Returns the exit status. */
static int load(struct dashboard *d, const struct dashboard_options *o, const char *path)
{
	struct history *h = NULL;
	struct gathering g = { .d = d };
	int status = EXIT_ALL_OK;
	int err = history_open(path, HISTORY_EXISTING, &h);

	g.h = h;
	if (!err)
		err = history_runs(h, &o->runs.filter, gather, &g);
	if (!err)
		err = dashboard_find_changes(d);
	if (err) {
		const char *why = h ? history_why(h) : NULL;

		say_error("dashboard", "%s", why && *why ? why : strerror(-err));
		status = EXIT_OWN_FAILURE;
	} else if (!d->nr_runs) {
		say_error("dashboard", "no such run in %s; 'sevtrace history list' shows the runs",
			  path);
		status = EXIT_OWN_FAILURE;
	} else {
		status = check_keys(d, o);
	}
	history_close(h);
	return status;
}

static int make(struct dashboard *d, const struct dashboard_options *o)
{
	char *path;
	int err = runs_database(&o->runs, "dashboard", &path);
	int status;

	if (err)
		return err == -ENOMEM ? EXIT_OWN_FAILURE : EXIT_USAGE;
	status = load(d, o, path);
	free(path);
	return status ? status : render(d, o);
}

/* Parses the options. Returns 0, or -EINVAL after it has printed what is wrong. */
static int parse(struct dashboard *d, struct dashboard_options *o, char *keys)
{
	if (runs_parse(&o->runs, "dashboard", false))
		return -EINVAL;
	if (parse_keys(d, keys))
		return say_invalid("dashboard", "--by", o->by, "at most eight labels");
	if (o->json && o->output && !strcmp(o->output, "-"))
		return say_usage("dashboard", "--json and --output=- exclude each other");
	return 0;
}

static int run(struct dashboard_options *o)
{
	struct dashboard d = { .title = o->title ? o->title : "" };
	char *keys = strdup(o->by ? o->by : "size,concurrency");
	int status;

	if (!keys) {
		say_out_of_memory("dashboard");
		return EXIT_OWN_FAILURE;
	}
	status = parse(&d, o, keys) ? EXIT_USAGE : make(&d, o);
	dashboard_free(&d);
	free(keys);
	return status;
}

int cmd_dashboard(int argc, char **argv)
{
	struct dashboard_options o = { .output = NULL };
	const struct option_row options[] = {
		OPT_VALUE('o', "output", "FILE", "write the page to FILE, - for stdout", &o.output),
		OPT_FLAG('j', "json", "print the changes as one JSON object", &o.json),
		OPT_VALUE('b', "by", "KEY,...", "labels that separate series (size,concurrency)",
			  &o.by),
		OPT_VALUE('t', "title", "TEXT", "title of the page", &o.title),
		RUN_ROWS(&o.runs, "only runs with this label"),
	};
	const struct command_usage usage = {
		.name = "dashboard",
		.synopsis = "[-o FILE]",
		.summary =
			"Show where the runs of the history changed, as text and as a page for a browser",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
	};
	int operand;
	int status = options_parse(&usage, argc, argv, &operand);

	return status == PARSE_GO_ON ? run(&o) : status;
}
