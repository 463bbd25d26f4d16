// SPDX-License-Identifier: GPL-2.0-only
#include "model/times.h"

#include <errno.h>
#include <string.h>

#include "model/internal.h"
#include "model/model.h"
#include "sev/names.h"
#include "sev/pages.h"

/* A wait for a free mailbox takes less; who held it is not worth a look. */
#define UNCONTENDED_NS 5000

/* How long a record was in each part. */
struct parts {
	uint64_t ns[TIME_COUNT];
	uint64_t sum;
};

static void add_part(struct parts *p, uint32_t part, uint64_t ns)
{
	/* A file may hold any times. */
	if (ns > UINT64_MAX - p->sum)
		ns = UINT64_MAX - p->sum;
	p->ns[part] += ns;
	p->sum += ns;
}

/* --- who held the mailbox --------------------------------------------------------------------- */

/* A command's times, and when it ended. */
struct command_times {
	uint64_t end;
	uint64_t wait;
	uint64_t prep;
	uint64_t exec;
	uint64_t reclaim;
};

static uint64_t held_since(const struct command_times *c)
{
	return begin_of(c->end, c->prep + c->exec + c->reclaim);
}

#define COMMAND_TIMES(at, rec)                        \
	((struct command_times){ .end = (at),         \
				 .wait = (rec)->wait, \
				 .prep = (rec)->prep, \
				 .exec = (rec)->exec, \
				 .reclaim = (rec)->reclaim })

/* Returns whether the record has a command that took the mailbox, and its times. */
static bool command_of(const union sevtrace_record *rec, struct command_times *c)
{
	const struct sevtrace_rec_page *page = &rec->page;
	uint64_t after = 0;

	if (rec->h.type == SEVTRACE_REC_PSP) {
		*c = COMMAND_TIMES(rec->h.ts, &rec->psp);
		return !rec->psp.depth;
	}
	if (rec->h.type != SEVTRACE_REC_PAGE || !page_has_command(page))
		return false;
	for (uint32_t i = page_psp_step(page) + 1; i < page_steps(page); i++)
		after += page->ns[i];
	*c = COMMAND_TIMES(begin_of(rec->h.ts, after), page);
	return true;
}

static int hold(struct psp_holdings *holdings, struct model_budget *budget,
		const struct command_times *c, uint32_t launch)
{
	const struct timeline_of of = { &holdings->held, budget, &holdings->charged };
	uint64_t since = held_since(c);

	holdings->last[holdings->next++ % TIMES_HOLDINGS] =
		(struct psp_holding){ since, c->end, launch };
	if (!holdings->first)
		holdings->first = since;
	if (c->end > holdings->until)
		holdings->until = c->end;
	if (holdings->held.nr_rows >= TIMELINE_MAX_ROWS && !timeline_has(&holdings->held, launch))
		launch = TIMELINE_OTHERS;
	return timeline_put(&of, holdings->first, launch, since, c->end);
}

int times_note_holding(struct psp_holdings *holdings, struct model_budget *budget,
		       const union sevtrace_record *rec)
{
	struct command_times c;

	return command_of(rec, &c) ? hold(holdings, budget, &c, rec->h.launch) : 0;
}

/* Notes for whom a launch waited. */
static int note_wait(struct model_launch *l, uint32_t holder, uint64_t ns)
{
	struct times_wait *wait = NULL;

	for (size_t i = 0; i < l->nr_waits && !wait; i++)
		if (l->waits[i].launch == holder)
			wait = &l->waits[i];
	if (!wait && l->nr_waits == TIMES_MAX_WAITS)
		return 0;
	if (!wait)
		wait = LAUNCH_ADD(l, l->waits, l->nr_waits);
	if (!wait)
		return -ENOMEM;
	wait->launch = holder;
	wait->ns += ns;
	return 0;
}

