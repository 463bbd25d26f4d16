// SPDX-License-Identifier: GPL-2.0-only
/* xoshiro256** by Blackman and Vigna, seeded by splitmix64 as they advise. */
#include "predict/random.h"

#include <math.h>
#include <stddef.h>

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

void random_seed(struct random *r, uint64_t seed)
{
	for (size_t i = 0; i < 4; i++)
		r->s[i] = splitmix(&seed);
}

static uint64_t rotate(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

uint64_t random_next(struct random *r)
{
	uint64_t result = rotate(r->s[1] * 5, 7) * 9, t = r->s[1] << 17;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = rotate(r->s[3], 45);
	return result;
}

uint32_t random_below(struct random *r, uint32_t below)
{
	return (uint32_t)(((random_next(r) >> 32) * below) >> 32);
}

double random_unit(struct random *r)
{
	return ((double)(random_next(r) >> 11) + 1) * 0x1p-53;
}

double random_exponential(struct random *r, double mean)
{
	return -log(random_unit(r)) * mean;
}
