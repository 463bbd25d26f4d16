// SPDX-License-Identifier: GPL-2.0-only
#include "host/preemption.h"

#include <string.h>

bool host_preempts(const struct system *sys)
{
	char text[256];

	/* "none voluntary (full) lazy"; only kernels that can change it have the file */
	if (system_read(sys, "/sys/kernel/debug/sched/preempt", text, sizeof(text)) > 0)
		return !strstr(text, "(none)") && !strstr(text, "(voluntary)");
	/* "#1 SMP PREEMPT_DYNAMIC Debian 6.12.117-1 (2026-10-01)" */
	if (system_read(sys, "/proc/sys/kernel/version", text, sizeof(text)) > 0)
		return strstr(text, "PREEMPT") != NULL;
	return true;
}
