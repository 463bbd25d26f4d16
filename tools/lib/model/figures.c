// SPDX-License-Identifier: GPL-2.0-only
/* Adds a record to the figures of its launch: one function for each type of record. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/internal.h"
#include "model/model.h"
#include "sev/pages.h"
#include "stats/hist.h"

static void note_span(struct model_launch *l, uint64_t start, uint64_t end)
{
	if (!l->has_span || start < l->first_ts)
		l->first_ts = start;
	l->has_span = true;
	if (end > l->last_ts)
		l->last_ts = end;
}

static int add_launch_begin(struct model_launch *l, const struct sevtrace_rec_launch_begin *rec)
{
	memcpy(l->comm, rec->comm, sizeof(l->comm));
	l->comm[sizeof(l->comm) - 1] = '\0';
	l->pid = rec->pid;
	l->joined = rec->joined;
	l->vmm_started = rec->started;
	if (rec->vm_type)
		l->vm_type = rec->vm_type;
	return 0;
}

/* Keeps the first name of each kind. */
static int add_name(struct model_launch *l, const struct sevtrace_rec_name *rec)
{
	if (rec->kind >= SEVTRACE_NAME_COUNT || l->names[rec->kind])
		return 0;
	l->names[rec->kind] = model_budget_alloc(l->budget, &l->charged, sizeof(rec->text));
	if (!l->names[rec->kind])
		return -ENOMEM;
	snprintf(l->names[rec->kind], sizeof(rec->text), "%.*s", (int)sizeof(rec->text), rec->text);
	return 0;
}

static int add_launch_end(struct model_launch *l, const struct sevtrace_rec_launch_end *rec)
{
	l->destroyed = rec->destroyed;
	l->teardown_ns = rec->duration;
	l->vmm_exited = rec->exiting;
	l->vmm_signal = rec->exit_signal;
	l->vmm_status = rec->exit_status;
	if (rec->asid)
		l->asid = rec->asid;
	return 0;
}

static int add_ioctl_enter(struct model_launch *l, const struct sevtrace_rec_ioctl_enter *rec)
{
	note_span(l, rec->h.ts, rec->h.ts);
	return 0;
}

static int add_ioctl_exit(struct model_launch *l, const struct sevtrace_rec_ioctl_exit *rec)
{
	struct model_command *command = launch_command(l, rec->ioctl);

	if (!command || series_add(l, &command->time, rec->duration, 0))
		return -ENOMEM;
	command->failed += rec->ret != 0;
	command->length_queries += sevtrace_is_length_query(rec->ioctl, rec->ret, rec->fw_error);
	note_span(l, begin_of(rec->h.ts, rec->duration), rec->h.ts);
	l->last_ioctl = rec->ioctl;
	if (rec->vm_type)
		l->vm_type = rec->vm_type;
	if (rec->asid)
		l->asid = rec->asid;
	if (!rec->ret && sevtrace_is_finish(rec->ioctl) && !l->finished) {
		l->finished = true;
		l->finish_ts = rec->h.ts;
	}
	return 0;
}

static int add_range_start(struct model_launch *l, const struct sevtrace_rec_range_start *rec)
{
	l->ranges[!!rec->private_pages]++;
	return 0;
}

static int add_range_end(struct model_launch *l, const struct sevtrace_rec_range_end *rec)
{
	if (rec->page_type < SEVTRACE_PAGE_TYPE_COUNT)
		l->pages[!!rec->private_pages][rec->page_type] += rec->done;
	return 0;
}

/* What the figures need of a step, whatever record it comes from. */
struct sample {
	uint64_t duration;
	uint32_t npages;
	uint32_t ioctl;
	uint8_t step;
	bool private_pages;
	bool skipped;
};

/* Spreads the time of a LAUNCH_UPDATE_DATA command over the pages that it covers. */
static int derive_per_page(struct model_launch *l, const struct sample *s)
{
	if (s->step != SEVTRACE_STEP_PSP || s->ioctl != SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA ||
	    s->private_pages || !s->npages)
		return 0;
	if (!l->psp_per_page)
		l->psp_per_page = launch_alloc(l, sizeof(*l->psp_per_page));
	if (!l->psp_per_page)
		return -ENOMEM;
	hist_add(l->psp_per_page, s->duration / s->npages, s->npages, s->npages);
	return 0;
}