/* Adds a wait for the mailbox, by who held it meanwhile. */
static int add_wait(struct model_launch *l, struct parts *p, const struct psp_holdings *holdings,
		    const struct command_times *c)
{
	uint64_t until = held_since(c), since = begin_of(until, c->wait), left = c->wait;

	for (size_t i = 0; i < TIMES_HOLDINGS && c->wait >= UNCONTENDED_NS; i++) {
		const struct psp_holding *h = &holdings->last[i];
		uint64_t start = h->start > since ? h->start : since;
		uint64_t end = h->end < until ? h->end : until;
		uint64_t ns = end > start ? end - start : 0;

		/* One holds it at a time, but a hostile file may say otherwise. */
		if (ns > left)
			ns = left;
		if (!ns || h->launch == l->number)
			continue;
		if (note_wait(l, h->launch, ns))
			return -ENOMEM;
		add_part(p, h->launch ? TIME_PSP_WAIT_LAUNCHES : TIME_PSP_WAIT_HOST, ns);
		left -= ns;
	}
	add_part(p, TIME_PSP_WAIT, left);
	return 0;
}

static int add_command(struct model_launch *l, struct parts *p, const struct psp_holdings *holdings,
		       const struct command_times *c)
{
	add_part(p, TIME_PSP_PREPARE, c->prep);
	add_part(p, TIME_PSP_EXEC, c->exec);
	add_part(p, TIME_PSP_RECLAIM, c->reclaim);
	return add_wait(l, p, holdings, c);
}

/* --- claims ----------------------------------------------------------------------------------- */

static int give(struct model_launch *l, uint32_t ioctl, uint32_t part, uint64_t ns)
{
	struct model_command *command = ns ? launch_command(l, ioctl) : NULL;

	if (command)
		command->parts[part] += ns;
	return ns && !command ? -ENOMEM : 0;
}

static int give_outside(struct model_launch *l, uint64_t start, uint64_t end)
{
	l->times.outside += end - start;
	return timeline_add(l, TIMELINE_VMM, start, end);
}

/* Takes hole i away. */
static void close_hole(struct model_times *t, size_t i)
{
	t->nr_holes--;
	memmove(&t->holes[i], &t->holes[i + 1], (t->nr_holes - i) * sizeof(t->holes[0]));
}

/* Keeps time that nobody has claimed yet. The oldest of too many goes to the oldest ioctl. */
static int open_hole(struct model_launch *l, size_t at, uint64_t start, uint64_t end)
{
	struct model_times *t = &l->times;
	int err = 0;

	if (end <= start)
		return 0;
	if (t->nr_holes == TIMES_HOLES) {
		struct times_hole oldest = t->holes[0];

		if (l->nr_ops && l->ops[0].entered)
			err = give(l, l->ops[0].seen.ioctl, TIME_BETWEEN,
				   oldest.end - oldest.start);
		else
			err = give_outside(l, oldest.start, oldest.end);
		close_hole(t, 0);
		at -= at > 0;
	}
	memmove(&t->holes[at + 1], &t->holes[at], (t->nr_holes - at) * sizeof(t->holes[0]));
	t->holes[at] = (struct times_hole){ start, end };
	t->nr_holes++;
	return err;
}

/* Claims what of [start, end) is in holes. */
static int claim_holes(struct model_launch *l, uint64_t start, uint64_t end, uint64_t *ns)
{
	struct model_times *t = &l->times;
	int err = 0;

	for (size_t i = t->nr_holes; i-- && !err;) {
		struct times_hole hole = t->holes[i];
		uint64_t from = hole.start > start ? hole.start : start;
		uint64_t to = hole.end < end ? hole.end : end;

		if (to <= from)
			continue;
		*ns += to - from;
		if (hole.start < from && to < hole.end) {
			t->holes[i].end = from;
			err = open_hole(l, i + 1, to, hole.end);
		} else if (hole.start < from) {
			t->holes[i].end = from;
		} else if (to < hole.end) {
			t->holes[i].start = to;
		} else {
			close_hole(t, i);
		}
	}
	return err;
}

/* Claims what of [start, end) nobody has yet: *ns of it. */
static int claim(struct model_launch *l, uint64_t start, uint64_t end, uint64_t *ns)
{
	struct model_times *t = &l->times;
	int err;

	*ns = 0;
	if (end <= start)
		return 0;
	err = claim_holes(l, start, end, ns);
	if (err || end <= t->cursor)
		return err;
	if (start > t->cursor)
		err = open_hole(l, t->nr_holes, t->cursor, start);
	*ns += end - (start > t->cursor ? start : t->cursor);
	t->cursor = end;
	return err;
}

