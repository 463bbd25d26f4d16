// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times what writes the caches of all processors back, for which no source has an event. KVM does
 * that before it gives an ASID to another guest, and when memory of a guest is freed or moved,
 * which may be within another step: that one's time goes on.
 */
#include "call.h"

static __always_inline void begin(void)
{
	struct thread *t = thread_in_launch();

	if (t)
		call_of(t)->writeback_start = now();
}

static __always_inline void end(void)
{
	const struct step step = {
		.gfn = SEVTRACE_NO_FRAME,
		.pfn = SEVTRACE_NO_FRAME,
		.step = SEVTRACE_STEP_WRITEBACK,
	};
	struct thread *t = thread_in_launch();
	u64 ts = now();

	if (!t || !call_of(t)->writeback_start)
		return;
	page_flush(t);
	lone_step(t, &step, ts, elapsed(call_of(t)->writeback_start, ts));
	call_of(t)->writeback_start = 0;
}

#define WRITES_BACK(function) \
	ENTRY(function)       \
	{                     \
		begin();      \
	}                     \
	EXIT(function)        \
	{                     \
		end();        \
	}

WRITES_BACK(wbinvd_on_all_cpus)
WRITES_BACK(wbnoinvd_on_all_cpus)
WRITES_BACK(wbnoinvd_on_cpus_mask)
