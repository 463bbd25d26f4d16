/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sums of metrics and their writer share. */
#ifndef METRICS_INTERNAL_H
#define METRICS_INTERNAL_H

#include "metrics/metrics.h"

#define METRICS_LABELS_LEN 160

/* Samples under each bound, not cumulated; sum in ns. */
struct metrics_hist {
	uint64_t counts[METRICS_BOUNDS + 1];
	uint64_t count;
	uint64_t sum;
};

/* One combination of labels of a family, summed over launches. */
struct metrics_row {
	char labels[METRICS_LABELS_LEN]; /* vm_type="snp",step="copy" */
	uint64_t value;
	struct metrics_hist *hist; /* of a histogram */
};

/* The rows of a family, sorted by labels. */
struct metrics_rows {
	struct metrics_row *rows;
	size_t nr;
	const char *vm_type; /* of the launch that is added */
	bool failed; /* no memory */
};

struct metrics_family {
	const char *name; /* a counter's without _total */
	const char *help;
	enum metric_type type;
};

/* The rows of family i, and what it is; NULL behind the last. */
const struct metrics_rows *metrics_rows(const struct metrics *m, size_t i,
					const struct metrics_family **family);

#endif /* METRICS_INTERNAL_H */
