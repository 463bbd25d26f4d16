// SPDX-License-Identifier: GPL-2.0-only
/* Makes rows of figures from the model of each run. */
#include "stat/summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sev/lacks.h"
#include "sev/names.h"
#include "util/array.h"

/* Columns of a LAUNCHES row: first the results, in the order of enum model_result. */
#define LAUNCH_TIME_COLUMN 3

static const struct summary_column columns[SUMMARY_KIND_COUNT][SUMMARY_COLUMNS] = {
	[SUMMARY_LAUNCHES] = { { "ok", "ok", SUMMARY_UNIT_COUNT, false },
			       { "failed", "failed", SUMMARY_UNIT_COUNT, false },
			       { "incomplete", "incomplete", SUMMARY_UNIT_COUNT, false },
			       { "each_ns", "time each", SUMMARY_UNIT_TIME, true } },
	[SUMMARY_STEP] = { { "count", "count", SUMMARY_UNIT_COUNT, false },
			   { "pages", "pages", SUMMARY_UNIT_COUNT, false },
			   { "share_percent", "share", SUMMARY_UNIT_PERCENT, true },
			   { "sum_ns", "total", SUMMARY_UNIT_TIME, false } },
	[SUMMARY_PSP] = { { "count", "count", SUMMARY_UNIT_COUNT, false },
			  { "wait_ns", "waiting", SUMMARY_UNIT_TIME, false },
			  { "share_percent", "share", SUMMARY_UNIT_PERCENT, true },
			  { "exec_ns", "executing", SUMMARY_UNIT_TIME, false } },
	[SUMMARY_STATUS] = { { "count", "count", SUMMARY_UNIT_COUNT, false } },
	[SUMMARY_IOCTL] = { { "count", "count", SUMMARY_UNIT_COUNT, false } },
	[SUMMARY_LOSS] = { { "count", "count", SUMMARY_UNIT_COUNT, false } },
};

