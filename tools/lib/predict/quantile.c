// SPDX-License-Identifier: GPL-2.0-only
#include "predict/quantile.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void sort_values(double *values, size_t nr)
{
	qsort(values, nr, sizeof(*values), by_value);
}

double quantile(const double *sorted, size_t nr, double part)
{
	double rank = ceil(part * (double)nr);
	size_t at = rank < 1 ? 0 : (size_t)rank - 1;

	return sorted[at < nr ? at : nr - 1];
}
