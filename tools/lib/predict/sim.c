// SPDX-License-Identifier: GPL-2.0-only
#include "predict/sim.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "predict/heap.h"
#include "predict/random.h"

#define NOBODY UINT32_MAX
#define NEVER INFINITY
#define MIN_BATCHES 32 /* of a stage, if it has as many commands */
#define MAX_SLICES 64 /* that a launch computes in between two commands */

enum what {
	START, /* the launch begins */
	AWAKE, /* it wants a processor */
	SLICE, /* its turn on the processor is over */
	THOUGHT, /* it asks for the mailbox, or is done */
};

struct launch {
	const struct plan_launch *plan;
	size_t stage; /* the current one, counted from 1; 0: none yet */
	uint64_t left; /* commands of the stage */
	uint64_t batch; /* commands that it does as one */
	uint32_t at; /* the sample drawn last, and the distance to the next one */
	uint32_t step;
	uint32_t drawn; /* in this pass over the samples */
	uint32_t next; /* in the queue that it is in */
	bool done; /* no more commands */
	double began;
	double asked; /* for the mailbox */
	double waited;
	double hold; /* the next command, ns */
	double reclaim;
	double running; /* that it needs a processor for before */
	double slice; /* of that, in one turn */
};

struct queue {
	uint32_t first;
	uint32_t last;
};

/* The mutex. Free: nobody holds it, and nobody wakes up for it. */
struct mailbox {
	struct queue waiters;
	uint32_t holder; /* NOBODY: free, or the first waiter wakes up */
	uint32_t spinner; /* takes it next, as it runs; NOBODY: none */
	double released; /* when the holder gives it back */
	double wakes; /* when the first waiter, who has been woken, runs; NEVER: it sleeps */
};

struct sim {
	const struct sim_setting *setting;
	struct sim_result *result;
	struct launch *launches;
	struct heap heap;
	struct random random;
	struct mailbox mailbox;
	struct queue ready; /* for a processor */
	uint32_t idle; /* processors */
	uint32_t started;
};

/* --- queues ----------------------------------------------------------------------------------- */

static void enqueue(struct sim *s, struct queue *q, uint32_t who)
{
	s->launches[who].next = NOBODY;
	if (q->first == NOBODY)
		q->first = who;
	else
		s->launches[q->last].next = who;
	q->last = who;
}

static uint32_t dequeue(struct sim *s, struct queue *q)
{
	uint32_t who = q->first;

	if (who != NOBODY)
		q->first = s->launches[who].next;
	return who;
}

/* --- what a launch does next ------------------------------------------------------------------ */

static uint32_t divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/*
 * Draws each sample once before any is drawn again, each time in another order: totals of long
 * stages are as recorded, without the noise of drawing.
 */
static const struct chain_sample *draw(struct sim *s, struct launch *l, const struct plan_stage *of)
{
	uint32_t nr = (uint32_t)of->nr_samples;

	if (l->drawn == nr) {
		l->drawn = 0;
		l->at = random_below(&s->random, nr);
		do {
			l->step = nr > 1 ? 1 + random_below(&s->random, nr - 1) : 0;
		} while (nr > 1 && divisor(nr, l->step) != 1);
	}
	l->drawn++;
	l->at += l->step;
	l->at -= l->at >= nr ? nr : 0;
	return &of->samples[l->at];
}

static const struct plan_stage *next_stage(struct sim *s, struct launch *l)
{
	const struct plan_stage *stage = &l->plan->stages[l->stage++];
	uint64_t most = stage->commands / MIN_BATCHES;

	l->left = stage->commands;
	l->batch = s->result->batch < most ? s->result->batch : most;
	l->batch = l->batch ? l->batch : 1;
	l->drawn = (uint32_t)stage->nr_samples; /* begins a pass */
	return stage;
}

