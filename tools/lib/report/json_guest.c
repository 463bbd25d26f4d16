// SPDX-License-Identifier: GPL-2.0-only
/* What became of a guest after its launch, as JSON. */
#include "report/internal.h"
#include "report/json.h"
#include "sev/milestones.h"
#include "util/json.h"

/* Returns a time counted from the launch's end. */
static json_t *at_json(const struct model_launch *l, uint64_t ts)
{
	return ts && ts >= l->finish_ts ? number_json(ts - l->finish_ts) : json_null();
}

static json_t *milestones_json(const struct model *m, const struct model_launch *l)
{
	json_t *milestones = json_array();
	struct milestones named;

	guest_milestones(m, &named);
	for (size_t i = 0; i < l->guest.nr_milestones; i++) {
		const struct model_milestone *at = &l->guest.milestones[i];

		milestones = append_json(
			milestones,
			json_pack("{s:o,s:i,s:o,s:o}", "at_ns", at_json(l, at->ts), "port",
				  at->port, "value", number_json(at->value), "name",
				  clean_json(milestone_name(&named, at->port, at->value))));
	}
	return milestones;
}

json_t *guest_json(const struct model *m, const struct model_launch *l)
{
	const struct model_guest *g = &l->guest;
	const struct sevtrace_rec_guest *now = &g->now;

	if (!launch_guest_known(l))
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
			 "first_run_ns", at_json(l, l->run_ts), "first_exit_ns",
			 at_json(l, g->exit_ts), "last_given_ns", at_json(l, g->grew_ts), "exits",
			 number_json(now->exits), "given_pages", number_json(now->given),
			 "given_bytes_per_s", number_json(launch_guest_rate(l)), "private_pages",
			 number_json(now->to_private), "shared_pages", number_json(now->to_shared),
			 "rmp_faults", number_json(now->rmp_faults), "memory_pages",
			 now->memory ? number_json(now->memory) : json_null(), "milestones",
			 milestones_json(m, l), "more_milestones", number_json(g->more_milestones),
			 "last_seen_ns", at_json(l, now->h.ts), "state",
			 clean_json(guest_state_name(launch_guest_state(l))));
}
