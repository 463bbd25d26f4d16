/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the kernel is locked down, see kernel_lockdown(7). */
#ifndef HOST_LOCKDOWN_H
#define HOST_LOCKDOWN_H

#include <stdbool.h>

#include "host/machine.h"

/*
 * Tells whether the kernel is locked down for confidentiality: BPF programs may not read kernel
 * memory then, so nothing can be recorded. Locked down for integrity, they may.
 */
bool host_locked_down(const struct system *sys);

/* What to do about it, as one sentence without a full stop. */
#define LOCKDOWN_PROBLEM                                                                          \
	"the kernel is locked down for confidentiality, where BPF may not read its memory; boot " \
	"it with lockdown=integrity"

#endif /* HOST_LOCKDOWN_H */
