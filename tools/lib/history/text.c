// SPDX-License-Identifier: GPL-2.0-only
/* Prints runs of the history for people: a table of runs, or everything about one run. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "diff/render.h"
#include "history/render.h"
#include "sev/host_keys.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "util/array.h"

#define CLEAN_LEN 128
#define GAP 2 /* blanks between columns */
#define NAME 29
#define NUMBER 8
#define WITH_PERCENTILE (2 + NAME + 7 * NUMBER) /* columns of a row with one that is asked for */
#define MIN_LABELS 20 /* columns that labels have at least, if there are as long ones */

const char *history_time(int64_t seconds, char buf[HISTORY_TIME_LEN])
{
	time_t t = seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(buf, HISTORY_TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(buf, HISTORY_TIME_LEN, "?");
	return buf;
}

const struct compare_row *history_launch_row(const struct comparison *c, uint32_t vm_type)
{
	for (size_t i = 0; i < c->nr_rows; i++)
		if (c->rows[i].vm_type == vm_type && c->rows[i].section == COMPARE_LAUNCH &&
		    c->rows[i].id == COMPARE_DURATION)
			return &c->rows[i];
	return NULL;
}

/*
 * --- table ---------------------------------------------------------------------------------------
 */

enum column { RUN, ADDED, HOST, KERNEL, FIRMWARE, GUEST, OK, FAILED, P50, P99, LABELS, NR_COLUMNS };

static const struct {
	const char *head;
	bool right; /* aligned to the right, as numbers are */
} columns[NR_COLUMNS] = {
	[RUN] = { "run", true },
	[ADDED] = { "added (UTC)", false },
	[HOST] = { "host", false },
	[KERNEL] = { "kernel", false },
	[FIRMWARE] = { "fw api", false },
	[GUEST] = { "guests", false },
	[OK] = { "ok", true },
	[FAILED] = { "failed", true },
	[P50] = { "p50", true },
	[P99] = { "p99", true },
	[LABELS] = { "labels", false },
};

struct line {
	char *cells[NR_COLUMNS];
};

struct history_table {
	struct line *lines;
	size_t nr;
};

struct history_table *history_table_new(void)
{
	return calloc(1, sizeof(struct history_table));
}

void history_table_free(struct history_table *t)
{
	for (size_t i = 0; t && i < t->nr; i++)
		for (int c = 0; c < NR_COLUMNS; c++)
			free(t->lines[i].cells[c]);
	free(t ? t->lines : NULL);
	free(t);
}

/* "commit=4f1c2d build=release" */
static char *label_text(const struct history_run *run)
{
	char clean[CLEAN_LEN];
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < run->nr_labels; i++) {
		fprintf(out, "%s%s", i ? " " : "",
			text_clean(clean, sizeof(clean), run->labels[i].key));
		fprintf(out, "=%s", text_clean(clean, sizeof(clean), run->labels[i].value));
	}
	return fclose(out) ? NULL : text;
}

static char *clean_copy(const char *text)
{
	char clean[CLEAN_LEN];

	return strdup(text_clean(clean, sizeof(clean), text ? text : "-"));
}

/* Fills a line of the table. Formats times in ASCII: the unit signs of UTF-8 are equally wide. */
static int fill_line(struct line *line, const struct history_figures *f,
		     const struct compare_launches *type)
{
	const struct compare_row *row = history_launch_row(f->figures, type->vm_type);
	const struct compare_side *side = row ? &row->side[COMPARE_A] : NULL;
	const uint64_t *results = type->results[COMPARE_A];
	struct text_style ascii = { 0 };
	char when[HISTORY_TIME_LEN];
	char buf[TEXT_LEN];

	history_time(f->run->added, when);
	when[strcspn(when, "T")] = ' ';
	when[strlen("2026-11-23 18:04")] = '\0';
	snprintf(buf, sizeof(buf), "%" PRId64, f->run->id);
	line->cells[RUN] = strdup(buf);
	line->cells[ADDED] = strdup(when);
	line->cells[HOST] = clean_copy(history_host(f->run, host_keys[HOST_HOSTNAME].key));
	line->cells[KERNEL] = clean_copy(history_host(f->run, host_keys[HOST_KERNEL].key));
	line->cells[FIRMWARE] = clean_copy(history_host(f->run, host_keys[HOST_FW_API].key));
	line->cells[GUEST] = strdup(f->figures->nr_types ? vm_type_text(type->vm_type) : "-");
	line->cells[OK] = strdup(text_count(results[MODEL_OK], buf));
	line->cells[FAILED] =
		strdup(results[MODEL_FAILED] ? text_count(results[MODEL_FAILED], buf) : "-");
	line->cells[P50] = strdup(side ? text_time(&ascii, side->median, buf) : "-");
	line->cells[P99] =
		strdup(side ? text_time(&ascii, hist_percentile(side->samples, 99), buf) : "-");
	line->cells[LABELS] = label_text(f->run);
	for (int c = 0; c < NR_COLUMNS; c++)
		if (!line->cells[c])
			return -ENOMEM;
	return 0;
}

