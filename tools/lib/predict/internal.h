/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PREDICT_INTERNAL_H
#define PREDICT_INTERNAL_H

#include "predict/plan.h"
#include "predict/predict.h"

/* Simulations of one number of launches. */
struct experiment {
	const struct plan *plan;
	uint32_t launches;
	double rate; /* as in the request */
	double handover;
	uint32_t cpus; /* of the host; 0: not known */
	uint32_t hosts; /* that share the launches */
	uint64_t seed;
	bool quick; /* in larger batches */
};

/*
 * Predicts by many runs; resample: with intervals, where there are launches to draw from. Returns 0
 * or -ENOMEM.
 */
int experiment_run(const struct experiment *e, bool resample, struct prediction *p);

/* Sets the value's interval by drawing from so many numbers: that of scale / their mean. */
void resample_mean(const double *values, size_t nr, double scale, uint64_t seed,
		   struct predict_value *v);

/* Adds a warning. Returns 0 or -ENOMEM. */
int warn(struct predict_result *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds all that makes a prediction less sure. Returns 0 or -ENOMEM. */
int warn_all(struct predict_result *r);

#endif /* PREDICT_INTERNAL_H */
