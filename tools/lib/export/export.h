/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording in the formats of other tools, one file a format. A format sees every record once
 * the launch model has it, and the whole model at the end; what it keeps of records itself does
 * not grow with their number.
 */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include <stddef.h>
#include <stdio.h>

#include "report/report.h"

struct export_format {
	const char *name; /* "csv" */
	const char *help;
	size_t state_size; /* bytes of its state, which starts as zeros */

	/* Each returns 0 or a negative errno and may be NULL. */
	int (*begin)(void *state, FILE *out);
	int (*record)(void *state, FILE *out, const struct model *m,
		      const union sevtrace_record *rec);
	int (*end)(void *state, FILE *out, const struct report *report);

	void (*free)(void *state); /* what the state holds; NULL: nothing */
};

/* One line a record, as sevtrace script prints it; not among those to be looked up. */
extern const struct export_format export_text;

extern const struct export_format export_chrome;
extern const struct export_format export_csv;
extern const struct export_format export_folded;
extern const struct export_format export_json;
extern const struct export_format export_openmetrics;

/* The i-th format that users choose from; NULL behind the last. */
const struct export_format *export_format(size_t i);

/*
 * Reads a file to its end and writes it to `out`. report->model has to be initialised and empty; it
 * and what report->state points to are filled. Returns 0 or as tracefile_read(). Ends early when
 * nothing more can be written: *write_error is a negative errno then, else 0.
 */
int export_read(const struct export_format *format, struct tracefile_reader *r,
		const struct report *report, FILE *out, int *write_error);

/* The comm of a launch's process, cleaned; "-" for launch 0. Returns buf or a constant. */
#define EXPORT_COMM_LEN (2UL * SEVTRACE_COMM_LEN)
const char *export_comm(const struct model *m, uint32_t launch, char buf[EXPORT_COMM_LEN]);

#endif /* EXPORT_EXPORT_H */
