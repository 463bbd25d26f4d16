// SPDX-License-Identifier: GPL-2.0-only
#include "detail/internal.h"

#include <stdlib.h>

static void swap(struct detail_page *a, struct detail_page *b)
{
	struct detail_page kept = *a;

	*a = *b;
	*b = kept;
}

static void rise(struct detail_page *pages, size_t at)
{
	while (at && pages[at].ns < pages[(at - 1) / 2].ns) {
		swap(&pages[at], &pages[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static void sink(struct detail_page *pages, size_t nr)
{
	size_t at = 0, child;

	for (; (child = 2 * at + 1) < nr; at = child) {
		if (child + 1 < nr && pages[child + 1].ns < pages[child].ns)
			child++;
		if (pages[at].ns <= pages[child].ns)
			return;
		swap(&pages[at], &pages[child]);
	}
}

void slowest_add(struct detail_page *pages, size_t *nr, size_t most,
		 const struct sevtrace_rec_page *rec, uint64_t ns)
{
	if (*nr < most) {
		pages[*nr] = (struct detail_page){ ns, *rec };
		rise(pages, (*nr)++);
	} else if (most && ns > pages[0].ns) {
		pages[0] = (struct detail_page){ ns, *rec };
		sink(pages, *nr);
	}
}

static int compare(const void *a, const void *b)
{
	const struct detail_page *left = a, *right = b;

	if (left->ns != right->ns)
		return left->ns < right->ns ? 1 : -1;
	return left->rec.h.ts < right->rec.h.ts ? -1 : left->rec.h.ts > right->rec.h.ts;
}

void slowest_sort(struct detail_page *pages, size_t nr)
{
	qsort(pages, nr, sizeof(*pages), compare);
}