/* Nobody is in an ioctl: all that is not claimed until then is the VMM's. */
static int outside_until(struct model_launch *l, uint64_t ts)
{
	struct model_times *t = &l->times;
	int err = 0;

	for (size_t i = 0; i < t->nr_holes && !err; i++)
		err = give_outside(l, t->holes[i].start, t->holes[i].end);
	t->nr_holes = 0;
	if (ts > t->cursor && !err) {
		err = give_outside(l, t->cursor, ts);
		t->cursor = ts;
	}
	return err;
}

/* Tells whether a thread in an ioctl is the launch's only one. */
static bool is_alone(const struct model_launch *l, uint32_t tid)
{
	return l->nr_ops == 1 && l->ops[0].tid == tid && l->ops[0].entered;
}

/*
 * Gives the time of a record to an ioctl. Where another thread has some of it, each part gets its
 * share of the rest.
 */
static int own(struct model_launch *l, const struct sevtrace_rec *h, uint32_t ioctl,
	       const struct parts *p)
{
	uint64_t start = begin_of(h->ts, p->sum), ns, left;
	struct model_command *command;
	int err;

	if (ioctl == SEVTRACE_NO_IOCTL || !p->sum)
		return 0;
	err = claim(l, start, h->ts, &ns);
	command = err || !ns ? NULL : launch_command(l, ioctl);
	if (!command)
		return err ? err : ns ? -ENOMEM : 0;
	left = ns;
	for (uint32_t i = 0; i < TIME_COUNT && left; i++) {
		uint64_t part = ns == p->sum ?
					p->ns[i] :
					(uint64_t)((double)p->ns[i] / (double)p->sum * (double)ns);

		part = part < left ? part : left;
		command->parts[i] += part;
		left -= part;
	}
	/* What rounding left. */
	command->parts[TIME_BETWEEN] += left;
	return 0;
}

/* As own(); and of a thread alone in its ioctl, what lies before the record is its own, too. */
static int own_with_gap(struct model_launch *l, const struct sevtrace_rec *h, uint32_t ioctl,
			const struct parts *p)
{
	uint64_t ns;
	int err = 0;

	if (ioctl != SEVTRACE_NO_IOCTL && p->sum && is_alone(l, h->tid)) {
		err = claim(l, 0, begin_of(h->ts, p->sum), &ns);
		if (!err)
			err = give(l, ioctl, TIME_BETWEEN, ns);
	}
	return err ? err : own(l, h, ioctl, p);
}

/* --- records ---------------------------------------------------------------------------------- */

/* Returns the ioctl that the thread is in, or SEVTRACE_NO_IOCTL. */
static uint32_t ioctl_of(const struct model_launch *l, uint32_t tid)
{
	return launch_in_ioctl(l, tid) ? launch_op(l, tid)->seen.ioctl : SEVTRACE_NO_IOCTL;
}

static void note_overlap(struct model_launch *l, uint64_t ts, size_t threads)
{
	struct model_times *t = &l->times;

	if (t->overlap_since && ts > t->overlap_since)
		t->overlap += ts - t->overlap_since;
	t->overlap_since = threads > 1 ? ts : 0;
}

/* share: 0 to 1. The largest number of ns is larger as a double. */
static uint64_t scaled(uint64_t ns, double share)
{
	return share < 1 ? (uint64_t)((double)ns * share) : ns;
}

/*
 * What a thread did since it left its last ioctl. While another thread is in one, the time is that
 * one's.
 */
static int add_meanwhile(struct model_launch *l, const struct sevtrace_rec_meanwhile *rec)
{
	struct model_times *t = &l->times;
	uint64_t before = t->outside, ran, ready;
	double share;
	int err = l->nr_ops ? 0 : outside_until(l, rec->h.ts);

	t->minor_faults += rec->minor_faults;
	t->major_faults += rec->major_faults;
	if (err || t->outside == before)
		return err;
	/* Both clocks differ by some parts in a million, and a file may hold anything. */
	ran = rec->ran < rec->duration ? rec->ran : rec->duration;
	ready = rec->ready < rec->duration - ran ? rec->ready : rec->duration - ran;
	share = rec->duration ? (double)(t->outside - before) / (double)rec->duration : 0;
	share = share < 1 ? share : 1;
	t->vmm[VMM_TIME_RUNNING] += scaled(ran, share);
	t->vmm[VMM_TIME_READY] += scaled(ready, share);
	t->vmm[VMM_TIME_ASLEEP] += scaled(rec->duration - ran - ready, share);
	return 0;
}

