// SPDX-License-Identifier: GPL-2.0-only
/* Prints what the VMM was seen running between its SEV ioctls. */
#include <stdlib.h>
#include <string.h>

#include "report/internal.h"

#define LABEL 51 /* as in the tree of times */
#define TIME 10
#define SHARE 8
#define TOP 5

struct ranked {
	const struct model_sampled *stack;
};

/* Stacks of samples outside of SEV ioctls. */
struct outside {
	struct ranked stacks[PROFILE_MAX_STACKS];
	size_t nr;
	uint64_t samples;
	uint64_t ns;
};

static int by_time(const void *a, const void *b)
{
	const struct model_sampled *x = ((const struct ranked *)a)->stack;
	const struct model_sampled *y = ((const struct ranked *)b)->stack;

	return (x->ns < y->ns) - (x->ns > y->ns);
}

static void choose(const struct model_profile *p, struct outside *o)
{
	o->nr = 0;
	o->samples = o->ns = 0;
	for (size_t i = 0; i < p->nr_stacks; i++) {
		const struct model_sampled *s = &p->stacks[i];

		if (s->in_ioctl)
			continue;
		o->stacks[o->nr++].stack = s;
		o->samples += s->samples;
		o->ns += s->ns;
	}
	qsort(o->stacks, o->nr, sizeof(o->stacks[0]), by_time);
}

/* Writes the name of a frame: the function without its binary. */
static void name_frame(struct model *m, const struct model_launch *l, const struct model_sampled *s,
		       size_t frame, char *buf, size_t size)
{
	char *binary;

	model_address_text(m, s->symbols, l->pid, s->user[frame], buf, size);
	binary = strstr(buf, " (");
	if (binary)
		*binary = '\0';
}

/* "(kernel) < memset < touch_pages < main", as far as there is room. */
static void print_stack(struct model *m, const struct model_launch *l,
			const struct model_sampled *s, const struct text_style *style)
{
	const char *more = style->utf8 ? " < …" : " < ..";
	char line[2 * LABEL] = "", name[LABEL - 4];
	int used = s->in_kernel ? snprintf(line, sizeof(line), "(kernel)") : 0;

	for (size_t i = 0; i < SEVTRACE_STACK_DEPTH && s->user[i]; i++) {
		bool last = i + 1 == SEVTRACE_STACK_DEPTH || !s->user[i + 1];
		int room = LABEL - (last ? 0 : 4);

		name_frame(m, l, s, i, name, sizeof(name));
		if (used && used + 3 + (int)strlen(name) > room) {
			snprintf(line + used, sizeof(line) - (size_t)used, "%s", more);
			break;
		}
		used += snprintf(line + used, sizeof(line) - (size_t)used, "%s%s",
				 used ? " < " : "", name);
	}
	text_cell(style, line, LABEL);
}

static void print_row(const struct text_style *style, uint64_t ns, uint64_t whole)
{
	char time[TEXT_LEN], share[TEXT_LEN];

	snprintf(share, sizeof(share), "%.1f%%", whole ? 100.0 * (double)ns / (double)whole : 0.0);
	text_cell(style, text_time(style, ns, time), -TIME);
	text_cell(style, share, -SHARE);
	fputc('\n', style->out);
}

static void print_stacks(struct model *m, const struct model_launch *l, const struct outside *o,
			 const struct text_style *style)
{
	uint64_t rest = o->ns;
	char others[TEXT_LEN + 32], count[TEXT_LEN];

	for (size_t i = 0; i < o->nr && i < TOP; i++) {
		fputs("  ", style->out);
		print_stack(m, l, o->stacks[i].stack, style);
		print_row(style, o->stacks[i].stack->ns, o->ns);
		rest -= o->stacks[i].stack->ns;
	}
	if (o->nr <= TOP)
		return;
	snprintf(others, sizeof(others), "%s others", text_count(o->nr - TOP, count));
	fputs("  ", style->out);
	text_cell(style, others, LABEL);
	print_row(style, rest, o->ns);
}

void render_profile(struct model *m, const struct model_launch *l, const struct text_style *style)
{
	const struct model_profile *p = &l->profile;
	char samples[TEXT_LEN], all[TEXT_LEN], period[TEXT_LEN];
	struct outside *o = p->samples ? malloc(sizeof(*o)) : NULL;

	if (!o)
		return;
	choose(p, o);
	fprintf(style->out, "\n  %s", text_on(style, TEXT_DIM));
	text_cell(style, "what the VMM ran outside of SEV ioctls", LABEL);
	text_cell(style, "time", -TIME);
	text_cell(style, "share", -SHARE);
	fprintf(style->out, "%s\n", text_off(style));
	print_stacks(m, l, o, style);
	fprintf(style->out, "  %s of %s samples, one every %s of a processor's time\n",
		text_count(o->samples, samples), text_count(p->samples, all),
		text_time(style, p->period, period));
	if (p->more)
		fprintf(style->out, "  %s samples are of further stacks, which are not kept\n",
			text_count(p->more, all));
	free(o);
}
