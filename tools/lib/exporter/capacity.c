// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/capacity.h"

void capacity_add(struct capacity *c, const struct model_launch *l)
{
	uint64_t psp = 0, wait = 0, all = launch_duration(l);
	size_t at = c->added % CAPACITY_LAUNCHES;

	for (size_t i = 0; i < l->nr_psp; i++) {
		psp += series_hist(&l->psp[i].exec)->sum;
		wait += series_hist(&l->psp[i].wait)->sum;
	}
	/* Several threads of a VMM may wait at the same time. */
	psp = psp < all ? psp : all;
	wait = wait < all - psp ? wait : all - psp;
	if (!psp)
		return;
	c->latest[at].psp = psp;
	c->latest[at].other = all - psp - wait;
	c->added++;
}

static uint64_t nr_of(const struct capacity *c)
{
	return c->added < CAPACITY_LAUNCHES ? c->added : CAPACITY_LAUNCHES;
}

uint64_t capacity_psp(const struct capacity *c)
{
	uint64_t nr = nr_of(c), sum = 0;

	for (size_t i = 0; i < nr; i++)
		sum += c->latest[i].psp / nr;
	return sum;
}

uint64_t capacity_fit(const struct capacity *c, uint64_t within, uint64_t under_way)
{
	uint64_t nr = nr_of(c), psp = capacity_psp(c), other = 0, all;

	for (size_t i = 0; i < nr; i++)
		other += c->latest[i].other / nr;
	if (!psp || within <= other)
		return 0;
	all = (within - other) / psp;
	return all > under_way ? all - under_way : 0;
}
