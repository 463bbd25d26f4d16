/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that one model may take. A recording is untrusted: a few hundred bytes may ask for
 * gigabytes.
 */
#ifndef MODEL_BUDGET_H
#define MODEL_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a recording may ask for: so much, and so much for each of its bytes. */
#define MODEL_BUDGET_BASE (8U << 20)
#define MODEL_BUDGET_PER_BYTE 256U

struct model_budget {
	size_t used;
	size_t limit; /* 0: none */
	bool exceeded; /* something was refused */
};

/* Takes `size` bytes of the budget. Returns false if they are over it. */
bool model_budget_take(struct model_budget *b, size_t size);
void model_budget_return(struct model_budget *b, size_t size);

/* Returns the limit for a recording of so many bytes. */
size_t model_budget_limit(uint64_t bytes);

/*
 * calloc() and array_add() within a budget; *charged counts what was taken, for
 * model_budget_return(). NULL: no memory, or over the budget.
 */
void *model_budget_alloc(struct model_budget *b, size_t *charged, size_t size);
void *model_budget_add(struct model_budget *b, size_t *charged, void **array, size_t *nr,
		       size_t size);

#endif /* MODEL_BUDGET_H */
