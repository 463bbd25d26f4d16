// SPDX-License-Identifier: GPL-2.0-only
#include "cli/signals.h"

sigset_t signals_may_end(const sigset_t *mask)
{
	sigset_t blocked;

	/* A shell has what it runs in the background ignore Ctrl-C. */
	signal(SIGINT, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, &blocked);
	return blocked;
}
