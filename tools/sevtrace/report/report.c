// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace report: shows where each launch spent its time, and why it failed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/columns.h"
#include "cli/look.h"
#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/recording.h"
#include "cli/say.h"
#include "cli/selection.h"
#include "cli/status.h"
#include "commands.h"
#include "report/page.h"
#include "report/report.h"
#include "report/sort.h"
#include "util/array.h"

#define MOST_SLOWEST 10000 /* pages of a launch */

/* Write errors show in the state of the stream. */
static int print_json(const struct report *report)
{
	json_t *json = render_json(report);

	if (!json)
		return say_out_of_memory("report");
	if (!json_dumpf(json, stdout, JSON_INDENT(1)))
		putchar('\n');
	json_decref(json);
	return 0;
}

static int status_of(const struct report *report, bool allow_empty)
{
	if (report_failed(report))
		return EXIT_LAUNCH_FAILED;
	if (report_any(report))
		return EXIT_ALL_OK;
	say_error("report", "%s has no %slaunch%s", report->path, report->shown ? "such " : "",
		  allow_empty ? "" : "; --allow-empty ends with 0 nevertheless");
	return allow_empty ? EXIT_ALL_OK : EXIT_EMPTY;
}

/* What the report looks like. */
struct form {
	bool json, csv; /* none of these: text */
	const char *html; /* the page's file */
	bool allow_empty;
	const char *sort; /* NULL: as in the recording */
	const char *slowest_pages; /* as given; NULL: not given */
	size_t slowest; /* pages of each launch */
	const char *list; /* of columns, as given; NULL: all */
	struct csv_columns columns;
	struct look look; /* of text */
};

static int print(const struct report *report, struct form *form)
{
	struct text_style style;
	int err = 0;

	if (form->csv)
		render_csv(report, stdout);
	else if (form->json)
		err = print_json(report);
	else if (look_begin(&form->look, "report", &style))
		return EXIT_USAGE;
	else
		render_text(report, &style);
	if (err)
		return EXIT_OWN_FAILURE;
	err = look_end(&form->look);
	if (err) {
		say_error("report", "cannot write the report: %s", strerror(-err));
		return EXIT_OWN_FAILURE;
	}
	return status_of(report, form->allow_empty);
}

static int read_recording(struct report *report, struct detail_reading *g)
{
	const struct recording_reading reading = {
		.command = "report",
		.path = report->path,
		.going_on = "reporting what was read before",
		.each = g->detail.slowest ? detail_each : NULL,
		.ctx = g,
	};
	struct tracefile_reader *reader;
	int err = recording_open("report", report->path, &reader);

	if (err)
		return err;
	err = recording_fill(&reading, reader, report->model, report->state);
	tracefile_reader_free(reader);
	if (err || !g->detail.slowest)
		return err;
	report->detail = &g->detail;
	err = detail_end(&g->detail, report->model);
	return err ? say_out_of_memory("report") : 0;
}

/* Prints a recording. Returns the exit status. */
static int report_file(struct report *report, const struct selection *selection, struct form *form,
		       bool **shown)
{
	struct detail_reading g = { report->model, { .slowest = form->slowest } };
	size_t *order = NULL;
	int status = EXIT_OWN_FAILURE;

	if (!read_recording(report, &g) &&
	    !selection_of(selection, "report", report->model, shown)) {
		order = form->sort ? sort_launches(report->model, form->sort) : NULL;
		report->shown = *shown;
		report->order = order;
		report->columns = form->list ? &form->columns : NULL;
		if (form->sort && !order)
			say_out_of_memory("report");
		else
			status = print(report, form);
	}
	report->order = NULL;
	report->detail = NULL;
	free(order);
	detail_free(&g.detail);
	return status;
}

/* Writes a page of a recording. Returns the exit status. */
static int write_page(struct report *report, const struct selection *selection,
		      const struct form *form, bool **shown)
{
	const struct page_request request = { form->html, form->sort, selection };

	if (recording_refuse_output("report", report->path, form->html))
		return EXIT_USAGE;
	if (report_page(&request, report, shown))
		return EXIT_OWN_FAILURE;
	return status_of(report, form->allow_empty);
}

static int run(const char *path, const struct selection *selection, struct form *form)
{
	struct tracefile_state state;
	struct model model;
	struct report report = {
		.model = &model, .state = &state, .path = path, .version = SEVTRACE_VERSION
	};
	bool *shown = NULL;
	int status;

	model_init(&model);
	if (form->html)
		status = write_page(&report, selection, form, &shown);
	else
		status = report_file(&report, selection, form, &shown);
	free(shown);
	model_free(&model);
	return status;
}

/* Returns 0, or a negative errno after it has printed what is wrong. */
static int parse_form(struct form *form)
{
	long slowest = 0;

	if (form->json + form->csv + !!form->html > 1)
		return say_usage("report", "use only one of --json, --csv and --html");
	if (form->sort && !sort_is_key(form->sort))
		return say_invalid("report", "order", form->sort, SORT_KEYS);
	if (form->slowest_pages && parse_number(form->slowest_pages, MOST_SLOWEST, &slowest))
		return say_invalid("report", "number of pages", form->slowest_pages,
				   "a number from 1 to 10000");
	form->slowest = (size_t)slowest;
	if (form->list && !form->csv)
		return say_usage("report", "--columns is for --csv");
	return form->list ? columns_take("report", &report_csv, form->list, &form->columns) : 0;
}

int cmd_report(int argc, char **argv)
{
	struct form form = { 0 };
	struct selection selection;

	selection_init(&selection);

	const struct option_row options[] = {
		OPT_GROUP(selection.options, SELECTION_OPTIONS),
		OPT_VALUE(0, "sort", "KEY", "by " SORT_KEYS, &form.sort),
		OPT_VALUE(0, "slowest-pages", "N", "the N slowest pages of each launch, too",
			  &form.slowest_pages),
		OPT_FLAG('j', "json", "print one JSON object instead of text", &form.json),
		OPT_FLAG(0, "csv", "print comma-separated values instead of text", &form.csv),
		COLUMNS_OPTION(&form.list),
		OPT_VALUE(0, "html", "OUTPUT", "write a page for a browser to OUTPUT instead",
			  &form.html),
		OPT_FLAG('E', "allow-empty", "without a launch, exit with 0 instead of 5",
			 &form.allow_empty),
		LOOK_ROWS(&form.look),
	};
	const struct command_usage usage = {
		.name = "report",
		.synopsis = "[FILE]",
		.summary = "Show where each launch in FILE (" DEFAULT_FILE ") spent its time\n"
			   "and why it failed",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.max_operands = 1,
	};
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	status = EXIT_USAGE;
	if (!parse_form(&form) && !selection_take(&selection, "report"))
		status = run(operand < argc ? argv[operand] : DEFAULT_FILE, &selection, &form);
	selection_free(&selection);
	return status;
}
