// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace report: shows where each launch spent its time, and why it failed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/look.h"
#include "cli/options.h"
#include "cli/recording.h"
#include "cli/say.h"
#include "cli/selection.h"
#include "cli/status.h"
#include "commands.h"
#include "report/report.h"
#include "report/sort.h"
#include "util/array.h"

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
	bool json, csv; /* neither: text */
	bool allow_empty;
	const char *sort; /* NULL: as in the recording */
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

static int report_file(const char *path, const struct selection *selection, struct form *form)
{
	bool *shown = NULL;
	size_t *order = NULL;
	struct tracefile_state state;
	struct model model;
	struct report report = { &model, &state, path, SEVTRACE_VERSION, NULL, NULL };
	int status = EXIT_OWN_FAILURE;

	model_init(&model);
	if (!recording_read("report", path, &model, &state, "reporting what was read before")) {
		if (!selection_of(selection, "report", &model, &shown)) {
			order = form->sort ? sort_launches(&model, form->sort) : NULL;
			report.shown = shown;
			report.order = order;
			if (form->sort && !order)
				say_out_of_memory("report");
			else
				status = print(&report, form);
		}
	}
	free(order);
	free(shown);
	model_free(&model);
	return status;
}

int cmd_report(int argc, char **argv)
{
	struct form form = { 0 };
	struct selection selection;

	selection_init(&selection);

	const struct option_row options[] = {
		OPT_GROUP(selection.options, SELECTION_OPTIONS),
		OPT_VALUE(0, "sort", "KEY", "by " SORT_KEYS, &form.sort),
		OPT_FLAG('j', "json", "print one JSON object instead of text", &form.json),
		OPT_FLAG(0, "csv", "print comma-separated values instead of text", &form.csv),
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
	if (form.json && form.csv)
		say_usage("report", "use either --json or --csv");
	else if (form.sort && !sort_is_key(form.sort))
		say_invalid("report", "order", form.sort, SORT_KEYS);
	else if (!selection_take(&selection, "report"))
		status = report_file(operand < argc ? argv[operand] : DEFAULT_FILE, &selection,
				     &form);
	selection_free(&selection);
	return status;
}
