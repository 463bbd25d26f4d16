// SPDX-License-Identifier: GPL-2.0-only
#include "predict/predict.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <sevtrace/psp.h>

#include "predict/internal.h"
#include "sev/names.h"

#define HOUR_NS 3.6e12
#define COMMANDS 0x100 /* the firmware's commands are below */

/* Finds the command that holds the mailbox longest. */
static void find_peak(struct predict_result *r, const struct plan *plan)
{
	double holds[COMMANDS] = { 0 }, all = 0;

	for (size_t i = 0; i < plan->nr; i++) {
		const struct plan_launch *l = &plan->launches[i];

		all += l->hold;
		for (size_t j = 0; j < l->nr_stages; j++)
			if (l->stages[j].cmd < COMMANDS)
				holds[l->stages[j].cmd] += l->stages[j].hold;
	}
	for (uint32_t cmd = 0; cmd < COMMANDS; cmd++)
		if (holds[cmd] > holds[r->peak_cmd])
			r->peak_cmd = cmd;
	r->peak_share = all > 0 ? holds[r->peak_cmd] / all : 0;
}

/* Describes a launch without others, as it is asked for. */
static int describe(struct predict_result *r, const struct plan *plan)
{
	double *holds = calloc(plan->nr, sizeof(*holds)), n = (double)plan->nr;

	if (!holds)
		return -ENOMEM;
	r->fewest_pages = UINT64_MAX;
	for (size_t i = 0; i < plan->nr; i++) {
		const struct plan_launch *l = &plan->launches[i];
		uint64_t pages = r->chains->chains[i].pages;

		holds[i] = l->hold;
		r->hold_ns += l->hold / n;
		r->think_ns += (l->alone - l->hold) / n;
		r->commands += l->commands / n;
		r->fewest_pages = pages < r->fewest_pages ? pages : r->fewest_pages;
		r->most_pages = pages > r->most_pages ? pages : r->most_pages;
	}
	r->per_hour = (struct predict_value){ HOUR_NS / fmax(r->hold_ns, 1), NAN, NAN };
	if (plan->nr > 1)
		resample_mean(holds, plan->nr, HOUR_NS, r->request->seed, &r->per_hour);
	free(holds);
	find_peak(r, plan);
	return 0;
}

/* Returns the fewest processors of the recordings' hosts; 0: not known. */
static uint32_t cpus_of(const struct chains *c)
{
	long cpus = 0;

	for (size_t i = 0; i < c->nr_recordings; i++)
		if (c->recordings[i].cpus && (!cpus || c->recordings[i].cpus < cpus))
			cpus = c->recordings[i].cpus;
	return (uint32_t)cpus;
}

static struct experiment experiment_of(const struct predict_result *r, const struct plan *plan,
				       uint32_t launches)
{
	return (struct experiment){ .plan = plan,
				    .launches = launches,
				    .rate = r->request->rate,
				    .handover = r->handover_ns,
				    .cpus = cpus_of(r->chains),
				    .hosts = 1,
				    .seed = r->request->seed,
				    .quick = r->request->quick };
}

/* Tells whether launches arrive faster than `hosts` PSPs can do them: the queue has no end then. */
static bool overloaded(const struct predict_result *r, double hold, uint32_t hosts)
{
	return r->request->rate * hold / 1e9 >= hosts;
}

static double hold_of(const struct plan *plan)
{
	double hold = 0;

	for (size_t i = 0; i < plan->nr; i++)
		hold += plan->launches[i].hold / (double)plan->nr;
	return hold;
}

static struct prediction not_known(uint32_t launches)
{
	struct prediction p = { .launches = launches };

	for (size_t f = 0; f < PREDICT_FIGURE_COUNT; f++)
		p.figures[f] = (struct predict_value){ NAN, NAN, NAN };
	return p;
}

static int predict_counts(struct predict_result *r, const struct plan *plan)
{
	const struct predict_request *q = r->request;
	int err = 0;

	for (size_t i = 0; i < q->nr_launches && !err; i++) {
		struct experiment e = experiment_of(r, plan, q->launches[i]);
		struct prediction *p = &r->predictions[r->nr_predictions++];

		if (overloaded(r, r->hold_ns, 1))
			*p = not_known(e.launches);
		else
			err = experiment_run(&e, !q->quick, p);
	}
	return err;
}

/* --- what changes what ------------------------------------------------------------------------ */

static int predict_changed(struct predict_result *r, const struct plan_change *change,
			   uint32_t hosts, struct predict_changed *to)
{
	struct plan plan;
	struct experiment e;
	int err = plan_make(&plan, r->chains, change);

	e = experiment_of(r, &plan, 0);
	e.hosts = hosts;
	for (size_t i = 0; i < r->nr_predictions; i++)
		if (r->predictions[i].launches > e.launches)
			e.launches = r->predictions[i].launches;
	if (!err && overloaded(r, hold_of(&plan), hosts))
		to->prediction = not_known(e.launches);
	else if (!err)
		err = experiment_run(&e, false, &to->prediction);
	plan_free(&plan);
	return err;
}

static int predict_changes(struct predict_result *r)
{
	const struct plan_change none = { .pages = r->request->pages };
	struct plan_change change = none;
	struct predict_changed *to = &r->changed[r->nr_changed++];
	struct plan_fit fit;
	char name[NAME_LEN];
	int err;

	to->name = "command_halved";
	snprintf(to->text, sizeof(to->text), "%s in half the time",
		 name_or_hex(psp_command_name(r->peak_cmd), r->peak_cmd, name));
	change.cmd = r->peak_cmd;
	change.hold = 0.5;
	err = predict_changed(r, &change, 1, to);
	if (!err && plan_fit_runs(r->chains, &fit)) {
		to = &r->changed[r->nr_changed++];
		to->name = "larger_runs";
		snprintf(to->text, sizeof(to->text), "runs of twice as many pages");
		change = none;
		change.runs = 2;
		err = predict_changed(r, &change, 1, to);
	}
	if (err)
		return err;
	to = &r->changed[r->nr_changed++];
	to->name = "hosts";
	snprintf(to->text, sizeof(to->text), "shared by %u hosts", r->request->hosts);
	return predict_changed(r, &none, r->request->hosts, to);
}

int predict(struct predict_result *r, const struct chains *c, const struct predict_request *request)
{
	const struct plan_change change = { .pages = request->pages };
	struct plan plan;
	int err;

	*r = (struct predict_result){ .request = request,
				      .chains = c,
				      .handover_ns = chains_handover(c) };
	err = plan_make(&plan, c, &change);
	if (!err)
		err = describe(r, &plan);
	if (!err)
		err = predict_counts(r, &plan);
	plan_free(&plan);
	if (!err && !request->quick)
		err = predict_changes(r);
	return err ? err : warn_all(r);
}

int predict_at_once(const struct chains *c, uint32_t launches, struct prediction *p)
{
	const struct predict_request request = { .seed = 1, .quick = true };
	const struct predict_result r = { .request = &request,
					  .chains = c,
					  .handover_ns = chains_handover(c) };
	const struct plan_change none = { 0 };
	struct experiment e;
	struct plan plan;
	int err = plan_make(&plan, c, &none);

	e = experiment_of(&r, &plan, launches);
	if (!err)
		err = experiment_run(&e, false, p);
	plan_free(&plan);
	return err;
}

void predict_free(struct predict_result *r)
{
	free(r->warnings);
	*r = (struct predict_result){ 0 };
}
