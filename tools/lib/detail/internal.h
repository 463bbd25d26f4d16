/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this folder share. */
#ifndef DETAIL_INTERNAL_H
#define DETAIL_INTERNAL_H

#include "detail/detail.h"

/* Adds `pages` successive values, from `first` on, of which each took ns. */
void heat_add(struct detail_heat *h, uint64_t first, uint64_t pages, uint64_t ns);

/*
 * Adds a span to a lane, whose array has room for DETAIL_SPANS. Spans come in the order of their
 * ends.
 */
void lane_add(struct detail_lane *lane, const struct detail_span *span);

/*
 * Keeps a page if it is among the `most` slowest ones; the array has room for so many. Until
 * slowest_sort(), the array is a heap whose first element is the fastest one.
 */
void slowest_add(struct detail_page *pages, size_t *nr, size_t most,
		 const struct sevtrace_rec_page *rec, uint64_t ns);
void slowest_sort(struct detail_page *pages, size_t nr);

#endif /* DETAIL_INTERNAL_H */