int history_table_add(struct history_table *t, const struct history_figures *f)
{
	static const struct compare_launches none = { .vm_type = UINT8_MAX };
	size_t n = f->figures->nr_types ? f->figures->nr_types : 1;

	for (size_t i = 0; i < n; i++) {
		struct line *line = ARRAY_ADD(t->lines, t->nr);

		if (!line ||
		    fill_line(line, f, f->figures->nr_types ? &f->figures->types[i] : &none))
			return -ENOMEM;
	}
	return 0;
}

/* A width of 0: the column is not shown. */
static void measure(const struct history_table *t, int widths[NR_COLUMNS])
{
	for (int c = 0; c < NR_COLUMNS; c++) {
		widths[c] = text_columns(columns[c].head);
		for (size_t i = 0; i < t->nr; i++)
			if (text_columns(t->lines[i].cells[c]) > widths[c])
				widths[c] = text_columns(t->lines[i].cells[c]);
	}
}

/* Returns the columns that the table takes, with `labels` for the last one, which can be broken. */
static int taken(const int widths[NR_COLUMNS], int labels)
{
	int sum = widths[LABELS] < labels ? widths[LABELS] : labels;

	for (int c = 0; c < LABELS; c++)
		sum += widths[c] ? widths[c] + GAP : 0;
	return sum;
}

static bool is_same_in_all(const struct history_table *t, int column)
{
	for (size_t i = 1; i < t->nr; i++)
		if (strcmp(t->lines[i].cells[column], t->lines[0].cells[column]) != 0)
			return false;
	return t->nr > 1;
}

/*
 * Takes out what need not be told of each run, until the table fits: first what is the same in all,
 * which is told once, above the table; then what else there is room for on `show` only.
 */
static void make_fit(const struct history_table *t, const struct text_style *style,
		     int widths[NR_COLUMNS])
{
	static const enum column spared[] = { KERNEL, HOST, FIRMWARE, P99 };
	char same[TEXT_LIST_LEN] = "", left_out[TEXT_LIST_LEN] = "", before[TEXT_LEN];

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < ARRAY_SIZE(spared); i++) {
			enum column c = spared[i];

			if (taken(widths, MIN_LABELS) <= style->width)
				break;
			if (!widths[c] || (!pass && !is_same_in_all(t, c)))
				continue;
			snprintf(before, sizeof(before), "%s ", columns[c].head);
			if (pass)
				text_list_add(left_out, "", columns[c].head);
			else
				text_list_add(same, before, t->lines[0].cells[c]);
			widths[c] = 0;
		}
	}
	if (*same) {
		fputs("all: ", style->out);
		text_wrap(style, same, 5);
	}
	if (*left_out)
		fprintf(style->out, "not in %d columns: %s; -j and 'show' have that\n",
			style->width, left_out);
}

static void print_line(const struct text_style *style, const int widths[NR_COLUMNS],
		       char *const cells[NR_COLUMNS])
{
	for (int c = 0; c < LABELS; c++) {
		int pad = widths[c] - text_columns(cells ? cells[c] : columns[c].head);
		const char *text = cells ? cells[c] : columns[c].head;

		if (!widths[c])
			continue;
		if (columns[c].right)
			fprintf(style->out, "%*s%s%*s", pad, "", text, GAP, "");
		else
			fprintf(style->out, "%s%*s", text, pad + GAP, "");
	}
	text_wrap(style, cells ? cells[LABELS] : columns[LABELS].head, taken(widths, 0));
}

void history_table_print(const struct history_table *t, const struct text_style *style)
{
	int widths[NR_COLUMNS];

	measure(t, widths);
	make_fit(t, style, widths);
	print_line(style, widths, NULL);
	for (size_t i = 0; i < t->nr; i++)
		print_line(style, widths, t->lines[i].cells);
}

/*
 * --- one run -------------------------------------------------------------------------------------
 */

static void print_pairs(const struct text_style *style, const char *what,
			const struct history_pair *pairs, size_t nr)
{
	char clean[CLEAN_LEN];

	for (size_t i = 0; i < nr; i++) {
		text_label(style, i ? "" : what);
		fprintf(style->out, "%s", text_clean(clean, sizeof(clean), pairs[i].key));
		fprintf(style->out, " = %s\n", text_clean(clean, sizeof(clean), pairs[i].value));
	}
}

