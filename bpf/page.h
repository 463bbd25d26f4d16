/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends the record of the page that a thread works on. The records of a thread are in order: what
 * sends another one calls page_flush() first.
 */
#ifndef BPF_PAGE_H
#define BPF_PAGE_H

#include "hist.h"
#include "record.h"

/* Adds the page's times to the histograms, for a page whose record will not arrive. */
__weak __noinline int page_hists(const struct thread *t)
{
	const struct sevtrace_rec_page *p;
	enum sevtrace_phase phase;

	if (!t || t->muted)
		return 0;
	p = &t->page;
	phase = sevtrace_phase_of(p->ioctl, p->page_type, p->private_pages);
	for (u32 i = 0; i < SEVTRACE_PAGE_STEPS && i < p->nr_steps; i++)
		hist_add_step(t->launch, phase, p->steps[i],
			      p->ns[i] + (p->psp_step == i + 1 ? page_command_time(p) : 0),
			      p->npages);
	if (p->wait)
		hist_add(t->launch, SEVTRACE_HIST_PSP_WAIT, p->cmd, p->wait, 0);
	if (p->asked)
		hist_add(t->launch, SEVTRACE_HIST_PSP_EXEC, p->cmd, p->exec, 0);
	return 0;
}

/*
 * Sends the record if there is a page. The collector adds the times of the records that it gets to
 * the histograms; here only those of the others are added, as that takes longer than all the rest.
 */
__weak __noinline int page_flush(struct thread *t)
{
	struct sevtrace_rec_page *rec = NULL;
	bool failed;

	if (!t || !thread_page_open(t))
		return 0;
	failed = thread_page_failed(t);
	if (!filtered(t, failed, t->page_longest))
		rec = record_alloc(sizeof(*rec), t->launch, !failed);
	if (rec) {
		*rec = t->page;
		record_head(&rec->h, SEVTRACE_REC_PAGE, sizeof(*rec), t->page.h.ts, t->launch);
		record_submit(rec);
	} else {
		page_hists(t);
	}
	thread_page_reset(t);
	return 0;
}

#endif /* BPF_PAGE_H */
