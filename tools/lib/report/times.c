// SPDX-License-Identifier: GPL-2.0-only
/* Prints who owns the time of a launch, as a tree. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/internal.h"
#include "sev/lacks.h"
#include "sev/names.h"
#include "util/array.h"

#define LABEL 51 /* columns of a name with the lines before it */
#define TIME 10
#define SHARE 8
#define SMALL 200 /* nodes below one part in so many are summed up, if there are several */
#define MAX_HOLDERS 5 /* of the PSP, for whom a launch waited longest */
#define MAX_NODES 260 /* ioctls of a launch, or parts of one, and a few more */

/* What the recording may lack of what the tree shows. */
#define FIGURES_OF_TIMES                                                                        \
	(FIGURE_PSP | FIGURE_PSP_WAIT | FIGURE_PSP_PARTS | FIGURE_REGIONS | FIGURE_ATTRIBUTES | \
	 FIGURE_SLOTS_WAIT)

struct node {
	const char *text;
	char buf[2 * NAME_LEN];
	uint64_t ns;
	const struct model_command *command; /* whose parts are below it; NULL: none */
	const struct model_times *vmm; /* the same */
};

struct tree {
	const struct text_style *style;
	uint64_t whole;
	struct node nodes[MAX_NODES]; /* of the level that is printed */
	size_t nr;
};