static void print_head(const struct history_run *run, const struct text_style *style)
{
	char clean[CLEAN_LEN];
	char when[HISTORY_TIME_LEN];
	char count[TEXT_LEN];

	fprintf(style->out, "%srun %" PRId64 "%s: %s, added %s\n", text_on(style, TEXT_BOLD),
		run->id, text_off(style), text_clean(clean, sizeof(clean), run->file),
		history_time(run->added, when));
	print_pairs(style, "labels", run->labels, run->nr_labels);
	print_pairs(style, "host", run->host, run->nr_host);
	text_label(style, "events");
	fprintf(style->out, "%s", text_count(run->events, count));
	fprintf(style->out, ", %s dropped%s\n", text_count(run->dropped, count),
		run->complete ? "" : "; the recording was not ended properly");
}

static void time_cell(const struct text_style *style, uint64_t ns)
{
	char buf[TEXT_LEN];

	text_cell(style, text_time(style, ns, buf), -NUMBER);
}

/* The percentile that was asked for takes its place where there is no room for both. */
static bool has_p90(double percent, const struct text_style *style)
{
	return percent < 0 || style->width >= WITH_PERCENTILE;
}

static void print_heads(const char *what, double percent, const struct text_style *style)
{
	static const char *const heads[] = { "count", "p50", "p90", "p99", "max", "/launch" };
	enum { P90 = 2 };
	char head[TEXT_LEN];

	fputs("\n  ", style->out);
	text_cell(style, what, NAME);
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (i != P90 || has_p90(percent, style))
			text_cell(style, heads[i], -NUMBER);
	if (percent >= 0) {
		snprintf(head, sizeof(head), "p%.6g", percent);
		text_cell(style, head, -NUMBER);
	}
	fputc('\n', style->out);
}

static void print_row(const struct compare_row *row, double percent, const struct text_style *style)
{
	const struct compare_side *side = &row->side[COMPARE_A];
	const struct sevtrace_hist *h = side->samples;
	char name[COMPARE_NAME_LEN];
	char count[TEXT_LEN];

	fputs("  ", style->out);
	text_cell(style, compare_name(row, name), NAME);
	text_cell(style, text_count(side->calls, count), -NUMBER);
	time_cell(style, hist_percentile(h, 50));
	if (has_p90(percent, style))
		time_cell(style, hist_percentile(h, 90));
	time_cell(style, hist_percentile(h, 99));
	time_cell(style, h->max);
	time_cell(style, compare_total(side));
	if (percent >= 0)
		time_cell(style, hist_percentile(h, percent));
	fputc('\n', style->out);
}

/* What more launches at once would take, as far as it was predicted. */
static void print_predictions(const struct history_run *run, uint32_t vm_type,
			      const struct text_style *style)
{
	static const char *const heads[] = { "p50", "p90", "p99", "the last" };
	bool headed = false;
	char count[TEXT_LEN];

	for (size_t i = 0; i < run->nr_predictions; i++) {
		const struct history_prediction *p = &run->predictions[i];

		if (p->vm_type != vm_type)
			continue;
		if (!headed) {
			fputs("\n  ", style->out);
			text_cell(style, "predicted, launches at once", NAME);
			for (size_t head = 0; head < ARRAY_SIZE(heads); head++)
				text_cell(style, heads[head], -NUMBER);
			fputc('\n', style->out);
		}
		headed = true;
		fputs("  ", style->out);
		text_cell(style, text_count(p->launches, count), NAME);
		time_cell(style, p->p50);
		time_cell(style, p->p90);
		time_cell(style, p->p99);
		time_cell(style, p->last);
		fputc('\n', style->out);
	}
}

static void print_type(const struct comparison *c, const struct compare_launches *type,
		       double percent, const struct text_style *style)
{
	static const char *const titles[] = { "", "step", "PSP command",
					      "ioctl, in all of a launch" };
	const uint64_t *results = type->results[COMPARE_A];
	char buf[3][TEXT_LEN];
	int section = -1;

	fprintf(style->out, "\n%s%s%s: %s ok, %s failed, %s incomplete\n",
		text_on(style, TEXT_BOLD), vm_type_text(type->vm_type), text_off(style),
		text_count(results[MODEL_OK], buf[0]), text_count(results[MODEL_FAILED], buf[1]),
		text_count(results[MODEL_INCOMPLETE], buf[2]));
	for (size_t i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i];

		if (row->vm_type != type->vm_type)
			continue;
		if ((int)row->section != section)
			print_heads(titles[row->section], percent, style);
		section = (int)row->section;
		print_row(row, percent, style);
	}
	compare_text_errors(c, type->vm_type, false, style);
}

void history_text(const struct history_figures *f, double percent, const struct text_style *style)
{
	print_head(f->run, style);
	for (size_t i = 0; i < f->figures->nr_types; i++) {
		print_type(f->figures, &f->figures->types[i], percent, style);
		print_predictions(f->run, f->figures->types[i].vm_type, style);
	}
}
