// SPDX-License-Identifier: GPL-2.0-only
/* Prints a comparison for people: a table for each guest type. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diff/render.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "util/array.h"

#define NAME 29
#define TIME 8
#define PER_LAUNCH 10 /* width of the mean time that a launch spends in the row */
#define WIDE 100 /* columns with these times, and the longest verdict */
#define CLEAN_LEN 128
#define MAX_PERCENT 99900.0

static const char *const side_names[] = { "A", "B" };

const char *compare_percent(double change, char buf[COMPARE_PERCENT_LEN])
{
	if (change * 100 > MAX_PERCENT)
		return "> x1000";
	snprintf(buf, COMPARE_PERCENT_LEN, "%+.*f%%", change < 10 ? 1 : 0, change * 100);
	return buf;
}

static void print_host(const struct comparison *c, enum compare_which which,
		       const struct text_style *style)
{
	const struct host_key_row *row;
	char clean[CLEAN_LEN];
	char line[TEXT_LIST_LEN] = "";

	fprintf(style->out, "%s  %s\n   ", side_names[which],
		text_clean(clean, sizeof(clean), c->path[which]));
	for (size_t i = 0; (row = host_key_at(HOST_IN_DIFF, i)); i++)
		if (c->host[which][i])
			text_list_add(line, row->before, c->host[which][i]);
	text_wrap(style, line, 3);
}

static void print_differences(const struct comparison *c, const struct text_style *style)
{
	char a[CLEAN_LEN];
	char b[CLEAN_LEN];

	for (size_t i = 0; i < c->nr_differences; i++) {
		const struct compare_difference *d = &c->differences[i];

		fprintf(style->out, "%sdiffers%s: %s, %s in A, %s in B\n",
			text_on(style, TEXT_YELLOW), text_off(style), d->what,
			text_clean(a, sizeof(a), d->value[COMPARE_A]),
			text_clean(b, sizeof(b), d->value[COMPARE_B]));
	}
}

/* "20 launches (19 ok, 1 failed)" */
static void print_launches(const struct compare_launches *type, enum compare_which which,
			   const struct text_style *style)
{
	const uint64_t *results = type->results[which];
	uint64_t sum = 0;
	const char *comma = " (";
	char buf[TEXT_LEN];

	for (int i = 0; i <= MODEL_INCOMPLETE; i++)
		sum += results[i];
	fprintf(style->out, "%s %s in %s", text_count(sum, buf), sum == 1 ? "launch" : "launches",
		side_names[which]);
	for (int i = 0; i <= MODEL_INCOMPLETE; i++) {
		if (!results[i])
			continue;
		fprintf(style->out, "%s%s%s %s%s", comma,
			text_on(style, i == MODEL_FAILED ? TEXT_RED : TEXT_PLAIN),
			text_count(results[i], buf), result_name(i), text_off(style));
		comma = ", ";
	}
	if (sum)
		fputc(')', style->out);
}

static void right(const struct text_style *style, const char *s, int width)
{
	text_cell(style, s, -width);
}

static void print_heads(const char *what, const struct text_style *style)
{
	static const char *const heads[] = { "p50 A", "p50 B", "change", "p99 A", "p99 B" };

	fputs("\n  ", style->out);
	text_cell(style, what, NAME);
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		right(style, heads[i], TIME);
	if (style->width >= WIDE) {
		right(style, "/launch A", PER_LAUNCH);
		right(style, "/launch B", PER_LAUNCH);
	}
	fputs(" verdict\n", style->out);
}

static void time_cell(const struct text_style *style, const struct compare_side *side, uint64_t ns,
		      int width)
{
	char buf[TEXT_LEN];

	right(style, side->nr ? text_time(style, ns, buf) : "-", width);
}

uint64_t compare_p99(const struct compare_side *side)
{
	return side->nr ? hist_percentile(side->samples, 99) : 0;
}

static enum text_color color_of(enum compare_verdict verdict)
{
	static const enum text_color colors[] = {
		[COMPARE_SAME] = TEXT_DIM,     [COMPARE_SLOWER] = TEXT_RED,
		[COMPARE_FASTER] = TEXT_GREEN, [COMPARE_UNCLEAR] = TEXT_DIM,
		[COMPARE_ONLY_A] = TEXT_PLAIN, [COMPARE_ONLY_B] = TEXT_PLAIN,
	};

	return colors[verdict];
}

/* Short, for a row of 80 columns. */
static const char *verdict_text(enum compare_verdict verdict)
{
	if (verdict == COMPARE_ONLY_A)
		return "only A";
	return verdict == COMPARE_ONLY_B ? "only B" : compare_verdict_name(verdict);
}

static void print_row(const struct compare_row *row, const struct text_style *style)
{
	const struct compare_side *a = &row->side[COMPARE_A];
	const struct compare_side *b = &row->side[COMPARE_B];
	char name[COMPARE_NAME_LEN];
	char change[COMPARE_PERCENT_LEN];

	fputs("  ", style->out);
	text_cell(style, compare_name(row, name), NAME);
	time_cell(style, a, a->median, TIME);
	time_cell(style, b, b->median, TIME);
	right(style, a->nr && b->nr ? compare_percent(row->change, change) : "-", TIME);
	time_cell(style, a, compare_p99(a), TIME);
	time_cell(style, b, compare_p99(b), TIME);
	if (style->width >= WIDE) {
		time_cell(style, a, compare_total(a), PER_LAUNCH);
		time_cell(style, b, compare_total(b), PER_LAUNCH);
	}
	fprintf(style->out, " %s%s%s%s\n", text_on(style, color_of(row->verdict)),
		verdict_text(row->verdict),
		row->over == COMPARE_OVER_SAMPLES && row->verdict != COMPARE_SAME ? "*" : "",
		text_off(style));
}

