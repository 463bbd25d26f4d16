// SPDX-License-Identifier: GPL-2.0-only
/* When a launch did what: nothing is lost as bins become wider, and columns show what was when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/model.h"
#include "scenario.h"

#define UPDATE SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE
#define ORIGIN 5000

/* A launch that was finished after `duration`. */
static struct model_launch launch(struct model_budget *budget, uint64_t duration)
{
	return (struct model_launch){ .budget = budget,
				      .has_span = true,
				      .first_ts = ORIGIN,
				      .finished = true,
				      .finish_ts = ORIGIN + duration };
}

static double sum(const struct timeline_row *row)
{
	double ns = 0;

	for (size_t i = 0; i < TIMELINE_BINS; i++)
		ns += (double)row->ns[i];
	return ns;
}

/* The share of the launch's column i of so many. */
static double share(const struct model_launch *l, const struct timeline_row *row, size_t i,
		    size_t columns)
{
	return timeline_part(&l->timeline, row, launch_duration(l), i, columns);
}

static void assert_near(double got, double wanted)
{
	if (got < wanted * 0.999 || got > wanted * 1.001)
		fail_msg("%f is not %f", got, wanted);
}

static void share_by_column(void **state)
{
	struct model_budget budget = { 0 };
	struct model_launch l = launch(&budget, 64000);
	const struct timeline_row *row;

	(void)state;
	assert_int_equal(timeline_add(&l, UPDATE, ORIGIN + 16000, ORIGIN + 48000), 0);
	assert_int_equal(timeline_add(&l, TIMELINE_PSP, ORIGIN + 48000, ORIGIN + 56000), 0);
	assert_int_equal(l.timeline.nr_rows, 2);
	row = &l.timeline.rows[0];
	assert_near(1 + share(&l, row, 0, 4), 1);
	assert_near(share(&l, row, 1, 4), 1);
	assert_near(share(&l, row, 2, 4), 1);
	assert_near(1 + share(&l, row, 3, 4), 1);
	assert_near(share(&l, &l.timeline.rows[1], 3, 4), 0.5);
	free(l.timeline.rows);
}

static void widens(void **state)
{
	struct model_budget budget = { 0 };
	struct model_launch l = launch(&budget, 3600000000000ULL);
	double wanted = 0;

	(void)state;
	for (uint64_t at = 1000; at < 3600000000000ULL / 4; at *= 2) {
		assert_int_equal(timeline_add(&l, UPDATE, ORIGIN + at, ORIGIN + at + at / 2), 0);
		wanted += (double)at / 2;
	}
	assert_int_equal(l.timeline.nr_rows, 1);
	assert_near(sum(l.timeline.rows), wanted);
	/* Half of the time from each power of two to the next, none in the last three quarters. */
	assert_near(1 + share(&l, l.timeline.rows, 3, 4), 1);
	assert_true(share(&l, l.timeline.rows, 0, 4) > 0.3);
	free(l.timeline.rows);
}

static void limits(void **state)
{
	struct model_budget budget = { 0 };
	struct model_launch l = launch(&budget, 1000);

	(void)state;
	/* nothing before the launch, nothing backwards, any end */
	assert_int_equal(timeline_add(&l, UPDATE, 0, ORIGIN), 0);
	assert_int_equal(timeline_add(&l, UPDATE, ORIGIN + 10, ORIGIN + 5), 0);
	assert_int_equal(l.timeline.nr_rows, 0);
	assert_int_equal(timeline_add(&l, UPDATE, 0, UINT64_MAX), 0);
	assert_near(sum(l.timeline.rows), (double)(UINT64_MAX - ORIGIN));
	/* too many ioctls; the VMM and the PSP have a row nevertheless */
	for (uint32_t key = 1000; key < 1100; key++)
		assert_int_equal(timeline_add(&l, key, ORIGIN, ORIGIN + 1), 0);
	assert_int_equal(l.timeline.nr_rows, TIMELINE_MAX_ROWS);
	assert_int_equal(timeline_add(&l, TIMELINE_VMM, ORIGIN, ORIGIN + 1), 0);
	assert_int_equal(l.timeline.nr_rows, TIMELINE_MAX_ROWS + 1);
	free(l.timeline.rows);
}

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

/* What the rows of a launch have is what its owners have. */
static void as_the_tree(void **state)
{
	const struct model_launch *l;
	struct model m;

	(void)state;
	model_init(&m);
	assert_int_equal(scenario_run("concurrent", feed, &m), 0);
	l = m.launches[0];
	for (size_t i = 0; i < l->timeline.nr_rows; i++) {
		const struct timeline_row *row = &l->timeline.rows[i];
		uint64_t wanted = row->key == TIMELINE_VMM ? l->times.outside : 0;

		for (size_t c = 0; c < l->nr_commands; c++) {
			if (row->key == TIMELINE_PSP)
				wanted += l->commands[c].parts[TIME_PSP_EXEC];
			for (uint32_t p = 0; p < TIME_COUNT; p++)
				if (l->commands[c].ioctl == row->key)
					wanted += l->commands[c].parts[p];
		}
		assert_near(sum(row), (double)wanted);
	}
	assert_int_equal(l->timeline.nr_rows, 2 + l->nr_commands);
	model_free(&m);
}

/* Whose commands held the PSP: a row for each launch, and one for those that are too many. */
static void who_held_the_psp(void **state)
{
	const size_t launches = TIMELINE_MAX_ROWS + 6;
	union sevtrace_record rec = { .psp = { .prep = 10, .exec = 80, .reclaim = 10 } };
	const struct timeline *t;
	struct model m;
	double held = 0;

	(void)state;
	model_init(&m);
	t = &m.holdings.held;
	for (uint32_t launch = 0; launch < launches; launch++) {
		rec.h = (struct sevtrace_rec){ .ts = ORIGIN + 1000 * launch,
					       .launch = launch,
					       .tid = launch,
					       .size = sizeof(struct sevtrace_rec_psp),
					       .type = SEVTRACE_REC_PSP };
		assert_int_equal(model_feed(&m, &rec), 0);
		assert_int_equal(model_feed(&m, &rec), 0);
	}
	assert_int_equal(t->nr_rows, TIMELINE_MAX_ROWS + 1);
	assert_int_equal(m.holdings.first, ORIGIN - 100);
	for (uint32_t launch = 0; launch < launches; launch++)
		assert_int_equal(timeline_has(t, launch), launch < TIMELINE_MAX_ROWS);
	assert_true(timeline_has(t, TIMELINE_OTHERS));
	for (size_t i = 0; i < t->nr_rows; i++)
		held += sum(&t->rows[i]);
	assert_near(held, 200.0 * (double)launches);
	assert_near(sum(&t->rows[TIMELINE_MAX_ROWS]), 200.0 * 6);
	/* one after the other */
	assert_near((double)t->rows[0].ns[0], 200);
	assert_near((double)t->rows[1].ns[1], 200);
	assert_near(timeline_part(t, &t->rows[1], 2000, 1, 2), 0.2);
	assert_near(1 + timeline_part(t, &t->rows[1], 2000, 0, 2), 1);
	model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(share_by_column),  cmocka_unit_test(widens),
		cmocka_unit_test(limits),	    cmocka_unit_test(as_the_tree),
		cmocka_unit_test(who_held_the_psp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
