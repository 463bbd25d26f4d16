// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulation against results that are known: queues with one server, closed networks, and small
 * cases by hand. Bounds are by the spread of the runs themselves; seeds are fixed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "predict/sim.h"
#include "util/array.h"

#define SAMPLES 4096
#define RUNS 20
#define MS 1000000.0

/* One kind of launch for each of many samples, or one that draws from all of them. */
struct network {
	struct chain_sample samples[SAMPLES];
	struct plan_stage stages[SAMPLES];
	struct plan_launch launches[SAMPLES];
	struct plan plan;
};

static void set_stage(struct network *n, size_t i, size_t first, size_t nr, uint64_t commands)
{
	n->stages[i] = (struct plan_stage){ .samples = &n->samples[first],
					    .nr_samples = nr,
					    .commands = commands,
					    .think_factor = 1,
					    .hold_factor = 1 };
	n->launches[i] = (struct plan_launch){ .stages = &n->stages[i],
					       .nr_stages = 1,
					       .commands = (double)commands };
	n->plan = (struct plan){ .launches = n->launches, .nr = i + 1 };
}

/* Returns the i-th of SAMPLES values of an exponential distribution, evenly over it. */
static uint64_t exponential(size_t i, double mean)
{
	return (uint64_t)(-log(1 - ((double)i + 0.5) / SAMPLES) * mean);
}

/* Tells whether the mean of runs is what is known, by four standard errors and a part of it. */
static void assert_mean(const double *values, double known, double tolerance)
{
	double mean = 0, squares = 0, error;

	for (size_t i = 0; i < RUNS; i++)
		mean += values[i] / RUNS;
	for (size_t i = 0; i < RUNS; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	error = sqrt(squares / (RUNS - 1) / RUNS);
	if (fabs(mean - known) > 4 * error + tolerance * known)
		fail_msg("%g +- %g instead of %g", mean, error, known);
	/* A bound that holds for everything proves nothing. */
	assert_true(error < 0.05 * known);
}

/* --- one server ------------------------------------------------------------------------------- */

#define CUSTOMERS 50000

/* Returns the mean wait after the first fifth. */
static double mean_wait(const struct sim_setting *set)
{
	struct sim_result r;
	uint32_t from = set->launches / 5;
	double sum = 0;

	assert_int_equal(sim_run(set, &r), 0);
	for (uint32_t i = from; i < set->launches; i++)
		sum += r.waits[i];
	free(r.durations);
	return sum / (set->launches - from);
}

/* The wait in a queue with random arrivals, by Pollaczek and Khinchine. */
static void check_queue(struct network *n, double load)
{
	double mean = 0, square = 0, waits[RUNS];
	struct sim_setting set = { .plan = &n->plan, .launches = CUSTOMERS, .events = 1e9 };

	for (size_t i = 0; i < SAMPLES; i++) {
		double hold = (double)n->samples[i].hold;

		set_stage(n, i, i, 1, 1);
		mean += hold / SAMPLES;
		square += hold * hold / SAMPLES;
	}
	set.interval = mean / load;
	for (uint64_t i = 0; i < RUNS; i++) {
		set.seed = i;
		waits[i] = mean_wait(&set);
	}
	assert_mean(waits, square / set.interval / (2 * (1 - load)), 0.005);
}

static void exponential_service(void **state)
{
	struct network *n = *state;

	for (size_t i = 0; i < SAMPLES; i++)
		n->samples[i] = (struct chain_sample){ .hold = exponential(i, MS) };
	check_queue(n, 0.5);
	check_queue(n, 0.7);
}

static void fixed_service(void **state)
{
	struct network *n = *state;

	for (size_t i = 0; i < SAMPLES; i++)
		n->samples[i] = (struct chain_sample){ .hold = (uint64_t)MS };
	check_queue(n, 0.5);
	check_queue(n, 0.8);
}

/* --- closed networks -------------------------------------------------------------------------- */

/* Mean value analysis: commands a ns of so many launches that think and are served. */
static double throughput(uint32_t launches, double think, double hold)
{
	double waiting = 0, rate = 0;

	for (uint32_t i = 1; i <= launches; i++) {
		double response = hold * (1 + waiting);

		rate = i / (think + response);
		waiting = rate * response;
	}
	return rate;
}

/* Exponential times, the think times in another order than those of the PSP. */
static void set_closed(struct network *n, double think, double hold, uint64_t commands)
{
	for (size_t i = 0; i < SAMPLES; i++)
		n->samples[i] =
			(struct chain_sample){ .think = exponential(i * 1283 % SAMPLES, think),
					       .hold = exponential(i, hold) };
	set_stage(n, 0, 0, SAMPLES, commands);
}

static void check_closed(struct network *n, uint32_t launches, double events, double known,
			 double tolerance)
{
	const uint64_t commands = n->stages[0].commands;
	struct sim_setting set = { .plan = &n->plan, .launches = launches, .events = events };
	double rates[RUNS];
	struct sim_result r;

	for (uint64_t i = 0; i < RUNS; i++) {
		set.seed = 100 + i;
		assert_int_equal(sim_run(&set, &r), 0);
		rates[i] = launches * (double)commands / r.makespan;
		free(r.durations);
	}
	assert_mean(rates, known, tolerance);
}

static void closed_network(void **state)
{
	static const struct {
		uint32_t launches;
		double think;
	} cases[] = { { 1, 1 * MS }, { 2, 1 * MS }, { 4, 5 * MS }, { 8, 5 * MS }, { 16, 40 * MS } };

	/* The last launches of a run are alone for a while: a part of the tolerance. */
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		set_closed(*state, cases[i].think, MS, 40000);
		check_closed(*state, cases[i].launches, 1e9,
			     throughput(cases[i].launches, cases[i].think, MS), 0.012);
	}
}

