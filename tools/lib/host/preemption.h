/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the kernel preempts itself. */
#ifndef HOST_PREEMPTION_H
#define HOST_PREEMPTION_H

#include <stdbool.h>

#include "host/machine.h"

/*
 * Tells whether the kernel may switch away from a thread while that runs a BPF program. True where
 * the kernel does not say which of its modes it is in.
 */
bool host_preempts(const struct system *sys);

#endif /* HOST_PREEMPTION_H */