#define TOTAL_COLUMN(id, name, unit, text)                               \
	[SUMMARY_##id] = { { name, text, SUMMARY_UNIT_##unit,            \
			     SUMMARY_UNIT_##unit == SUMMARY_UNIT_RATE || \
				     SUMMARY_UNIT_##unit == SUMMARY_UNIT_PERCENT } },
static const struct summary_column totals[SUMMARY_TOTAL_COUNT][SUMMARY_COLUMNS] = { SUMMARY_TOTALS(
	TOTAL_COLUMN) };
#undef TOTAL_COLUMN

const struct summary_column *summary_columns(enum summary_kind kind, uint32_t id)
{
	return kind == SUMMARY_TOTAL ? totals[id] : columns[kind];
}

const char *summary_kind_name(enum summary_kind kind)
{
#define KIND_NAME(id, name) name,
	static const char *const names[] = { SUMMARY_KINDS(KIND_NAME) };
#undef KIND_NAME

	return names[kind];
}

static const char *status_name(uint32_t status)
{
	switch (status) {
	case SUMMARY_NOT_ASKED:
		return "not_asked";
	case SUMMARY_NOT_ANSWERED:
		return "not_answered";
	default:
		return psp_status_name(status);
	}
}

const char *summary_row_name(const struct summary_row *row, char buf[TEXT_LEN])
{
	switch (row->kind) {
	case SUMMARY_LAUNCHES:
		return name_or_hex(vm_type_name(row->id), row->id, buf);
	case SUMMARY_TOTAL:
		return totals[row->id][0].name;
	case SUMMARY_STEP:
		return name_or_hex(step_name(row->id), row->id, buf);
	case SUMMARY_PSP:
		return name_or_hex(psp_command_name(row->id), row->id, buf);
	case SUMMARY_STATUS:
		return name_or_hex(status_name(row->id), row->id, buf);
	case SUMMARY_IOCTL:
		return name_or_hex(ioctl_name(row->id), row->id, buf);
	case SUMMARY_LOSS:
		return name_or_hex(loss_name(row->id), row->id, buf);
	default:
		return "?";
	}
}

void summary_free(struct summary *s)
{
	free(s->rows);
	memset(s, 0, sizeof(*s));
}

static struct summary_row *find_row(const struct summary *s, enum summary_kind kind, uint32_t id)
{
	for (size_t i = 0; i < s->nr_rows; i++)
		if (s->rows[i].kind == kind && s->rows[i].id == id)
			return &s->rows[i];
	return NULL;
}

const struct summary_row *summary_find(const struct summary *s, enum summary_kind kind, uint32_t id)
{
	return find_row(s, kind, id);
}

/* The figures of one run, by row. Sparse columns may be unset. */
struct run_row {
	enum summary_kind kind;
	uint32_t id;
	double values[SUMMARY_COLUMNS];
	bool unknown; /* the source of events does not tell it */
};

struct run {
	struct run_row *rows;
	size_t nr_rows;
	uint64_t launch_ns; /* sum over all launches */
	uint64_t elapsed_ns;
};

static struct run_row *run_row(struct run *r, enum summary_kind kind, uint32_t id)
{
	struct run_row *row;

	for (size_t i = 0; i < r->nr_rows; i++)
		if (r->rows[i].kind == kind && r->rows[i].id == id)
			return &r->rows[i];
	row = ARRAY_ADD(r->rows, r->nr_rows);
	if (!row)
		return NULL;
	row->kind = kind;
	row->id = id;
	return row;
}

static int run_add(struct run *r, enum summary_kind kind, uint32_t id, size_t column, double value)
{
	struct run_row *row = value != 0 || kind == SUMMARY_TOTAL ? run_row(r, kind, id) : NULL;

	if (row)
		row->values[column] += value;
	return value != 0 && !row ? -ENOMEM : 0;
}

static int total_add(struct run *r, enum summary_total total, uint64_t value)
{
	return run_add(r, SUMMARY_TOTAL, total, 0, (double)value);
}

static int add_launch(struct run *r, const struct model_launch *l)
{
	enum model_result result = launch_result(l);
	uint64_t pages = launch_pages(l, false) + launch_pages(l, true);

	r->launch_ns += launch_duration(l);
	if (run_add(r, SUMMARY_LAUNCHES, l->vm_type, result, 1) ||
	    total_add(r, SUMMARY_PAGES, pages))
		return -ENOMEM;
	if (result == MODEL_OK)
		return run_add(r, SUMMARY_LAUNCHES, l->vm_type, LAUNCH_TIME_COLUMN,
			       (double)launch_duration(l));
	return 0;
}

static int add_steps(struct run *r, const struct model_launch *l)
{
	struct sevtrace_hist buffer;

	for (size_t i = 0; i < SEVTRACE_STEP_COUNT; i++) {
		uint32_t step = step_at(i);
		const struct sevtrace_hist *h = launch_step(l, step, &buffer);

		if (run_add(r, SUMMARY_STEP, step, 0, (double)h->count) ||
		    run_add(r, SUMMARY_STEP, step, 1, (double)h->pages) ||
		    run_add(r, SUMMARY_STEP, step, 3, (double)h->sum))
			return -ENOMEM;
		if (step == SEVTRACE_STEP_CLFLUSH && (total_add(r, SUMMARY_FLUSHES, h->count) ||
						      total_add(r, SUMMARY_FLUSHED, h->pages)))
			return -ENOMEM;
	}
	return 0;
}

static int add_psp(struct run *r, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_psp; i++) {
		const struct model_psp *psp = &l->psp[i];
		uint64_t wait = series_hist(&psp->wait)->sum, exec = series_hist(&psp->exec)->sum;

		if (run_add(r, SUMMARY_PSP, psp->cmd, 0, (double)psp_count(psp)) ||
		    run_add(r, SUMMARY_PSP, psp->cmd, 1, (double)wait) ||
		    run_add(r, SUMMARY_PSP, psp->cmd, 3, (double)exec) ||
		    total_add(r, SUMMARY_PSP_WAIT, wait) || total_add(r, SUMMARY_PSP_BUSY, exec) ||
		    run_add(r, SUMMARY_STATUS, SUMMARY_NOT_ASKED, 0, (double)psp->not_asked) ||
		    run_add(r, SUMMARY_STATUS, SUMMARY_NOT_ANSWERED, 0, (double)psp->not_answered))
			return -ENOMEM;
		for (size_t e = 0; e < psp->nr_errors; e++)
			if (run_add(r, SUMMARY_STATUS, psp->errors[e].status, 0,
				    (double)psp->errors[e].count))
				return -ENOMEM;
	}
	return 0;
}

