// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes stacks of the time of launches, as flamegraph.pl and speedscope read them: frames
 * separated by semicolons, then the nanoseconds spent in the last frame itself. Each nanosecond of
 * an ioctl is counted in exactly one line. Outside of ioctls the time is the VMM's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "export/thread_table.h"
#include "sev/names.h"

/*
 * Limit of different stacks in a file. Only a made-up file has more: their time is added up in one
 * stack.
 */
#define MAX_STACKS 8192

/*
 * Limit of different commands between two steps of a thread. If there are more, the first ones are
 * counted in no step.
 */
#define MAX_COMMANDS 16

/* Frames of a stack in the order they are printed. Value 0: no such frame; else a number + 1. */
enum frame { VM, VMM, MEANWHILE, IOCTL, PHASE, STEP, COMMAND, NESTED, WAIT, NR_FRAMES };

#define OTHER UINT64_MAX /* a frame that stands for many */

struct stack {
	uint64_t frames[NR_FRAMES];
	uint64_t ns;
};

/* All commands of one kind that a thread issued and whose step is not known yet. */
struct command {
	uint32_t cmd; /* of a nested command: the command around it, 0 while that is not known */
	uint32_t nested; /* the nested command; 0: the command is not nested */
	uint64_t wait;
	uint64_t own; /* the rest of its time, without nested commands */
};

struct thread {
	uint32_t tid; /* has to be the first member, as thread_table says */
	uint32_t ioctl;
	bool in_ioctl;
	uint64_t mark; /* time of the thread before this is already in a stack */
	uint64_t inside; /* ns of the current ioctl that are already in stacks */
	/* ns of steps that may be inside the next one, and when the last of them ended */
	uint64_t within;
	uint64_t within_ts;
	struct command commands[MAX_COMMANDS];
	size_t nr_commands;
};

struct folded {
	struct thread_table threads;
	struct stack *stacks; /* sorted by frames */
	size_t nr_stacks;
};

