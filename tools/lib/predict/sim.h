/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Simulates launches that share one host's PSP, event by event. Stations:
 *
 * The mailbox is one server, in the order of the kernel's mutex. Waiters stand in a queue. Who
 * gives the mailbox back wakes the first one, which takes `handover` ns to run. Whoever else asks
 * meanwhile finds it free and has it: this may be the launch that has just given it back. So may
 * one that asks while the holder takes its buffers back: it spins, as the holder runs. The first
 * waiter that wakes up in vain has it handed over next time, so nobody waits for ever. While a
 * command executes, its thread sleeps, so nobody spins.
 *
 * The host's processors, if they are fewer than the launches: what a launch thinks without sleeping
 * needs one. They take turns of SIM_SLICE ns, or of a 64th of what is thought if that is more.
 *
 * Where there are more commands than `events` allows, a launch does a batch of commands that follow
 * each other as one: it draws one sample and takes all of its times, and what comes with it, so
 * many times. A queue of batches is the queue of commands, on a slower clock: shares and totals are
 * the same. What is lost: a command of a kind that occurs once waits for a batch instead of for a
 * command, and a total has fewer samples in it.
 */
#ifndef PREDICT_SIM_H
#define PREDICT_SIM_H

#include <stddef.h>
#include <stdint.h>

#include "predict/plan.h"

#define SIM_SLICE 3000000.0
#define SIM_MAX_LAUNCHES 100000

struct sim_setting {
	const struct plan *plan;
	const uint32_t *choice; /* which of the plan's launches are drawn from; NULL: all */
	size_t nr_choice;
	uint32_t launches; /* SIM_MAX_LAUNCHES at most */
	double interval; /* mean ns between arrivals (a Poisson process); 0: all start at once */
	double handover; /* ns */
	uint32_t cpus; /* 0: as many as needed */
	double events; /* commands that may be simulated one by one */
	uint64_t seed;
};

struct sim_result {
	double *durations; /* ns, by order of start; the caller frees them */
	double *waits; /* for the mailbox, in the same order, in the same memory */
	double makespan; /* from the first start to the last end */
	double busy; /* the mailbox was held */
	uint64_t batch; /* commands that were simulated as one, at most */
};

/* Returns 0, or -ENOMEM. The same setting gives the same result. */
int sim_run(const struct sim_setting *setting, struct sim_result *result);

#endif /* PREDICT_SIM_H */
