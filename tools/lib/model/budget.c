// SPDX-License-Identifier: GPL-2.0-only
#include "model/budget.h"

#include <stdlib.h>

#include "util/array.h"

bool model_budget_take(struct model_budget *b, size_t size)
{
	if (b->limit && (b->used > b->limit || size > b->limit - b->used)) {
		b->exceeded = true;
		return false;
	}
	b->used += size;
	return true;
}

void model_budget_return(struct model_budget *b, size_t size)
{
	b->used -= size < b->used ? size : b->used;
}

size_t model_budget_limit(uint64_t bytes)
{
	if (bytes > (SIZE_MAX - MODEL_BUDGET_BASE) / MODEL_BUDGET_PER_BYTE)
		return SIZE_MAX;
	return MODEL_BUDGET_BASE + MODEL_BUDGET_PER_BYTE * bytes;
}

void *model_budget_alloc(struct model_budget *b, size_t *charged, size_t size)
{
	void *p = model_budget_take(b, size) ? calloc(1, size) : NULL;

	if (p)
		*charged += size;
	return p;
}

void *model_budget_add(struct model_budget *b, size_t *charged, void **array, size_t *nr,
		       size_t size)
{
	/* array_add() doubles the room at each power of two. */
	size_t room = *nr & (*nr - 1) ? 0 : (*nr ? *nr : 1) * size;
	void *p = model_budget_take(b, room) ? array_add(array, nr, size) : NULL;

	if (p)
		*charged += room;
	return p;
}
