// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio_ext.h>
#include <stdlib.h>

#include "export/export.h"
#include "sev/pages.h"
#include "util/array.h"

static const struct export_format *const formats[] = {
	&export_chrome,	     &export_csv,  &export_folded, &export_json,
	&export_openmetrics, &export_otlp, &export_stacks,
};

struct run {
	const struct export_format *format;
	void *state;
	const struct report *report;
	FILE *out;
	int write_error;
};

const struct export_format *export_format(size_t i)
{
	return i < ARRAY_SIZE(formats) ? formats[i] : NULL;
}

/* Stops reading when the disk is full or nobody reads the output any more. */
static int check_written(struct run *run, int ret)
{
	if (!ret && ferror(run->out)) {
		run->write_error = errno ? -errno : -EIO;
		return -EIO;
	}
	return ret;
}

/* Where launches are chosen, commands outside of them are not wanted. */
static bool is_shown(const struct run *run, uint32_t launch)
{
	const struct model *m = run->report->model;
	size_t at;

	if (!run->report->shown)
		return true;
	at = model_position(m, launch);
	return at < m->nr_launches && run->report->shown[at];
}

/* Formats know steps and commands only. */
static int each_record(void *ctx, const union sevtrace_record *rec)
{
	struct run *run = ctx;

	if (!is_shown(run, rec->h.launch))
		return 0;
	if (rec->h.type == SEVTRACE_REC_PAGE)
		return page_each(&rec->page, each_record, run);
	return check_written(run,
			     run->format->record(run->state, run->out, run->report->model, rec));
}

static int run_format(struct run *run, struct tracefile_reader *r, const struct report *report)
{
	const struct export_format *f = run->format;
	int ret = f->begin ? f->begin(run->state, run->out, report) : 0;

	if (!ret)
		ret = model_read_each(report->model, r, report->state,
				      f->record ? each_record : NULL, run);
	if (!ret && f->end)
		ret = f->end(run->state, run->out, report);
	if (!ret) {
		fflush(run->out);
		ret = check_written(run, ret);
	}
	return run->write_error ? 0 : ret;
}

int export_read(const struct export_format *format, struct tracefile_reader *r,
		const struct report *report, FILE *out, int *write_error)
{
	struct run run = { .format = format, .report = report, .out = out };
	int ret;

	run.state = calloc(1, format->state_size ? format->state_size : 1);
	if (!run.state)
		return -ENOMEM;
	__fsetlocking(out, FSETLOCKING_BYCALLER); /* one thread writes */
	ret = run_format(&run, r, report);
	*write_error = run.write_error;
	if (format->free)
		format->free(run.state);
	free(run.state);
	return ret;
}
