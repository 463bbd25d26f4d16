/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares two recordings, A and B, row by row: the times of A's launches with those of B's. The
 * rows are made from the launch model; every output of sevtrace diff renders them. Times are
 * nanoseconds.
 */
#ifndef DIFF_COMPARE_H
#define DIFF_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "sev/host_keys.h"
#include "util/hash_index.h"

/*
 * When a row counts as different. Rows are tested over launches if both sides have
 * COMPARE_MIN_LAUNCHES of them: each launch gives one value, its median, so that a cause that slows
 * a whole launch does not count thousands of times, once per page.
 *
 * With fewer launches, rows are tested over samples (pages, commands). Samples of one launch depend
 * on each other. So the effect has to be larger, and the medians of A's launches must not overlap
 * with those of B's.
 */
#define COMPARE_LEVEL 0.01 /* significance level of all rows together, after Holm's correction */
#define COMPARE_MIN_LAUNCHES 8
#define COMPARE_MIN_SAMPLES 50
#define COMPARE_MIN_CHANGE 0.05 /* least change of the median, over launches */
#define COMPARE_MIN_CHANGE_SAMPLES 0.30 /* the same over samples */
#define COMPARE_MIN_SUPERIORITY 0.64 /* least superiority, over samples; 0.5: no effect */
#define COMPARE_MIN_NS \
	20 /* two buckets of the finest part of a histogram and the clock's own step */

enum compare_which { COMPARE_A, COMPARE_B };

enum compare_section { COMPARE_LAUNCH, COMPARE_STEP, COMPARE_PSP, COMPARE_IOCTL };

/* The rows of COMPARE_LAUNCH, a value a launch each. */
enum compare_launch_row {
	COMPARE_DURATION,
	COMPARE_PSP_HELD, /* it had the PSP's mailbox: what limits how many a host can launch */
};

enum compare_verdict {
	COMPARE_SAME, /* the medians differ by less than the least change */
	COMPARE_SLOWER, /* B is slower than A */
	COMPARE_FASTER,
	COMPARE_UNCLEAR, /* the medians differ enough, but it may be chance */
	COMPARE_ONLY_A,
	COMPARE_ONLY_B,
};

/* What a row was tested over: nothing, values of launches, or samples. */
enum compare_over { COMPARE_OVER_NOTHING, COMPARE_OVER_LAUNCHES, COMPARE_OVER_SAMPLES };

struct compare_side {
	uint64_t *values; /* one per launch: the median of the launch's samples */
	size_t nr;
	struct sevtrace_hist *samples; /* of all launches; NULL: there are none */
	uint64_t calls; /* number of steps, commands, ioctls or launches */
	uint64_t median; /* of values */
};

struct compare_row {
	uint32_t vm_type;
	enum compare_section section;
	uint32_t phase; /* enum sevtrace_phase of a step's row */
	uint32_t id; /* enum compare_launch_row; number of the step, PSP command or ioctl */
	bool waiting; /* of a PSP command: its wait for the PSP; else its execution */
	struct compare_side side[2];
	double change; /* of the median, relative to A; INFINITY where A's median is 0 */
	enum compare_over over;
	double p; /* corrected; 1 where the row was not tested */
	double superiority; /* as in struct rank_test */
	enum compare_verdict verdict;
};

/* Launches of one type. */
struct compare_launches {
	uint32_t vm_type;
	uint64_t results[2][MODEL_INCOMPLETE + 1];
	uint64_t pages[2]; /* of the launches that finished */
};

/* How often the PSP answered a command with a status other than SUCCESS, in all launches. */
struct compare_error {
	uint32_t vm_type;
	uint32_t cmd;
	uint32_t status;
	uint64_t count[2];
};

/* Something else that differs between A and B: it may be why times differ. */
struct compare_difference {
	const char *what;
	char *value[2];
};

