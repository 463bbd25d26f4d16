// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes in simulated series of runs. As on a real machine, most runs vary by a few per cent, some
 * by far more, and neighbours are alike. A change must be found at its place, and none where
 * nothing changed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diff/compare.h"
#include "stats/change_point.h"

#define MAX_RUNS 1000
#define NS 1000000.0

static const struct change_limits limits = { COMPARE_LEVEL, COMPARE_MIN_CHANGE, COMPARE_MIN_NS };
static const struct change_limits any = { COMPARE_LEVEL, 0, COMPARE_MIN_NS };

static unsigned int seed;

static double uniform(void)
{
	return (rand_r(&seed) + 1.0) / (RAND_MAX + 2.0);
}

static double gauss(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* Returns the duration of a run that should take `ns`: one in twenty is up to twice as slow. */
static uint64_t run_of(double ns, double noise)
{
	return (uint64_t)(ns * exp(noise * gauss()) * (uniform() < 0.05 ? 1 + uniform() : 1));
}

static void find(struct change_series *series, const uint64_t *values, size_t nr)
{
	*series = (struct change_series){ .values = values, .nr = nr };
	assert_int_equal(change_points_find(series, 1, &limits), 0);
}

/* Of 500 series of all lengths, each judged alone, at most 1 % may show a change. */
static void no_false_alarms(void **state)
{
	uint64_t values[200];
	struct change_series series;
	size_t alarms = 0;

	(void)state;
	seed = 1;
	for (size_t trial = 0; trial < 500; trial++) {
		size_t nr = 16 + trial % 185;

		for (size_t i = 0; i < nr; i++)
			values[i] = run_of(NS, 0.03 + 0.1 * uniform());
		find(&series, values, nr);
		alarms += series.nr_points != 0;
		change_points_free(&series, 1);
	}
	assert_in_range(alarms, 0, 5);
}

/* The test alone, without a minimum size of a change: it keeps its level with and without ties. */
static void level(void **state)
{
	uint64_t values[100];
	struct change_series series = { .values = values };
	size_t alarms = 0;

	(void)state;
	seed = 2;
	for (size_t trial = 0; trial < 2000; trial++) {
		series.nr = trial % 2 ? 40 : 100;
		for (size_t i = 0; i < series.nr; i++)
			values[i] = (uint64_t)(NS + (trial % 4 < 2 ? 1e5 : 8) * uniform() * 1e3);
		assert_int_equal(change_points_find(&series, 1, &any), 0);
		alarms += series.nr_points != 0;
		change_points_free(&series, 1);
	}
	assert_in_range(alarms, 0, 20);
}

/*
 * A stretch of these series looks like a change with less than 1 % of chance. As many overlapping
 * stretches are looked at, that happens more often, and is none.
 */
static void looks_are_corrected_for(void **state)
{
	static const unsigned int seeds[] = { 36, 242, 466, 814, 1236 };
	const struct change_limits loose = { 0.5, COMPARE_MIN_CHANGE, COMPARE_MIN_NS };
	uint64_t values[64];
	struct change_series series = { .values = values, .nr = 64 };

	(void)state;
	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		seed = seeds[i];
		for (size_t k = 0; k < series.nr; k++)
			values[k] = 1000 + (uint64_t)(1000 * uniform());
		find(&series, values, series.nr);
		assert_int_equal(series.nr_points, 0);
		assert_int_equal(change_points_find(&series, 1, &loose), 0);
		assert_true(series.nr_points > 0);
		change_points_free(&series, 1);
	}
}

/*
 * All series of a history are judged together: of 50 histories of 40 series, at most one may show a
 * change.
 */
static void many_series(void **state)
{
	static uint64_t values[40][60];
	struct change_series series[40];
	size_t alarms = 0;

	(void)state;
	seed = 3;
	for (size_t trial = 0; trial < 50; trial++) {
		size_t found = 0;

		for (size_t s = 0; s < 40; s++) {
			for (size_t i = 0; i < 60; i++)
				values[s][i] = run_of(NS * (double)(s + 1), 0.08);
			series[s] = (struct change_series){ .values = values[s], .nr = 60 };
		}
		assert_int_equal(change_points_find(series, 40, &limits), 0);
		for (size_t s = 0; s < 40; s++)
			found += series[s].nr_points;
		change_points_free(series, 40);
		alarms += found != 0;
	}
	assert_in_range(alarms, 0, 1);
}

