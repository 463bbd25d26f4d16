// SPDX-License-Identifier: GPL-2.0-only
/* Tells what the VMM of a launch that has begun is called. */
#include <string.h>

#include "collector/internal.h"
#include "host/vmm_names.h"

int collector_tell_names(struct collector *c, const struct sevtrace_rec_launch_begin *begin)
{
	struct vmm_names names;
	int err = 0;

	vmm_names_read(&names, (pid_t)begin->pid);
	for (uint32_t kind = 0; kind < SEVTRACE_NAME_COUNT && !err; kind++) {
		struct sevtrace_rec_name rec = { .h = begin->h, .kind = (__u8)kind };

		if (!*names.of[kind])
			continue;
		rec.h.type = SEVTRACE_REC_NAME;
		rec.h.size = sizeof(rec);
		memcpy(rec.text, names.of[kind], sizeof(rec.text));
		err = c->sink.record(c->sink.ctx, &rec.h);
	}
	return err;
}