static void print_share_bar(const struct tree *t, uint64_t ns)
{
	static const char *const blocks[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	int width = t->style->width - 2 - LABEL - TIME - SHARE - 2;
	double share = (double)ns / (double)t->whole;
	int eighths = (int)((share < 1 ? share : 1) * 8 * (width < 20 ? width : 20) + 0.5);

	if (eighths <= 0)
		return;
	fputs("  ", t->style->out);
	for (int i = 0; i < (t->style->utf8 ? eighths : eighths + 4) / 8; i++)
		fputs(t->style->utf8 ? "█" : "#", t->style->out);
	if (t->style->utf8)
		fputs(blocks[eighths % 8], t->style->out);
}

/* Prints a line; `before` are the lines of the tree that lead to it. */
static void print_node(const struct tree *t, const char *before, const char *name, uint64_t ns)
{
	char label[4 * NAME_LEN], share[TEXT_LEN], time[TEXT_LEN];

	snprintf(label, sizeof(label), "%s%s", before, name);
	snprintf(share, sizeof(share), "%.1f%%", 100.0 * (double)ns / (double)t->whole);
	fputs("  ", t->style->out);
	text_cell(t->style, label, LABEL);
	text_cell(t->style, text_time(t->style, ns, time), -TIME);
	text_cell(t->style, share, -SHARE);
	print_share_bar(t, ns);
	fputc('\n', t->style->out);
}

static int by_time(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return (x->ns < y->ns) - (x->ns > y->ns);
}

/* Returns the new node; NULL: it would have no time, or there are too many. */
static struct node *add_node(struct tree *t, const char *text, uint64_t ns)
{
	struct node *node = &t->nodes[t->nr];

	if (!ns || t->nr == MAX_NODES)
		return NULL;
	*node = (struct node){ .text = text, .ns = ns };
	t->nr++;
	return node;
}

static void add_vmm(struct tree *t, const struct model_times *times)
{
	struct node *node = add_node(t, "the VMM, outside of SEV ioctls", times->outside);

	if (node && vmm_time_unknown(times) != times->outside)
		node->vmm = times;
}

static void add_ioctl(struct tree *t, const struct model_command *c)
{
	struct node *node = add_node(t, NULL, command_time(c));

	if (!node)
		return;
	node->command = c;
	snprintf(node->buf, sizeof(node->buf), "%s",
		 name_or_hex(ioctl_name(c->ioctl), c->ioctl, (char[NAME_LEN]){ 0 }));
}

/* Sorts the nodes of a level. Sums up the small ones but the first, if there are several. */
static void settle(struct tree *t)
{
	struct node sum = { 0 };
	size_t keep;

	qsort(t->nodes, t->nr, sizeof(t->nodes[0]), by_time);
	for (keep = 1; keep < t->nr && t->nodes[keep].ns >= t->whole / SMALL; keep++)
		;
	if (t->nr < keep + 2)
		return;
	for (size_t i = keep; i < t->nr; i++)
		sum.ns += t->nodes[i].ns;
	snprintf(sum.buf, sizeof(sum.buf), "%zu smaller ones", t->nr - keep);
	t->nodes[keep] = sum;
	t->nr = keep + 1;
}

static const char *text_of(const struct node *node)
{
	return node->text ? node->text : node->buf;
}

/* The lines that lead to a node: below another one or not, the last one there or not. */
static const char *branch(const struct text_style *style, bool last)
{
	if (style->utf8)
		return last ? "└─ " : "├─ ";
	return last ? "`- " : "|- ";
}

static void print_parts(const struct text_style *style, uint64_t whole, const struct node *node,
			bool last)
{
	struct tree t = { .style = style, .whole = whole };
	char before[16];

	for (uint32_t part = 0; node->command && part < TIME_COUNT; part++)
		add_node(&t, time_text(part), node->command->parts[part]);
	for (uint32_t part = 0; node->vmm && part < VMM_TIME_COUNT; part++)
		add_node(&t, vmm_time_text(part), node->vmm->vmm[part]);
	if (node->vmm)
		add_node(&t, "not known", vmm_time_unknown(node->vmm));
	settle(&t);
	for (size_t i = 0; i < t.nr; i++) {
		const char *bar = last ? " " : style->utf8 ? "│" : "|";

		snprintf(before, sizeof(before), "%s  %s", bar, branch(style, i + 1 == t.nr));
		print_node(&t, before, text_of(&t.nodes[i]), t.nodes[i].ns);
	}
}

static int by_wait(const void *a, const void *b)
{
	const struct times_wait *x = a, *y = b;

	return (x->ns < y->ns) - (x->ns > y->ns);
}

/* "held meanwhile by launch 2 (qemu[57]) 23.6 ms, launch 3 (qemu[58]) 7.50 ms, the host 1.00 ms" */
static void print_waits(const struct model *m, const struct model_launch *l,
			const struct text_style *style)
{
	struct times_wait waits[TIMES_MAX_WAITS];
	char line[(MAX_HOLDERS + 1) * 96], time[TEXT_LEN], vmm[LAUNCH_VMM_LEN];
	size_t nr = l->nr_waits < TIMES_MAX_WAITS ? l->nr_waits : TIMES_MAX_WAITS;
	int used;

	if (!nr)
		return;
	memcpy(waits, l->waits, nr * sizeof(waits[0]));
	qsort(waits, nr, sizeof(waits[0]), by_wait);
	used = snprintf(line, sizeof(line), "the PSP was held meanwhile by");
	for (size_t i = 0; i < nr && i < MAX_HOLDERS; i++) {
		size_t at = model_position(m, waits[i].launch);
		char *to = line + used;
		size_t room = sizeof(line) - (size_t)used;

		text_time(style, waits[i].ns, time);
		if (!waits[i].launch)
			used += snprintf(to, room, "%s the host %s", i ? "," : "", time);
		else if (at == m->nr_launches)
			used += snprintf(to, room, "%s launch %u %s", i ? "," : "", waits[i].launch,
					 time);
		else
			used += snprintf(to, room, "%s launch %u (%s) %s", i ? "," : "",
					 waits[i].launch, launch_vmm(m->launches[at], vmm), time);
	}
	if (nr > MAX_HOLDERS)
		snprintf(line + used, sizeof(line) - (size_t)used, ", and %zu more",
			 nr - MAX_HOLDERS);
	fputs("  ", style->out);
	text_wrap(style, line, 4);
}

static void print_notes(const struct model *m, const struct model_launch *l,
			const struct text_style *style)
{
	char buf[TEXT_LEN];

	if (l->times.overlap)
		fprintf(style->out,
			"  for %s of it, several threads were in SEV ioctls: counted once\n",
			text_time(style, l->times.overlap, buf));
	if (l->times.minor_faults || l->times.major_faults)
		fprintf(style->out,
			"  the VMM met %" PRIu64 " page faults meanwhile; %" PRIu64
			" waited for a file or swap\n",
			l->times.minor_faults + l->times.major_faults, l->times.major_faults);
	print_waits(m, l, style);
	if (l->dropped)
		fprintf(style->out, "  time of dropped records is \"%s\"\n",
			time_text(TIME_BETWEEN));
	render_unseen(style, launch_lacks(m, l, FIGURES_OF_TIMES, ~0U));
}

void render_times(const struct model *m, const struct model_launch *l,
		  const struct text_style *style)
{
	struct tree t = { .style = style, .whole = launch_duration(l) };

	if (!t.whole)
		return;
	add_vmm(&t, &l->times);
	for (size_t i = 0; i < l->nr_commands; i++)
		add_ioctl(&t, &l->commands[i]);
	add_node(&t, "in what had not ended with the recording", launch_time_untold(l));
	settle(&t);
	fprintf(style->out, "\n  %s", text_on(style, TEXT_DIM));
	text_cell(style, "where the time went", LABEL);
	text_cell(style, "time", -TIME);
	text_cell(style, "share", -SHARE);
	fprintf(style->out, "%s\n", text_off(style));
	print_node(&t, "", "launch", t.whole);
	for (size_t i = 0; i < t.nr; i++) {
		bool last = i + 1 == t.nr;

		print_node(&t, branch(style, last), text_of(&t.nodes[i]), t.nodes[i].ns);
		if (t.nodes[i].ns >= t.whole / SMALL)
			print_parts(style, t.whole, &t.nodes[i], last);
	}
	print_notes(m, l, style);
}
