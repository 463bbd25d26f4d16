// SPDX-License-Identifier: GPL-2.0-only
/* From a failure to a sentence, by tables. What is in no row stays unexplained. */
#include <errno.h>
#include <stddef.h>

#include "explain.h"
#include "explain_tables.h"
#include "names.h"

static struct explanation by_status(const struct model_failure *f, uint32_t status)
{
	struct explanation plain = { psp_status_text(status), NULL };

	for (size_t i = 0; i < sizeof(status_rows) / sizeof(status_rows[0]); i++) {
		const struct status_row *row = &status_rows[i];

		if (row->status == status && (row->ioctl == ANY_IOCTL || row->ioctl == f->ioctl) &&
		    (row->page_type == ANY ||
		     (f->has_range && row->page_type == f->range.page_type)))
			return row->text;
	}
	return plain;
}

static struct explanation by_errno(const struct model_failure *f)
{
	int error = f->inner_ret ? f->inner_ret : f->ret;
	int step = f->has_step ? f->step : SEVTRACE_STEP_NONE;

	for (size_t i = 0; i < sizeof(errno_rows) / sizeof(errno_rows[0]); i++) {
		const struct errno_row *row = &errno_rows[i];

		if ((row->error == ANY || -row->error == error) &&
		    (row->ioctl == ANY_IOCTL || row->ioctl == f->ioctl) &&
		    (row->step == ANY || row->step == step))
			return row->text;
	}
	return (struct explanation){ NULL, NULL };
}

struct explanation explain_failure(const struct model_failure *f)
{
	uint32_t status = f->has_psp ? f->psp.status : f->fw_error;

	if (f->psp_asked && !f->psp_answered)
		return no_answer;
	if (f->psp_asked && status && (f->has_psp || f->ret))
		return by_status(f, status);
	if (f->has_psp && !f->psp_asked && f->psp.ret == -EBUSY)
		return given_up;
	if (!ioctl_name(f->ioctl) && f->ret == -EINVAL)
		return unknown_command;
	return by_errno(f);
}
