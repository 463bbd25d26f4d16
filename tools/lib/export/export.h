/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Converts a recording to formats of other tools; each format has a file. A format gets each record
 * after the launch model, and the complete model at the end. What a format itself keeps of records
 * does not grow with their number.
 */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/report.h"
#include "sev/names.h"

struct export_format {
	const char *name; /* "csv" */
	const char *help;
	const struct csv_table *table; /* whose columns can be chosen; NULL: it is none */
	size_t state_size; /* size of its state in bytes; all zeros at the start */

	/* Each function returns 0 or a negative errno and may be NULL. */
	int (*begin)(void *state, FILE *out, const struct report *report);
	int (*record)(void *state, FILE *out, const struct model *m,
		      const union sevtrace_record *rec);
	int (*end)(void *state, FILE *out, const struct report *report);

	void (*free)(void *state); /* frees what the state points to; NULL: nothing */
};

/* A line per record, as sevtrace script prints it; export_format() does not return this format. */
extern const struct export_format export_text;

extern const struct export_format export_chrome;
extern const struct export_format export_csv;
extern const struct export_format export_folded;
extern const struct export_format export_json;
extern const struct export_format export_openmetrics;
extern const struct export_format export_otlp;
extern const struct export_format export_stacks;

/* Returns the i-th format that users can choose; NULL after the last one. */
const struct export_format *export_format(size_t i);

/*
 * Reads a file to its end and writes it to `out`. Fills report->model, which has to be initialised
 * and empty, and what report->state points to. Returns 0 or an error of tracefile_read(). Stops
 * early when `out` cannot be written: *write_error is then a negative errno, else 0.
 */
int export_read(const struct export_format *format, struct tracefile_reader *r,
		const struct report *report, FILE *out, int *write_error);

/* Returns the cleaned comm of a launch's process, "-" for launch 0: buf or a constant. */
#define EXPORT_COMM_LEN (2UL * SEVTRACE_COMM_LEN)
const char *export_comm(const struct model *m, uint32_t launch, char buf[EXPORT_COMM_LEN]);

/* Returns the name of an errno, or its number in buf. */
const char *export_errno(int ret, char buf[NAME_LEN]);

/* Returns when something started that took `duration` ns and ended at `end`. */
static inline uint64_t export_start(uint64_t end, uint64_t duration)
{
	return duration < end ? end - duration : 0;
}

#endif /* EXPORT_EXPORT_H */