/* Prepares the next command. Returns what is thought before it; *asleep: of that, in sleep. */
static double next_command(struct sim *s, struct launch *l, double *asleep)
{
	const struct plan_stage *stage;
	const struct chain_sample *sample;
	double think = 0, times;

	*asleep = 0;
	if (l->left) {
		stage = &l->plan->stages[l->stage - 1];
	} else if (l->stage < l->plan->nr_stages) {
		stage = next_stage(s, l);
		think = stage->lead;
		*asleep = stage->lead_asleep;
	} else {
		l->done = true;
		*asleep = l->plan->tail_asleep;
		return l->plan->tail;
	}
	if (l->batch > l->left)
		l->batch = l->left;
	l->left -= l->batch;
	times = (double)l->batch;
	sample = draw(s, l, stage);
	think += times * (stage->think_factor * (double)sample->think +
			  stage->think_per_page * sample->pages);
	*asleep += times * stage->think_factor * (double)sample->asleep;
	l->hold = times * (stage->hold_factor * (double)sample->hold +
			   stage->hold_per_page * sample->pages);
	l->reclaim = times * stage->hold_factor * sample->reclaim;
	return think;
}

static void think(struct sim *s, uint32_t who, double now)
{
	struct launch *l = &s->launches[who];
	double asleep, ns = next_command(s, l, &asleep);

	l->running = ns > asleep ? ns - asleep : 0;
	l->slice = fmax(SIM_SLICE * (double)l->batch, l->running / MAX_SLICES);
	if (s->setting->cpus)
		heap_put(&s->heap, now + asleep, AWAKE, who);
	else
		heap_put(&s->heap, now + ns, THOUGHT, who);
}

/* --- the mailbox ------------------------------------------------------------------------------ */

/* Gives the mailbox to a launch, which runs from `at` on. */
static void take(struct sim *s, uint32_t who, double at)
{
	struct launch *l = &s->launches[who];

	l->waited += at - l->asked;
	s->result->busy += l->hold;
	s->mailbox.holder = who;
	s->mailbox.released = at + l->hold;
}

static void ask(struct sim *s, uint32_t who, double now)
{
	struct mailbox *m = &s->mailbox;

	s->launches[who].asked = now;
	if (m->holder == NOBODY)
		take(s, who, now);
	else if (m->spinner == NOBODY && m->wakes == NEVER &&
		 now >= m->released - s->launches[m->holder].reclaim)
		m->spinner = who;
	else
		enqueue(s, &m->waiters, who);
}

/* The holder gives the mailbox back, `handover` ns before the first waiter can run. */
static void release(struct sim *s, double now, double handover)
{
	struct mailbox *m = &s->mailbox;
	uint32_t spinner = m->spinner;

	m->holder = NOBODY;
	m->spinner = NOBODY;
	if (m->waiters.first != NOBODY && m->wakes == NEVER) {
		m->wakes = now + handover;
	} else if (m->wakes <= now) {
		/* It has found the mailbox taken and asked for it to be handed over. */
		m->wakes = NEVER;
		take(s, dequeue(s, &m->waiters), now + handover);
	}
	/* Nobody spins where a waiter has been woken. */
	if (spinner != NOBODY)
		take(s, spinner, now);
}

/* The first waiter runs. If the mailbox is taken, it goes on waiting: see release(). */
static void wake(struct sim *s)
{
	struct mailbox *m = &s->mailbox;
	double now = m->wakes;

	m->wakes = NEVER;
	take(s, dequeue(s, &m->waiters), now);
}

/* --- the processors --------------------------------------------------------------------------- */

static void run(struct sim *s, uint32_t who, double now)
{
	struct launch *l = &s->launches[who];
	double ns = fmin(l->running, l->slice);

	l->running -= ns;
	heap_put(&s->heap, now + ns, SLICE, who);
}

static void finish(struct sim *s, uint32_t who, double now)
{
	struct launch *l = &s->launches[who];

	s->result->durations[who] = now - l->began;
	s->result->waits[who] = l->waited;
	s->result->makespan = fmax(s->result->makespan, now);
}

static void thought(struct sim *s, uint32_t who, double now)
{
	if (s->launches[who].done)
		finish(s, who, now);
	else
		ask(s, who, now);
}

