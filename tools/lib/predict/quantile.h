/* SPDX-License-Identifier: GPL-2.0-only */
/* Quantiles of values, by nearest rank: always one of the values. */
#ifndef PREDICT_QUANTILE_H
#define PREDICT_QUANTILE_H

#include <stddef.h>

void sort_values(double *values, size_t nr);

/* Returns a quantile of sorted values, of which there is one at least. part: 0 to 1. */
double quantile(const double *sorted, size_t nr, double part);

#endif /* PREDICT_QUANTILE_H */
