// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace report: shows where each launch spent its time, and why it failed. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/recording.h"
#include "cli/say.h"
#include "cli/status.h"
#include "commands.h"
#include "report/report.h"
#include "report/selection.h"
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

/* Without a selection, launches count that are beyond what a model has. */
static int status_of(const struct report *report, bool allow_empty)
{
	const struct model *m = report->model;
	bool failed = !report->shown && model_failed(m);
	size_t shown = 0;

	for (size_t i = 0; i < m->nr_launches; i++) {
		if (!report_shows(report, i))
			continue;
		shown++;
		failed |= launch_result(m->launches[i]) == MODEL_FAILED;
	}
	if (failed)
		return EXIT_LAUNCH_FAILED;
	if (shown)
		return EXIT_ALL_OK;
	say_error("report", "%s has no %slaunch%s", report->path, report->shown ? "such " : "",
		  allow_empty ? "" : "; --allow-empty ends with 0 nevertheless");
	return allow_empty ? EXIT_ALL_OK : EXIT_EMPTY;
}

static int print(const struct report *report, bool as_json, bool allow_empty)
{
	struct text_style style = text_style_of(stdout);

	if (!as_json)
		render_text(report, &style);
	else if (print_json(report))
		return EXIT_OWN_FAILURE;
	if (fflush(stdout) || ferror(stdout)) {
		say_error("report", "cannot write the report: %s", strerror(errno));
		return EXIT_OWN_FAILURE;
	}
	return status_of(report, allow_empty);
}

/* Parses "7", "1-20", "1,3,5-9". The caller frees s->numbers. */
static int parse_launches(struct report_selection *s, const char *text)
{
	char *list = strdup(text), *rest = list, *item;
	int err = list ? 0 : say_out_of_memory("report");

	while (!err && (item = strsep(&rest, ","))) {
		char *dash = strchr(item, '-');
		struct report_range *range = ARRAY_ADD(s->numbers, s->nr_numbers);
		long first, last;

		if (dash)
			*dash = '\0';
		if (!range)
			err = say_out_of_memory("report");
		else if (parse_number(item, UINT32_MAX, &first) ||
			 parse_number(dash ? dash + 1 : item, UINT32_MAX, &last) || last < first)
			err = say_invalid("report", "list of launches", text,
					  "numbers and ranges of them, such as 1,3,5-9");
		else
			*range = (struct report_range){ (uint32_t)first, (uint32_t)last };
	}
	free(list);
	return err;
}

struct texts {
	const char *launches, *pid, *slowest;
};

static int parse_selection(struct report_selection *s, const struct texts *t)
{
	static const char number[] = "a number from 1 on";
	long pid = 0, slowest = 0;

	if (t->launches && parse_launches(s, t->launches))
		return -EINVAL;
	if (t->pid && parse_number(t->pid, INT_MAX, &pid))
		return say_invalid("report", "process id", t->pid, number);
	if (t->slowest && parse_number(t->slowest, INT_MAX, &slowest))
		return say_invalid("report", "number of launches", t->slowest, number);
	s->pid = (uint32_t)pid;
	s->slowest = (size_t)slowest;
	return 0;
}

static int report_file(const char *path, const struct report_selection *selection, bool as_json,
		       bool allow_empty)
{
	bool *shown = NULL;
	struct tracefile_state state;
	struct model model;
	struct report report = { &model, &state, path, SEVTRACE_VERSION, NULL };
	int status = EXIT_OWN_FAILURE;

	model_init(&model);
	if (!recording_read("report", path, &model, &state, "reporting what was read before")) {
		if (selection_is_some(selection))
			report.shown = shown = selection_choose(selection, &model);
		if (selection_is_some(selection) && !shown)
			say_out_of_memory("report");
		else
			status = print(&report, as_json, allow_empty);
	}
	free(shown);
	model_free(&model);
	return status;
}

int cmd_report(int argc, char **argv)
{
	bool as_json = false;
	bool allow_empty = false;
	struct report_selection selection = { 0 };
	struct texts texts = { 0 };
	const struct option_row options[] = {
		OPT_VALUE(0, "launch", "LIST", "only these launches, such as 1,3,5-9",
			  &texts.launches),
		OPT_FLAG(0, "failed", "only launches that failed", &selection.failed),
		OPT_VALUE(0, "slowest", "N", "of these, only the N that took longest",
			  &texts.slowest),
		OPT_VALUE('c', "comm", "NAME", "only launches of processes with this name",
			  &selection.comm),
		OPT_VALUE('p', "pid", "PID", "only launches of this process", &texts.pid),
		OPT_FLAG('j', "json", "print one JSON object instead of text", &as_json),
		OPT_FLAG('E', "allow-empty", "without a launch, exit with 0 instead of 5",
			 &allow_empty),
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
	if (!parse_selection(&selection, &texts))
		status = report_file(operand < argc ? argv[operand] : DEFAULT_FILE, &selection,
				     as_json, allow_empty);
	free(selection.numbers);
	return status;
}