/* Where time was spent: the launch's type and the other frames. */
struct place {
	struct folded *f;
	uint64_t frames[NR_FRAMES];
};

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static int compare_frames(const uint64_t *a, const uint64_t *b)
{
	for (size_t i = 0; i < NR_FRAMES; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

/* Returns the index of a stack, or the index where it has to be inserted. */
static size_t find_stack(const struct folded *f, const uint64_t *frames)
{
	size_t low = 0;
	size_t high = f->nr_stacks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_frames(f->stacks[middle].frames, frames) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int add_stack(struct folded *f, const uint64_t *frames, uint64_t ns)
{
	static const uint64_t other[NR_FRAMES] = { OTHER };
	size_t at = find_stack(f, frames);
	struct stack *grown;

	if (at < f->nr_stacks && !compare_frames(f->stacks[at].frames, frames)) {
		f->stacks[at].ns = add(f->stacks[at].ns, ns);
		return 0;
	}
	if (f->nr_stacks >= MAX_STACKS && frames[VM] != OTHER)
		return add_stack(f, other, ns);
	grown = reallocarray(f->stacks, f->nr_stacks + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	f->stacks = grown;
	memmove(&grown[at + 1], &grown[at], (f->nr_stacks - at) * sizeof(*grown));
	memcpy(grown[at].frames, frames, sizeof(grown[at].frames));
	grown[at].ns = ns;
	f->nr_stacks++;
	return 0;
}

/* Adds ns to the place's stack, but at most *left, so that parts never exceed the whole. */
static int spend(const struct place *p, uint64_t ns, uint64_t *left)
{
	if (ns > *left)
		ns = *left;
	*left -= ns;
	return ns ? add_stack(p->f, p->frames, ns) : 0;
}

static int spend_command(struct place *p, const struct command *c, uint64_t *left)
{
	int err;

	p->frames[COMMAND] = (uint64_t)c->cmd + 1;
	p->frames[NESTED] = c->nested ? (uint64_t)c->nested + 1 : 0;
	err = spend(p, c->own, left);
	p->frames[WAIT] = 1;
	if (!err)
		err = spend(p, c->wait, left);
	p->frames[COMMAND] = p->frames[NESTED] = p->frames[WAIT] = 0;
	return err;
}

/* Adds the commands that a thread issued since its last step to this place, at most *left ns. */
static int spend_commands(struct place *p, struct thread *t, uint64_t *left)
{
	int err = 0;

	for (size_t i = 0; !err && i < t->nr_commands; i++)
		err = spend_command(p, &t->commands[i], left);
	t->nr_commands = 0;
	return err;
}

/* Adds a step that ended at ts, and the commands that the thread issued since its last step. */
static int spend_step(struct place *p, struct thread *t, uint64_t duration, uint64_t ts)
{
	uint64_t start = duration < ts ? ts - duration : 0;
	uint64_t left;
	int err;

	if (start < t->mark)
		start = t->mark;
	left = ts > start ? ts - start : 0;
	if (start < t->within_ts)
		left -= t->within < left ? t->within : left;
	t->within = 0;
	if (ts > t->mark)
		t->mark = ts;
	t->inside = add(t->inside, left);
	err = spend_commands(p, t, &left);
	return err ? err : spend(p, left, &left);
}

/* Adds the commands that a thread issued since its last step to no step. */
static int spend_unstepped(struct place *p, struct thread *t)
{
	uint64_t taken = 0;
	uint64_t left;

	for (size_t i = 0; i < t->nr_commands; i++)
		taken = add(taken, add(t->commands[i].own, t->commands[i].wait));
	t->inside = add(t->inside, taken);
	left = taken;
	return spend_commands(p, t, &left);
}

/* Adds a step that may be inside another one, whose record comes later. */
static int spend_within(struct place *p, struct thread *t, uint64_t duration, uint64_t ts)
{
	uint64_t left = duration;

	t->within = add(t->within, duration);
	t->within_ts = ts;
	t->inside = add(t->inside, duration);
	return spend(p, duration, &left);
}

static int feed_step(struct place *p, struct thread *t, const struct sevtrace_rec_step *rec)
{
	if (rec->ioctl == SEVTRACE_NO_IOCTL)
		return 0;
	p->frames[IOCTL] = (uint64_t)rec->ioctl + 1;
	p->frames[PHASE] =
		1 + (uint64_t)sevtrace_phase_of(rec->ioctl, rec->page_type, rec->private_pages);
	p->frames[STEP] = (uint64_t)rec->step + 1;
	if (rec->step == SEVTRACE_STEP_WRITEBACK)
		return spend_within(p, t, rec->duration, rec->h.ts);
	return spend_step(p, t, rec->duration, rec->h.ts);
}

/* Adds a command to those of the same kind. The caller makes sure that there is room. */
static void add_command(struct thread *t, const struct command *c)
{
	size_t i = 0;

	while (i < t->nr_commands &&
	       (t->commands[i].cmd != c->cmd || t->commands[i].nested != c->nested))
		i++;
	if (i == t->nr_commands)
		t->commands[t->nr_commands++] = (struct command){ c->cmd, c->nested, 0, 0 };
	t->commands[i].wait = add(t->commands[i].wait, c->wait);
	t->commands[i].own = add(t->commands[i].own, c->own);
}

/*
 * Moves nested commands, whose records come first, into the command around them. Returns their
 * time.
 */
static uint64_t take_nested(struct thread *t, uint32_t cmd)
{
	uint64_t sum = 0;

	for (size_t i = t->nr_commands; i > 0; i--) {
		struct command c = t->commands[i - 1];

		if (c.cmd)
			continue;
		t->commands[i - 1] = t->commands[--t->nr_commands];
		c.cmd = cmd;
		add_command(t, &c);
		sum = add(sum, add(c.own, c.wait));
	}
	return sum;
}

static int feed_psp(struct place *p, struct thread *t, const struct sevtrace_rec_psp *rec)
{
	struct command c = { .cmd = rec->depth ? 0 : rec->cmd,
			     .nested = rec->depth ? rec->cmd : 0,
			     .wait = rec->wait,
			     .own = add(rec->prep, add(rec->exec, rec->reclaim)) };
	uint64_t nested;
	int err = 0;

	if (!t->in_ioctl)
		return 0;
	if (!rec->depth) {
		nested = take_nested(t, rec->cmd);
		c.own -= nested < c.own ? nested : c.own;
	}
	if (t->nr_commands == MAX_COMMANDS) {
		p->frames[IOCTL] = (uint64_t)t->ioctl + 1;
		err = spend_unstepped(p, t);
	}
	add_command(t, &c);
	return err;
}

/* Adds an update of attributes: a step of the ioctl around it, or else a whole ioctl. */
static int feed_attr(struct place *p, struct thread *t, const struct sevtrace_rec_attr *rec)
{
	uint32_t ioctl = t->in_ioctl ? t->ioctl : SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES;
	uint64_t left = rec->duration;
	int err;

	p->frames[IOCTL] = (uint64_t)ioctl + 1;
	p->frames[PHASE] = (uint64_t)rec->phase + 1;
	p->frames[STEP] = SEVTRACE_STEP_ATTRIBUTES + 1;
	if (t->in_ioctl)
		return spend_step(p, t, rec->duration, rec->h.ts);
	p->frames[WAIT] = 1;
	err = spend(p, rec->wait, &left);
	p->frames[WAIT] = 0;
	return err ? err : spend(p, left, &left);
}

static void feed_enter(struct thread *t, const struct sevtrace_rec_ioctl_enter *rec)
{
	t->ioctl = rec->ioctl;
	t->in_ioctl = true;
	t->mark = rec->h.ts;
	t->inside = 0;
	t->within = 0;
	t->nr_commands = 0;
}

static int feed_exit(struct place *p, struct thread *t, const struct sevtrace_rec_ioctl_exit *rec)
{
	uint64_t left = rec->duration > t->inside ? rec->duration - t->inside : 0;
	int err;

	p->frames[IOCTL] = (uint64_t)rec->ioctl + 1;
	err = spend_commands(p, t, &left);
	t->in_ioctl = false;
	t->inside = 0;
	t->mark = rec->h.ts;
	return err ? err : spend(p, left, &left);
}

static int feed(struct place *p, struct thread *t, const union sevtrace_record *rec)
{
	switch (rec->h.type) {
	case SEVTRACE_REC_IOCTL_ENTER:
		feed_enter(t, &rec->ioctl_enter);
		return 0;
	case SEVTRACE_REC_IOCTL_EXIT:
		return feed_exit(p, t, &rec->ioctl_exit);
	case SEVTRACE_REC_RANGE_START:
		p->frames[IOCTL] = (uint64_t)t->ioctl + 1;
		return spend_unstepped(p, t);
	case SEVTRACE_REC_STEP:
		return feed_step(p, t, &rec->step);
	case SEVTRACE_REC_PSP:
		return feed_psp(p, t, &rec->psp);
	case SEVTRACE_REC_ATTR:
		return feed_attr(p, t, &rec->attr);
	default:
		return 0;
	}
}

static int begin(void *state, FILE *out, const struct report *report)
{
	(void)out;
	(void)report;
	((struct folded *)state)->threads.state_size = sizeof(struct thread);
	return 0;
}

static int take_record(void *state, FILE *out, const struct model *m,
		       const union sevtrace_record *rec)
{
	int err;
	struct folded *f = state;
	struct launch_threads *l;
	struct place p = { .f = f };
	struct thread *t;

	(void)out;
	if (!rec->h.launch)
		return 0;
	l = threads_of(&f->threads, m, rec->h.launch, &err);
	if (!l)
		return err;
	t = thread_state(&f->threads, l, rec->h.tid);
	if (!t)
		return -ENOMEM;
	p.frames[VM] = 1 + (uint64_t)m->launches[model_position(m, rec->h.launch)]->vm_type;
	return feed(&p, t, rec);
}

static const char *vmm_name(uint32_t number)
{
	(void)number;
	return "vmm";
}

static void print_stack(FILE *out, const struct stack *s)
{
	static const char *(*const names[])(uint32_t number) = {
		[VM] = vm_type_name,	      [VMM] = vmm_name,
		[MEANWHILE] = vmm_time_name,  [IOCTL] = ioctl_name,
		[PHASE] = phase_name,	      [STEP] = step_name,
		[COMMAND] = psp_command_name, [NESTED] = psp_command_name,
	};
	char buf[NAME_LEN];

	if (s->frames[VM] == OTHER) {
		fprintf(out, "other %" PRIu64 "\n", s->ns);
		return;
	}
	for (size_t i = VM; i < WAIT; i++) {
		uint32_t number = (uint32_t)(s->frames[i] - 1);

		if (s->frames[i])
			fprintf(out, "%s%s", i ? ";" : "",
				name_or_hex(names[i](number), number, buf));
	}
	fprintf(out, "%s %" PRIu64 "\n", s->frames[WAIT] ? ";wait" : "", s->ns);
}

static int add_outside(struct folded *f, const struct model_launch *l)
{
	uint64_t frames[NR_FRAMES] = { [VM] = 1 + (uint64_t)l->vm_type, [VMM] = 1 };
	uint64_t unknown = vmm_time_unknown(&l->times);
	int err = unknown ? add_stack(f, frames, unknown) : 0;

	for (uint32_t part = 0; part < VMM_TIME_COUNT && !err; part++) {
		frames[MEANWHILE] = 1 + (uint64_t)part;
		if (l->times.vmm[part])
			err = add_stack(f, frames, l->times.vmm[part]);
	}
	return err;
}

static int end(void *state, FILE *out, const struct report *report)
{
	struct folded *f = state;
	int err = 0;

	for (size_t i = 0; i < report->model->nr_launches && !err; i++)
		if (report_shows(report, i))
			err = add_outside(f, report->model->launches[i]);
	for (size_t i = 0; i < f->nr_stacks && !err; i++)
		print_stack(out, &f->stacks[i]);
	return err;
}

static void release(void *state)
{
	struct folded *f = state;

	thread_table_free(&f->threads);
	free(f->stacks);
}

const struct export_format export_folded = {
	.name = "folded",
	.help = "stacks of where the time of launches went, for flame graphs",
	.state_size = sizeof(struct folded),
	.begin = begin,
	.record = take_record,
	.end = end,
	.free = release,
};
