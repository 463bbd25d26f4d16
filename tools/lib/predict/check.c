// SPDX-License-Identifier: GPL-2.0-only
/* Predictions held against launches that were made at once, and recorded. */
#include "predict/check.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "predict/quantile.h"
#include "util/array.h"

/* What launches took that were made so many at once. */
struct group {
	uint32_t launches; /* at once */
	double *durations;
	size_t nr_durations;
	double *lasts; /* of each time, from the first start to the last end */
	size_t nr_lasts;
};

struct groups {
	struct group *of;
	size_t nr;
};

static void groups_free(struct groups *g)
{
	for (size_t i = 0; i < g->nr; i++) {
		free(g->of[i].durations);
		free(g->of[i].lasts);
	}
	free(g->of);
}

static struct group *group_of(struct groups *g, uint32_t launches)
{
	struct group *group;

	for (size_t i = 0; i < g->nr; i++)
		if (g->of[i].launches == launches)
			return &g->of[i];
	group = ARRAY_ADD(g->of, g->nr);
	if (group)
		group->launches = launches;
	return group;
}

static uint64_t end_of(const struct chain *c)
{
	return c->start + c->duration;
}

/* Adds launches that were under way together, and no other one with them. */
static int add_together(struct groups *g, const struct chain *chains, size_t nr)
{
	struct group *group = group_of(g, (uint32_t)nr);
	uint64_t until = 0;
	double *last;

	for (size_t i = 0; i < nr && group; i++) {
		double *duration = ARRAY_ADD(group->durations, group->nr_durations);

		if (!duration)
			return -ENOMEM;
		*duration = (double)chains[i].duration;
		until = end_of(&chains[i]) > until ? end_of(&chains[i]) : until;
	}
	last = group ? ARRAY_ADD(group->lasts, group->nr_lasts) : NULL;
	if (!last)
		return -ENOMEM;
	*last = (double)(until - chains[0].start);
	return 0;
}

/* Splits launches, which are in the order of their starts, where none was under way. */
static int split(struct groups *g, const struct chains *c)
{
	uint64_t until = 0;
	size_t first = 0;
	int err = 0;

	for (size_t i = 0; i <= c->nr && !err; i++) {
		if (i == c->nr || (i && c->chains[i].start >= until)) {
			if (i > first)
				err = add_together(g, c->chains + first, i - first);
			first = i;
		}
		if (i < c->nr && end_of(&c->chains[i]) > until)
			until = end_of(&c->chains[i]);
	}
	return err;
}

static int by_launches(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return (x->launches > y->launches) - (x->launches < y->launches);
}

static int hold_against(struct predict_check *check, const struct chains *c, struct group *g)
{
	*check = (struct predict_check){ .launches = g->launches, .times = g->nr_lasts };
	sort_values(g->durations, g->nr_durations);
	sort_values(g->lasts, g->nr_lasts);
	check->measured[PREDICT_CHECK_P50] = quantile(g->durations, g->nr_durations, 0.5);
	check->measured[PREDICT_CHECK_P99] = quantile(g->durations, g->nr_durations, 0.99);
	check->measured[PREDICT_CHECK_LAST] = quantile(g->lasts, g->nr_lasts, 0.5);
	return predict_at_once(c, g->launches, &check->predicted);
}

double predict_check_off(const struct predict_check *check, enum predict_check_figure figure)
{
	double predicted = check->predicted.figures[predict_check_figures[figure]].value;

	return check->measured[figure] > 0 ? predicted / check->measured[figure] - 1 : NAN;
}

const enum predict_figure predict_check_figures[PREDICT_CHECK_FIGURES] = {
	[PREDICT_CHECK_P50] = PREDICT_P50,
	[PREDICT_CHECK_P99] = PREDICT_P99,
	[PREDICT_CHECK_LAST] = PREDICT_LAST,
};

int predict_check(struct predict_checks *to, const struct chains *c, const struct chains *measured)
{
	struct groups groups = { 0 };
	int err = split(&groups, measured);

	*to = (struct predict_checks){ 0 };
	if (!err && groups.nr)
		qsort(groups.of, groups.nr, sizeof(*groups.of), by_launches);
	/* Of more numbers than there is room for, the largest ones. */
	for (size_t i = groups.nr > PREDICT_MAX_COUNTS ? groups.nr - PREDICT_MAX_COUNTS : 0;
	     i < groups.nr && !err; i++) {
		if (groups.of[i].launches > PREDICT_MAX_LAUNCHES)
			continue;
		err = hold_against(&to->of[to->nr], c, &groups.of[i]);
		to->nr++;
	}
	to->left_out = groups.nr - to->nr;
	groups_free(&groups);
	return err;
}