static void count_flush(struct model_flushes *flushes, const struct sample *s)
{
	if (s->skipped) {
		flushes->skipped++;
		flushes->skipped_pages += s->npages;
	} else {
		flushes->done++;
		flushes->pages += s->npages;
	}
}

static int add_sample(struct model_launch *l, enum sevtrace_phase phase, const struct sample *s)
{
	if (s->step == SEVTRACE_STEP_CLFLUSH)
		count_flush(&l->flushes[phase], s);
	if (s->step < SEVTRACE_STEP_COUNT &&
	    series_add(l, &l->steps[phase][s->step], s->duration, s->npages))
		return -ENOMEM;
	return derive_per_page(l, s);
}

/* Tells whether nothing but the time of a step counts, as of most of a page's. */
static inline bool is_plain(uint8_t step, bool private_pages)
{
	return step < SEVTRACE_STEP_COUNT && step != SEVTRACE_STEP_CLFLUSH &&
	       (step != SEVTRACE_STEP_PSP || private_pages);
}

static int add_step(struct model_launch *l, const struct sevtrace_rec_step *rec)
{
	const struct sample s = {
		.duration = rec->duration,
		.npages = rec->npages,
		.ioctl = rec->ioctl,
		.step = rec->step,
		.private_pages = rec->private_pages,
		.skipped = rec->marks & SEVTRACE_MARK_SKIPPED,
	};

	if (add_sample(l, sevtrace_phase_of(rec->ioctl, rec->page_type, rec->private_pages), &s))
		return -ENOMEM;
	if (rec->ioctl != SEVTRACE_NO_IOCTL)
		note_span(l, rec->h.ts, rec->h.ts);
	return 0;
}

static int count_status(struct model_launch *l, struct model_psp *psp, uint32_t status)
{
	struct model_status_count *place;

	for (size_t i = 0; i < psp->nr_errors; i++) {
		if (psp->errors[i].status == status) {
			psp->errors[i].count++;
			return 0;
		}
	}
	if (psp->nr_errors == MODEL_MAX_STATUSES) {
		psp->other_errors++;
		return 0;
	}
	place = LAUNCH_ADD(l, psp->errors, psp->nr_errors);
	if (!place)
		return -ENOMEM;
	*place = (struct model_status_count){ status, 1 };
	return 0;
}

/* What the figures need of a command, whatever record it comes from. */
struct command {
	uint64_t wait;
	uint64_t prep;
	uint64_t exec;
	uint64_t reclaim;
	uint32_t cmd;
	uint32_t status;
	bool nested;
	bool asked;
	bool answered;
};

static int add_command(struct model_launch *l, const struct command *c)
{
	struct model_psp *psp = launch_psp(l, c->cmd);

	if (!psp)
		return -ENOMEM;
	psp->recorded++;
	psp->nested += c->nested;
	psp->not_asked += !c->asked;
	psp->not_answered += c->asked && !c->answered;
	psp->prep_ns += c->prep;
	psp->reclaim_ns += c->reclaim;
	/* A command issued while the mailbox is already held does not wait. */
	if (c->wait && series_add(l, &psp->wait, c->wait, 0))
		return -ENOMEM;
	if (c->asked && series_add(l, &psp->exec, c->exec, 0))
		return -ENOMEM;
	return c->answered && c->status ? count_status(l, psp, c->status) : 0;
}

#define COMMAND(rec)                                                                   \
	{                                                                              \
		.wait = (rec)->wait, .prep = (rec)->prep, .exec = (rec)->exec,         \
		.reclaim = (rec)->reclaim, .cmd = (rec)->cmd, .status = (rec)->status, \
		.asked = (rec)->asked, .answered = (rec)->answered,                    \
	}