static int add_enter(struct model_launch *l, const union sevtrace_record *rec)
{
	note_overlap(l, rec->h.ts, l->nr_ops + (ioctl_of(l, rec->h.tid) == SEVTRACE_NO_IOCTL));
	return l->nr_ops ? 0 : outside_until(l, rec->h.ts);
}

static int add_exit(struct model_launch *l, const struct sevtrace_rec_ioctl_exit *rec)
{
	uint64_t start = begin_of(rec->h.ts, rec->duration), ns;
	bool known = ioctl_of(l, rec->h.tid) != SEVTRACE_NO_IOCTL;
	int err = l->nr_ops ? 0 : outside_until(l, start);

	/* It was entered a little before its duration begins. */
	if (!err)
		err = claim(l, is_alone(l, rec->h.tid) ? 0 : start, rec->h.ts, &ns);
	if (!err)
		err = give(l, rec->ioctl, TIME_BETWEEN, ns);
	if (!err)
		err = timeline_add(l, rec->ioctl, start, rec->h.ts);
	note_overlap(l, rec->h.ts, l->nr_ops - known);
	if (!err && l->nr_ops == known)
		err = outside_until(l, rec->h.ts);
	l->times.over = l->finished;
	return err;
}

static int add_attr(struct model_launch *l, const struct sevtrace_rec_attr *rec)
{
	uint32_t ioctl = ioctl_of(l, rec->h.tid);
	uint64_t start = begin_of(rec->h.ts, rec->duration);
	uint64_t wait = rec->wait < rec->duration ? rec->wait : rec->duration;
	struct parts p = { 0 };
	int err = l->nr_ops ? 0 : outside_until(l, start);

	if (err)
		return err;
	if (ioctl == SEVTRACE_NO_IOCTL) {
		ioctl = SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES;
		err = timeline_add(l, ioctl, start, rec->h.ts);
	}
	if (err)
		return err;
	add_part(&p, TIME_SLOTS_LOCK, wait);
	add_part(&p, SEVTRACE_STEP_ATTRIBUTES, rec->duration - wait);
	return own_with_gap(l, &rec->h, ioctl, &p);
}

/* Puts a command on the launch's timeline, if a thread in an ioctl issued it. */
static int draw_command(struct model_launch *l, const struct command_times *c, uint32_t ioctl)
{
	uint64_t held = held_since(c), done = begin_of(c->end, c->reclaim);
	int err = 0;

	if (ioctl == SEVTRACE_NO_IOCTL)
		return 0;
	if (c->wait >= UNCONTENDED_NS)
		err = timeline_add(l, TIMELINE_WAIT, begin_of(held, c->wait), held);
	return err ? err : timeline_add(l, TIMELINE_PSP, begin_of(done, c->exec), done);
}

/* Adds what of a record is its command's. */
static int take_command(struct model_launch *l, struct parts *p, struct psp_holdings *holdings,
			const union sevtrace_record *rec, uint32_t ioctl)
{
	struct command_times c;
	int err;

	if (!command_of(rec, &c))
		return 0;
	err = add_command(l, p, holdings, &c);
	if (!err)
		err = hold(holdings, l->budget, &c, l->number);
	return err ? err : draw_command(l, &c, ioctl);
}

/* What lies before a command is left open: it may be that of its step, which ends later. */
static int add_psp(struct model_launch *l, struct psp_holdings *holdings,
		   const union sevtrace_record *rec, uint32_t ioctl)
{
	struct parts p = { 0 };
	int err = take_command(l, &p, holdings, rec, ioctl);

	return err ? err : own(l, &rec->h, ioctl, &p);
}

/* A write-back of caches may be within another step, which ends later, as a command may. */
static int add_step(struct model_launch *l, const struct sevtrace_rec_step *rec)
{
	struct parts p = { 0 };

	if (rec->step < SEVTRACE_STEP_COUNT)
		add_part(&p, rec->step, rec->duration);
	if (rec->step == SEVTRACE_STEP_WRITEBACK)
		return own(l, &rec->h, rec->ioctl, &p);
	return own_with_gap(l, &rec->h, rec->ioctl, &p);
}

/* A page that somebody else has some of. */
struct shared_page {
	struct model_launch *launch;
	struct psp_holdings *holdings;
	uint32_t ioctl;
};

