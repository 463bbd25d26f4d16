/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sums of metrics and their writer share. */
#ifndef METRICS_INTERNAL_H
#define METRICS_INTERNAL_H

#include "metrics/metrics.h"

#define METRICS_LABELS_LEN 160

/* The slowest sample of a histogram, and whose it was. */
struct metrics_slowest {
	uint64_t ns; /* 0: there is none */
	uint32_t launch;
	char vmm[LAUNCH_VMM_LEN];
};

/* Samples per bound, not cumulated; sum in ns. */
struct metrics_hist {
	uint64_t counts[METRICS_BOUNDS + 1];
	uint64_t count;
	uint64_t sum;
	struct metrics_slowest slowest;
};

/* The value of a family for one combination of labels, summed over launches. */
struct metrics_row {
	char labels[METRICS_LABELS_LEN]; /* vm_type="snp",step="copy" */
	uint64_t value;
	struct metrics_hist *hist; /* only if the family is a histogram */
};

/* The rows of a family, sorted by labels. */
struct metrics_rows {
	struct metrics_row *rows;
	size_t nr;
	const char *vm_type; /* of the launch that is being added */
	const struct model_launch *launch; /* this launch */
	bool flushes_unknown; /* so does this one's source of events not tell of them */
	bool failed; /* memory ran out */
};

struct metrics_family {
	const char *name; /* without _total if it is a counter */
	const char *help;
	enum metric_type type;
};

/* Returns the rows of family i, and the family itself; NULL after the last one. */
const struct metrics_rows *metrics_rows(const struct metrics *m, size_t i,
					const struct metrics_family **family);

#endif /* METRICS_INTERNAL_H */
