// SPDX-License-Identifier: GPL-2.0-only
/* Prints when a launch did what, as a waterfall. */
#include <stdio.h>
#include <string.h>

#include "report/internal.h"
#include "sev/names.h"
#include "util/array.h"

#define LABEL 30
#define MAX_COLUMNS 64
#define LEAST 0.001 /* shares of a column below are not shown */

static int columns_of(const struct text_style *style)
{
	int columns = style->width - 2 - LABEL;

	return columns < MAX_COLUMNS ? columns : MAX_COLUMNS;
}

static const char *label_of(uint32_t key, char buf[NAME_LEN])
{
	switch (key) {
	case TIMELINE_VMM:
		return "the VMM, outside of ioctls";
	case TIMELINE_PSP:
		return time_text(TIME_PSP_EXEC);
	case TIMELINE_WAIT:
		return time_text(TIME_PSP_WAIT);
	default:
		return name_or_hex(ioctl_name(key), key, buf);
	}
}

/* Prints a row of `columns` over `whole` ns, unless it is empty. */
static void print_row(const struct timeline *t, const struct timeline_row *row, uint64_t whole,
		      const char *label, const struct text_style *style)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii[] = { " ", ".", ".", ":", "-", "=", "+", "*", "#" };
	size_t columns = (size_t)columns_of(style), last = columns;

	while (last && timeline_part(t, row, whole, last - 1, columns) < LEAST)
		last--;
	if (!last)
		return;
	fputs("  ", style->out);
	text_cell(style, label, LABEL);
	for (size_t i = 0; i < last; i++) {
		double share = timeline_part(t, row, whole, i, columns);
		int level = share < LEAST ? 0 : 1 + (int)(share * 7.99);

		fputs(style->utf8 ? blocks[level] : ascii[level], style->out);
	}
	fputc('\n', style->out);
}

static void print_head(const char *title, uint64_t whole, const struct text_style *style)
{
	char end[TEXT_LEN];

	fprintf(style->out, "\n  %s", text_on(style, TEXT_DIM));
	text_cell(style, title, LABEL);
	fputs("0", style->out);
	text_cell(style, text_time(style, whole, end), -(columns_of(style) - 1));
	fprintf(style->out, "%s\n", text_off(style));
}

static bool is_ioctl(uint32_t key)
{
	return key < TIMELINE_VMM;
}

void render_timeline(const struct model_launch *l, const struct text_style *style)
{
	const struct timeline *t = &l->timeline;
	uint64_t whole = launch_duration(l);
	char name[NAME_LEN];

	if (!t->nr_rows || !whole)
		return;
	print_head("over time", whole, style);
	for (int ioctls = 1; ioctls >= 0; ioctls--)
		for (size_t i = 0; i < t->nr_rows; i++)
			if (is_ioctl(t->rows[i].key) == ioctls)
				print_row(t, &t->rows[i], whole, label_of(t->rows[i].key, name),
					  style);
}

/* "2: qemu[57]": number, name, process id. */
static const char *holder(const struct model *m, uint32_t launch, char buf[LABEL])
{
	size_t at = model_position(m, launch);
	char vmm[LAUNCH_VMM_LEN];

	if (!launch)
		return "the host";
	if (launch == TIMELINE_OTHERS)
		return "other launches";
	if (at == m->nr_launches) {
		snprintf(buf, LABEL, "%u", launch);
		return buf;
	}
	snprintf(buf, LABEL, "%u: %s", launch, launch_vmm(m->launches[at], vmm));
	return buf;
}

void render_psp_timeline(const struct model *m, const struct text_style *style)
{
	const struct timeline *t = &m->holdings.held;
	uint64_t whole = m->holdings.until - m->holdings.first;
	char name[LABEL];

	if (t->nr_rows < 2 || !whole)
		return;
	print_head("who held the PSP, by launch", whole, style);
	for (size_t i = 0; i < t->nr_rows; i++)
		print_row(t, &t->rows[i], whole, holder(m, t->rows[i].key, name), style);
}
