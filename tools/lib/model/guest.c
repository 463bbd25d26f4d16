// SPDX-License-Identifier: GPL-2.0-only
#include "model/guest.h"

#include <errno.h>

#include "model/internal.h"

#define MAX_RATE 1e18 /* bytes a second: no host is so fast */

int guest_add(struct model_launch *l, const struct sevtrace_rec_guest *rec)
{
	struct model_guest *g = &l->guest;

	if (!g->exit_ts && rec->exits)
		g->exit_ts = rec->h.ts;
	if (rec->given > g->now.given)
		g->grew_ts = rec->h.ts;
	g->now = *rec;
	return 0;
}

int guest_milestone(struct model_launch *l, const struct sevtrace_rec_milestone *rec)
{
	struct model_guest *g = &l->guest;
	struct model_milestone *m;

	if (g->nr_milestones == GUEST_MAX_MILESTONES) {
		g->more_milestones++;
		return 0;
	}
	m = LAUNCH_ADD(l, g->milestones, g->nr_milestones);
	if (!m)
		return -ENOMEM;
	*m = (struct model_milestone){ rec->h.ts, rec->value, rec->port };
	return 0;
}

bool launch_guest_known(const struct model_launch *l)
{
	return l->finish_ts && (l->guest.now.h.ts || l->guest.nr_milestones);
}

enum guest_state launch_guest_state(const struct model_launch *l)
{
	const struct model_guest *g = &l->guest;
	uint64_t seen = g->now.h.ts;

	if (l->destroyed || !l->finish_ts || seen < l->finish_ts)
		return GUEST_STATE_UNKNOWN;
	if (!l->run_ts && !g->exit_ts)
		return GUEST_WAITS;
	if (g->grew_ts && seen - g->grew_ts < GUEST_LATELY_NS &&
	    (!g->now.memory || g->now.given < g->now.memory))
		return GUEST_ACCEPTS;
	return GUEST_RUNS;
}

const char *guest_state_name(enum guest_state state)
{
	static const char *const names[] = {
		[GUEST_WAITS] = "waits",
		[GUEST_ACCEPTS] = "accepts",
		[GUEST_RUNS] = "runs",
	};

	return names[state];
}

uint64_t launch_guest_rate(const struct model_launch *l)
{
	const struct model_guest *g = &l->guest;
	double rate;

	if (!l->run_ts || g->grew_ts <= l->run_ts)
		return 0;
	rate = (double)g->now.given * GUEST_PAGE_BYTES * 1e9 / (double)(g->grew_ts - l->run_ts);
	return rate < MAX_RATE ? (uint64_t)rate : 0;
}
