/* SPDX-License-Identifier: GPL-2.0-only */
/* Predictions held against launches that were made at once, and recorded. */
#ifndef PREDICT_CHECK_H
#define PREDICT_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "predict/chain.h"
#include "predict/predict.h"

/* The figures that are held against what was measured. */
enum predict_check_figure {
	PREDICT_CHECK_P50,
	PREDICT_CHECK_P99,
	PREDICT_CHECK_LAST,
	PREDICT_CHECK_FIGURES
};
extern const enum predict_figure predict_check_figures[PREDICT_CHECK_FIGURES];

/* One number of launches at once: between two times without any launch, there were so many. */
struct predict_check {
	uint32_t launches;
	uint64_t times; /* that so many were made */
	double measured[PREDICT_CHECK_FIGURES]; /* ns; of the last: the median of the times */
	struct prediction predicted;
};

struct predict_checks {
	struct predict_check of[PREDICT_MAX_COUNTS]; /* by number of launches */
	size_t nr;
	size_t left_out; /* numbers of launches that there is no room for */
};

/*
 * Predicts from c what was measured in another recording. Both have a launch at least. Returns 0 or
 * -ENOMEM.
 */
int predict_check(struct predict_checks *to, const struct chains *c, const struct chains *measured);

/* Returns by which share a prediction is too long, -0.1: 10 % too short. NAN: not known. */
double predict_check_off(const struct predict_check *check, enum predict_check_figure figure);

/* Prints them as text, after predict_text(). file: the recording's name. */
void predict_check_text(const struct predict_checks *checks, const char *file,
			const struct text_style *style);

/* Returns them as JSON, for docs/schema/predict.schema.json. NULL: out of memory. */
json_t *predict_check_json(const struct predict_checks *checks);

#endif /* PREDICT_CHECK_H */
