// SPDX-License-Identifier: GPL-2.0-only
#include "stat/interval.h"

#include <inttypes.h>

static void add_commands(struct stat_interval *i, const struct model_launch *l)
{
	for (size_t k = 0; k < l->nr_psp; k++) {
		i->psp_busy_ns += series_hist(&l->psp[k].exec)->sum;
		i->psp_wait_ns += series_hist(&l->psp[k].wait)->sum;
	}
}

void stat_interval_add(struct stat_interval *i, const struct model *m)
{
	struct sevtrace_hist buffer;

	for (size_t k = 0; k < m->nr_launches; k++) {
		const struct model_launch *l = m->launches[k];

		/* The record of its begin has the process. */
		i->begun += l->pid && !l->joined;
		i->ok += l->finished;
		i->failed += launch_result(l) == MODEL_FAILED;
		i->pages += launch_step(l, SEVTRACE_STEP_PSP, &buffer)->pages;
		add_commands(i, l);
	}
	if (m->outside)
		add_commands(i, m->outside);
}

void stat_interval_add_live(struct stat_interval *sum, const struct sevtrace_hist_key *key,
			    const struct sevtrace_hist *hist)
{
	if (key->kind == SEVTRACE_HIST_STEP && key->id == SEVTRACE_STEP_PSP)
		sum->pages += hist->pages;
	else if (key->kind == SEVTRACE_HIST_PSP_EXEC)
		sum->psp_busy_ns += hist->sum;
	else if (key->kind == SEVTRACE_HIST_PSP_WAIT)
		sum->psp_wait_ns += hist->sum;
}

/* A launch that had failed may have succeeded since. */
static uint64_t since(uint64_t before, uint64_t now)
{
	return now > before ? now - before : 0;
}

struct stat_interval stat_interval_between(const struct stat_interval *before,
					   const struct stat_interval *now)
{
	return (struct stat_interval){
		.at_ns = now->at_ns,
		.ns = since(before->at_ns, now->at_ns),
		.begun = since(before->begun, now->begun),
		.ok = since(before->ok, now->ok),
		.failed = since(before->failed, now->failed),
		.pages = since(before->pages, now->pages),
		.psp_busy_ns = since(before->psp_busy_ns, now->psp_busy_ns),
		.psp_wait_ns = since(before->psp_wait_ns, now->psp_wait_ns),
		.dropped = since(before->dropped, now->dropped),
	};
}

void stat_interval_heading(const struct text_style *style)
{
	fprintf(style->out, "%s%10s %7s %7s %7s %10s %9s %10s %9s%s\n", text_on(style, TEXT_DIM),
		"time", "begun", "ok", "failed", "pages", "PSP busy", "waiting", "dropped",
		text_off(style));
}

void stat_interval_text(const struct stat_interval *i, const struct text_style *style)
{
	char time[TEXT_LEN], pages[TEXT_LEN], dropped[TEXT_LEN], busy[TEXT_LEN];

	snprintf(busy, sizeof(busy), "%.1f%%",
		 i->ns ? 100.0 * (double)i->psp_busy_ns / (double)i->ns : 0.0);
	fprintf(style->out, "%8.2f s %7" PRIu64 " %7" PRIu64 " %7" PRIu64 " %10s %9s ",
		(double)i->at_ns / 1e9, i->begun, i->ok, i->failed, text_count(i->pages, pages),
		busy);
	text_cell(style, i->psp_wait_ns ? text_time(style, i->psp_wait_ns, time) : "-", -10);
	fprintf(style->out, " %9s\n", text_count(i->dropped, dropped));
	fflush(style->out);
}

void stat_interval_json(const struct stat_interval *i, FILE *out)
{
	fprintf(out,
		"{\"at_ns\":%" PRIu64 ",\"ns\":%" PRIu64 ",\"begun\":%" PRIu64 ",\"ok\":%" PRIu64
		",\"failed\":%" PRIu64 ",\"pages\":%" PRIu64 ",\"psp_busy_ns\":%" PRIu64
		",\"psp_wait_ns\":%" PRIu64 ",\"dropped\":%" PRIu64 "}\n",
		i->at_ns, i->ns, i->begun, i->ok, i->failed, i->pages, i->psp_busy_ns,
		i->psp_wait_ns, i->dropped);
	fflush(out);
}
