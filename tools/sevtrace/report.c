// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace report: where each launch spent its time, and why it failed. */
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "commands.h"
#include "report/report.h"
#include "util/array.h"

/* What cannot be written shows in the stream's state. */
static int print_json(const struct report *report)
{
	json_t *json = render_json(report);

	if (!json) {
		fputs("sevtrace report: out of memory\n", stderr);
		return -1;
	}
	if (!json_dumpf(json, stdout, JSON_INDENT(1)))
		putchar('\n');
	json_decref(json);
	return 0;
}

static int print(const struct report *report, bool as_json)
{
	struct text_style style = text_style_of(stdout);

	if (!report->state->complete)
		fprintf(stderr, "sevtrace report: %s: %s; reporting what was read before\n",
			report->path, report->state->text);
	if (as_json) {
		if (print_json(report))
			return EXIT_OWN_FAILURE;
	} else {
		render_text(report, &style);
	}
	if (fflush(stdout) || ferror(stdout)) {
		perror("sevtrace report: cannot write the report");
		return EXIT_OWN_FAILURE;
	}
	return model_failed(report->model) ? EXIT_LAUNCH_FAILED : EXIT_ALL_OK;
}

static int report_file(const char *path, bool as_json)
{
	struct tracefile_reader *reader;
	struct tracefile_state state;
	struct model model;
	struct report report = { &model, &state, path, SEVTRACE_VERSION };
	char why[256];
	int ret;

	if (tracefile_open(path, &reader, why, sizeof(why))) {
		fprintf(stderr, "sevtrace report: %s %s\n", path, why);
		return EXIT_OWN_FAILURE;
	}
	model_init(&model);
	ret = model_read(&model, reader, &state);
	tracefile_reader_free(reader);
	if (ret) {
		fprintf(stderr, "sevtrace report: %s cannot be read: %s\n", path, strerror(-ret));
		ret = EXIT_OWN_FAILURE;
	} else {
		ret = print(&report, as_json);
	}
	model_free(&model);
	return ret;
}

int cmd_report(int argc, char **argv)
{
	bool as_json = false;
	const struct option_row options[] = {
		{ 'j', "json", NULL, "print one JSON object instead of text", &as_json, NULL },
	};
	const struct command_usage usage = {
		.name = "report",
		.synopsis = "[FILE]",
		.summary = "Say of each launch in FILE (" DEFAULT_FILE
			   ") where it spent its time, and why it failed",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.max_operands = 1,
	};
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	return report_file(operand < argc ? argv[operand] : DEFAULT_FILE, as_json);
}
