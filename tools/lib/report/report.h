/* SPDX-License-Identifier: GPL-2.0-only */
/* Renders the launch model as text and as JSON. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <jansson.h>

#include "detail/detail.h"
#include "model/model.h"
#include "util/csv.h"
#include "util/text.h"

/* What a report shows: a model, how its file was read, and the file's name. */
struct report {
	struct model *model;
	struct tracefile_state *state;
	const char *path;
	const char *version; /* of sevtrace */
	const bool *shown; /* which launches, see selection_choose(); NULL: all */
	const size_t *order; /* see sort_launches(); NULL: the model's */
	const struct csv_columns *columns; /* of comma-separated values; NULL: all */
	const struct detail *detail; /* whose slowest pages are shown; NULL: none are asked for */
};

/* Tells whether the report shows the model's launch at this place. */
static inline bool report_shows(const struct report *report, size_t launch)
{
	return !report->shown || report->shown[launch];
}

/* Returns the place in the model of the launch that the report tells of as the i-th. */
static inline size_t report_at(const struct report *report, size_t i)
{
	return report->order ? report->order[i] : i;
}

/* Tells whether the report shows any launch. */
bool report_any(const struct report *report);

/*
 * Tells whether a launch that the report shows failed; without a selection, one beyond those that a
 * model has counts, too.
 */
bool report_failed(const struct report *report);

void render_text(const struct report *report, const struct text_style *style);

/*
 * Writes comma-separated values: of each launch its duration and, where there are any, ioctls,
 * steps, and waits for and executions by the PSP: count, sum, median, 99th percentile and longest,
 * in ns.
 */
void render_csv(const struct report *report, FILE *out);
extern const struct csv_table report_csv; /* its columns */

/*
 * Returns JSON as in docs/schema/report.schema.json; the caller owns the reference. NULL: no
 * memory.
 */
json_t *render_json(const struct report *report);

#endif /* REPORT_REPORT_H */
