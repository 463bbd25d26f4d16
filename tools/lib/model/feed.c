// SPDX-License-Identifier: GPL-2.0-only
/* Hands a record to the figures of its launch, and to the failures of its launch. */
#include "model/internal.h"

int model_feed(struct model *m, const union sevtrace_record *rec)
{
	int err;
	struct model_launch *l = model_launch(m, rec->h.launch, &err);

	m->records++;
	if (!m->first_ts || rec->h.ts < m->first_ts)
		m->first_ts = rec->h.ts;
	if (rec->h.ts > m->last_ts)
		m->last_ts = rec->h.ts;
	if (!l)
		return err;
	err = figures_add(l, rec);
	return err ? err : failure_add(l, rec);
}
