// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

int tally_init(struct tally *t)
{
	memset(t, 0, sizeof(*t));
	model_init(&t->model);
	t->over = metrics_new();
	return t->over ? 0 : -ENOMEM;
}

void tally_free(struct tally *t)
{
	model_free(&t->model);
	metrics_free(t->over);
	free(t->launches);
	memset(t, 0, sizeof(*t));
}

void tally_source(struct tally *t, uint32_t lacks)
{
	t->model.lacks = lacks;
}

/* Returns what the tally keeps beside the model of this launch. */
static struct tally_launch *beside(struct tally *t, uint32_t number)
{
	struct tally_launch *place;

	while (t->nr_launches < t->model.nr_launches) {
		place = ARRAY_ADD(t->launches, t->nr_launches);
		if (!place)
			return NULL;
		place->number = t->model.launches[t->nr_launches - 1]->number;
	}
	return &t->launches[model_position(&t->model, number)];
}

int tally_record(struct tally *t, const union sevtrace_record *rec)
{
	struct tally_launch *place;
	int err = model_feed(&t->model, rec);

	if (err || !rec->h.launch ||
	    model_position(&t->model, rec->h.launch) == t->model.nr_launches)
		return err;
	place = beside(t, rec->h.launch);
	if (!place)
		return -ENOMEM;
	t->begun += rec->h.type == SEVTRACE_REC_LAUNCH_BEGIN && !rec->launch_begin.joined;
	place->seen = true;
	place->ended |= rec->h.type == SEVTRACE_REC_LAUNCH_END;
	return 0;
}

int tally_hist(struct tally *t, const struct sevtrace_hist_key *key,
	       const struct sevtrace_hist *hist)
{
	int err = model_hist(&t->model, key, hist);

	if (err || !key->launch || t->nr_launches == t->model.nr_launches)
		return err;
	return beside(t, key->launch) ? 0 : -ENOMEM;
}

static bool is_live(uint32_t number, const struct tally_live *live)
{
	for (size_t i = 0; i < live->nr; i++)
		if (live->numbers[i] == number)
			return true;
	return number > live->last;
}

int tally_look(struct tally *t, const struct sevtrace_hist_key *key,
	       const struct sevtrace_hist *hist, const struct tally_live *live)
{
	if (!key->launch || model_position(&t->model, key->launch) < t->model.nr_launches)
		return tally_hist(t, key, hist);
	return !is_live(key->launch, live);
}

void tally_mark(struct tally *t)
{
	for (size_t i = 0; i < t->nr_launches; i++)
		t->launches[i].marked = true;
}

/*
 * Derives flushes from the histograms, as records tell only of flushes that failed. If the
 * processor keeps its caches coherent, KVM skips all flushes, else none.
 */
static void derive_flushes(const struct tally *t, struct model_launch *l)
{
	for (uint32_t phase = 0; phase < SEVTRACE_PHASE_COUNT; phase++) {
		const struct sevtrace_hist *h = launch_phase_step(l, phase, SEVTRACE_STEP_CLFLUSH);
		struct model_flushes *flushes = &l->flushes[phase];

		*flushes = (struct model_flushes){ 0 };
		*(t->coherent ? &flushes->skipped_pages : &flushes->pages) = h->pages;
	}
}

/*
 * Does the launch count? Not if it is a guest that began before us and has not launched anything
 * since.
 */
static bool has_outcome(const struct model_launch *l, const struct tally_launch *place)
{
	return place->seen && !place->counted &&
	       (!l->joined || launch_result(l) != MODEL_INCOMPLETE);
}

static int add(const struct tally *t, struct metrics *sums, struct model_launch *l, bool outcome)
{
	derive_flushes(t, l);
	return metrics_add(sums, &t->model, l, METRICS_SAMPLES | (outcome ? METRICS_OUTCOME : 0));
}

/* Adds a launch that is over, or done. */
static int add_over(struct tally *t, struct model_launch *l, bool outcome)
{
	if (outcome && launch_result(l) == MODEL_OK)
		capacity_add(&t->capacity, l);
	return add(t, t->over, l, outcome);
}

static void forget(struct tally *t, size_t at)
{
	struct tally_launch *gone = &t->launches[at];

	model_forget(&t->model, gone->number);
	t->nr_launches--;
	memmove(gone, gone + 1, (t->nr_launches - at) * sizeof(*gone));
}

static bool is_over(const struct tally_launch *place, const struct tally_live *live)
{
	/*
	 * Asks live, too: the record of the launch's end may have been dropped from a full buffer.
	 */
	return place->ended || (place->marked && !is_live(place->number, live));
}

static bool in_ioctl(const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_ops; i++)
		if (l->ops[i].entered)
			return true;
	return false;
}

static bool is_through(const struct model_launch *l, const struct tally_launch *place, uint64_t now)
{
	return l->finished && !place->counted && !in_ioctl(l) && now > l->last_ts &&
	       now - l->last_ts > TALLY_QUIET_NS;
}

/*
 * Adds the launch so far to the sums. What its guest does next, and its teardown, are added later.
 */
static int sum_launched(struct tally *t, size_t at)
{
	struct model_launch *split = launch_split(t->model.launches[at]);
	int err = split ? add_over(t, split, has_outcome(split, &t->launches[at])) : -ENOMEM;

	t->launches[at].counted = true;
	launch_free(split);
	return err;
}

int tally_settle(struct tally *t, const struct tally_live *live, uint64_t now, tally_taker take,
		 void *ctx)
{
	int err = 0;

	for (size_t i = t->nr_launches; i > 0 && !err; i--) {
		struct model_launch *l = t->model.launches[i - 1];
		struct tally_launch *place = &t->launches[i - 1];

		if (is_over(place, live)) {
			if (!place->ended)
				err = take(ctx, place->number, true);
			if (!err)
				err = add_over(t, l, has_outcome(l, place));
			forget(t, i - 1);
		} else if (is_through(l, place, now)) {
			err = take(ctx, place->number, false);
			if (!err)
				err = sum_launched(t, i - 1);
		}
	}
	return err;
}

int tally_detach(struct tally *t)
{
	int err = 0;

	while (t->nr_launches && !err) {
		size_t at = t->nr_launches - 1;
		struct model_launch *l = t->model.launches[at];
		const struct tally_launch *place = &t->launches[at];

		err = add_over(t, l, has_outcome(l, place) && (place->ended || l->finished));
		forget(t, at);
	}
	if (!err && t->model.outside)
		err = metrics_add(t->over, &t->model, t->model.outside, METRICS_SAMPLES);
	model_free(&t->model);
	return err;
}

struct metrics *tally_sums(const struct tally *t)
{
	struct metrics *sums = metrics_new();
	int err = sums ? metrics_merge(sums, t->over) : -ENOMEM;

	for (size_t i = 0; i < t->nr_launches && !err; i++) {
		struct model_launch *l = t->model.launches[i];

		err = add(t, sums, l, l->finished && has_outcome(l, &t->launches[i]));
	}
	if (!err && t->model.outside)
		err = metrics_add(sums, &t->model, t->model.outside, METRICS_SAMPLES);
	if (!err)
		return sums;
	metrics_free(sums);
	return NULL;
}

size_t tally_under_way(const struct tally *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->nr_launches; i++) {
		const struct model_launch *l = t->model.launches[i];

		n += t->launches[i].seen && !l->finished && !t->launches[i].ended && !l->joined;
	}
	return n;
}
