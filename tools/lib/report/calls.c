// SPDX-License-Identifier: GPL-2.0-only
/* Prints what the VMM called in the kernel between SEV ioctls. */
#include <stdlib.h>
#include <string.h>

#include "report/axis.h"
#include "report/cells.h"
#include "report/internal.h"
#include "sev/calls.h"
#include "sev/names.h"
#include "stats/hist.h"

#define NAME 32
#define SMALL 1000 /* calls below one part in so many of the launch are summed up */

const char *call_name(const struct model_call *call, char buf[NAME_LEN])
{
	switch (call->kind) {
	case SEVTRACE_HIST_CALL:
		return name_or_hex(system_call_name(call->id), call->id, buf);
	case SEVTRACE_HIST_IOCTL_CALL:
		if (ioctl_request_name(call->id))
			return ioctl_request_name(call->id);
		snprintf(buf, NAME_LEN, "ioctl 0x%x", call->id);
		return buf;
	default:
		return "page faults";
	}
}

static int by_sum(const void *a, const void *b)
{
	uint64_t x = series_hist(&((const struct model_call *)a)->time)->sum;
	uint64_t y = series_hist(&((const struct model_call *)b)->time)->sum;

	return (x < y) - (x > y);
}

static void print_row(const struct text_style *style, const struct model_call *call, uint64_t whole,
		      const struct axis *axis)
{
	const struct sevtrace_hist *h = series_hist(&call->time);
	char name[NAME_LEN];

	fputs("  ", style->out);
	text_cell(style, call_name(call, name), NAME);
	number_cell(style, h->count);
	time_cell(style, h->sum);
	share_cell(style, h->sum, whole);
	time_cell(style, hist_percentile(h, 50));
	time_cell(style, h->max);
	if (axis->bars)
		fputs("  ", style->out);
	axis_print_bars(h, axis, style);
	fputc('\n', style->out);
}

static void print_head(const struct text_style *style, const struct axis *axis)
{
	fprintf(style->out, "\n  %s", text_on(style, TEXT_DIM));
	text_cell(style, "the VMM outside of SEV ioctls", NAME);
	text_cell(style, "count", -CELL_COUNT);
	HEADS(style, "total");
	text_cell(style, "share", -CELL_SHARE);
	HEADS(style, "p50", "max");
	axis_print_head(axis, style);
	fprintf(style->out, "%s\n", text_off(style));
}

/* Prints a row without a histogram. */
static void print_sum(const struct text_style *style, const char *name, uint64_t ns, uint64_t whole)
{
	fputs("  ", style->out);
	text_cell(style, name, NAME);
	text_cell(style, "", -CELL_COUNT);
	time_cell(style, ns);
	share_cell(style, ns, whole);
	fputc('\n', style->out);
}

/* Returns how many calls have a row of their own: but for the small ones, if there are several. */
static size_t rows_of(const struct model_call *calls, size_t nr, uint64_t whole)
{
	size_t rows = 1;

	while (rows < nr && series_hist(&calls[rows].time)->sum >= whole / SMALL)
		rows++;
	return rows + 1 == nr ? nr : rows;
}

static void print_table(const struct model_launch *l, const struct model_call *calls,
			const struct text_style *style)
{
	int taken = 2 + NAME + CELL_COUNT + 3 * CELL_TIME + CELL_SHARE + 2;
	uint64_t whole = launch_duration(l), called = 0, small = 0;
	size_t rows = rows_of(calls, l->nr_calls, whole);
	uint32_t low = 64, high = 0;
	struct axis axis;
	char text[32];

	for (size_t i = 0; i < rows; i++)
		axis_include(series_hist(&calls[i].time), &low, &high);
	axis = axis_make(low, high, style->width - taken);
	print_head(style, &axis);
	for (size_t i = 0; i < l->nr_calls; i++) {
		uint64_t ns = series_hist(&calls[i].time)->sum;

		called += ns;
		if (i < rows)
			print_row(style, &calls[i], whole, &axis);
		else
			small += ns;
	}
	snprintf(text, sizeof(text), "%zu smaller ones", l->nr_calls - rows);
	if (rows < l->nr_calls)
		print_sum(style, text, small, whole);
	/* Threads at once may take more than all. */
	if (l->times.outside > called)
		print_sum(style, "in user space", l->times.outside - called, whole);
}

void render_calls(const struct model_launch *l, const struct text_style *style)
{
	struct model_call *calls = l->nr_calls ? calloc(l->nr_calls, sizeof(*calls)) : NULL;

	if (!calls)
		return;
	memcpy(calls, l->calls, l->nr_calls * sizeof(*calls));
	qsort(calls, l->nr_calls, sizeof(*calls), by_sum);
	print_table(l, calls, style);
	free(calls);
}
