// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many simulations of one case, and what comes of them. Intervals are by the bootstrap: launches
 * are drawn from those that were recorded, and simulated, again and again.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "predict/internal.h"
#include "predict/quantile.h"
#include "predict/random.h"
#include "predict/sim.h"

#define EVENTS 4e6 /* of all runs of a case together, and as many for its intervals */
#define QUICK_EVENTS 5e5 /* the same where it has to be quick */
#define LAUNCHES 1000 /* that are simulated at least, in all runs together */
#define MIN_RUNS 3
#define RESAMPLES 100
#define RESAMPLE_LAUNCHES 100
#define RESAMPLE_MOST 1000 /* at once: with more, the spread is that of the PSP's time */
#define WARM_UP 5 /* of arriving launches, the first fifth finds the host too empty */

/* Processors matter where they are this much of what the PSP takes. */
#define CPU_SHARE 0.05

/* What one or several runs tell. */
struct outcome {
	double figures[PREDICT_FIGURE_COUNT];
	uint64_t batch;
};

/* Sums and values over the runs of a case. */
struct runs {
	double *durations;
	size_t nr_durations;
	double *makespans;
	size_t nr;
	double busy, makespan, waited, duration;
	uint64_t batch;
};

static void add_run(struct runs *runs, const struct sim_setting *set, const struct sim_result *r)
{
	uint32_t from = set->interval > 0 ? set->launches / WARM_UP : 0;

	for (uint32_t i = from; i < set->launches; i++) {
		runs->durations[runs->nr_durations++] = r->durations[i];
		runs->duration += r->durations[i];
		runs->waited += r->waits[i];
	}
	runs->makespans[runs->nr++] = r->makespan;
	runs->makespan += r->makespan;
	runs->busy += r->busy;
	runs->batch = r->batch > runs->batch ? r->batch : runs->batch;
}

static void summarise(struct runs *runs, const struct experiment *e, struct outcome *o)
{
	sort_values(runs->durations, runs->nr_durations);
	sort_values(runs->makespans, runs->nr);
	o->figures[PREDICT_P50] = quantile(runs->durations, runs->nr_durations, 0.5);
	o->figures[PREDICT_P90] = quantile(runs->durations, runs->nr_durations, 0.9);
	o->figures[PREDICT_P99] = quantile(runs->durations, runs->nr_durations, 0.99);
	/* The last of several hosts: where the latest of so many is half of the time. */
	o->figures[PREDICT_LAST] =
		e->rate > 0 ? NAN : quantile(runs->makespans, runs->nr, pow(0.5, 1.0 / e->hosts));
	o->figures[PREDICT_BUSY] = runs->makespan > 0 ? runs->busy / runs->makespan : 0;
	o->figures[PREDICT_WAITING] = runs->duration > 0 ? runs->waited / runs->duration : 0;
	o->batch = runs->batch;
}

/* Runs a setting so many times; its seed and events are for all runs together. */
static int run_all(struct sim_setting set, const struct experiment *e, uint32_t times,
		   struct outcome *o)
{
	struct runs runs = { .durations = calloc((size_t)times * set.launches, sizeof(double)),
			     .makespans = calloc(times, sizeof(double)) };
	int err = runs.durations && runs.makespans ? 0 : -ENOMEM;
	uint64_t seed = set.seed;

	set.events /= times;
	for (uint32_t i = 0; i < times && !err; i++) {
		struct sim_result result;

		set.seed = (seed << 20) + i;
		err = sim_run(&set, &result);
		if (!err)
			add_run(&runs, &set, &result);
		free(result.durations);
	}
	if (!err)
		summarise(&runs, e, o);
	free(runs.durations);
	free(runs.makespans);
	return err;
}

/* --- processors ------------------------------------------------------------------------------- */

/* Returns the processors, or 0 if they do not bind. */
static uint32_t binding_cpus(const struct experiment *e, uint32_t launches)
{
	double hold = 0, running = 0, alone = 0, cycle;

	for (size_t i = 0; i < e->plan->nr; i++) {
		hold += e->plan->launches[i].hold;
		running += e->plan->launches[i].running;
		alone += e->plan->launches[i].alone;
	}
	/* How far apart launches end: the PSP's part of one, or less if they are few. */
	cycle = e->rate > 0 ? 1e9 / e->rate * (double)e->plan->nr : fmax(hold, alone / launches);
	return launches > e->cpus || e->rate > 0 ?
		       (running / fmax(e->cpus, 1) > CPU_SHARE * cycle ? e->cpus : 0) :
		       0;
}

