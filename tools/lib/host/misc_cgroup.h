/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The number of ASIDs that the host has and uses: the misc controller of control groups counts
 * them.
 */
#ifndef HOST_MISC_CGROUP_H
#define HOST_MISC_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "host/machine.h"

#define MISC_SIZE 512

/*
 * Reads a file of the root group, such as misc.capacity or misc.current. Returns false if it cannot
 * be read.
 */
bool misc_read(const struct system *sys, const char *name, char text[MISC_SIZE]);

/*
 * Returns the number behind a name in text such as "sev 410\nsev_es 99". -1: the name is missing;
 * INT64_MAX for "max".
 */
int64_t misc_value(const char *text, const char *name);

#endif /* HOST_MISC_CGROUP_H */
