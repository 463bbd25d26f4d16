// SPDX-License-Identifier: GPL-2.0-only
#include "flight/slow.h"

#include "sev/fields.h"
#include "sev/pages.h"
#include "stats/hist.h"

bool flight_slow_launch(struct flight_slow *s, const struct model_launch *l)
{
	uint64_t ns = launch_duration(l);
	struct sevtrace_hist *earlier =
		&s->earlier[l->vm_type < FLIGHT_VM_TYPES ? l->vm_type : SEVTRACE_VM_UNKNOWN];
	bool slow;

	if (l->joined)
		return false;
	slow = s->limits.launch && ns >= s->limits.launch;
	if (s->limits.percentile > 0 && earlier->count >= FLIGHT_LEARN)
		slow |= ns > hist_percentile(earlier, s->limits.percentile);
	hist_add(earlier, ns, 1, 0);
	return slow;
}

bool flight_slow_command(const struct flight_slow *s, const struct sevtrace_rec *rec,
			 struct sevtrace_rec_psp *psp)
{
	union sevtrace_record copy;

	if (!s->limits.command)
		return false;
	record_copy(&copy, rec);
	if (rec->type == SEVTRACE_REC_PSP)
		*psp = copy.psp;
	else if (rec->type == SEVTRACE_REC_PAGE && page_has_command(&copy.page))
		*psp = page_command(&copy.page, rec->ts);
	else
		return false;
	return psp->exec >= s->limits.command;
}
