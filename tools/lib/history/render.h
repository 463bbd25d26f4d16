/* SPDX-License-Identifier: GPL-2.0-only */
/* Renders runs of the history as text, JSON and CSV. */
#ifndef HISTORY_RENDER_H
#define HISTORY_RENDER_H

#include <jansson.h>

#include "history/db.h"
#include "util/text.h"

/* A run with its figures, which history_fill() has put into side COMPARE_A. */
struct history_figures {
	const struct history_run *run;
	const struct comparison *figures;
};

/*
 * A table of runs with a line for each guest type; columns fit their contents:
 *
 *   run  added (UTC)       host    kernel   fw api  guests   ok  failed      p50      p99  labels
 *     1  2025-09-01 00:00  epyc-7  6.12.57  1.55    SEV-SNP   2       -  35.5 ms  36.3 ms  size=1M
 */
struct history_table;
struct history_table *history_table_new(void);
int history_table_add(struct history_table *t, const struct history_figures *f);
void history_table_print(const struct history_table *t, const struct text_style *style);
void history_table_free(struct history_table *t);

/* Prints everything about one run. percent: one more percentile to print; below 0: none. */
void history_text(const struct history_figures *f, double percent, const struct text_style *style);

/*
 * Returns a run as in docs/schema/history.schema.json. whole: includes all series. The caller owns
 * the reference. NULL: no memory.
 */
json_t *history_json(const struct history_figures *f, bool whole, double percent);

/* Returns labels or a host's description as an object. */
json_t *history_pairs_json(const struct history_pair *pairs, size_t nr);

/* Returns only the series of such a run. */
json_t *history_series_json(const struct comparison *figures);

/*
 * Prints a line for each series of a run; print the heading once before. RFC 4180, but lines end
 * with a newline alone.
 */
void history_csv_heading(FILE *out);
void history_csv(const struct history_figures *f, FILE *out);

/* "2026-11-23T18:04:11Z" */
#define HISTORY_TIME_LEN 32
const char *history_time(int64_t seconds, char buf[HISTORY_TIME_LEN]);

/* Returns the row of launches of a guest type; NULL: no launch of the type finished. */
const struct compare_row *history_launch_row(const struct comparison *c, uint32_t vm_type);

#endif /* HISTORY_RENDER_H */