/* A change of 8 % after 20 of 40 runs, among 40 series of which no other changes. */
static void found(void **state)
{
	static uint64_t values[40][40];
	struct change_series series[40];
	size_t hits = 0, exact = 0, elsewhere = 0;

	(void)state;
	seed = 4;
	for (size_t trial = 0; trial < 50; trial++) {
		for (size_t s = 0; s < 40; s++) {
			for (size_t i = 0; i < 40; i++)
				values[s][i] = run_of(NS * (!s && i >= 20 ? 1.08 : 1), 0.02);
			series[s] = (struct change_series){ .values = values[s], .nr = 40 };
		}
		assert_int_equal(change_points_find(series, 40, &limits), 0);
		for (size_t s = 1; s < 40; s++)
			elsewhere += series[s].nr_points;
		if (series[0].nr_points == 1 && labs((long)series[0].points[0].at - 20) <= 1) {
			hits++;
			exact += series[0].points[0].at == 20;
			assert_true(fabs(series[0].points[0].change - 0.08) < 0.03);
			assert_true(series[0].points[0].p < limits.level);
		}
		change_points_free(series, 40);
	}
	assert_in_range(hits, 48, 50);
	assert_in_range(exact, 40, 50);
	assert_in_range(elsewhere, 0, 1);
}

/* No steps: a slow drift, one that returns, runs that resemble their neighbours, lone outliers. */
static void no_steps(void **state)
{
	uint64_t values[MAX_RUNS];
	struct change_series series;
	size_t alarms[4] = { 0 };

	(void)state;
	seed = 5;
	for (size_t trial = 0; trial < 100; trial++) {
		for (size_t kind = 0; kind < 4; kind++) {
			double near = 0;

			for (size_t i = 0; i < 200; i++) {
				double level = NS;

				near = 0.7 * near + 0.01 * gauss();
				if (kind == 0)
					level *= 1 + 0.5 * (double)i / 200;
				if (kind == 1)
					level *= 1 + 0.1 * sin((double)i / 40);
				if (kind == 2)
					level *= exp(near);
				if (kind == 3 && i % 25 < 3)
					level *= 3;
				values[i] = run_of(level, 0.02);
			}
			find(&series, values, 200);
			alarms[kind] += series.nr_points != 0;
			change_points_free(&series, 1);
		}
	}
	for (size_t kind = 0; kind < 4; kind++)
		assert_in_range(alarms[kind], 0, 1);
}

/* Up, further up, and back down, with as few runs between the changes as can be told apart. */
static void several(void **state)
{
	const size_t at[] = { 40, 55, 70 };
	const double levels[] = { 1, 1.2, 1.5, 1 };
	uint64_t values[120];
	struct change_series series;
	size_t hits = 0;

	(void)state;
	seed = 6;
	for (size_t trial = 0; trial < 50; trial++) {
		size_t near = 0;

		for (size_t i = 0; i < 120; i++)
			values[i] = run_of(NS * levels[(i >= at[0]) + (i >= at[1]) + (i >= at[2])],
					   0.02);
		find(&series, values, 120);
		for (size_t i = 0; i < 3 && series.nr_points == 3; i++)
			near += labs((long)series.points[i].at - (long)at[i]) <= 2;
		hits += near == 3;
		change_points_free(&series, 1);
	}
	assert_in_range(hits, 45, 50);
}

static void odd(void **state)
{
	uint64_t values[MAX_RUNS] = { 0 };
	struct change_series series;

	(void)state;
	/* No runs, too few, all alike, from zero to something, the largest values. */
	find(&series, values, 0);
	assert_int_equal(series.nr_points, 0);
	find(&series, values, 15);
	assert_int_equal(series.nr_points, 0);
	find(&series, values, MAX_RUNS);
	assert_int_equal(series.nr_points, 0);
	for (size_t i = 20; i < 40; i++)
		values[i] = 500;
	find(&series, values, 40);
	assert_int_equal(series.nr_points, 1);
	assert_int_equal(series.points[0].at, 20);
	assert_true(isinf(series.points[0].change));
	change_points_free(&series, 1);
	for (size_t i = 0; i < 40; i++)
		values[i] = i < 20 ? UINT64_MAX : UINT64_MAX / 2;
	find(&series, values, 40);
	assert_int_equal(series.nr_points, 1);
	assert_int_equal(series.points[0].nr_before, 20);
	assert_int_equal(series.points[0].nr_after, 20);
	change_points_free(&series, 1);
	/* A difference below the resolution of the clock and the buckets. */
	for (size_t i = 0; i < 40; i++)
		values[i] = i < 20 ? 30 : 40;
	find(&series, values, 40);
	assert_int_equal(series.nr_points, 0);
	assert_int_equal(change_points_find(NULL, 0, &limits), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_false_alarms),
		cmocka_unit_test(level),
		cmocka_unit_test(looks_are_corrected_for),
		cmocka_unit_test(many_series),
		cmocka_unit_test(found),
		cmocka_unit_test(no_steps),
		cmocka_unit_test(several),
		cmocka_unit_test(odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
