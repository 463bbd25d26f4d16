// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace --helper ROLE: a part of sevtrace that has a process of its own; see process/helper.h. */
#include <stdio.h>
#include <string.h>

#include "cli/status.h"
#include "commands.h"
#include "process/helper.h"
#include "stacks/helper.h"

int cmd_helper(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], STACKS_ROLE)) {
		helper_begin("sevtrace-stacks");
		return stacks_helper(HELPER_FD);
	}
	fputs("sevtrace: " HELPER_OPTION " is for sevtrace itself\n", stderr);
	return EXIT_USAGE;
}