/* Commands in batches have the same throughput. */
static void batches(void **state)
{
	set_closed(*state, 5 * MS, MS, 400000);
	check_closed(*state, 4, 1e5, throughput(4, 5 * MS, MS), 0.02);
	check_closed(*state, 8, 2e5, throughput(8, 5 * MS, MS), 0.02);
}

/* Exact and in batches, the same launches take as long. */
static void batches_are_alike(void **state)
{
	struct network *n = *state;
	struct sim_setting set = { .plan = &n->plan, .launches = 20, .handover = 20000 };
	struct sim_result exact, batched;

	for (size_t i = 0; i < 300; i++)
		n->samples[i] = (struct chain_sample){ .think = 30000 + 100 * i,
						       .hold = (uint64_t)MS + 3000 * i };
	set_stage(n, 0, 0, 300, 18000);
	set.events = 1e9;
	assert_int_equal(sim_run(&set, &exact), 0);
	assert_int_equal(exact.batch, 1);
	set.events = 18000;
	assert_int_equal(sim_run(&set, &batched), 0);
	assert_int_equal(batched.batch, 20);
	assert_true(fabs(batched.makespan / exact.makespan - 1) < 0.002);
	assert_true(fabs(batched.busy / exact.busy - 1) < 1e-9);
	free(exact.durations);
	free(batched.durations);
}

/* --- by hand ---------------------------------------------------------------------------------- */

/* Thinks 1 ms, holds the mailbox for 2 ms, ten times. */
static void set_steady(struct network *n, uint64_t think, uint64_t hold, uint32_t reclaim)
{
	n->samples[0] = (struct chain_sample){ .think = think, .hold = hold, .reclaim = reclaim };
	set_stage(n, 0, 0, 1, 10);
	n->launches[0].tail = 5 * MS;
}

static struct sim_result result_of(const struct sim_setting *set)
{
	struct sim_result r;

	assert_int_equal(sim_run(set, &r), 0);
	return r;
}

