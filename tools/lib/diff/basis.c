// SPDX-License-Identifier: GPL-2.0-only
/* Decides whether a comparison has anything to say of times. */
#include <math.h>
#include <stdio.h>

#include "diff/compare.h"
#include "sev/names.h"

static uint64_t count_launches(const struct comparison *c, enum compare_which which,
			       enum model_result first, enum model_result last)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->nr_types; i++)
		for (enum model_result result = first; result <= last; result++)
			n += c->types[i].results[which][result];
	return n;
}

static bool finished(const struct compare_launches *type, enum compare_which which)
{
	return type->results[which][MODEL_OK] != 0;
}

static bool tested(const struct comparison *c, uint32_t vm_type)
{
	for (size_t i = 0; i < c->nr_rows; i++)
		if (c->rows[i].vm_type == vm_type && c->rows[i].over)
			return true;
	return false;
}

/*
 * A limit holds for every guest type that A has: it says nothing of one that B lacks, or of one
 * with so few samples that no test can tell a change.
 */
static enum compare_basis basis_of_limit(struct comparison *c)
{
	for (size_t i = 0; i < c->nr_types; i++) {
		const struct compare_launches *type = &c->types[i];

		c->basis_type = type->vm_type;
		if (!finished(type, COMPARE_A))
			continue;
		if (!finished(type, COMPARE_B))
			return COMPARE_TYPE_ONLY_IN_A;
		if (!tested(c, type->vm_type))
			return COMPARE_TOO_FEW;
	}
	return COMPARE_HAS_BASIS;
}

enum compare_basis compare_find_basis(struct comparison *c)
{
	bool common = false;

	for (size_t i = 0; i < c->nr_types; i++)
		common |= finished(&c->types[i], COMPARE_A) && finished(&c->types[i], COMPARE_B);
	if (common)
		return isfinite(c->gate) ? basis_of_limit(c) : COMPARE_HAS_BASIS;
	for (int which = COMPARE_A; which <= COMPARE_B; which++) {
		c->basis_side = which;
		if (!count_launches(c, which, MODEL_OK, MODEL_INCOMPLETE))
			return COMPARE_NO_LAUNCH;
		if (!count_launches(c, which, MODEL_OK, MODEL_OK))
			return COMPARE_NONE_FINISHED;
	}
	return COMPARE_NO_COMMON_TYPE;
}

const char *compare_basis_text(const struct comparison *c, char buf[COMPARE_BASIS_LEN])
{
	const char *type = vm_type_text(c->basis_type);
	char side = c->basis_side == COMPARE_A ? 'A' : 'B';

	switch (c->basis) {
	case COMPARE_HAS_BASIS:
		return NULL;
	case COMPARE_NO_LAUNCH:
		snprintf(buf, COMPARE_BASIS_LEN, "%c has no launch", side);
		break;
	case COMPARE_NONE_FINISHED:
		snprintf(buf, COMPARE_BASIS_LEN, "no launch finished in %c", side);
		break;
	case COMPARE_NO_COMMON_TYPE:
		return "A and B have guests of different types";
	case COMPARE_TYPE_ONLY_IN_A:
		snprintf(buf, COMPARE_BASIS_LEN, "launches of %s finished in A only", type);
		break;
	case COMPARE_TOO_FEW:
		snprintf(buf, COMPARE_BASIS_LEN, "too few launches of %s for any test", type);
		break;
	}
	return buf;
}
