// SPDX-License-Identifier: GPL-2.0-only
#include "report/sort.h"

#include <stdlib.h>
#include <string.h>

#include "util/array.h"

/* Launches with a place below come first. */
struct place {
	const struct model_launch *launch;
	size_t at; /* in the recording */
	int (*compare)(const struct model_launch *a, const struct model_launch *b);
};

static int by_number(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_start(const struct model_launch *a, const struct model_launch *b)
{
	return by_number(a->first_ts, b->first_ts);
}

static int by_duration(const struct model_launch *a, const struct model_launch *b)
{
	return by_number(launch_duration(b), launch_duration(a));
}

static uint64_t pages(const struct model_launch *l)
{
	return launch_pages(l, true) + launch_pages(l, false);
}

static int by_pages(const struct model_launch *a, const struct model_launch *b)
{
	return by_number(pages(b), pages(a));
}

static const char *called(const struct model_launch *l)
{
	return launch_name(l) ? launch_name(l) : l->comm;
}

static int by_name(const struct model_launch *a, const struct model_launch *b)
{
	return strcmp(called(a), called(b));
}

static int by_result(const struct model_launch *a, const struct model_launch *b)
{
	static const uint8_t order[] = {
		[MODEL_FAILED] = 0,
		[MODEL_INCOMPLETE] = 1,
		[MODEL_OK] = 2,
	};

	return by_number(order[launch_result(a)], order[launch_result(b)]);
}

static const struct {
	const char *name;
	int (*compare)(const struct model_launch *a, const struct model_launch *b);
} keys[] = {
	{ "start", by_start }, { "duration", by_duration }, { "pages", by_pages },
	{ "name", by_name },   { "result", by_result },
};

bool sort_is_key(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, key))
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	const struct place *left = a, *right = b;
	int order = left->compare(left->launch, right->launch);

	return order ? order : by_number(left->at, right->at);
}

size_t *sort_launches(const struct model *m, const char *key)
{
	struct place *places = calloc(m->nr_launches + 1, sizeof(*places));
	size_t *order = calloc(m->nr_launches + 1, sizeof(*order));
	size_t used = 0;

	while (used < ARRAY_SIZE(keys) - 1 && strcmp(keys[used].name, key) != 0)
		used++;
	for (size_t i = 0; places && order && i < m->nr_launches; i++)
		places[i] = (struct place){ m->launches[i], i, keys[used].compare };
	if (places && order)
		qsort(places, m->nr_launches, sizeof(*places), compare);
	for (size_t i = 0; places && order && i < m->nr_launches; i++)
		order[i] = places[i].at;
	if (!places) {
		free(order);
		order = NULL;
	}
	free(places);
	return order;
}
