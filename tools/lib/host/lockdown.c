// SPDX-License-Identifier: GPL-2.0-only
#include "host/lockdown.h"

#include <string.h>

bool host_locked_down(const struct system *sys)
{
	char text[64];

	/* "none integrity [confidentiality]" */
	return system_read(sys, "/sys/kernel/security/lockdown", text, sizeof(text)) > 0 &&
	       strstr(text, "[confidentiality]");
}
