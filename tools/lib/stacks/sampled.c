// SPDX-License-Identifier: GPL-2.0-only
#include "stacks/sampled.h"

#include <string.h>

/* Knuth's multiplicative hash; where two meet, the later one stays. */
static size_t place_of(const struct sampled_at *at)
{
	uint64_t mixed = at->ip * 31 + at->sp * 17 + at->pid;

	return (size_t)((mixed * 0x9e3779b97f4a7c15ULL) >> 32) % SAMPLED_STACKS;
}

static bool is_there(const struct sampled_stacks *s, size_t place, const struct sampled_at *at)
{
	const struct sampled_at *known = &s->of[place].at;

	return at->pid && known->pid == at->pid && known->ip == at->ip && known->sp == at->sp;
}

void sampled_add(struct sampled_stacks *s, const struct sampled_at *at,
		 const __u64 user[SEVTRACE_STACK_DEPTH])
{
	size_t place = place_of(at);

	s->of[place].at = *at;
	memcpy(s->of[place].user, user, sizeof(s->of[place].user));
}

bool sampled_find(const struct sampled_stacks *s, const struct sampled_at *at,
		  __u64 user[SEVTRACE_STACK_DEPTH])
{
	size_t place = place_of(at);

	if (!is_there(s, place, at))
		return false;
	memcpy(user, s->of[place].user, sizeof(s->of[place].user));
	return true;
}

void sampled_forget(struct sampled_stacks *s, uint32_t pid)
{
	for (size_t i = 0; i < SAMPLED_STACKS; i++)
		if (s->of[i].at.pid == pid)
			s->of[i].at.pid = 0;
}
