// SPDX-License-Identifier: GPL-2.0-only
#include "report/axis.h"

#define MAX_BARS 28
#define SHORTEST (1U << SEVTRACE_HIST_UNIT_BITS) /* ns; histograms distinguish no shorter times */

/*
 * Returns the logarithm (base 2) of a time, rounded down, in the range that a histogram
 * distinguishes.
 */
static uint32_t log_of(uint64_t ns)
{
	uint32_t log = sevtrace_log2(ns | SHORTEST);

	return log < SEVTRACE_HIST_MAX_BITS ? log : SEVTRACE_HIST_MAX_BITS - 1;
}

void axis_include(const struct sevtrace_hist *h, uint32_t *low, uint32_t *high)
{
	uint32_t min;
	uint32_t max;

	if (!h->count)
		return;
	min = log_of(hist_min(h));
	max = log_of(h->max);
	if (min < *low)
		*low = min;
	if (max > *high)
		*high = max;
}

/* Returns a round label for a power of two: "1µs" for 1024 ns. */
static const char *axis_label(const struct text_style *style, uint32_t log, char buf[TEXT_LEN])
{
	static const char *const names[] = { "ns", "µs", "ms", "s" };
	static const char *const ascii[] = { "ns", "us", "ms", "s" };
	uint32_t unit;

	if (log > SEVTRACE_HIST_MAX_BITS)
		log = SEVTRACE_HIST_MAX_BITS;
	unit = log / 10 < 3 ? log / 10 : 3;

	snprintf(buf, TEXT_LEN, "%u%s", 1U << (log - 10 * unit),
		 style->utf8 ? names[unit] : ascii[unit]);
	return buf;
}

/* Returns the columns that the labels of both ends take, with a space between them. */
static uint32_t label_columns(const struct axis *axis)
{
	const struct text_style utf8 = { .utf8 = true };
	char buf[TEXT_LEN];
	int low = text_columns(axis_label(&utf8, axis->low, buf));
	int high = text_columns(axis_label(&utf8, axis->low + axis->bars * axis->step, buf));

	return (uint32_t)(low + 1 + high);
}

struct axis axis_make(uint32_t low, uint32_t high, int room)
{
	struct axis axis = { .low = low, .step = 1 };
	uint32_t max = room > MAX_BARS ? MAX_BARS : (uint32_t)room;

	if (room < 4 || low > high)
		return (struct axis){ .step = 1 };
	while ((high - low) / axis.step + 1 > max)
		axis.step++;
	axis.bars = (high - low) / axis.step + 1;
	while (axis.bars < max && axis.bars < label_columns(&axis))
		axis.bars++;
	if (axis.low + axis.bars * axis.step > SEVTRACE_HIST_MAX_BITS)
		axis.low = SEVTRACE_HIST_MAX_BITS - axis.bars * axis.step;
	return axis;
}

void axis_print_bars(const struct sevtrace_hist *h, const struct axis *axis,
		     const struct text_style *style)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii[] = { " ", ".", ":", "-", "=", "+", "*", "#", "@" };
	uint64_t counts[MAX_BARS] = { 0 };
	uint64_t most = 0;
	uint32_t last = 0;

	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
		uint32_t log = log_of(sevtrace_hist_lower(i));
		uint32_t bar = log > axis->low ? (log - axis->low) / axis->step : 0;

		if (h->buckets[i] && axis->bars)
			counts[bar < axis->bars ? bar : axis->bars - 1] += h->buckets[i];
	}
	for (uint32_t i = 0; i < axis->bars; i++) {
		last = counts[i] ? i : last;
		most = counts[i] > most ? counts[i] : most;
	}
	for (uint32_t i = 0; most && i <= last; i++) {
		size_t level = (size_t)((counts[i] * 8 + most - 1) / most);
		const char *bar = style->utf8 ? blocks[level] : ascii[level];

		fputs(bar, style->out);
	}
}

void axis_print_head(const struct axis *axis, const struct text_style *style)
{
	char low[TEXT_LEN];
	char high[TEXT_LEN];
	int gap;

	if (!axis->bars)
		return;
	axis_label(style, axis->low, low);
	axis_label(style, axis->low + axis->bars * axis->step, high);
	gap = (int)axis->bars - text_columns(low) - text_columns(high);
	if (gap >= 1)
		fprintf(style->out, "  %s%*s%s", low, gap, "", high);
	else
		fprintf(style->out, "  %s..", low);
}
