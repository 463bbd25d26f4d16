// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chooses the steps of a race.
 */
#include "race_plan.h"

#include "bytes.h"

static const struct {
	const char *name;
	unsigned int weight;
	bool sev;
	bool snp;
	enum race_must must;
} rows[RACE_OP_COUNT] = {
#define RACE_OP_ROW(id, text, chance, has_sev, has_snp, what) \
	[RACE_##id] = { text, chance, has_sev, has_snp, RACE_MUST_##what },
	RACE_OPS(RACE_OP_ROW)
#undef RACE_OP_ROW
};

const char *race_op_name(enum race_op op)
{
	return rows[op].name;
}

bool race_op_fits(enum race_op op, enum guest_type type)
{
	return type == GUEST_SNP ? rows[op].snp : rows[op].sev;
}

enum race_must race_op_must(enum race_op op)
{
	return rows[op].must;
}

uint64_t race_seed(uint64_t seed, unsigned int worker)
{
	uint64_t state = seed;

	mix64(&state);
	state ^= worker;
	return mix64(&state);
}

static unsigned int below(uint64_t *state, unsigned int limit)
{
	return (unsigned int)(mix64(state) % limit);
}

static enum race_op choose(uint64_t *state)
{
	unsigned int sum = 0;
	unsigned int op = 0;
	unsigned int at;

	for (unsigned int i = 0; i < RACE_OP_COUNT; i++)
		sum += rows[i].weight;
	at = below(state, sum);
	while (at >= rows[op].weight)
		at -= rows[op++].weight;
	return (enum race_op)op;
}

void race_next(uint64_t *state, struct race_step *step)
{
	step->op = choose(state);
	step->guest = below(state, RACE_GUESTS);
	step->page = below(state, RACE_SLOT_PAGES);
	step->pages = 1 + below(state, RACE_SLOT_PAGES - step->page);
	step->pick = mix64(state);
}

/* Takes half a memslot, so that a later step still finds untouched pages. */
bool race_first(enum guest_type type, unsigned int number, struct race_step *step)
{
	for (unsigned int op = 0; op < RACE_OP_COUNT; op++) {
		if (!race_op_fits((enum race_op)op, type))
			continue;
		if (number--)
			continue;
		*step = (struct race_step){
			.op = (enum race_op)op,
			.pages = RACE_SLOT_PAGES / 2,
		};
		if (op == RACE_CONVERT || op == RACE_SHARE)
			step->page = RACE_SLOT_PAGES / 2;
		return true;
	}
	return false;
}
