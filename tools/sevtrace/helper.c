// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace --helper ROLE: a part of sevtrace with a process of its own; see process/helper.h. */
#include <stdio.h>
#include <string.h>

#include "cli/status.h"
#include "commands.h"
#include "process/helper.h"
#include "process/privileges.h"
#include "stacks/helper.h"
#include "web/keeper.h"

int cmd_helper(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], STACKS_ROLE)) {
		helper_begin("sevtrace-stacks");
		return stacks_helper(HELPER_FD);
	}
	if (argc == 2 && !strcmp(argv[1], WEB_KEEPER_ROLE)) {
		helper_begin("sevtrace-keeper");
		return privileges_keep_become() ? EXIT_OWN_FAILURE : web_keeper(HELPER_FD);
	}
	if (WEB_HAS_SERVER && argc == 2 && !strcmp(argv[1], WEB_SERVER_ROLE)) {
		helper_begin("sevtrace-web");
		return web_server();
	}
	fputs("sevtrace: " HELPER_OPTION " is for sevtrace itself\n", stderr);
	return EXIT_USAGE;
}
