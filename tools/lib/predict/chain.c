// SPDX-License-Identifier: GPL-2.0-only
#include "predict/chain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sevtrace/psp.h>

#include "sev/lacks.h"
#include "sev/pages.h"
#include "util/array.h"

/* A wait for a free mailbox takes less: it is the price of the mutex and of the events. */
#define UNCONTENDED_NS 5000

/* Where no recording tells: a wake-up of a thread on an idle processor. */
#define HANDOVER_NS 10000.0
#define HANDOVER_MIN 20 /* so many tell */
#define HANDOVER_MAX_NS 1000000000.0

/* What has been seen since the last command. */
struct since_command {
	uint64_t page; /* steps of the page that the next command is for */
	uint64_t pages; /* steps over all pages of a range */
	uint64_t outside; /* outside of SEV ioctls */
	uint64_t ran; /* of that, on a processor */
};

struct chain_build {
	struct chain chain;
	struct since_command since;
	uint64_t cursor; /* end of the last command, or start of the launch */
	uint64_t left; /* when the last ioctl was left; 0: none yet */
	bool inside; /* an ioctl */
	bool begun;
	bool done;
	bool too_long;
};

/* A command as either type of record has it. */
struct command {
	uint32_t cmd;
	uint8_t page_type;
	uint32_t pages;
	uint64_t end;
	uint64_t wait;
	uint64_t prep;
	uint64_t exec;
	uint64_t reclaim;
};

void chains_init(struct chains *c)
{
	*c = (struct chains){ 0 };
	random_seed(&c->random, 1);
}

static void chain_free(struct chain *chain)
{
	for (size_t i = 0; i < chain->nr_stages; i++)
		free(chain->stages[i].samples);
	free(chain->stages);
}

static void builds_free(struct chains *c)
{
	for (size_t i = 0; i < c->nr_builds; i++) {
		struct chain *chain = &c->builds[i].chain;

		for (size_t j = 0; j < chain->nr_stages; j++)
			c->nr_samples -= chain->stages[j].nr_samples;
		chain_free(chain);
	}
	free(c->builds);
	c->builds = NULL;
	c->nr_builds = 0;
}

