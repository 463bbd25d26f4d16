/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The figures of `sevtrace stat`: sums over all launches of a run, with mean and spread over
 * repeated runs. They are made from the launch model, which may know pages and commands only from
 * histograms.
 */
#ifndef STAT_SUMMARY_H
#define STAT_SUMMARY_H

#include <jansson.h>

#include <linux/types.h>

#include <sevtrace/maps.h>

#include "model/model.h"
#include "stats/mean.h"
#include "util/text.h"

#define SUMMARY_COLUMNS 4

/* X(id, name): kinds of rows in the order of output. */
#define SUMMARY_KINDS(X)          \
	X(LAUNCHES, "launches")   \
	X(TOTAL, "total")         \
	X(STEP, "steps")          \
	X(PSP, "psp")             \
	X(STATUS, "errors")       \
	X(IOCTL, "failed_ioctls") \
	X(LOSS, "losses")

#define SUMMARY_KIND_ENUM(id, name) SUMMARY_##id,
enum summary_kind { SUMMARY_KINDS(SUMMARY_KIND_ENUM) SUMMARY_KIND_COUNT };
#undef SUMMARY_KIND_ENUM

/* X(id, name, unit, text): rows of kind TOTAL. */
#define SUMMARY_TOTALS(X)                                            \
	X(PAGES, "pages", COUNT, "pages")                            \
	X(PAGE_RATE, "pages_per_second", RATE, "pages/s launching")  \
	X(PSP_BUSY, "psp_busy_ns", TIME, "PSP busy")                 \
	X(PSP_SHARE, "psp_busy_percent", PERCENT, "of time elapsed") \
	X(PSP_WAIT, "psp_wait_ns", TIME, "waiting for the PSP")      \
	X(WAIT_SHARE, "psp_wait_percent", PERCENT, "of launch time") \
	X(FLUSHED, "flushed_pages", COUNT, "pages flushed")          \
	X(FLUSHES, "flushes", COUNT, "flushes")                      \
	X(SKIPPED, "skipped_pages", COUNT, "pages not flushed")      \
	X(LAUNCH_TIME, "launch_ns", TIME, "launch time in all")      \
	X(ELAPSED, "elapsed_ns", TIME, "elapsed")                    \
	X(EVENTS, "events", COUNT, "records")                        \
	X(DROPPED, "dropped", COUNT, "dropped")

#define SUMMARY_TOTAL_ENUM(id, name, unit, text) SUMMARY_##id,
enum summary_total { SUMMARY_TOTALS(SUMMARY_TOTAL_ENUM) SUMMARY_TOTAL_COUNT };
#undef SUMMARY_TOTAL_ENUM

/* Numbers of STATUS rows above the firmware's 16-bit statuses. */
#define SUMMARY_NOT_ASKED 0x10000
#define SUMMARY_NOT_ANSWERED 0x10001

/*
 * id depends on the kind: a guest type, enum summary_total, a step, PSP command, status, ioctl, or
 * enum sevtrace_loss.
 */
struct summary_row {
	enum summary_kind kind;
	uint32_t id;
	struct spread columns[SUMMARY_COLUMNS]; /* as described by summary_columns() */
	bool unknown; /* the source of events does not tell it: no column has a value */
};

struct summary {
	struct summary_row *rows;
	size_t nr_rows;
	uint64_t runs;
	uint32_t lacks; /* what leaves figures of some launch unknown: a set, see sev/lacks.h */
};

/* What sevtrace knows of a run besides its model. */
struct summary_run {
	uint64_t elapsed_ns;
	struct sevtrace_counters counters; /* of the run, over all CPUs */
};

void summary_free(struct summary *s);

/* Adds a run. Returns 0 or -ENOMEM. */
int summary_add(struct summary *s, const struct model *m, const struct summary_run *run);

/* Sorts the rows, and pads rows that some runs lack. Call it once, after the last run. */
void summary_finish(struct summary *s);

enum summary_unit {
	SUMMARY_UNIT_COUNT,
	SUMMARY_UNIT_RATE,
	SUMMARY_UNIT_TIME,
	SUMMARY_UNIT_PERCENT,
};

struct summary_column {
	const char *name; /* in JSON; NULL: the row has fewer columns */
	const char *head;
	enum summary_unit unit;
	bool sparse; /* a run without a value is left out, not counted as 0 */
};

/* Returns an array of SUMMARY_COLUMNS columns; those of a TOTAL depend on its id. */
const struct summary_column *summary_columns(enum summary_kind kind, uint32_t id);
const char *summary_kind_name(enum summary_kind kind);

/* Returns a row's name; writes to buf if the row has no fixed name. */
const char *summary_row_name(const struct summary_row *row, char buf[TEXT_LEN]);

/* Returns a row; NULL: there is none. */
const struct summary_row *summary_find(const struct summary *s, enum summary_kind kind,
				       uint32_t id);

/*
 * Prints the summary. command: the command's words, or NULL; then `what` is shown instead:
 *
 *   Launches of 'launch-guest':
 *
 *    launches                     ok     failed incomplete  time each
 *    sev-es                        1          0          0     1.09 s
 *
 *              34  pages                 # 31.2 pages/s launching
 *          298 ms  PSP busy              # 14.9% of time elapsed
 *
 *    step                      count      pages      share      total
 *    pin                           2         65       0.2%    2.03 ms
 */
void render_summary(const struct summary *s, char *const *command, const char *what,
		    const struct text_style *style);

/*
 * Returns JSON as in docs/schema/stat.schema.json; the caller owns the reference. NULL: no memory.
 */
json_t *summary_json(const struct summary *s, char *const *command, const char *version);

#endif /* STAT_SUMMARY_H */
