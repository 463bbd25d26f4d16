/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many launches more this host can take, from the latest ones that finished. The PSP takes one
 * command at a time: as many launches as begin together are done after so many times what one has
 * the PSP for, and once what it does besides. sevtrace predict simulates the same from a recording.
 */
#ifndef EXPORTER_CAPACITY_H
#define EXPORTER_CAPACITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

#define CAPACITY_LAUNCHES 64 /* the latest ones that count */

struct capacity {
	struct {
		uint64_t psp; /* ns that the PSP executed its commands */
		uint64_t other; /* ns of the rest, without waiting for the PSP */
	} latest[CAPACITY_LAUNCHES];
	uint64_t added;
};

/* Adds a launch that finished, without its teardown. One without PSP commands does not count. */
void capacity_add(struct capacity *c, const struct model_launch *l);

/* Returns for how long a launch has the PSP, on average: ns. 0: not known. */
uint64_t capacity_psp(const struct capacity *c);

/*
 * Returns how many launches could begin now beside those under way and all be done within so many
 * ns. 0 also where nothing is known.
 */
uint64_t capacity_fit(const struct capacity *c, uint64_t within, uint64_t under_way);

#endif /* EXPORTER_CAPACITY_H */