static void one_alone(void **state)
{
	struct network *n = *state;
	struct sim_setting set = { .plan = &n->plan, .launches = 1, .events = 1e6 };
	struct sim_result r;

	set_steady(n, (uint64_t)MS, 2 * (uint64_t)MS, 0);
	n->stages[0].lead = 3 * MS;
	r = result_of(&set);
	assert_true(r.durations[0] == (3 + 10 * 3 + 5) * MS);
	assert_true(r.makespan == r.durations[0] && r.busy == 20 * MS && r.waits[0] == 0);
	free(r.durations);
}

/* Eight launches keep the PSP busy from the first command on: 80 of 2 ms in a row. */
static void eight_in_turn(void **state)
{
	struct network *n = *state;
	struct sim_setting set = { .plan = &n->plan, .launches = 8, .events = 1e6 };
	struct sim_result r;

	set_steady(n, (uint64_t)MS, 2 * (uint64_t)MS, 0);
	r = result_of(&set);
	assert_true(r.makespan == (1 + 80 * 2 + 5) * MS);
	assert_true(r.busy == 160 * MS);
	/* The first is done when it has had its tenth turn: seven others follow. */
	assert_true(r.durations[0] == (1 + 73 * 2 + 5) * MS);
	free(r.durations);
}

/* A waiter that takes longer to wake up than the holder thinks loses the mailbox to it once. */
static void stolen_once(void **state)
{
	struct network *n = *state;
	struct sim_setting set = {
		.plan = &n->plan, .launches = 2, .events = 1e6, .handover = 100000
	};
	struct sim_result r;

	set_steady(n, 50000, (uint64_t)MS, 0);
	n->launches[0].tail = 0;
	r = result_of(&set);
	/*
	 * Think; then pairs of commands of one launch with 50 us between, and 100 us to hand the
	 * mailbox over: 20 commands in ten pairs.
	 */
	assert_true(fabs(r.makespan - (10 * (2 * MS + 50000) + 9 * 100000 + 50000)) < 1);
	free(r.durations);
}

/* Who asks while the holder takes its buffers back spins, and needs no wake-up. */
static void spins(void **state)
{
	struct network *n = *state;
	struct sim_setting set = {
		.plan = &n->plan, .launches = 2, .events = 1e6, .handover = 100000
	};
	struct sim_result r;

	set_steady(n, (uint64_t)MS, (uint64_t)MS, 1000000);
	n->launches[0].tail = 0;
	r = result_of(&set);
	assert_true(fabs(r.makespan - 21 * MS) < 1);
	free(r.durations);
}

/* Four launches that compute on two processors take as long as two after two. */
static void processors(void **state)
{
	struct network *n = *state;
	struct sim_setting set = { .plan = &n->plan, .launches = 4, .events = 1e6, .cpus = 2 };
	struct sim_result r;

	set_steady(n, 30 * (uint64_t)MS, 1, 0);
	n->launches[0].tail = 0;
	r = result_of(&set);
	assert_true(fabs(r.makespan / (2 * 10 * 30 * MS) - 1) < 0.02);
	free(r.durations);

	/* Asleep, they need none. */
	n->samples[0].asleep = n->samples[0].think;
	r = result_of(&set);
	assert_true(fabs(r.makespan / (10 * 30 * MS) - 1) < 0.001);
	free(r.durations);
}

static void same_seed(void **state)
{
	struct network *n = *state;
	struct sim_setting set = { .plan = &n->plan, .launches = 5, .events = 1e6, .seed = 7 };
	struct sim_result a, b, c;

	set_closed(n, MS, MS, 1000);
	a = result_of(&set);
	b = result_of(&set);
	set.seed = 8;
	c = result_of(&set);
	for (size_t i = 0; i < 5; i++)
		assert_true(a.durations[i] == b.durations[i]);
	assert_true(a.makespan != c.makespan);
	free(a.durations);
	free(b.durations);
	free(c.durations);
}

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct network));
	return !*state;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(exponential_service),
		TEST(fixed_service),
		TEST(closed_network),
		TEST(batches),
		TEST(batches_are_alike),
		TEST(one_alone),
		TEST(eight_in_turn),
		TEST(stolen_once),
		TEST(spins),
		TEST(processors),
		TEST(same_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
