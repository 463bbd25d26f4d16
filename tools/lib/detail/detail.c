// SPDX-License-Identifier: GPL-2.0-only
#include "detail/detail.h"

#include <errno.h>
#include <stdlib.h>

#include "detail/internal.h"
#include "sev/pages.h"
#include "util/array.h"

/* A launch, and where its times count from. */
struct target {
	struct detail *d;
	struct detail_launch *l;
	uint64_t origin;
};

static uint64_t before(uint64_t ts, uint64_t ns)
{
	return ns < ts ? ts - ns : 0;
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t page_ns(const struct sevtrace_rec_page *page)
{
	uint64_t ns = 0;

	for (uint32_t i = 0; i < page_steps(page); i++)
		ns = add(ns, page->ns[i]);
	return page_has_command(page) ? add(ns, page_command_ns(page)) : ns;
}

/* Notes that something of a lane ended at `end`, after ns. */
static int note_span(const struct target *t, enum detail_lane_kind kind, uint64_t end, uint64_t ns,
		     uint32_t id, bool failed)
{
	struct detail_lane *lane = &t->l->lanes[kind];
	uint64_t start = before(end, ns);
	struct detail_span span = {
		.start = before(start, t->origin),
		.end = before(end, t->origin),
		.busy = ns,
		.longest = ns,
		.id = id,
		.count = 1,
		.failed = failed,
	};

	if (!lane->spans)
		lane->spans = calloc(DETAIL_SPANS, sizeof(*lane->spans));
	if (!lane->spans)
		return -ENOMEM;
	lane_add(lane, &span);
	return 0;
}

static int note_command(const struct target *t, const struct sevtrace_rec_psp *psp)
{
	uint64_t answered = before(psp->h.ts, psp->reclaim);
	uint64_t rang = before(before(answered, psp->exec), psp->prep);
	bool failed = psp->ret || (psp->answered && psp->status);
	int err = 0;

	/* A nested one is part of the command around it. */
	if (psp->depth)
		return 0;
	if (psp->exec)
		err = note_span(t, DETAIL_EXECUTIONS, answered, psp->exec, psp->cmd, failed);
	if (!err && psp->wait)
		err = note_span(t, DETAIL_WAITS, rang, psp->wait, psp->cmd, false);
	return err;
}

/* Notes a step or a command, be it of a page or alone. */
static int note_part(void *ctx, const union sevtrace_record *rec)
{
	struct target *t = ctx;

	switch (rec->h.type) {
	case SEVTRACE_REC_STEP:
		return note_span(t, DETAIL_STEPS, rec->h.ts, rec->step.duration, rec->step.step,
				 rec->step.ret < 0);
	case SEVTRACE_REC_PSP:
		return note_command(t, &rec->psp);
	case SEVTRACE_REC_IOCTL_EXIT:
		return note_span(t, DETAIL_IOCTLS, rec->h.ts, rec->ioctl_exit.duration,
				 rec->ioctl_exit.ioctl, rec->ioctl_exit.ret < 0);
	default:
		return 0;
	}
}

/* Returns a heat map, which is made when the first page comes; NULL: no memory. */
static struct detail_heat *heat_of(struct detail_heat **heat)
{
	if (!*heat)
		*heat = calloc(1, sizeof(**heat));
	return *heat;
}

static int note_maps(const struct target *t, const struct sevtrace_rec_page *page, uint64_t ns)
{
	if (!heat_of(&t->l->by_time))
		return -ENOMEM;
	heat_add(t->l->by_time, before(before(page->h.ts, ns), t->origin), 1, ns);
	if (page->gfn == SEVTRACE_NO_FRAME)
		return 0;
	if (!heat_of(&t->l->by_gfn))
		return -ENOMEM;
	heat_add(t->l->by_gfn, page->gfn, page->npages, ns);
	return 0;
}

static int note_slowest(const struct target *t, struct model *m,
			const struct sevtrace_rec_page *page, uint64_t ns)
{
	struct detail_launch *l = t->l;

	/* array_add() makes room; slowest_add() counts. */
	if (l->nr_slowest < t->d->slowest) {
		size_t nr = l->nr_slowest;

		if (!model_budget_add(&m->budget, &t->d->charged, (void **)&l->slowest, &nr,
				      sizeof(*l->slowest)))
			return -ENOMEM;
	}
	slowest_add(l->slowest, &l->nr_slowest, t->d->slowest, page, ns);
	return 0;
}

static int note_page(const struct target *t, struct model *m, const struct sevtrace_rec_page *page,
		     bool mapped)
{
	uint64_t ns = page_ns(page);
	int err = note_slowest(t, m, page, ns);

	t->l->pages++;
	t->l->no_gfn += page->gfn == SEVTRACE_NO_FRAME;
	return !err && mapped ? note_maps(t, page, ns) : err;
}

static bool is_mapped(const struct detail *d, size_t place)
{
	return d->mapped && place < d->nr_mapped && d->mapped[place];
}

/* Counts the page whose steps had records of their own, if there is one. */
static int close_page(const struct target *t, struct model *m, bool mapped)
{
	struct sevtrace_rec_page page = t->l->open;

	t->l->open.nr_steps = 0;
	return page.nr_steps ? note_page(t, m, &page, mapped) : 0;
}

static bool same_page(const struct sevtrace_rec_page *page, const struct sevtrace_rec_step *step)
{
	return page->nr_steps && page->nr_steps < SEVTRACE_PAGE_STEPS && !page->ret &&
	       page->h.tid == step->h.tid && page->gfn == step->gfn &&
	       page->npages == step->npages &&
	       (page->gfn != SEVTRACE_NO_FRAME || page->pfn == step->pfn);
}

/* Adds a step that has a record of its own. */
static int note_step(const struct target *t, struct model *m, const struct sevtrace_rec_step *step,
		     bool mapped)
{
	struct sevtrace_rec_page *page = &t->l->open;
	int err = 0;

	if (!same_page(page, step)) {
		err = close_page(t, m, mapped);
		*page = (struct sevtrace_rec_page){
			.gfn = step->gfn,
			.npages = step->npages,
			.ioctl = step->ioctl,
			.page_type = step->page_type,
			.private_pages = step->private_pages,
		};
	}
	page->h = step->h;
	page->pfn = step->pfn;
	page->ret = step->ret;
	page->steps[page->nr_steps] = step->step;
	page->ns[page->nr_steps++] = step->duration;
	return err;
}

/* Returns the place of a record's launch in the model; nr_launches: it has none. */
static size_t place_of(struct detail *d, const struct model *m, uint32_t number)
{
	if (number != d->last || d->last_place >= m->nr_launches) {
		d->last = number;
		d->last_place = model_position(m, number);
	}
	return d->last_place;
}

static int make_room(struct detail *d, struct model *m, size_t place)
{
	while (d->nr_launches <= place)
		if (!model_budget_add(&m->budget, &d->charged, (void **)&d->launches,
				      &d->nr_launches, sizeof(*d->launches)))
			return -ENOMEM;
	return 0;
}

static int add_to(struct target *t, struct model *m, const union sevtrace_record *rec, bool mapped)
{
	int err = 0;

	if (rec->h.type == SEVTRACE_REC_PAGE) {
		err = note_page(t, m, &rec->page, mapped);
		return !err && mapped ? page_each(&rec->page, note_part, t) : err;
	}
	if (rec->h.type == SEVTRACE_REC_STEP && rec->step.page_type)
		err = note_step(t, m, &rec->step, mapped);
	else if (rec->h.type == SEVTRACE_REC_IOCTL_EXIT && rec->h.tid == t->l->open.h.tid)
		err = close_page(t, m, mapped);
	return !err && mapped ? note_part(t, rec) : err;
}

static struct target target_at(struct detail *d, const struct model *m, size_t place)
{
	return (struct target){ d, &d->launches[place], m->launches[place]->first_ts };
}

int detail_add(struct detail *d, struct model *m, const union sevtrace_record *rec)
{
	size_t place = place_of(d, m, rec->h.launch);
	struct target t;
	int err;

	if (!rec->h.launch || place >= m->nr_launches)
		return 0;
	err = make_room(d, m, place);
	if (err)
		return err;
	t = target_at(d, m, place);
	return add_to(&t, m, rec, is_mapped(d, place));
}

int detail_each(void *reading, const union sevtrace_record *rec)
{
	struct detail_reading *r = reading;

	return detail_add(&r->detail, r->model, rec);
}

int detail_end(struct detail *d, struct model *m)
{
	int err = 0;

	for (size_t i = 0; i < d->nr_launches && !err; i++) {
		struct detail_launch *l = &d->launches[i];
		struct target t = target_at(d, m, i);

		err = close_page(&t, m, is_mapped(d, i));
		if (l->nr_slowest)
			slowest_sort(l->slowest, l->nr_slowest);
	}
	return err;
}

const struct detail_launch *detail_at(const struct detail *d, size_t place)
{
	return place < d->nr_launches ? &d->launches[place] : NULL;
}

uint32_t detail_longest_step(const struct sevtrace_rec_page *page, uint64_t *ns)
{
	uint32_t longest = SEVTRACE_STEP_NONE;

	*ns = 0;
	for (uint32_t i = 0; i < page_steps(page); i++) {
		uint64_t took = page_step_ns(page, i);

		if (longest == SEVTRACE_STEP_NONE || took > *ns) {
			longest = page->steps[i];
			*ns = took;
		}
	}
	return longest;
}

void detail_free(struct detail *d)
{
	for (size_t i = 0; i < d->nr_launches; i++) {
		struct detail_launch *l = &d->launches[i];

		for (size_t lane = 0; lane < DETAIL_LANES; lane++)
			free(l->lanes[lane].spans);
		free(l->by_time);
		free(l->by_gfn);
		free(l->slowest);
	}
	free(d->launches);
	d->launches = NULL;
	d->nr_launches = 0;
}
