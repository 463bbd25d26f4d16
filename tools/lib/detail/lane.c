// SPDX-License-Identifier: GPL-2.0-only
#include "detail/internal.h"

#define FIRST_GAP 1000 /* ns */

static void join(struct detail_span *to, const struct detail_span *from)
{
	if (from->start < to->start)
		to->start = from->start;
	if (from->end > to->end)
		to->end = from->end;
	if (from->longest > to->longest) {
		to->longest = from->longest;
		to->id = from->id;
	}
	to->busy += from->busy;
	to->count += from->count;
	to->failed += from->failed;
}

static bool near(const struct detail_lane *lane, const struct detail_span *before,
		 const struct detail_span *span)
{
	return lane->gap && (span->start <= before->end || span->start - before->end < lane->gap);
}

/* Joins spans that are near each other until half of the room is free. */
static void thin(struct detail_lane *lane)
{
	while (lane->nr_spans > DETAIL_SPANS / 2) {
		size_t nr = 1;

		/* A gap of half of all time: nothing is farther apart. */
		lane->gap = !lane->gap		       ? FIRST_GAP :
			    lane->gap > UINT64_MAX / 2 ? UINT64_MAX :
							 lane->gap * 2;
		for (size_t i = 1; i < lane->nr_spans; i++) {
			if (near(lane, &lane->spans[nr - 1], &lane->spans[i]))
				join(&lane->spans[nr - 1], &lane->spans[i]);
			else
				lane->spans[nr++] = lane->spans[i];
		}
		lane->nr_spans = nr;
	}
}

void lane_add(struct detail_lane *lane, const struct detail_span *span)
{
	if (lane->nr_spans == DETAIL_SPANS)
		thin(lane);
	if (lane->nr_spans && near(lane, &lane->spans[lane->nr_spans - 1], span))
		join(&lane->spans[lane->nr_spans - 1], span);
	else
		lane->spans[lane->nr_spans++] = *span;
}
