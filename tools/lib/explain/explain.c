// SPDX-License-Identifier: GPL-2.0-only
/* Explains failures by tables. A failure that no row matches stays unexplained. */
#include "explain/explain.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "explain/causes.h"
#include "sev/lacks.h"
#include "sev/names.h"
#include "sev/reference.h"
#include "util/array.h"

static struct explanation by_status(const struct model_failure *f, uint32_t status)
{
	for (size_t i = 0; i < ARRAY_SIZE(status_rows); i++) {
		const struct status_row *row = &status_rows[i];

		if (row->status == status && (row->ioctl == ANY_IOCTL || row->ioctl == f->ioctl) &&
		    (row->page_type == ANY ||
		     (f->has_range && row->page_type == f->range.page_type)))
			return row->text;
	}
	return unknown_status;
}

static struct explanation by_errno(const struct model_failure *f)
{
	int error = f->inner_ret ? f->inner_ret : f->ret;
	int step = f->has_step ? f->step : SEVTRACE_STEP_NONE;

	for (size_t i = 0; i < ARRAY_SIZE(errno_rows); i++) {
		const struct errno_row *row = &errno_rows[i];

		if ((row->error == ANY || -row->error == error) &&
		    (row->ioctl == ANY_IOCTL || row->ioctl == f->ioctl) &&
		    (row->step == ANY || row->step == step))
			return row->text;
	}
	return (struct explanation){ NULL, NULL, SURE };
}

static struct explanation by_what_is_known(const struct model_failure *f)
{
	uint32_t status = f->has_psp ? f->psp.status : f->fw_error;

	if (f->psp_asked && !f->psp_answered)
		return no_answer;
	if (f->psp_asked && status && (f->has_psp || f->ret))
		return by_status(f, status);
	if (f->has_psp && f->psp_asked)
		return failed_after;
	if (f->has_psp && f->psp.ret == -EBUSY)
		return given_up;
	if (f->has_psp && f->psp.ret != -ENODEV)
		return not_prepared;
	if (!ioctl_name(f->ioctl) && f->ret == -EINVAL)
		return unknown_command;
	return by_errno(f);
}

uint32_t explain_unseen(const struct model_failure *f, uint32_t lacks)
{
	const struct ioctl_fact *fact = ioctl_fact(f->ioctl);
	bool answered = f->psp_answered && (f->has_psp ? f->psp.status : f->fw_error);
	uint32_t unseen = 0;

	/* whoever says what was wrong must have been asked */
	if ((f->psp_asked || f->has_psp) && !answered)
		unseen |= lacks_touching(lacks, FIGURE_PSP_ASKED, 0);
	if (!f->has_step && !answered && fact)
		unseen |= lacks_touching(lacks, 0, fact->steps);
	/* the type of the page decides what the status means */
	if (answered && !f->has_range && f->ioctl == SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE)
		unseen |= lacks_touching(lacks, FIGURE_PRIVATE_PAGES, 0);
	return unseen;
}

struct explanation explain_failure(const struct model_failure *f, uint32_t lacks)
{
	struct explanation why = by_what_is_known(f);

	if ((f->inferred || explain_unseen(f, lacks)) && why.sure < POSSIBLE)
		why.sure++;
	return why;
}

static struct model_failure failure_of_command(const struct sevtrace_rec_psp *psp)
{
	return (struct model_failure){
		.ioctl = EXPLAIN_NO_IOCTL,
		.ret = psp->ret,
		.psp_asked = psp->asked,
		.psp_answered = psp->answered,
		.has_psp = true,
		.psp = *psp,
	};
}

struct explanation explain_command(const struct sevtrace_rec_psp *psp)
{
	const struct model_failure f = failure_of_command(psp);

	return explain_failure(&f, 0);
}

/* Reports statuses that are failures. INVALID_LEN is none: it answers a query for the length. */
static int each_status(const struct model_psp *psp, explain_each each, void *ctx)
{
	int ret = 0;

	for (size_t i = 0; i < psp->nr_errors && !ret; i++) {
		const struct sevtrace_rec_psp rec = { .cmd = psp->cmd,
						      .status = psp->errors[i].status,
						      .ret = -EIO,
						      .asked = 1,
						      .answered = 1 };
		const struct model_failure f = failure_of_command(&rec);

		if (rec.status != SEVTRACE_PSP_INVALID_LEN)
			ret = each(ctx, &f, psp->errors[i].count);
	}
	return ret;
}