static int add_psp(struct model_launch *l, const struct sevtrace_rec_psp *rec)
{
	struct command c = COMMAND(rec);

	c.nested = rec->depth != 0;
	if (add_command(l, &c))
		return -ENOMEM;
	if (launch_in_ioctl(l, rec->h.tid))
		note_span(l, rec->h.ts, rec->h.ts);
	return 0;
}

static int add_page(struct model_launch *l, const struct sevtrace_rec_page *rec)
{
	enum sevtrace_phase phase =
		sevtrace_phase_of(rec->ioctl, rec->page_type, rec->private_pages);
	struct sample s = {
		.npages = rec->npages,
		.ioctl = rec->ioctl,
		.private_pages = rec->private_pages,
		.skipped = rec->marks & SEVTRACE_MARK_SKIPPED,
	};
	const struct command c = COMMAND(rec);
	uint32_t nr = page_steps(rec);

	for (uint32_t i = 0; i < nr; i++) {
		uint64_t ns = page_step_ns(rec, i);
		uint8_t step = rec->steps[i];
		int err;

		if (is_plain(step, rec->private_pages)) {
			err = series_add(l, &l->steps[phase][step], ns, rec->npages);
		} else {
			s.step = step;
			s.duration = ns;
			err = add_sample(l, phase, &s);
		}
		if (err)
			return err;
	}
	if (page_has_command(rec) && add_command(l, &c))
		return -ENOMEM;
	if (rec->ioctl != SEVTRACE_NO_IOCTL)
		note_span(l, rec->h.ts, rec->h.ts);
	return 0;
}

static int add_attr(struct model_launch *l, const struct sevtrace_rec_attr *rec)
{
	struct model_attributes *a = &l->attributes;
	uint64_t pages = rec->end > rec->start ? rec->end - rec->start : 0;
	struct model_command *command;

	a->updates++;
	a->failed += rec->ret != 0;
	a->pages += pages;
	if (series_add(l, &a->wait, rec->wait, 0) ||
	    (rec->phase < SEVTRACE_PHASE_COUNT &&
	     series_add(l, &l->steps[rec->phase][SEVTRACE_STEP_ATTRIBUTES], rec->duration, pages)))
		return -ENOMEM;
	if (launch_in_ioctl(l, rec->h.tid))
		return 0;

	command = launch_command(l, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES);
	if (!command || series_add(l, &command->time, rec->duration, pages))
		return -ENOMEM;
	command->failed += rec->ret != 0;
	note_span(l, begin_of(rec->h.ts, rec->duration), rec->h.ts);
	return 0;
}

int figures_add(struct model_launch *l, const union sevtrace_record *rec)
{
	switch (rec->h.type) {
	case SEVTRACE_REC_LAUNCH_BEGIN:
		return add_launch_begin(l, &rec->launch_begin);
	case SEVTRACE_REC_LAUNCH_END:
		return add_launch_end(l, &rec->launch_end);
	case SEVTRACE_REC_IOCTL_ENTER:
		return add_ioctl_enter(l, &rec->ioctl_enter);
	case SEVTRACE_REC_IOCTL_EXIT:
		return add_ioctl_exit(l, &rec->ioctl_exit);
	case SEVTRACE_REC_RANGE_START:
		return add_range_start(l, &rec->range_start);
	case SEVTRACE_REC_RANGE_END:
		return add_range_end(l, &rec->range_end);
	case SEVTRACE_REC_STEP:
		return add_step(l, &rec->step);
	case SEVTRACE_REC_PSP:
		return add_psp(l, &rec->psp);
	case SEVTRACE_REC_PAGE:
		return add_page(l, &rec->page);
	case SEVTRACE_REC_ATTR:
		return add_attr(l, &rec->attr);
	case SEVTRACE_REC_NAME:
		return add_name(l, &rec->name);
	case SEVTRACE_REC_RUN:
		if (!l->run_ts)
			l->run_ts = rec->h.ts;
		return 0;
	case SEVTRACE_REC_GUEST:
		return guest_add(l, &rec->guest);
	case SEVTRACE_REC_MILESTONE:
		return guest_milestone(l, &rec->milestone);
	default:
		return 0;
	}
}
