// SPDX-License-Identifier: GPL-2.0-only
#include "predict/plan.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <sevtrace/psp.h>

#define FIT_MIN_SAMPLES 8
#define MAX_COMMANDS 1e12

/* --- runs of pages ---------------------------------------------------------------------------- */

/* Sums of a straight line's least squares. */
struct line {
	double n, x, y, xx, xy;
};

static void line_add(struct line *l, double x, double y)
{
	l->n++;
	l->x += x;
	l->y += y;
	l->xx += x * x;
	l->xy += x * y;
}

/* Returns the slope: 0 at least, and no more than if nothing were fixed. */
static double line_slope(const struct line *l)
{
	double spread = l->n * l->xx - l->x * l->x;
	double slope = spread > 0 ? (l->n * l->xy - l->x * l->y) / spread : 0;

	return fmin(fmax(slope, 0), l->y / l->x);
}

bool plan_fit_runs(const struct chains *c, struct plan_fit *fit)
{
	struct line hold = { 0 }, think = { 0 };

	for (size_t i = 0; i < c->nr; i++)
		for (size_t j = 0; j < c->chains[i].nr_stages; j++) {
			const struct chain_stage *s = &c->chains[i].stages[j];

			if (s->cmd != SEVTRACE_CMD_LAUNCH_UPDATE_DATA || !s->scales)
				continue;
			for (size_t k = 0; k < s->nr_samples; k++) {
				if (!s->samples[k].pages)
					continue;
				line_add(&hold, s->samples[k].pages, (double)s->samples[k].hold);
				line_add(&think, s->samples[k].pages, (double)s->samples[k].think);
			}
		}
	/* The sizes have to differ by a tenth of their mean. */
	if (hold.n < FIT_MIN_SAMPLES || hold.n * hold.xx - hold.x * hold.x < 0.01 * hold.x * hold.x)
		return false;
	fit->hold_per_page = line_slope(&hold);
	fit->think_per_page = line_slope(&think);
	return true;
}

/* --- stages ----------------------------------------------------------------------------------- */

/* Sums over a stage's samples, as doubles: a file may hold any times. */
struct sample_sums {
	double think;
	double asleep;
	double hold;
	double pages;
};

static struct sample_sums sums_of(const struct chain_stage *s)
{
	struct sample_sums sums = { 0 };

	for (size_t i = 0; i < s->nr_samples; i++) {
		sums.think += (double)s->samples[i].think;
		sums.asleep += (double)s->samples[i].asleep;
		sums.hold += (double)s->samples[i].hold;
		sums.pages += s->samples[i].pages;
	}
	return sums;
}

/* Where not all commands are samples, these get the mean of all. */
static double correction(double all, uint64_t nr_all, double samples, size_t nr_samples)
{
	return samples > 0 ? all / (double)nr_all / (samples / (double)nr_samples) : 1;
}

static uint64_t commands_of(double commands)
{
	return commands < 1 ? 1 : (uint64_t)llround(fmin(commands, MAX_COMMANDS));
}

struct making {
	const struct plan_change *change;
	struct plan_fit fit;
	bool can_fit;
};

static void plan_stage(const struct making *make, const struct chain_stage *s, double scale,
		       struct plan_launch *l)
{
	const struct plan_change *change = make->change;
	struct sample_sums sums = sums_of(s);
	double n = (double)s->nr_samples, times = s->scales ? scale : 1, count, hold, think;
	struct plan_stage *to = &l->stages[l->nr_stages++];

	*to = (struct plan_stage){
		.samples = s->samples,
		.nr_samples = s->nr_samples,
		.cmd = s->cmd,
		.lead = (double)s->lead + (scale - 1) * (double)s->lead_pages,
		.lead_asleep = (double)s->lead_asleep,
		.think_factor = correction(s->think, s->commands, sums.think, s->nr_samples),
		.hold_factor = correction(s->hold, s->commands, sums.hold, s->nr_samples),
	};
	count = (double)s->commands * times;
	if (change->runs > 0 && make->can_fit && s->scales &&
	    s->cmd == SEVTRACE_CMD_LAUNCH_UPDATE_DATA) {
		count /= change->runs;
		to->hold_per_page = (change->runs - 1) * make->fit.hold_per_page;
		to->think_per_page = (change->runs - 1) * make->fit.think_per_page;
	}
	if (change->cmd == s->cmd && change->cmd) {
		to->hold_factor *= change->hold;
		to->hold_per_page *= change->hold;
	}
	to->commands = commands_of(count);
	count = (double)to->commands;
	hold = (to->hold_factor * sums.hold + to->hold_per_page * sums.pages) / n * count;
	think = (to->think_factor * sums.think + to->think_per_page * sums.pages) / n * count;
	to->hold = hold;
	l->hold += hold;
	l->running +=
		to->lead - to->lead_asleep + think - to->think_factor * sums.asleep / n * count;
	l->alone += to->lead + think + hold;
	l->commands += count;
}

static void plan_launch(const struct making *make, const struct chain *chain, struct plan_launch *l)
{
	const struct plan_change *change = make->change;
	double scale =
		change->pages && chain->pages ? (double)change->pages / (double)chain->pages : 1;

	l->tail = (double)chain->tail;
	l->tail_asleep = (double)chain->tail_asleep;
	for (size_t i = 0; i < chain->nr_stages; i++)
		plan_stage(make, &chain->stages[i], scale, l);
	l->running += l->tail - l->tail_asleep;
	l->alone += l->tail;
}

int plan_make(struct plan *p, const struct chains *c, const struct plan_change *change)
{
	struct making make = { .change = change };
	struct plan_stage *next;
	size_t nr = 0;

	for (size_t i = 0; i < c->nr; i++)
		nr += c->chains[i].nr_stages;
	*p = (struct plan){ .launches = calloc(c->nr + 1, sizeof(*p->launches)),
			    .stages = calloc(nr + 1, sizeof(*p->stages)),
			    .nr = c->nr };
	if (!p->launches || !p->stages)
		return -ENOMEM;
	make.can_fit = change->runs > 0 && plan_fit_runs(c, &make.fit);
	next = p->stages;
	for (size_t i = 0; i < c->nr; i++) {
		p->launches[i].stages = next;
		next += c->chains[i].nr_stages;
		plan_launch(&make, &c->chains[i], &p->launches[i]);
	}
	return 0;
}

void plan_free(struct plan *p)
{
	free(p->launches);
	free(p->stages);
	*p = (struct plan){ 0 };
}
