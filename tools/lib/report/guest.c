// SPDX-License-Identifier: GPL-2.0-only
/* Prints what became of a guest after its launch. */
#include <stdio.h>
#include <stdlib.h>

#include "report/internal.h"
#include "sev/host_keys.h"
#include "sev/milestones.h"

#define LABEL 51 /* as in the tree of times */
#define AT 10

/* What happened when: three times of the guest itself, and its milestones. */
struct moment {
	uint64_t ts;
	char text[2 * MILESTONE_NAME_LEN + 64];
};

struct moments {
	struct moment of[GUEST_MAX_MILESTONES + 3];
	size_t nr;
};

/* Adds a moment, if it is known, and returns room for its text. */
static char *add_moment(struct moments *moments, const struct model_launch *l, uint64_t ts)
{
	struct moment *moment = &moments->of[moments->nr];

	*moment = (struct moment){ .ts = ts };
	if (ts >= l->finish_ts)
		moments->nr++;
	return moment->text;
}

static int by_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	return (x->ts > y->ts) - (x->ts < y->ts);
}

void guest_milestones(const struct model *m, struct milestones *named)
{
	const char *text = model_host_value(m, host_keys[HOST_MILESTONES].key);

	if (!text || milestones_parse(text, named))
		*named = (struct milestones){ 0 };
}

static void add_milestones(struct moments *moments, const struct model *m,
			   const struct model_launch *l)
{
	struct milestones named;

	guest_milestones(m, &named);
	for (size_t i = 0; i < l->guest.nr_milestones; i++) {
		const struct model_milestone *at = &l->guest.milestones[i];
		const char *name = milestone_name(&named, at->port, at->value);

		snprintf(add_moment(moments, l, at->ts), sizeof(moments->of[0].text),
			 "%s%sport 0x%x: 0x%x%s", name ? name : "", name ? " (" : "", at->port,
			 at->value, name ? ")" : "");
	}
}

static void print_moments(const struct model *m, const struct model_launch *l,
			  const struct text_style *style)
{
	struct moments moments = { .nr = 0 };
	char count[TEXT_LEN];

	snprintf(add_moment(&moments, l, l->run_ts), sizeof(moments.of[0].text),
		 "first run of a vCPU");
	snprintf(add_moment(&moments, l, l->guest.exit_ts), sizeof(moments.of[0].text),
		 "first exit to the VMM, of %s", text_count(l->guest.now.exits, count));
	snprintf(add_moment(&moments, l, l->guest.grew_ts), sizeof(moments.of[0].text),
		 "last known to be given memory");
	add_milestones(&moments, m, l);
	qsort(moments.of, moments.nr, sizeof(moments.of[0]), by_time);
	for (size_t i = 0; i < moments.nr; i++) {
		char at[TEXT_LEN + 1] = "+";

		text_time(style, moments.of[i].ts - l->finish_ts, at + 1);
		fputs("  ", style->out);
		text_cell(style, moments.of[i].text, LABEL);
		text_cell(style, at, -AT);
		fputc('\n', style->out);
	}
	if (l->guest.more_milestones)
		fprintf(style->out, "  and %s more writes to these ports\n",
			text_count(l->guest.more_milestones, count));
}

/* Returns "12.0 MiB" in buf. */
static const char *bytes_text(uint64_t pages, char buf[TEXT_LEN])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)pages * (GUEST_PAGE_BYTES / 1024.0);
	size_t unit = 0;

	for (; value >= 1024 && unit < 3; unit++)
		value /= 1024;
	snprintf(buf, TEXT_LEN,
		 value < 10  ? "%.2f %s" :
		 value < 100 ? "%.1f %s" :
			       "%.0f %s",
		 value, units[unit]);
	return buf;
}

static void print_memory(const struct model_launch *l, const struct text_style *style)
{
	const struct sevtrace_rec_guest *now = &l->guest.now;
	char given[TEXT_LEN], whole[TEXT_LEN], speed[TEXT_LEN], line[4 * TEXT_LEN + 80];
	uint64_t rate = launch_guest_rate(l);
	int used;

	if (now->given) {
		used = snprintf(line, sizeof(line), "it was given %s",
				bytes_text(now->given, given));
		if (now->memory)
			used += snprintf(line + used, sizeof(line) - (size_t)used,
					 " of the VM's %s", bytes_text(now->memory, whole));
		if (rate)
			snprintf(line + used, sizeof(line) - (size_t)used, ", %s/s",
				 bytes_text(rate / GUEST_PAGE_BYTES, speed));
		fprintf(style->out, "  %s\n", line);
	}
	if (now->to_private || now->to_shared)
		fprintf(style->out, "  updates of attributes made %s private and %s shared\n",
			bytes_text(now->to_private, given), bytes_text(now->to_shared, whole));
	if (now->rmp_faults)
		fprintf(style->out, "  it had %s RMP fault%s\n", text_count(now->rmp_faults, given),
			now->rmp_faults == 1 ? "" : "s");
}

/* "7.29 s after the launch, when last seen, it was accepting memory; 12.9 GiB to go, 315 s" */
static void print_state(const struct model_launch *l, const struct text_style *style)
{
	const struct model_guest *g = &l->guest;
	enum guest_state state = launch_guest_state(l);
	uint64_t left = g->now.memory > g->now.given ? g->now.memory - g->now.given : 0;
	uint64_t rate = launch_guest_rate(l) / GUEST_PAGE_BYTES;
	char after[TEXT_LEN], time[TEXT_LEN], memory[TEXT_LEN], what[3 * TEXT_LEN + 64] = "";
	char line[sizeof(what) + TEXT_LEN + 40];

	if (state == GUEST_STATE_UNKNOWN)
		return;
	text_time(style, g->now.h.ts - l->finish_ts, after);
	if (state == GUEST_WAITS)
		snprintf(what, sizeof(what), "its VMM had not run it");
	else if (state == GUEST_RUNS && g->grew_ts)
		snprintf(what, sizeof(what), "it ran, and was given no more memory for %s",
			 text_time(style, g->now.h.ts - g->grew_ts, time));
	else if (state == GUEST_RUNS)
		snprintf(what, sizeof(what), "it ran, and was given no memory");
	else if (rate && left)
		snprintf(what, sizeof(what), "it was accepting memory; %s to go, %s at this rate",
			 bytes_text(left, memory),
			 text_time(style, (uint64_t)((double)left / (double)rate * 1e9), time));
	else
		snprintf(what, sizeof(what), "it was accepting memory");
	snprintf(line, sizeof(line), "%s after the launch, when last seen, %s", after, what);
	fputs("  ", style->out);
	text_wrap(style, line, 4);
}

void render_guest(const struct model *m, const struct model_launch *l,
		  const struct text_style *style)
{
	if (!launch_guest_known(l))
		return;
	fprintf(style->out, "\n  %s", text_on(style, TEXT_DIM));
	text_cell(style, "the guest after its launch", LABEL);
	text_cell(style, "at", -AT);
	fprintf(style->out, "%s\n", text_off(style));
	print_moments(m, l, style);
	print_memory(l, style);
	print_state(l, style);
}
