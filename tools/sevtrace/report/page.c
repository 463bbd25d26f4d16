// SPDX-License-Identifier: GPL-2.0-only
#include "report/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/recording.h"
#include "cli/say.h"
#include "predict/predict.h"
#include "recording_page/recording_page.h"
#include "report/sort.h"
#include "util/outfile.h"

/* What is gathered while the recording is read again. */
struct gathering {
	struct detail_reading detail;
	struct chains chains;
};

static int gather(void *ctx, const union sevtrace_record *rec)
{
	struct gathering *g = ctx;
	int err = detail_each(&g->detail, rec);

	return err ? err : chains_add(&g->chains, g->detail.model, rec);
}

/* Predicts more launches at once. *json: NULL if no launch tells. Returns 0 or -ENOMEM. */
static int predict_more(const struct chains *chains, json_t **json)
{
	const struct predict_request request = { .launches = { 1, 2, 4, 8, 16, 32, 64, 128 },
						 .nr_launches = 8,
						 .hosts = 1,
						 .seed = 1,
						 .quick = true };
	struct predict_result result = { 0 };
	int err;

	*json = NULL;
	if (!chains->nr)
		return 0;
	err = predict(&result, chains, &request);
	if (!err)
		*json = predict_json(&result, SEVTRACE_VERSION);
	predict_free(&result);
	return *json ? 0 : -ENOMEM;
}

static int write_page(const struct page_request *request, const struct report *report,
		      const bool *full, const struct gathering *g)
{
	json_t *prediction;
	struct outfile out;
	int err = predict_more(&g->chains, &prediction);

	if (err)
		return say_out_of_memory("report");
	err = outfile_open(&out, request->output);
	if (err)
		json_decref(prediction);
	if (!err) {
		err = recording_page(report, full, &g->detail.detail, prediction, time(NULL),
				     out.stream);
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
		  struct gathering *g)
{
	size_t *order = NULL;
	int err = detail_end(&g->detail.detail, report->model);

	if (!err)
		err = chains_end(&g->chains, report->model);

	if (!err && request->sort) {
		order = sort_launches(report->model, request->sort);
		err = order ? 0 : -ENOMEM;
	}
	if (err)
		return say_out_of_memory("report");
	report->order = order;
	err = write_page(request, report, full, g);
	report->order = NULL;
	free(order);
	return err;
}

/* Reads the recording again, for what a model does not have, and writes the page. */
static int read_again(const struct page_request *request, struct tracefile_reader *reader,
		      struct report *report, const bool *full)
{
	struct gathering g = {
		.detail = {
			.model = report->model,
			.detail = {
				.slowest = RECORDING_PAGE_SLOWEST,
				.mapped = full,
				.nr_mapped = report->model->nr_launches,
			},
		},
	};
	const struct recording_reading reading = {
		.command = "report", .path = report->path, .each = gather, .ctx = &g
	};
	int err;

	chains_init(&g.chains);
	model_free(report->model);
	model_init(report->model);
	err = recording_fill(&reading, reader, report->model, report->state);
	if (!err)
		err = finish(request, report, full, &g);
	chains_free(&g.chains);
	detail_free(&g.detail.detail);
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