static int add_failed_ioctls(struct run *r, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_commands; i++)
		if (run_add(r, SUMMARY_IOCTL, l->commands[i].ioctl, 0,
			    (double)(l->commands[i].failed - l->commands[i].length_queries)))
			return -ENOMEM;
	return 0;
}

static int add_counters(struct run *r, const struct summary_run *run)
{
	const struct sevtrace_counters *c = &run->counters;
	struct run_row *flushes = run_row(r, SUMMARY_TOTAL, SUMMARY_FLUSHES);
	struct run_row *flushed = run_row(r, SUMMARY_TOTAL, SUMMARY_FLUSHED);

	if (!flushes || !flushed || total_add(r, SUMMARY_SKIPPED, c->skipped_pages) ||
	    total_add(r, SUMMARY_ELAPSED, run->elapsed_ns) ||
	    total_add(r, SUMMARY_LAUNCH_TIME, r->launch_ns) ||
	    total_add(r, SUMMARY_EVENTS, c->emitted) || total_add(r, SUMMARY_DROPPED, c->dropped))
		return -ENOMEM;
	/* Subtracts skipped flushes, which the histogram includes. */
	flushes = run_row(r, SUMMARY_TOTAL, SUMMARY_FLUSHES);
	flushes->values[0] -= (double)c->skipped_flushes;
	flushed = run_row(r, SUMMARY_TOTAL, SUMMARY_FLUSHED);
	flushed->values[0] -= (double)c->skipped_pages;
	for (uint32_t i = 0; i < SEVTRACE_LOSS_COUNT; i++)
		if (run_add(r, SUMMARY_LOSS, i, 0, (double)c->losses[i]))
			return -ENOMEM;
	return 0;
}

/* Adds a total per time; none where there is no time, or the total is not known. */
static int add_ratio(struct run *r, enum summary_total to, enum summary_total of, double factor,
		     double ns)
{
	const struct run_row *row = run_row(r, SUMMARY_TOTAL, of);

	if (!row)
		return -ENOMEM;
	return row->unknown || ns <= 0 ?
		       0 :
		       run_add(r, SUMMARY_TOTAL, to, 0, row->values[0] * factor / ns);
}

/* Adds ratios of figures to their total in the same run; leaves out 0 of 0. */
static int add_ratios(struct run *r)
{
	double launch_ns = (double)r->launch_ns, elapsed_ns = (double)r->elapsed_ns;

	for (size_t i = 0; i < r->nr_rows; i++) {
		struct run_row *row = &r->rows[i];

		if (row->kind == SUMMARY_STEP && r->launch_ns)
			row->values[2] = 100 * row->values[3] / launch_ns;
		if (row->kind == SUMMARY_PSP && r->elapsed_ns)
			row->values[2] = 100 * row->values[3] / elapsed_ns;
		/* makes the sum a mean of the launches that finished */
		if (row->kind == SUMMARY_LAUNCHES && row->values[MODEL_OK] > 0)
			row->values[LAUNCH_TIME_COLUMN] /= row->values[MODEL_OK];
	}
	if (add_ratio(r, SUMMARY_PAGE_RATE, SUMMARY_PAGES, 1e9, launch_ns) ||
	    add_ratio(r, SUMMARY_WAIT_SHARE, SUMMARY_PSP_WAIT, 100, launch_ns))
		return -ENOMEM;
	return add_ratio(r, SUMMARY_PSP_SHARE, SUMMARY_PSP_BUSY, 100, elapsed_ns);
}

/* Has the run a value for this column? It has no time of a launch if none of the type finished. */
static bool has_value(const struct run_row *row, size_t column, const struct summary_column *c)
{
	if (!c->sparse)
		return true;
	return row->kind != SUMMARY_LAUNCHES || column != LAUNCH_TIME_COLUMN ||
	       row->values[MODEL_OK] > 0;
}

static int merge(struct summary *s, const struct run_row *from)
{
	const struct summary_column *c = summary_columns(from->kind, from->id);
	struct summary_row *row = find_row(s, from->kind, from->id);

	if (!row) {
		row = ARRAY_ADD(s->rows, s->nr_rows);
		if (!row)
			return -ENOMEM;
		row->kind = from->kind;
		row->id = from->id;
	}
	row->unknown |= from->unknown;
	for (size_t i = 0; i < SUMMARY_COLUMNS && c[i].name && !from->unknown; i++) {
		if (!c[i].sparse)
			spread_pad(&row->columns[i], s->runs);
		if (has_value(from, i, &c[i]))
			spread_add(&row->columns[i], from->values[i]);
	}
	return 0;
}

