// SPDX-License-Identifier: GPL-2.0-only
#include "report/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/recording.h"
#include "cli/say.h"
#include "recording_page/recording_page.h"
#include "report/sort.h"
#include "util/outfile.h"

static int write_page(const struct page_request *request, const struct report *report,
		      const bool *full, const struct detail *detail)
{
	struct outfile out;
	int err = outfile_open(&out, request->output);

	if (!err) {
		err = recording_page(report, full, detail, time(NULL), out.stream);
		if (err)
			outfile_abandon(&out);
		else
			err = outfile_finish(&out);
	}
	if (err)
		say_error("report", "cannot write %s: %s", request->output, strerror(-err));
	return err;
}

/* Sorts what was gathered, and writes the page. */
static int finish(const struct page_request *request, struct report *report, const bool *full,
		  struct detail_reading *g)
{
	size_t *order = NULL;
	int err = detail_end(&g->detail, report->model);

	if (!err && request->sort) {
		order = sort_launches(report->model, request->sort);
		err = order ? 0 : -ENOMEM;
	}
	if (err)
		return say_out_of_memory("report");
	report->order = order;
	err = write_page(request, report, full, &g->detail);
	report->order = NULL;
	free(order);
	return err;
}

/* Reads the recording again, for what a model does not have, and writes the page. */
static int read_again(const struct page_request *request, struct tracefile_reader *reader,
		      struct report *report, const bool *full)
{
	struct detail_reading g = {
		.model = report->model,
		.detail = {
			.slowest = RECORDING_PAGE_SLOWEST,
			.mapped = full,
			.nr_mapped = report->model->nr_launches,
		},
	};
	const struct recording_reading reading = {
		.command = "report", .path = report->path, .each = detail_each, .ctx = &g
	};
	int err;

	model_free(report->model);
	model_init(report->model);
	err = recording_fill(&reading, reader, report->model, report->state);
	if (!err)
		err = finish(request, report, full, &g);
	detail_free(&g.detail);
	return err;
}

int report_page(const struct page_request *request, struct report *report, bool **shown)
{
	const struct recording_reading reading = {
		.command = "report",
		.path = report->path,
		.going_on = "showing what was read before",
	};
	struct tracefile_reader *reader;
	bool *full = NULL;
	int err = recording_open("report", report->path, &reader);

	if (err)
		return err;
	err = recording_fill(&reading, reader, report->model, report->state);
	if (!err)
		err = selection_of(request->selection, "report", report->model, shown);
	report->shown = *shown;
	if (!err) {
		full = recording_page_choose(report);
		err = full ? read_again(request, reader, report, full) :
			     say_out_of_memory("report");
	}
	free(full);
	tracefile_reader_free(reader);
	return err;
}