int explain_host_failures(const struct model_launch *outside, explain_each each, void *ctx)
{
	int ret = 0;

	for (size_t i = 0; outside && i < outside->nr_psp && !ret; i++) {
		const struct model_psp *psp = &outside->psp[i];
		const struct sevtrace_rec_psp silent = { .cmd = psp->cmd,
							 .ret = -ETIMEDOUT,
							 .asked = 1 };
		const struct model_failure f = failure_of_command(&silent);

		ret = each_status(psp, each, ctx);
		if (!ret && psp->not_answered)
			ret = each(ctx, &f, psp->not_answered);
	}
	return ret;
}

struct explanation explain_ending(enum launch_ending ending)
{
	switch (ending) {
	case LAUNCH_KILLED:
		return killed;
	case LAUNCH_EXITED:
	case LAUNCH_ABANDONED:
		return abandoned;
	default:
		return (struct explanation){ NULL, NULL, SURE };
	}
}

struct explanation explain_no_launch(const char *command_status)
{
	if (!command_status)
		return (struct explanation){ NULL, NULL, SURE };
	return strcmp(command_status, "0") != 0 ? never_asked : launched_none;
}

/* The array for causes, its size, and how many were found. */
struct causes {
	struct cause *to;
	size_t max, count;
};

static void add(struct causes *causes, struct cause cause)
{
	if (causes->count < causes->max)
		causes->to[causes->count++] = cause;
}

/* Adds causes of a status. If rows name the ioctl itself, skips rows for any ioctl. */
static void add_statuses(struct causes *causes, const struct cause_query *query)
{
	bool any = query->ioctl == ANY_IOCTL;

	for (size_t i = 0; i < ARRAY_SIZE(status_rows); i++) {
		const struct status_row *row = &status_rows[i];
		bool general = row->ioctl == ANY_IOCTL;

		if (row->status != query->status ||
		    !(any || general || row->ioctl == query->ioctl) ||
		    (!any && general && causes->count))
			continue;
		add(causes, (struct cause){ &row->text, row->ioctl, row->page_type, ANY, 0 });
	}
}

/* Does the ioctl have the step that this row is about? */
static bool step_fits(const struct errno_row *row, uint32_t ioctl)
{
	const struct ioctl_fact *fact = ioctl_fact(ioctl);

	if (row->step == ANY || row->step == SEVTRACE_STEP_NONE || ioctl == ANY_IOCTL)
		return true;
	return fact && fact->steps & (1U << row->step);
}

static void add_errnos(struct causes *causes, const struct cause_query *query, bool hidden)
{
	bool any = query->ioctl == ANY_IOCTL, known = false;

	for (size_t i = 0; i < ARRAY_SIZE(errno_rows); i++) {
		const struct errno_row *row = &errno_rows[i];
		bool own = row->ioctl == query->ioctl && row->step == SEVTRACE_STEP_NONE;

		/* if a step fails with any errno, only the step itself tells the cause */
		if (row->error != query->error ||
		    !(any || row->ioctl == ANY_IOCTL || row->ioctl == query->ioctl) ||
		    !step_fits(row, query->ioctl))
			continue;
		if ((known || query->ioctl == EXPLAIN_NO_IOCTL) && row->ioctl == ANY_IOCTL &&
		    row->step == SEVTRACE_STEP_NONE)
			continue;
		if (hidden && row->step >= 0 && row->step < SEVTRACE_STEP_COUNT)
			continue; /* add_hidden() adds it */
		known |= own;
		add(causes, (struct cause){ &row->text, row->ioctl, ANY, row->step, 0 });
	}
}

/*
 * Adds every errno of the steps of KVM_SEV_SNP_LAUNCH_UPDATE: it returns EIO for whatever goes
 * wrong with a page (snp_launch_update() of Linux), so each of them may hide behind that.
 */
static void add_hidden(struct causes *causes)
{
	for (size_t i = 0; i < ARRAY_SIZE(errno_rows); i++) {
		const struct errno_row *row = &errno_rows[i];

		if (row->step >= 0 && row->step < SEVTRACE_STEP_COUNT && row->ioctl == ANY_IOCTL &&
		    step_fits(row, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE))
			add(causes,
			    (struct cause){ &row->text, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, ANY,
					    row->step, row->error == ANY ? 0 : row->error });
	}
}

size_t explain_causes(const struct cause_query *query, struct cause *causes, size_t max)
{
	bool hidden = query->error == EIO && (query->ioctl == ANY_IOCTL ||
					      query->ioctl == SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	struct causes found = { causes, max, 0 };

	if (query->status) {
		add_statuses(&found, query);
		return found.count;
	}
	if (!query->error)
		return 0;
	add_errnos(&found, query, hidden);
	if (hidden)
		add_hidden(&found);
	return found.count;
}