/* Notes the figures of a launch that cannot be known. */
static int add_unknown(struct run *r, const struct model *m, const struct model_launch *l)
{
	uint32_t figures = launch_unknown_figures(m, l), steps = launch_unknown_steps(m, l);
	static const struct {
		uint32_t figures;
		enum summary_total total;
	} totals_of[] = {
		{ FIGURE_SHARED_PAGES | FIGURE_PRIVATE_PAGES | FIGURE_VMSAS, SUMMARY_PAGES },
		{ FIGURE_FLUSHES, SUMMARY_FLUSHES },
		{ FIGURE_FLUSHES, SUMMARY_FLUSHED },
		{ FIGURE_PSP, SUMMARY_PSP_BUSY },
		{ FIGURE_PSP, SUMMARY_PSP_WAIT },
	};
	struct sevtrace_hist buffer;
	struct run_row *row;

	for (size_t i = 0; i < ARRAY_SIZE(totals_of); i++) {
		if (!(figures & totals_of[i].figures))
			continue;
		row = run_row(r, SUMMARY_TOTAL, totals_of[i].total);
		if (!row)
			return -ENOMEM;
		row->unknown = true;
	}
	for (uint32_t step = 0; step < SEVTRACE_STEP_COUNT; step++) {
		if (!(steps >> step & 1) || launch_step(l, step, &buffer)->count)
			continue;
		row = run_row(r, SUMMARY_STEP, step);
		if (!row)
			return -ENOMEM;
		row->unknown = true;
	}
	return 0;
}

static int add_model(struct run *r, const struct model *m)
{
	int err = m->outside ? add_psp(r, m->outside) : 0;

	for (size_t i = 0; i < m->nr_launches && !err; i++) {
		const struct model_launch *l = m->launches[i];

		err = add_launch(r, l);
		if (!err)
			err = add_steps(r, l);
		if (!err)
			err = add_psp(r, l);
		if (!err)
			err = add_failed_ioctls(r, l);
		if (!err)
			err = add_unknown(r, m, l);
	}
	return err;
}

int summary_add(struct summary *s, const struct model *m, const struct summary_run *run)
{
	static const enum summary_total always[] = { SUMMARY_PAGES, SUMMARY_PSP_BUSY,
						     SUMMARY_PSP_WAIT };
	struct run r = { .elapsed_ns = run->elapsed_ns };
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(always) && !err; i++)
		err = total_add(&r, always[i], 0);
	if (!err)
		err = add_model(&r, m);
	if (!err)
		err = add_counters(&r, run);
	if (!err)
		err = add_ratios(&r);
	for (size_t i = 0; i < r.nr_rows && !err; i++)
		err = merge(s, &r.rows[i]);
	for (size_t i = 0; i < m->nr_launches; i++)
		s->lacks |= launch_lacks(m, m->launches[i], ~FIGURE_ERROR_WORDS, ~0U);
	s->runs++;
	free(r.rows);
	return err;
}

/* Sorts steps in launch order, all other rows by their numbers. */
static size_t rank_of(const struct summary_row *row)
{
	return row->kind == SUMMARY_STEP ? step_place(row->id) : row->id;
}

static int compare_rows(const void *a, const void *b)
{
	const struct summary_row *left = a, *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return rank_of(left) < rank_of(right) ? -1 : rank_of(left) > rank_of(right);
}

void summary_finish(struct summary *s)
{
	for (size_t i = 0; i < s->nr_rows; i++) {
		struct summary_row *row = &s->rows[i];
		const struct summary_column *c = summary_columns(row->kind, row->id);

		if (row->unknown)
			memset(row->columns, 0, sizeof(row->columns));
		for (size_t j = 0; j < SUMMARY_COLUMNS && c[j].name; j++)
			if (!c[j].sparse && !row->unknown)
				spread_pad(&row->columns[j], s->runs);
	}
	if (s->nr_rows)
		qsort(s->rows, s->nr_rows, sizeof(*s->rows), compare_rows);
}
