// SPDX-License-Identifier: GPL-2.0-only
/* What the VMM was seen running, as JSON. */
#include "report/json.h"

json_t *profile_json(struct model *m, const struct model_launch *l)
{
	const struct model_profile *p = &l->profile;
	json_t *stacks;

	if (!p->samples)
		return json_null();
	stacks = json_array();
	for (size_t i = 0; i < p->nr_stacks; i++) {
		const struct model_sampled *s = &p->stacks[i];

		stacks = append_json(
			stacks, json_pack("{s:o,s:o,s:b,s:b,s:o}", "samples",
					  number_json(s->samples), "ns", number_json(s->ns),
					  "in_kernel", s->in_kernel, "in_ioctl", s->in_ioctl,
					  "frames", stack_json(m, s->symbols, l->pid, s->user)));
	}
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "samples", number_json(p->samples), "ns",
			 number_json(p->ns), "period_ns", number_json(p->period), "more_samples",
			 number_json(p->more), "stacks", stacks);
}