static void want_processor(struct sim *s, uint32_t who, double now)
{
	if (!(s->launches[who].running > 0)) {
		thought(s, who, now);
	} else if (s->idle) {
		s->idle--;
		run(s, who, now);
	} else {
		enqueue(s, &s->ready, who);
	}
}

static void end_slice(struct sim *s, uint32_t who, double now)
{
	uint32_t next;

	if (s->launches[who].running > 0)
		enqueue(s, &s->ready, who);
	next = dequeue(s, &s->ready);
	if (next == NOBODY)
		s->idle++;
	else
		run(s, next, now);
	if (!(s->launches[who].running > 0) && next != who)
		thought(s, who, now);
}

/* --- the simulation --------------------------------------------------------------------------- */

static void start(struct sim *s, uint32_t who, double now)
{
	const struct sim_setting *set = s->setting;
	struct launch *l = &s->launches[who];
	size_t nr = set->choice ? set->nr_choice : set->plan->nr;
	uint32_t drawn = random_below(&s->random, (uint32_t)nr);

	*l = (struct launch){
		.plan = &set->plan->launches[set->choice ? set->choice[drawn] : drawn], .began = now
	};
	if (set->interval > 0 && ++s->started < set->launches)
		heap_put(&s->heap, now + random_exponential(&s->random, set->interval), START,
			 s->started);
	think(s, who, now);
}

static void handle(struct sim *s, const struct heap_event *e)
{
	switch ((enum what)e->what) {
	case START:
		start(s, e->who, e->at);
		break;
	case AWAKE:
		want_processor(s, e->who, e->at);
		break;
	case SLICE:
		end_slice(s, e->who, e->at);
		break;
	case THOUGHT:
		thought(s, e->who, e->at);
		break;
	}
}

static void release_now(struct sim *s)
{
	uint32_t who = s->mailbox.holder;
	double now = s->mailbox.released;

	release(s, now, s->setting->handover * (double)s->launches[who].batch);
	think(s, who, now);
}

static void simulate(struct sim *s)
{
	struct mailbox *m = &s->mailbox;

	for (;;) {
		double at = m->holder != NOBODY ? m->released : m->wakes;
		struct heap_event e;

		if (s->heap.nr && s->heap.events[0].at < at) {
			e = heap_take(&s->heap);
			handle(s, &e);
		} else if (m->holder != NOBODY) {
			release_now(s);
		} else if (m->wakes < NEVER) {
			wake(s);
		} else {
			break;
		}
	}
}

/* Sets how many commands are one, so that there are no more than asked for. */
static void set_batch(const struct sim_setting *set, struct sim_result *result)
{
	size_t nr = set->choice ? set->nr_choice : set->plan->nr;
	double commands = 0;

	for (size_t i = 0; i < nr; i++)
		commands += set->plan->launches[set->choice ? set->choice[i] : i].commands;
	commands = ceil(commands / (double)nr * set->launches / fmax(set->events, 1));
	result->batch = (uint64_t)fmin(fmax(commands, 1), 1e12);
}

int sim_run(const struct sim_setting *setting, struct sim_result *result)
{
	struct sim s = { .setting = setting,
			 .result = result,
			 .mailbox = { { NOBODY, NOBODY }, NOBODY, NOBODY, 0, NEVER },
			 .ready = { NOBODY, NOBODY },
			 .idle = setting->cpus };
	uint32_t nr = setting->launches;
	int err = heap_init(&s.heap, (size_t)nr + 1);

	*result = (struct sim_result){ .durations = calloc(2 * (size_t)nr, sizeof(double)) };
	s.launches = calloc(nr, sizeof(*s.launches));
	if (err || !result->durations || !s.launches) {
		err = -ENOMEM;
		goto out;
	}
	result->waits = result->durations + nr;
	random_seed(&s.random, setting->seed);
	set_batch(setting, result);
	for (uint32_t i = 0; i < (setting->interval > 0 ? 1 : nr); i++)
		heap_put(&s.heap, 0, START, i);
	simulate(&s);
out:
	if (err) {
		free(result->durations);
		*result = (struct sim_result){ 0 };
	}
	free(s.launches);
	heap_free(&s.heap);
	return err;
}
