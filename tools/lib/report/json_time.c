// SPDX-License-Identifier: GPL-2.0-only
/* Who owns the time of a launch, as JSON. */
#include <stdio.h>

#include "report/internal.h"
#include "report/json.h"
#include "sev/names.h"
#include "stats/hist_json.h"
#include "util/json.h"

static json_t *parts_json(const struct model_command *c)
{
	json_t *parts = json_object();

	for (uint32_t part = 0; part < TIME_COUNT; part++) {
		if (c->parts[part])
			parts = set_json(parts, time_name(part), number_json(c->parts[part]));
	}
	return parts;
}

/* For whom the launch waited. */
static json_t *waits_json(const struct model_launch *l)
{
	json_t *waits = json_array();

	for (size_t i = 0; i < l->nr_waits; i++)
		waits = append_json(waits, json_pack("{s:o,s:o}", "launch",
						     number_json(l->waits[i].launch), "ns",
						     number_json(l->waits[i].ns)));
	return waits;
}

/* What it called in the kernel, by name. */
static json_t *calls_json(const struct model_launch *l)
{
	json_t *calls = json_object();

	for (size_t i = 0; i < l->nr_calls; i++) {
		const struct model_call *call = &l->calls[i];
		char name[NAME_LEN];

		calls = set_json(calls, call_name(call, name), hist_json(series_hist(&call->time)));
	}
	return calls;
}

/* What the VMM did outside of SEV ioctls; null: the recording does not have it. */
static json_t *vmm_json(const struct model_times *t)
{
	json_t *vmm;

	if (vmm_time_unknown(t) == t->outside)
		return json_null();
	vmm = json_pack("{s:o,s:o,s:o}", "unknown_ns", number_json(vmm_time_unknown(t)),
			"minor_faults", number_json(t->minor_faults), "major_faults",
			number_json(t->major_faults));
	for (uint32_t part = 0; part < VMM_TIME_COUNT; part++) {
		char name[NAME_LEN];

		snprintf(name, sizeof(name), "%s_ns", vmm_time_name(part));
		vmm = set_json(vmm, name, number_json(t->vmm[part]));
	}
	return vmm;
}

/* Nanoseconds, or null where the recording does not tell. */
static json_t *around_json(bool known, uint64_t ns)
{
	return known ? number_json(ns) : json_null();
}

json_t *time_json(const struct model_launch *l)
{
	json_t *ioctls = json_object();
	uint64_t before, after;
	bool began = launch_before(l, &before), ran = launch_until_run(l, &after);

	for (size_t i = 0; i < l->nr_commands; i++) {
		const struct model_command *c = &l->commands[i];

		ioctls = set_named(ioctls, ioctl_name(c->ioctl), c->ioctl, parts_json(c));
	}
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "before_ns",
			 around_json(began, before), "until_run_ns", around_json(ran, after),
			 "outside_ns", number_json(l->times.outside), "calls", calls_json(l), "vmm",
			 vmm_json(&l->times), "ioctls", ioctls, "untold_ns",
			 number_json(launch_time_untold(l)), "overlap_ns",
			 number_json(l->times.overlap), "psp_held_by", waits_json(l));
}