void compare_text_errors(const struct comparison *c, uint32_t vm_type, bool both,
			 const struct text_style *style)
{
	const char *title = "\n  answers of the PSP other than SUCCESS\n";
	char command[NAME_LEN];
	char status[NAME_LEN];
	char a[TEXT_LEN];
	char b[TEXT_LEN];

	for (size_t i = 0; i < c->nr_errors; i++) {
		const struct compare_error *e = &c->errors[i];

		if (e->vm_type != vm_type)
			continue;
		fprintf(style->out, "%s  %s: %s (%#x): %s", title,
			name_or_hex(psp_command_name(e->cmd), e->cmd, command),
			name_or_hex(psp_status_name(e->status), e->status, status), e->status,
			text_count(e->count[COMPARE_A], a));
		if (both)
			fprintf(style->out, " in A, %s in B", text_count(e->count[COMPARE_B], b));
		fputc('\n', style->out);
		title = "";
	}
}

static bool is_shown(const struct comparison *c, const struct compare_row *row)
{
	return !c->changed_only ||
	       (row->verdict != COMPARE_SAME && row->verdict != COMPARE_UNCLEAR);
}

/* What only one side has comes last. */
static int by_change(const void *a, const void *b)
{
	const struct compare_row *x = a, *y = b;
	bool both_x = x->side[COMPARE_A].nr && x->side[COMPARE_B].nr;
	bool both_y = y->side[COMPARE_A].nr && y->side[COMPARE_B].nr;

	if (both_x != both_y)
		return both_x ? -1 : 1;
	if (both_x && x->change != y->change)
		return x->change > y->change ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Copies the rows of a guest type and a section, in the order in which they are printed. */
static size_t choose_rows(const struct comparison *c, uint32_t vm_type,
			  enum compare_section section, struct compare_row *rows)
{
	size_t nr = 0;

	for (size_t i = 0; i < c->nr_rows; i++)
		if (c->rows[i].vm_type == vm_type && c->rows[i].section == section &&
		    is_shown(c, &c->rows[i]))
			rows[nr++] = c->rows[i];
	if (c->by_change)
		qsort(rows, nr, sizeof(*rows), by_change);
	return nr;
}

static void print_type(const struct comparison *c, const struct compare_launches *type,
		       const struct text_style *style)
{
	static const char *const titles[] = {
		[COMPARE_LAUNCH] = "",
		[COMPARE_STEP] = "step",
		[COMPARE_PSP] = "PSP command",
		[COMPARE_IOCTL] = "ioctl",
	};
	struct compare_row *rows = calloc(c->nr_rows + 1, sizeof(*rows));
	size_t shown = 0;

	fprintf(style->out, "\n%s%s%s: ", text_on(style, TEXT_BOLD), vm_type_text(type->vm_type),
		text_off(style));
	print_launches(type, COMPARE_A, style);
	fputs(", ", style->out);
	print_launches(type, COMPARE_B, style);
	fputc('\n', style->out);
	for (uint32_t section = 0; rows && section < ARRAY_SIZE(titles); section++) {
		size_t nr = choose_rows(c, type->vm_type, section, rows);

		if (nr)
			print_heads(titles[section], style);
		for (size_t i = 0; i < nr; i++)
			print_row(&rows[i], style);
		shown += nr;
	}
	free(rows);
	if (!shown && c->changed_only)
		fputs("  no row differs\n", style->out);
	compare_text_errors(c, type->vm_type, true, style);
}

/* Counts the rows by verdict, and says what they were tested over. */
static void print_summary(const struct comparison *c, const struct text_style *style)
{
	size_t counts[COMPARE_ONLY_B + 1] = { 0 };
	size_t over[COMPARE_OVER_SAMPLES + 1] = { 0 };
	const char *comma = "";
	char basis[COMPARE_BASIS_LEN];
	const char *nothing = compare_basis_text(c, basis);

	for (size_t i = 0; i < c->nr_rows; i++) {
		counts[c->rows[i].verdict]++;
		over[c->rows[i].over]++;
	}
	fputc('\n', style->out);
	for (int i = 0; i <= COMPARE_ONLY_B; i++) {
		if (!counts[i])
			continue;
		fprintf(style->out, "%s%zu %s", comma, counts[i], compare_verdict_name(i));
		comma = ", ";
	}
	if (nothing)
		fprintf(style->out, "%sNothing to compare: %s", *comma ? "\n" : "", nothing);
	fputc('\n', style->out);
	if (over[COMPARE_OVER_LAUNCHES])
		fprintf(style->out,
			"Rank test over launches, %.0f %% for all rows together, medians at least "
			"%.3g %%\napart.\n",
			100 * COMPARE_LEVEL, 100 * c->min_change);
	if (counts[COMPARE_UNCLEAR])
		fputs("unclear: the difference is not statistically significant; record more "
		      "launches\n",
		      style->out);
	if (over[COMPARE_OVER_SAMPLES])
		fprintf(style->out,
			"* fewer than %d launches a side: tested over pages and commands, which\n"
			"  cannot tell what changed from what merely differed between the runs\n",
			COMPARE_MIN_LAUNCHES);
}

void compare_text(const struct comparison *c, const struct text_style *style)
{
	print_host(c, COMPARE_A, style);
	print_host(c, COMPARE_B, style);
	print_differences(c, style);
	for (size_t i = 0; i < c->nr_types; i++)
		print_type(c, &c->types[i], style);
	print_summary(c, style);
}
