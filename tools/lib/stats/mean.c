// SPDX-License-Identifier: GPL-2.0-only
#include "stats/mean.h"

#include <math.h>

void spread_add(struct spread *s, double value)
{
	double delta = value - s->mean;

	s->n++;
	s->mean += delta / (double)s->n;
	s->squares += delta * (value - s->mean);
}

void spread_pad(struct spread *s, uint64_t n)
{
	while (s->n < n)
		spread_add(s, 0);
}

double spread_error_percent(const struct spread *s)
{
	double variance;

	if (s->n < 2)
		return -1;
	if (s->mean == 0)
		return 0;
	variance = s->squares / (double)(s->n - 1);
	return 100 * sqrt(variance / (double)s->n) / fabs(s->mean);
}
