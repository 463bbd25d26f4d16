/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many ASIDs there are and are in use: the misc controller of control groups counts them for
 * the host.
 */
#ifndef HOST_MISC_CGROUP_H
#define HOST_MISC_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "host/machine.h"

#define MISC_SIZE 512

/* A file of the root group, such as misc.capacity or misc.current; false: it cannot be read. */
bool misc_read(const struct system *sys, const char *name, char text[MISC_SIZE]);

/* "sev 410\nsev_es 99": the number behind a name; -1: not there, INT64_MAX for "max". */
int64_t misc_value(const char *text, const char *name);

#endif /* HOST_MISC_CGROUP_H */
