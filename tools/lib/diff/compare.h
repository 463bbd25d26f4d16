/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two recordings compared, row by row: what the launches of A took and those of B. Made of the
 * launch model; every output of sevtrace diff is a renderer of it. Times are nanoseconds.
 */
#ifndef DIFF_COMPARE_H
#define DIFF_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "sev/host_keys.h"

/*
 * When a difference is one. Over launches: each launch is one value, its own median, so what moves
 * a whole launch does not count as thousands of pages. With fewer launches than
 * COMPARE_MIN_LAUNCHES a side it is over samples (pages, commands), which are not independent of
 * each other: then the medians of the launches must not overlap either, and more is asked of the
 * effect.
 */
#define COMPARE_LEVEL 0.01 /* of all rows together, after Holm */
#define COMPARE_MIN_LAUNCHES 8
#define COMPARE_MIN_SAMPLES 50
#define COMPARE_MIN_CHANGE 0.05 /* of the median, over launches */
#define COMPARE_MIN_CHANGE_SAMPLES 0.30 /* over samples */
#define COMPARE_MIN_SUPERIORITY 0.64 /* over samples; 0.5: none */
#define COMPARE_MIN_NS \
	20 /* two buckets of the finest part of a histogram and the clock's own step */

enum compare_which { COMPARE_A, COMPARE_B };

enum compare_section { COMPARE_LAUNCH, COMPARE_STEP, COMPARE_PSP, COMPARE_IOCTL };

enum compare_verdict {
	COMPARE_SAME, /* the medians are no further apart than what counts */
	COMPARE_SLOWER, /* B than A */
	COMPARE_FASTER,
	COMPARE_UNCLEAR, /* they are, but it may be chance */
	COMPARE_ONLY_A,
	COMPARE_ONLY_B,
};

/* What a row was tested over. */
enum compare_over { COMPARE_OVER_NOTHING, COMPARE_OVER_LAUNCHES, COMPARE_OVER_SAMPLES };

struct compare_side {
	uint64_t *values; /* one a launch: the median of its samples */
	size_t nr;
	struct sevtrace_hist *samples; /* of all launches; NULL: none */
	uint64_t calls; /* what it counts: steps, commands, ioctls, launches */
	uint64_t median; /* of values */
};

struct compare_row {
	uint32_t vm_type;
	enum compare_section section;
	uint32_t phase; /* enum sevtrace_phase of a step */
	uint32_t id; /* step, PSP command, ioctl */
	bool waiting; /* PSP: the wait, else the execution */
	struct compare_side side[2];
	double change; /* of the median, relative to A; INFINITY where that was 0 */
	enum compare_over over;
	double p; /* corrected; 1 where nothing was tested */
	double superiority; /* struct rank_test */
	enum compare_verdict verdict;
};

/* Launches of one type. */
struct compare_launches {
	uint32_t vm_type;
	uint64_t results[2][MODEL_INCOMPLETE + 1];
	uint64_t pages[2]; /* of the finished ones */
};

/* Answers of the PSP other than SUCCESS, in all launches. */
struct compare_error {
	uint32_t vm_type;
	uint32_t cmd;
	uint32_t status;
	uint64_t count[2];
};

/* What is not the same in both, so that times may differ for that reason. */
struct compare_difference {
	const char *what;
	char *value[2];
};

struct comparison {
	const char *path[2]; /* of the caller */
	char *host[2][HOST_KEY_COUNT]; /* by place of compare_host_key(); NULL: not in the file */
	uint64_t dropped[2];
	struct compare_launches *types;
	size_t nr_types;
	struct compare_row *rows;
	size_t nr_rows;
	size_t hint; /* the row that was found last */
	struct compare_error *errors;
	size_t nr_errors;
	struct compare_difference *differences;
	size_t nr_differences;
	double min_change; /* that of compare_judge() */
	double gate; /* of the caller: a row that is slower by more is too slow; INFINITY: none is */
};

/*
 * Adds a recording; both have to be there before compare_judge(). The model may go. 0 or -ENOMEM.
 */
int compare_add(struct comparison *c, enum compare_which which, const struct model *m);

/*
 * Adds side A of another comparison, which was not judged, to a side of c: several recordings as
 * one. Of what is known of the host, values that differ are all kept: "6.12.1, 6.12.2". 0 or
 * -ENOMEM.
 */
int compare_merge(struct comparison *c, enum compare_which which, const struct comparison *from);

/*
 * Sorts the rows, tests them and decides. min_change: the least change over launches that counts,
 * such as COMPARE_MIN_CHANGE. 0 or -ENOMEM.
 */
int compare_judge(struct comparison *c, double min_change);

/* Is this row slower by more than c->gate? */
bool compare_too_slow(const struct comparison *c, const struct compare_row *row);

/* Launches of a recording that failed, of all types. */
uint64_t compare_failed(const struct comparison *c, enum compare_which which);

void compare_free(struct comparison *c);
void compare_free_rows(struct comparison *c); /* these alone */

/* Are they of the same step, command or ioctl of the same type of guest? */
bool compare_same_row(const struct compare_row *a, const struct compare_row *b);

/* The keys of the host's description that are compared; NULL behind the last. */
const char *compare_host_key(size_t i);

/* "sev-es", "private/psp", "SNP_LAUNCH_UPDATE executing": written to buf where it is made. */
#define COMPARE_NAME_LEN 64
const char *compare_name(const struct compare_row *row, char buf[COMPARE_NAME_LEN]);
const char *compare_section_name(enum compare_section section); /* "psp" */
const char *compare_verdict_name(enum compare_verdict verdict); /* "slower" */
const char *compare_over_name(enum compare_over over); /* "launches"; NULL: nothing */

/* A launch's mean of the row's total, 0 without launches. */
uint64_t compare_total(const struct compare_side *side);

#endif /* DIFF_COMPARE_H */
