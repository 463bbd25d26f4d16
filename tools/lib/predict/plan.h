/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What launches do in a simulation: recorded chains, for guests of another size or with something
 * changed. Plans point into the chains, which have to live longer.
 */
#ifndef PREDICT_PLAN_H
#define PREDICT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "predict/chain.h"

/* What is other than recorded. Zeroed: nothing is. */
struct plan_change {
	uint64_t pages; /* of a guest, without VMSAs, secrets and CPUID pages; 0: as recorded */
	uint32_t cmd; /* 0: none; else holds the mailbox for so many times as long */
	double hold;
	double runs; /* LAUNCH_UPDATE_DATA has so many times as many pages a command; 0: as many */
};

/*
 * A stage: `commands` times a sample is drawn, whose time is factor * its own + per_page * its
 * pages.
 */
struct plan_stage {
	const struct chain_sample *samples;
	size_t nr_samples;
	uint32_t cmd;
	uint64_t commands;
	double lead; /* ns before the first */
	double lead_asleep;
	double think_factor;
	double think_per_page;
	double hold_factor;
	double hold_per_page;
	double hold; /* expected, of all commands */
};

struct plan_launch {
	struct plan_stage *stages;
	size_t nr_stages;
	double tail;
	double tail_asleep;
	/* Expected, without any wait, ns. */
	double hold;
	double running; /* on a processor, the PSP's time apart */
	double alone; /* the whole launch */
	double commands;
};

struct plan {
	struct plan_launch *launches; /* one for each chain */
	size_t nr;
	struct plan_stage *stages;
};

/* Returns 0 or -ENOMEM. plan_free() is needed after both. */
int plan_make(struct plan *p, const struct chains *c, const struct plan_change *change);
void plan_free(struct plan *p);

/*
 * What a command of LAUNCH_UPDATE_DATA takes: so much, and so much for each page. By least squares
 * over all samples. Returns false if their sizes are too much alike to tell.
 */
struct plan_fit {
	double hold_per_page;
	double think_per_page;
};

bool plan_fit_runs(const struct chains *c, struct plan_fit *fit);

#endif /* PREDICT_PLAN_H */