/* --- intervals -------------------------------------------------------------------------------- */

static double limited_share(enum predict_figure f, double value)
{
	return predict_figures[f].share ? fmin(value, 1) : value;
}

/* Resamples are coarser than the prediction itself, so only their spread counts. */
static void set_interval(struct predict_value *v, enum predict_figure f, double *values)
{
	double middle;

	sort_values(values, RESAMPLES);
	middle = quantile(values, RESAMPLES, 0.5);
	if (!(middle > 0) || isnan(v->value)) {
		v->low = v->high = v->value;
		return;
	}
	v->low = v->value * quantile(values, RESAMPLES, 0.025) / middle;
	v->high = limited_share(f, v->value * quantile(values, RESAMPLES, 0.975) / middle);
}

/* Draws as many launches as there are, some of them twice, others not. */
static void draw_choice(struct random *random, uint32_t *choice, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		choice[i] = random_below(random, (uint32_t)nr);
}

static int resample(struct sim_setting set, const struct experiment *e, struct prediction *p)
{
	uint32_t times = RESAMPLE_LAUNCHES / set.launches, *choice;
	double(*values)[RESAMPLES] = calloc(PREDICT_FIGURE_COUNT, sizeof(*values));
	struct random random;
	struct outcome o;
	int err;

	if (set.launches > RESAMPLE_MOST)
		set.launches = RESAMPLE_MOST;
	choice = calloc(e->plan->nr, sizeof(*choice));
	err = values && choice ? 0 : -ENOMEM;
	random_seed(&random, e->seed + 1);
	set.choice = choice;
	set.nr_choice = e->plan->nr;
	set.events = EVENTS / RESAMPLES;
	for (size_t i = 0; i < RESAMPLES && !err; i++) {
		draw_choice(&random, choice, e->plan->nr);
		set.seed = e->seed + 2 + i;
		err = run_all(set, e, times ? times : 1, &o);
		for (size_t f = 0; f < PREDICT_FIGURE_COUNT && !err; f++)
			values[f][i] = o.figures[f];
	}
	for (size_t f = 0; f < PREDICT_FIGURE_COUNT && !err; f++)
		set_interval(&p->figures[f], (enum predict_figure)f, values[f]);
	free(values);
	free(choice);
	return err;
}

void resample_mean(const double *values, size_t nr, double scale, uint64_t seed,
		   struct predict_value *v)
{
	double means[RESAMPLES] = { 0 };
	struct random random;

	random_seed(&random, seed);
	for (size_t i = 0; i < RESAMPLES; i++) {
		double sum = 0;

		for (size_t j = 0; j < nr; j++)
			sum += values[random_below(&random, (uint32_t)nr)];
		means[i] = sum > 0 ? scale / (sum / (double)nr) : INFINITY;
	}
	sort_values(means, RESAMPLES);
	v->low = quantile(means, RESAMPLES, 0.025);
	v->high = quantile(means, RESAMPLES, 0.975);
}

int experiment_run(const struct experiment *e, bool with_intervals, struct prediction *p)
{
	/* Hosts share the launches; the one with the most is the last. */
	uint32_t launches = (e->launches + e->hosts - 1) / e->hosts;
	uint32_t runs = LAUNCHES / launches;
	struct sim_setting set = { .plan = e->plan,
				   .launches = launches,
				   .interval = e->rate > 0 ? 1e9 / e->rate * e->hosts : 0,
				   .handover = e->handover,
				   .cpus = binding_cpus(e, launches),
				   .events = e->quick ? QUICK_EVENTS : EVENTS,
				   .seed = e->seed };
	struct outcome o;
	int err = run_all(set, e, e->rate > 0 ? 1 : runs > MIN_RUNS ? runs : MIN_RUNS, &o);

	if (err)
		return err;
	*p = (struct prediction){ .launches = e->launches, .cpus = set.cpus, .batch = o.batch };
	for (size_t f = 0; f < PREDICT_FIGURE_COUNT; f++)
		p->figures[f] = (struct predict_value){ o.figures[f], NAN, NAN };
	return with_intervals && e->plan->nr > 1 ? resample(set, e, p) : 0;
}
