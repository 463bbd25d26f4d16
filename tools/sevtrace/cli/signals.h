/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals that end a command. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <signal.h>

/*
 * Lets a signal end the program at once while it attaches, which takes a second and more: nothing
 * is recorded yet. mask: what is blocked meanwhile. Returns what was blocked before.
 */
sigset_t signals_may_end(const sigset_t *mask);

#endif /* CLI_SIGNALS_H */
