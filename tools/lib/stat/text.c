// SPDX-License-Identifier: GPL-2.0-only
/* Prints the summary of `sevtrace stat` as text and as JSON. */
#include <math.h>
#include <string.h>

#include "sev/lacks.h"
#include "sev/lacks_json.h"
#include "sev/names.h"
#include "stat/summary.h"
#include "util/array.h"
#include "util/json.h"

#define NAME 20
#define LONG_NAME 34 /* width of names in rows with a single figure */
#define CELL 11
#define VALUE 14
#define LABEL 20
#define NOTE 29
#define CLEAN_LEN 256

static const char *count_text(double value, char buf[TEXT_LEN])
{
	return text_count(value > 0 ? (uint64_t)llround(value) : 0, buf);
}

static const char *figure_text(const struct text_style *style, const struct spread *s,
			       enum summary_unit unit, char buf[TEXT_LEN])
{
	if (!s->n)
		return "-";
	switch (unit) {
	case SUMMARY_UNIT_TIME:
		return text_time(style, s->mean > 0 ? (uint64_t)llround(s->mean) : 0, buf);
	case SUMMARY_UNIT_PERCENT:
		snprintf(buf, TEXT_LEN, "%.1f%%", s->mean);
		return buf;
	case SUMMARY_UNIT_RATE:
		if (s->mean < 99.95) {
			snprintf(buf, TEXT_LEN, "%.1f", s->mean);
			return buf;
		}
		return count_text(s->mean, buf);
	default:
		return count_text(s->mean, buf);
	}
}

/* Prints "( +-  1.23% )" after a figure of several runs, as perf stat does. */
static void print_error(const struct summary *s, const struct spread *spread,
			const struct text_style *style)
{
	double error = spread_error_percent(spread);

	if (s->runs < 2 || error < 0)
		return;
	fprintf(style->out, " ( +-%6.2f%% )", error);
}

/* Returns the number of a row's columns. Only the last column is printed with its spread. */
static size_t nr_columns(const struct summary_column *columns)
{
	size_t n = 0;

	while (n < SUMMARY_COLUMNS && columns[n].name)
		n++;
	return n;
}

static int name_width(const struct summary_column *columns)
{
	return nr_columns(columns) == 1 ? LONG_NAME : NAME;
}

static void print_head(const struct summary_row *row, const struct text_style *style)
{
	static const char *const names[SUMMARY_KIND_COUNT] = {
		[SUMMARY_LAUNCHES] = "launches",
		[SUMMARY_STEP] = "step",
		[SUMMARY_PSP] = "PSP command",
		[SUMMARY_STATUS] = "PSP commands that failed",
		[SUMMARY_IOCTL] = "ioctls that failed",
		[SUMMARY_LOSS] = "lost",
	};
	const struct summary_column *columns = summary_columns(row->kind, row->id);

	fprintf(style->out, "\n  %s", text_on(style, TEXT_DIM));
	text_cell(style, names[row->kind], name_width(columns));
	for (size_t i = 0; i < nr_columns(columns); i++)
		text_cell(style, columns[i].head, -CELL);
	fprintf(style->out, "%s\n", text_off(style));
}

static void print_row(const struct summary *s, const struct summary_row *row,
		      const struct text_style *style)
{
	const struct summary_column *columns = summary_columns(row->kind, row->id);
	size_t n = nr_columns(columns);
	char buf[TEXT_LEN];

	fputs("  ", style->out);
	text_cell(style, summary_row_name(row, buf), name_width(columns));
	for (size_t i = 0; i < n; i++)
		text_cell(style, figure_text(style, &row->columns[i], columns[i].unit, buf), -CELL);
	print_error(s, &row->columns[n - 1], style);
	fputc('\n', style->out);
}

static void print_table(const struct summary *s, enum summary_kind kind,
			const struct text_style *style)
{
	bool any = false;

	for (size_t i = 0; i < s->nr_rows; i++) {
		if (s->rows[i].kind != kind)
			continue;
		if (!any)
			print_head(&s->rows[i], style);
		any = true;
		print_row(s, &s->rows[i], style);
	}
}

static double mean_of(const struct summary *s, enum summary_total total)
{
	const struct summary_row *row = summary_find(s, SUMMARY_TOTAL, total);

	return row ? row->columns[0].mean : 0;
}

/*
 * Is this total worth a line? Most are 0 without a launch; a host either flushes or skips flushes.
 */
static bool applies(const struct summary *s, enum summary_total total, bool launched)
{
	switch (total) {
	case SUMMARY_ELAPSED:
		return true;
	case SUMMARY_SKIPPED:
		return mean_of(s, SUMMARY_SKIPPED) > 0;
	case SUMMARY_FLUSHED:
		return launched &&
		       (mean_of(s, SUMMARY_FLUSHED) > 0 || mean_of(s, SUMMARY_SKIPPED) <= 0);
	default:
		return launched || mean_of(s, total) > 0;
	}
}

/* A figure that explains the figure of its line. */
struct note {
	enum summary_total total; /* SUMMARY_TOTAL_COUNT: none */
	const char *text; /* printed instead of the figure; NULL: none */
};

static void note_text(const struct summary *s, const struct note *note,
		      const struct text_style *style, char *text, size_t size)
{
	const struct summary_row *row = summary_find(s, SUMMARY_TOTAL, note->total);
	char buf[TEXT_LEN];

	*text = '\0';
	if (note->text)
		snprintf(text, size, "  # %s", note->text);
	else if (row && row->columns[0].n)
		snprintf(text, size, "  # %s %s",
			 figure_text(style, &row->columns[0],
				     summary_columns(SUMMARY_TOTAL, note->total)->unit, buf),
			 summary_columns(SUMMARY_TOTAL, note->total)->head);
}

