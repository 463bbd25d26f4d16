// SPDX-License-Identifier: GPL-2.0-only
#include "cli/write_format.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/recording.h"
#include "cli/say.h"
#include "cli/status.h"
#include "util/outfile.h"

/* Prints on stderr what the output lacks. */
static void print_losses(const char *command, const struct report *report)
{
	const char *filter = model_host_value(report->model, "filter");
	struct tracefile_cpu_drops sum;
	char clean[512];

	if (filter)
		say_error(command, "%s: recorded with %s: what that leaves out is missing",
			  report->path, text_clean(clean, sizeof(clean), filter));
	if (!report->state->complete)
		say_error(command, "%s: %s; this is what was read before", report->path,
			  report->state->text);
	if (model_drops(report->model, &sum) && sum.dropped)
		say_error(command,
			  "%s: %" PRIu64 " of %" PRIu64 " events were dropped in recording",
			  report->path, (uint64_t)sum.dropped, (uint64_t)sum.emitted);
}

static int cannot_write(const char *command, const char *output, int err)
{
	say_error(command, "cannot write%s%s: %s", output ? " " : "", output ? output : "",
		  strerror(-err));
	return EXIT_OWN_FAILURE;
}

static int write_output(const char *command, const struct export_format *format,
			struct tracefile_reader *reader, const struct report *report,
			const char *output)
{
	struct outfile out;
	int err = outfile_open(&out, output);
	int ret;

	if (err)
		return cannot_write(command, output, err);
	ret = export_read(format, reader, report, out.stream, &err);
	if (ret) {
		say_error(command, "cannot read %s: %s", report->path, strerror(-ret));
		outfile_abandon(&out);
		return EXIT_OWN_FAILURE;
	}
	if (err)
		outfile_abandon(&out);
	else
		err = outfile_finish(&out);
	if (err)
		return cannot_write(command, output, err);
	print_losses(command, report);
	if (report->shown && !report_any(report)) {
		say_error(command, "%s has no such launch", report->path);
		return EXIT_EMPTY;
	}
	return report_failed(report) ? EXIT_LAUNCH_FAILED : EXIT_ALL_OK;
}

/*
 * Reads a recording once before it is written, to choose among its launches: which are the slowest
 * is known at its end. *shown stays NULL if there is nothing to choose.
 */
static int choose(const char *command, const struct selection *selection,
		  struct tracefile_reader *reader, const char *file, bool **shown)
{
	struct tracefile_state state = { 0 };
	struct model model;
	int err;

	*shown = NULL;
	if (!selection_is_some(&selection->launches))
		return 0;
	model_init(&model);
	err = model_read(&model, reader, &state);
	if (err)
		say_error(command, "cannot read %s: %s", file, strerror(-err));
	else
		err = selection_of(selection, command, &model, shown);
	model_free(&model);
	return err;
}

int write_format(const char *command, const struct write_request *request)
{
	struct tracefile_reader *reader;
	struct tracefile_state state = { 0 };
	struct model model;
	struct report report = {
		.model = &model,
		.state = &state,
		.path = request->file,
		.version = SEVTRACE_VERSION,
		.columns = request->columns,
	};
	bool *shown = NULL;
	int ret = EXIT_OWN_FAILURE;

	if (recording_open(command, request->file, &reader))
		return EXIT_OWN_FAILURE;
	if (recording_refuse_output(command, request->file, request->output)) {
		tracefile_reader_free(reader);
		return EXIT_USAGE;
	}
	model_init(&model);
	if (!choose(command, request->selection, reader, request->file, &shown)) {
		report.shown = shown;
		ret = write_output(command, request->format, reader, &report, request->output);
	}
	free(shown);
	tracefile_reader_free(reader);
	model_free(&model);
	return ret;
}