static int add_part_of_page(void *ctx, const union sevtrace_record *rec)
{
	struct shared_page *page = ctx;

	if (rec->h.type == SEVTRACE_REC_PSP)
		return add_psp(page->launch, page->holdings, rec, page->ioctl);
	return add_step(page->launch, &rec->step);
}

static int add_page(struct model_launch *l, struct psp_holdings *holdings,
		    const union sevtrace_record *rec)
{
	const struct sevtrace_rec_page *page = &rec->page;
	struct shared_page shared = { l, holdings, page->ioctl };
	uint64_t ns = page_has_command(page) ? page_command_ns(page) : 0;
	struct parts p = { 0 };
	int err;

	for (uint32_t i = 0; i < page_steps(page); i++)
		ns += page->ns[i];
	if (begin_of(rec->h.ts, ns) < l->times.cursor || !is_alone(l, rec->h.tid))
		return page_each(page, add_part_of_page, &shared);
	for (uint32_t i = 0; i < page_steps(page); i++)
		if (page->steps[i] < SEVTRACE_STEP_COUNT)
			add_part(&p, page->steps[i], page->ns[i]);
	err = take_command(l, &p, holdings, rec, page->ioctl);
	return err ? err : own_with_gap(l, &rec->h, page->ioctl, &p);
}

int times_add(struct model_launch *l, struct psp_holdings *holdings,
	      const union sevtrace_record *rec)
{
	struct model_times *t = &l->times;

	if (t->over || !l->has_span) {
		return times_note_holding(holdings, l->budget, rec);
	}
	if (!t->begun) {
		t->begun = true;
		t->cursor = l->first_ts;
	}
	switch (rec->h.type) {
	case SEVTRACE_REC_MEANWHILE:
		return add_meanwhile(l, &rec->meanwhile);
	case SEVTRACE_REC_IOCTL_ENTER:
		return add_enter(l, rec);
	case SEVTRACE_REC_IOCTL_EXIT:
		return add_exit(l, &rec->ioctl_exit);
	case SEVTRACE_REC_ATTR:
		return add_attr(l, &rec->attr);
	case SEVTRACE_REC_PSP:
		return add_psp(l, holdings, rec, ioctl_of(l, rec->h.tid));
	case SEVTRACE_REC_PAGE:
		return add_page(l, holdings, rec);
	case SEVTRACE_REC_STEP:
		return add_step(l, &rec->step);
	default:
		return 0;
	}
}

/* --- names ------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	const char *text;
} parts_of_time[TIME_COUNT] = {
#define MODEL_TIME_ROW(id, name, text) [TIME_##id] = { name, text },
	MODEL_TIMES(MODEL_TIME_ROW)
#undef MODEL_TIME_ROW
};

const char *time_name(uint32_t part)
{
	return part < SEVTRACE_STEP_COUNT ? step_name(part) : parts_of_time[part].name;
}

const char *time_text(uint32_t part)
{
	/* Without the command there is little left of it. */
	if (part == SEVTRACE_STEP_PSP)
		return "KVM around a PSP command";
	return part < SEVTRACE_STEP_COUNT ? step_text(part) : parts_of_time[part].text;
}

static const struct {
	const char *name;
	const char *text;
} vmm_times[VMM_TIME_COUNT] = {
#define MODEL_VMM_TIME_ROW(id, name, text) [VMM_TIME_##id] = { name, text },
	MODEL_VMM_TIMES(MODEL_VMM_TIME_ROW)
#undef MODEL_VMM_TIME_ROW
};

const char *vmm_time_name(uint32_t part)
{
	return vmm_times[part].name;
}

const char *vmm_time_text(uint32_t part)
{
	return vmm_times[part].text;
}

uint64_t vmm_time_unknown(const struct model_times *t)
{
	uint64_t unknown = t->outside;

	for (uint32_t part = 0; part < VMM_TIME_COUNT; part++)
		unknown -= t->vmm[part] < unknown ? t->vmm[part] : unknown;
	return unknown;
}

uint64_t command_time(const struct model_command *c)
{
	uint64_t sum = 0;

	for (uint32_t part = 0; part < TIME_COUNT; part++)
		sum += c->parts[part];
	return sum;
}

uint64_t launch_time_untold(const struct model_launch *l)
{
	uint64_t told = l->times.outside, whole = launch_duration(l);

	for (size_t i = 0; i < l->nr_commands; i++)
		told += command_time(&l->commands[i]);
	return whole > told ? whole - told : 0;
}