/* Whether there is anything to compare; if not, why. */
enum compare_basis {
	COMPARE_HAS_BASIS,
	COMPARE_NO_LAUNCH, /* of basis_side */
	COMPARE_NONE_FINISHED, /* of basis_side's launches */
	COMPARE_NO_COMMON_TYPE,
	/* Only with a limit, which says nothing of basis_type: */
	COMPARE_TYPE_ONLY_IN_A,
	COMPARE_TOO_FEW, /* no row was tested */
};

struct comparison {
	const char *path[2]; /* belongs to the caller */
	char *host[2][HOST_KEY_COUNT]; /* by index of compare_host_key(); NULL: not in the file */
	uint64_t dropped[2];
	struct compare_launches *types;
	size_t nr_types;
	struct compare_row *rows;
	size_t nr_rows;
	struct hash_index row_index; /* rows by compare_same_row() */
	struct compare_error *errors;
	size_t nr_errors;
	struct hash_index error_index;
	struct compare_difference *differences;
	size_t nr_differences;
	double min_change; /* as given to compare_judge() */
	double gate; /* set by the caller: a row slower by more than this fails; INFINITY: none */
	bool allow_empty; /* set by the caller: passes without a basis, too */
	/* Set by the caller, for the text: */
	bool changed_only; /* only rows with a verdict that tells of a difference */
	bool by_change; /* what became slowest first, instead of in the launch's order */
	enum compare_basis basis; /* set by compare_judge() */
	enum compare_which basis_side;
	uint32_t basis_type;
};

/*
 * Adds a recording as one side. Add both sides before compare_judge(). The model may be freed
 * afterwards. Returns 0 or -ENOMEM.
 */
int compare_add(struct comparison *c, enum compare_which which, const struct model *m);

/* The same of some launches. shown: of each of the model's launches; NULL: all. */
int compare_add_some(struct comparison *c, enum compare_which which, const struct model *m,
		     const bool *shown);

/*
 * Adds side A of another comparison, on which compare_judge() was not called, to a side of c, so
 * that several recordings make up one side. Keeps all values of a host key where they differ:
 * "6.12.1, 6.12.2". Returns 0 or -ENOMEM.
 */
int compare_merge(struct comparison *c, enum compare_which which, const struct comparison *from);

/*
 * Sorts the rows, tests them and sets their verdicts. min_change: the least change of the median
 * over launches that counts, such as COMPARE_MIN_CHANGE. Set c->gate before. Returns 0 or -ENOMEM.
 */
int compare_judge(struct comparison *c, double min_change);

/* Returns the basis of a comparison whose rows were tested; compare_judge() calls it. */
enum compare_basis compare_find_basis(struct comparison *c);

/*
 * Returns why there is nothing to compare, as a clause: "no launch finished in B". NULL: there is.
 * buf is used if needed.
 */
#define COMPARE_BASIS_LEN 96
const char *compare_basis_text(const struct comparison *c, char buf[COMPARE_BASIS_LEN]);

/* Is this row slower by more than c->gate? */
bool compare_too_slow(const struct comparison *c, const struct compare_row *row);

/* Returns how many launches of a recording failed, of all guest types. */
uint64_t compare_failed(const struct comparison *c, enum compare_which which);

void compare_free(struct comparison *c);
void compare_free_rows(struct comparison *c); /* frees only the rows */

/* Are both rows of the same step, command or ioctl, and of the same guest type? */
bool compare_same_row(const struct compare_row *a, const struct compare_row *b);

/* Returns the i-th key of the host's description that is compared; NULL after the last one. */
const char *compare_host_key(size_t i);

/*
 * The name of a row: "sev-es", "private/psp", "SNP_LAUNCH_UPDATE executing". buf is used if needed.
 */
#define COMPARE_NAME_LEN 64
const char *compare_name(const struct compare_row *row, char buf[COMPARE_NAME_LEN]);
const char *compare_section_name(enum compare_section section); /* "psp" */
const char *compare_verdict_name(enum compare_verdict verdict); /* "slower" */
const char *compare_over_name(enum compare_over over); /* "launches"; NULL: nothing */

/* Returns the row's total divided by the number of launches; 0 without launches. */
uint64_t compare_total(const struct compare_side *side);

#endif /* DIFF_COMPARE_H */
