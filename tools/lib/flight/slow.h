/* SPDX-License-Identifier: GPL-2.0-only */
/* Which launches and PSP commands are slow. Times are nanoseconds. */
#ifndef FLIGHT_SLOW_H
#define FLIGHT_SLOW_H

#include <stdbool.h>
#include <stdint.h>

#include <sevtrace/kvm_sev.h>

#include "model/model.h"

#define FLIGHT_LEARN 20 /* launches of a type before a percentile of them tells anything */
#define FLIGHT_VM_TYPES 8 /* numbers of types from 0 on */

/* What is asked for. All zero: nothing is slow. */
struct flight_limits {
	uint64_t launch; /* a launch that took so long */
	double percentile; /* 0 to 100: or longer than so many of the earlier ones of its type */
	uint64_t command; /* a PSP command of a launch that executed for so long */
};

struct flight_slow {
	struct flight_limits limits;
	struct sevtrace_hist earlier[FLIGHT_VM_TYPES]; /* durations, by type */
};

/*
 * Tells whether a launch that has finished was slow; the next ones are compared with it, too. One
 * whose beginning was not recorded is not.
 */
bool flight_slow_launch(struct flight_slow *s, const struct model_launch *l);

/* Tells whether the command in a record, if there is one, was slow; *psp is that command then. */
bool flight_slow_command(const struct flight_slow *s, const struct sevtrace_rec *rec,
			 struct sevtrace_rec_psp *psp);

#endif /* FLIGHT_SLOW_H */