static void print_total(const struct summary *s, const struct summary_row *row,
			const struct note *note, const struct text_style *style)
{
	const struct summary_column *column = summary_columns(SUMMARY_TOTAL, row->id);
	bool several = s->runs > 1 && row->columns[0].n;
	char buf[TEXT_LEN], text[2 * TEXT_LEN + 64];

	note_text(s, note, style, text, sizeof(text));
	text_cell(style, figure_text(style, &row->columns[0], column->unit, buf), -VALUE);
	fputs("  ", style->out);
	text_cell(style, column->head, *text || several ? LABEL : 0);
	text_cell(style, text, several ? NOTE : 0);
	print_error(s, &row->columns[0], style);
	fputc('\n', style->out);
}

static void print_totals(const struct summary *s, bool launched, const struct text_style *style)
{
	static const struct {
		enum summary_total total;
		struct note note;
	} lines[] = {
		{ SUMMARY_PAGES, { SUMMARY_PAGE_RATE, NULL } },
		{ SUMMARY_PSP_BUSY, { SUMMARY_PSP_SHARE, NULL } },
		{ SUMMARY_PSP_WAIT, { SUMMARY_WAIT_SHARE, NULL } },
		{ SUMMARY_FLUSHED, { SUMMARY_FLUSHES, NULL } },
		{ SUMMARY_SKIPPED, { SUMMARY_TOTAL_COUNT, "the CPU is coherent" } },
		{ SUMMARY_LAUNCH_TIME, { SUMMARY_TOTAL_COUNT, NULL } },
		{ SUMMARY_EVENTS, { SUMMARY_DROPPED, NULL } },
		{ SUMMARY_ELAPSED, { SUMMARY_TOTAL_COUNT, NULL } },
	};

	fputc('\n', style->out);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const struct summary_row *row = summary_find(s, SUMMARY_TOTAL, lines[i].total);

		if (row && applies(s, lines[i].total, launched))
			print_total(s, row, &lines[i].note, style);
	}
}

void render_summary(const struct summary *s, char *const *command, const char *what,
		    const struct text_style *style)
{
	static const enum summary_kind after[] = { SUMMARY_STEP, SUMMARY_PSP, SUMMARY_STATUS,
						   SUMMARY_IOCTL, SUMMARY_LOSS };
	bool launched = false;
	char clean[CLEAN_LEN], text[LACKS_LEN];

	fputs("\n Launches of ", style->out);
	for (size_t i = 0; command && command[i]; i++)
		fprintf(style->out, "%s%s", i ? " " : "'",
			text_clean(clean, sizeof(clean), command[i]));
	fputs(command ? "'" : what, style->out);
	if (s->runs > 1)
		fprintf(style->out, " (%llu runs, means)", (unsigned long long)s->runs);
	fputs(":\n", style->out);
	for (size_t i = 0; i < s->nr_rows; i++)
		launched |= s->rows[i].kind == SUMMARY_LAUNCHES;
	if (launched)
		print_table(s, SUMMARY_LAUNCHES, style);
	else
		fputs("\n  no launch of a confidential guest was seen\n", style->out);
	print_totals(s, launched, style);
	for (size_t i = 0; i < ARRAY_SIZE(after); i++)
		print_table(s, after[i], style);
	if (s->lacks) {
		fputs("\n  not seen: ", style->out);
		text_wrap(style, lacks_write(s->lacks, text, sizeof(text)),
			  (int)strlen("  not seen: "));
	}
	fputc('\n', style->out);
}

static json_t *figure_json(const struct spread *s)
{
	double error = spread_error_percent(s);

	if (!s->n)
		return json_null();
	return json_pack("{s:o,s:o}", "mean", json_real(s->mean), "error_percent",
			 error < 0 ? json_null() : json_real(error));
}

static json_t *row_json(const struct summary_row *row)
{
	const struct summary_column *columns = summary_columns(row->kind, row->id);
	size_t n = nr_columns(columns);
	json_t *object;

	if (n == 1)
		return figure_json(&row->columns[0]);
	object = json_object();
	for (size_t i = 0; i < n; i++)
		object = set_json(object, columns[i].name, figure_json(&row->columns[i]));
	return object;
}

static json_t *kind_json(const struct summary *s, enum summary_kind kind)
{
	json_t *object = json_object();
	char buf[TEXT_LEN];

	for (size_t i = 0; i < s->nr_rows; i++) {
		const struct summary_row *row = &s->rows[i];

		if (row->kind == kind)
			object = set_json(object, summary_row_name(row, buf), row_json(row));
	}
	return object;
}

static json_t *command_json(char *const *command)
{
	json_t *words = command ? json_array() : json_null();

	for (size_t i = 0; command && command[i]; i++)
		words = append_json(words, clean_json(command[i]));
	return words;
}

json_t *summary_json(const struct summary *s, char *const *command, const char *version)
{
	json_t *json = json_pack("{s:s,s:o,s:I,s:o}", "version", version, "command",
				 command_json(command), "runs", (json_int_t)s->runs, "not_seen",
				 lacks_json(s->lacks));

	for (uint32_t kind = 0; kind < SUMMARY_KIND_COUNT; kind++)
		json = set_json(json, summary_kind_name(kind), kind_json(s, kind));
	return json;
}
