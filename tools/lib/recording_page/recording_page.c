// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the page with its data. tools/lib/recording_page/page/data.js reads the data and describes
 * its members.
 */
#include "recording_page/recording_page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "html/html.h"
#include "recording_page/internal.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "util/json.h"

struct candidate {
	const struct model_launch *launch;
	size_t place;
};

/* Those that failed first, then the longest. */
static int compare(const void *a, const void *b)
{
	const struct model_launch *left = ((const struct candidate *)a)->launch;
	const struct model_launch *right = ((const struct candidate *)b)->launch;
	bool left_failed = launch_result(left) == MODEL_FAILED;
	bool right_failed = launch_result(right) == MODEL_FAILED;

	if (left_failed != right_failed)
		return left_failed ? -1 : 1;
	if (launch_duration(left) != launch_duration(right))
		return launch_duration(left) > launch_duration(right) ? -1 : 1;
	return left->number < right->number ? -1 : left->number > right->number;
}

bool *recording_page_choose(const struct report *report)
{
	const struct model *m = report->model;
	struct candidate *candidates = calloc(m->nr_launches + 1, sizeof(*candidates));
	bool *full = calloc(m->nr_launches + 1, sizeof(*full));
	size_t nr = 0;

	if (!candidates || !full) {
		free(candidates);
		free(full);
		return NULL;
	}
	for (size_t i = 0; i < m->nr_launches; i++)
		if (report_shows(report, i))
			candidates[nr++] = (struct candidate){ m->launches[i], i };
	qsort(candidates, nr, sizeof(*candidates), compare);
	for (size_t i = 0; i < nr && i < RECORDING_PAGE_LAUNCHES; i++)
		full[candidates[i].place] = true;
	free(candidates);
	return full;
}

static json_t *launch_row(const struct model_launch *l, bool full)
{
	char vmm[LAUNCH_VMM_LEN];

	return json_pack("{s:o,s:s,s:s,s:s,s:o,s:o,s:o,s:b}", "launch", number_json(l->number),
			 "who", launch_vmm(l, vmm), "type", vm_type_text(l->vm_type), "result",
			 result_name(launch_result(l)), "start", number_json(l->first_ts),
			 "duration", number_json(launch_duration(l)), "pages",
			 number_json(launch_pages(l, false) + launch_pages(l, true)), "full", full);
}

static json_t *rows_json(const struct report *report, const bool *full)
{
	const struct model *m = report->model;
	json_t *rows = json_array();

	for (size_t i = 0; i < m->nr_launches && rows; i++) {
		size_t at = report_at(report, i);

		if (report_shows(report, at))
			rows = append_json(rows, launch_row(m->launches[at], full[at]));
	}
	return rows;
}

static json_t *details_json(const struct model *m, const bool *full, const struct detail *detail)
{
	json_t *details = json_object();

	for (size_t i = 0; i < m->nr_launches && details; i++) {
		const struct detail_launch *l = detail_at(detail, i);
		char number[sizeof("4294967295")];

		snprintf(number, sizeof(number), "%u", m->launches[i]->number);
		if (full[i] && l)
			details = set_json(details, number, detail_json(l));
	}
	return details;
}

/* What the report's JSON names and its text spells out. */
static json_t *texts_json(void)
{
	json_t *texts = json_object();

	for (uint32_t part = 0; part < TIME_COUNT; part++)
		if (time_name(part))
			texts = set_json(texts, time_name(part), json_string(time_text(part)));
	for (uint32_t part = 0; part < VMM_TIME_COUNT; part++)
		texts = set_json(texts, vmm_time_name(part), json_string(vmm_time_text(part)));
	for (uint32_t kind = 0; kind < SEVTRACE_NAME_COUNT; kind++)
		texts = set_json(texts, name_kind_key(kind), json_string(name_kind_text(kind)));
	return texts;
}

/* Where rows of heat maps begin, in ns, and the end of the last one. */
static json_t *bounds_json(void)
{
	json_t *bounds = json_array();

	for (uint32_t row = 0; row < DETAIL_ROWS && bounds; row++)
		bounds = append_json(bounds,
				     number_json(sevtrace_hist_lower(row * DETAIL_ROW_BUCKETS)));
	return bounds ? append_json(bounds, number_json(hist_upper(SEVTRACE_HIST_BUCKETS - 1))) :
			NULL;
}

static json_t *made_json(int64_t now)
{
	time_t seconds = (time_t)now;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

int recording_page(const struct report *report, const bool *full, const struct detail *detail,
		   json_t *prediction, int64_t now, FILE *out)
{
	struct report in_full = *report;

	in_full.shown = full;
	in_full.detail = detail;
	return html_write(&html_recording_page,
			  json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "made", made_json(now),
				    "file", clean_json(report->path), "texts", texts_json(),
				    "bounds", bounds_json(), "launches", rows_json(report, full),
				    "report", render_json(&in_full), "details",
				    details_json(report->model, full, detail), "prediction",
				    prediction ? prediction : json_null()),
			  out);
}
