/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers that are the same on every machine for the same seed: xoshiro256**. */
#ifndef PREDICT_RANDOM_H
#define PREDICT_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t s[4];
};

/* Starts a sequence. Different seeds give independent sequences, also those that are close. */
void random_seed(struct random *r, uint64_t seed);

uint64_t random_next(struct random *r);

/* Returns a number from 0 to below - 1; below is not 0. */
uint32_t random_below(struct random *r, uint32_t below);

/* Returns a number above 0, 1 at most. */
double random_unit(struct random *r);

/* Returns a number that is exponentially distributed with this mean. */
double random_exponential(struct random *r, double mean);

#endif /* PREDICT_RANDOM_H */