void chains_free(struct chains *c)
{
	builds_free(c);
	for (size_t i = 0; i < c->nr; i++)
		chain_free(&c->chains[i]);
	free(c->chains);
	free(c->recordings);
	*c = (struct chains){ 0 };
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t limited(uint64_t ns)
{
	return least(ns, CHAIN_MAX_NS);
}

/* Adds two times, of which a file may hold any. */
static uint64_t sum(uint64_t a, uint64_t b)
{
	return limited(limited(a) + limited(b));
}

static uint64_t distance(uint64_t from, uint64_t to)
{
	return to > from ? limited(to - from) : 0;
}

/* --- stages ----------------------------------------------------------------------------------- */

static bool is_update(uint32_t cmd)
{
	return cmd == SEVTRACE_CMD_SNP_LAUNCH_UPDATE || cmd == SEVTRACE_CMD_LAUNCH_UPDATE_DATA;
}

/* VMSAs, secrets and CPUID pages are as many in a large guest as in a small one. */
static bool grows(uint32_t cmd, uint8_t page_type)
{
	return is_update(cmd) &&
	       (page_type == 0 || page_type == SEVTRACE_PAGE_NORMAL ||
		page_type == SEVTRACE_PAGE_ZERO || page_type == SEVTRACE_PAGE_UNMEASURED);
}

/* Returns the stage that a command belongs to, a new one if need be; NULL: no room or memory. */
static struct chain_stage *stage_of(struct chain_build *b, const struct command *command,
				    uint64_t lead)
{
	struct chain *chain = &b->chain;
	struct chain_stage *s = chain->nr_stages ? &chain->stages[chain->nr_stages - 1] : NULL;

	if (s && s->cmd == command->cmd && s->page_type == command->page_type)
		return s;
	b->too_long |= chain->nr_stages == CHAIN_MAX_STAGES;
	s = b->too_long ? NULL : ARRAY_ADD(chain->stages, chain->nr_stages);
	if (!s)
		return NULL;
	s->cmd = command->cmd;
	s->page_type = command->page_type;
	s->scales = grows(command->cmd, command->page_type);
	s->lead = lead;
	s->lead_asleep = least(distance(b->since.ran, b->since.outside), lead);
	s->lead_pages = least(b->since.pages, lead - s->lead_asleep);
	return s;
}

/* Keeps a sample: all of the first ones, then each with the same chance. */
static int put_sample(struct chains *c, struct chain_build *b, struct chain_stage *s,
		      const struct chain_sample *sample)
{
	struct chain_sample *to;

	if (s->nr_samples == CHAIN_MAX_SAMPLES) {
		uint64_t at = random_next(&c->random) % s->commands;

		if (at < CHAIN_MAX_SAMPLES)
			s->samples[at] = *sample;
		return 0;
	}
	if (c->nr_samples == CHAINS_MAX_SAMPLES) {
		b->too_long = true;
		return 0;
	}
	to = ARRAY_ADD(s->samples, s->nr_samples);
	if (!to)
		return -ENOMEM;
	*to = *sample;
	c->nr_samples++;
	return 0;
}

static int put_command(struct chains *c, struct chain_build *b, const struct command *command)
{
	uint64_t hold = sum(sum(command->prep, command->exec), command->reclaim);
	uint64_t wait = limited(command->wait), since = command->end;
	uint64_t think, lead;
	struct chain_stage *s;
	struct chain_sample sample = { .hold = hold, .pages = command->pages };
	size_t before = b->chain.nr_stages;

	since -= least(hold + wait, since);
	think = distance(b->cursor, since);
	if (wait < UNCONTENDED_NS)
		think = sum(think, wait);
	else
		b->chain.waited = sum(b->chain.waited, wait);
	lead = think - least(b->since.page, think);
	s = stage_of(b, command, lead);
	if (!s)
		return b->too_long ? 0 : -ENOMEM;
	if (b->chain.nr_stages > before)
		think -= lead;
	else
		sample.asleep = least(distance(b->since.ran, b->since.outside), think);
	sample.think = think;
	sample.reclaim = (uint32_t)least(command->reclaim, UINT32_MAX);
	s->commands++;
	s->pages += command->pages;
	s->think += (double)think;
	s->hold += (double)hold;
	b->cursor = command->end > b->cursor ? command->end : b->cursor;
	b->since = (struct since_command){ 0 };
	return put_sample(c, b, s, &sample);
}

/* --- records ---------------------------------------------------------------------------------- */

/* Adds a step that ended before the command of its page. */
static void put_step(struct chain_build *b, uint8_t step, uint64_t ns)
{
	switch (step) {
	case SEVTRACE_STEP_ATTRIBUTES:
	case SEVTRACE_STEP_PIN:
	case SEVTRACE_STEP_CLFLUSH:
	case SEVTRACE_STEP_UNPIN:
		b->since.pages = sum(b->since.pages, ns);
		break;
	case SEVTRACE_STEP_GET_PAGE:
	case SEVTRACE_STEP_CHECK_ATTRS:
	case SEVTRACE_STEP_RMP_LOOKUP:
	case SEVTRACE_STEP_COPY:
	case SEVTRACE_STEP_VMSA_SYNC:
	case SEVTRACE_STEP_RMP_UPDATE:
		b->since.page = sum(b->since.page, ns);
		break;
	default:
		break;
	}
}

/* Older recordings tell after a command, in the record of its step, how many pages it was for. */
static void note_pages(struct chain_build *b, const struct sevtrace_rec_step *rec)
{
	struct chain *chain = &b->chain;
	struct chain_stage *s = chain->nr_stages ? &chain->stages[chain->nr_stages - 1] : NULL;
	struct chain_sample *last = s && s->nr_samples ? &s->samples[s->nr_samples - 1] : NULL;

	if (!last || !is_update(s->cmd) || s->nr_samples != s->commands || !rec->npages)
		return;
	s->pages = s->pages - last->pages + rec->npages;
	last->pages = rec->npages;
}

/* Finds the command of a record: false if it has none that takes the mailbox. */
static bool command_of(const struct model_launch *l, const union sevtrace_record *rec,
		       struct command *command)
{
	const struct sevtrace_rec_page *page = &rec->page;
	const struct sevtrace_rec_psp *psp = &rec->psp;
	uint64_t after = 0;

	if (rec->h.type == SEVTRACE_REC_PSP) {
		*command = (struct command){ .cmd = psp->cmd,
					     .end = rec->h.ts,
					     .wait = psp->wait,
					     .prep = psp->prep,
					     .exec = psp->exec,
					     .reclaim = psp->reclaim };
		for (size_t i = 0; l && i < l->nr_ops && is_update(psp->cmd); i++)
			if (l->ops[i].tid == rec->h.tid && l->ops[i].range_open) {
				command->page_type = l->ops[i].seen.range.page_type;
				command->pages = 1;
			}
		return !psp->depth;
	}
	if (rec->h.type != SEVTRACE_REC_PAGE || !page_has_command(page))
		return false;
	for (uint32_t i = page_psp_step(page) + 1; i < page_steps(page); i++)
		after = sum(after, page->ns[i]);
	*command = (struct command){ .cmd = page->cmd,
				     .page_type = page->page_type,
				     .pages = page->npages,
				     .end = rec->h.ts - least(after, rec->h.ts),
				     .wait = page->wait,
				     .prep = page->prep,
				     .exec = page->exec,
				     .reclaim = page->reclaim };
	return true;
}

/* Notes how long the mailbox held still before a command that waited for another one. */
static void note_handover(struct chains *c, const struct command *command)
{
	uint64_t hold = sum(sum(command->prep, command->exec), command->reclaim);
	uint64_t start = command->end - least(hold, command->end);
	uint64_t still = start - least(c->last_end, start);

	if (command->wait >= UNCONTENDED_NS && c->last_end <= start && still <= command->wait) {
		double ns = (double)still;

		c->handovers++;
		c->handover_ns += ns < HANDOVER_MAX_NS ? ns : HANDOVER_MAX_NS;
	}
	if (command->end > c->last_end)
		c->last_end = command->end;
}

double chains_handover(const struct chains *c)
{
	return c->handovers < HANDOVER_MIN ? HANDOVER_NS : c->handover_ns / (double)c->handovers;
}

static int put_page(struct chains *c, struct chain_build *b, const struct sevtrace_rec_page *page,
		    const struct command *command)
{
	for (uint32_t i = 0; i <= page_psp_step(page) && i < page_steps(page); i++)
		if (page->steps[i] == SEVTRACE_STEP_PSP)
			b->since.page = sum(b->since.page, page->ns[i]);
		else
			put_step(b, page->steps[i], page->ns[i]);
	return put_command(c, b, command);
}

/* A thread is in an ioctl from `start` on. */
static void enter(struct chain_build *b, uint64_t start)
{
	if (b->left && !b->inside)
		b->since.outside = sum(b->since.outside, distance(b->left, start));
}

/* An update of attributes, which is an ioctl of its own where it is in no other. */
static void put_attributes(struct chain_build *b, const struct sevtrace_rec_attr *rec)
{
	put_step(b, SEVTRACE_STEP_ATTRIBUTES, rec->duration);
	enter(b, rec->h.ts - least(rec->duration, rec->h.ts));
	b->left = rec->h.ts;
}

static void finish(struct chain_build *b, const struct model_launch *l)
{
	b->done = true;
	b->chain.tail = distance(b->cursor, l->finish_ts);
	b->chain.tail_asleep = least(distance(b->since.ran, b->since.outside), b->chain.tail);
	b->chain.start = l->first_ts;
	b->chain.duration = limited(launch_duration(l));
}

static int put_record(struct chains *c, struct chain_build *b, const struct model_launch *l,
		      const union sevtrace_record *rec, const struct command *command)
{
	switch (rec->h.type) {
	case SEVTRACE_REC_MEANWHILE:
		b->since.ran = sum(b->since.ran, rec->meanwhile.ran);
		return 0;
	case SEVTRACE_REC_IOCTL_ENTER:
		enter(b, rec->h.ts);
		b->inside = true;
		return 0;
	case SEVTRACE_REC_IOCTL_EXIT:
		b->inside = false;
		b->left = rec->h.ts;
		if (l->finished)
			finish(b, l);
		return 0;
	case SEVTRACE_REC_ATTR:
		put_attributes(b, &rec->attr);
		return 0;
	case SEVTRACE_REC_RANGE_START:
		b->since.page = 0;
		return 0;
	case SEVTRACE_REC_STEP:
		if (rec->step.step == SEVTRACE_STEP_PSP)
			note_pages(b, &rec->step);
		put_step(b, rec->step.step, rec->step.duration);
		return 0;
	case SEVTRACE_REC_PSP:
		return command ? put_command(c, b, command) : 0;
	case SEVTRACE_REC_PAGE:
		return command ? put_page(c, b, &rec->page, command) : 0;
	default:
		return 0;
	}
}

/* Returns the build of a launch by its position in the model, or NULL if memory is short. */
static struct chain_build *build_at(struct chains *c, size_t position)
{
	while (c->nr_builds <= position)
		if (!ARRAY_ADD(c->builds, c->nr_builds))
			return NULL;
	return &c->builds[position];
}

int chains_add(struct chains *c, const struct model *m, const union sevtrace_record *rec)
{
	size_t position = rec->h.launch ? model_position(m, rec->h.launch) : m->nr_launches;
	const struct model_launch *l = position < m->nr_launches ? m->launches[position] : NULL;
	struct command command;
	bool has_command = command_of(l, rec, &command);
	struct chain_build *b;

	if (has_command)
		note_handover(c, &command);
	if (!l)
		return 0;
	b = build_at(c, position);
	if (!b)
		return -ENOMEM;
	if (b->done || b->too_long || !l->has_span)
		return 0;
	if (!b->begun) {
		b->begun = true;
		b->cursor = l->first_ts;
	}
	return put_record(c, b, l, rec, has_command ? &command : NULL);
}

int chains_each(void *ctx, const union sevtrace_record *rec)
{
	const struct chains_reading *r = ctx;

	return chains_add(r->chains, r->model, rec);
}

/* --- a whole recording ------------------------------------------------------------------------ */

/* Returns why a launch cannot be used, or CHAIN_REFUSALS. */
static enum chain_refusal refusal(const struct chain_build *b, const struct model_launch *l)
{
	if (l->joined)
		return CHAIN_JOINED;
	if (launch_result(l) != MODEL_OK)
		return CHAIN_NOT_FINISHED;
	if (b && b->too_long)
		return CHAIN_TOO_LONG;
	if (l->dropped)
		return CHAIN_DROPPED;
	return b && b->done && b->chain.nr_stages ? CHAIN_REFUSALS : CHAIN_NO_COMMANDS;
}

static void add_steps(struct chain_recording *r, const struct model_launch *l)
{
	for (uint32_t step = 0; step < SEVTRACE_STEP_COUNT; step++) {
		struct sevtrace_hist buffer;
		const struct sevtrace_hist *hist = launch_step(l, step, &buffer);

		if (step == SEVTRACE_STEP_PSP)
			continue;
		r->step_ns[step] += (double)hist->sum;
		r->step_count[step] += (double)hist->count;
	}
}

static int keep(struct chains *c, struct chain_recording *r, struct chain_build *b,
		const struct model_launch *l)
{
	struct chain *chain = ARRAY_ADD(c->chains, c->nr);

	if (!chain)
		return -ENOMEM;
	*chain = b->chain;
	b->chain = (struct chain){ 0 };
	chain->launch = l->number;
	chain->vm_type = l->vm_type;
	for (size_t i = 0; i < chain->nr_stages; i++)
		if (chain->stages[i].scales)
			chain->pages = sum(chain->pages, chain->stages[i].pages);
	r->launches++;
	r->duration += (double)chain->duration;
	r->outside += (double)l->times.outside;
	add_steps(r, l);
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct chain *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* Sets how many launches were under way at once, from those at chains[from] on. */
static void note_concurrency(const struct chains *c, struct chain_recording *r, size_t from)
{
	uint64_t until = 0;
	double busy = 0;

	if (from < c->nr)
		qsort(c->chains + from, c->nr - from, sizeof(*c->chains), by_start);
	for (size_t i = from; i < c->nr; i++) {
		uint64_t start = c->chains[i].start > until ? c->chains[i].start : until;
		uint64_t end = c->chains[i].start + c->chains[i].duration;

		if (end > start) {
			busy += (double)(end - start);
			until = end;
		}
	}
	r->concurrency = busy > 0 ? r->duration / busy : 0;
}

int chains_end(struct chains *c, const struct model *m)
{
	struct chain_recording *r = ARRAY_ADD(c->recordings, c->nr_recordings);
	const char *cpus = model_host_value(m, "cpus");
	size_t from = c->nr;
	int err = r ? 0 : -ENOMEM;

	for (size_t i = 0; i < m->nr_launches && !err; i++) {
		struct chain_build *b = i < c->nr_builds ? &c->builds[i] : NULL;
		enum chain_refusal why = refusal(b, m->launches[i]);

		if (b && why == CHAIN_REFUSALS)
			err = keep(c, r, b, m->launches[i]);
		else
			c->refused[why]++;
	}
	if (!err) {
		note_concurrency(c, r, from);
		r->cpus = cpus ? strtol(cpus, NULL, 10) : 0;
		r->cpus = r->cpus > 0 && r->cpus <= 65536 ? r->cpus : 0;
		r->waits_unknown = lacks_figures(m->lacks) & FIGURE_PSP_WAIT;
	}
	builds_free(c);
	c->last_end = 0;
	return err;
}

bool chains_alone(const struct chains *c)
{
	for (size_t i = 1; i < c->nr; i++)
		if (c->chains[i].vm_type != c->chains[0].vm_type)
			return false;
	for (size_t i = 0; i < c->nr_recordings; i++)
		if (c->recordings[i].concurrency > CHAINS_ALONE)
			return false;
	return c->nr > 0;
}
