/* SPDX-License-Identifier: GPL-2.0-only */
/* Issues commands with memory or a file descriptor that the kernel cannot use. */
#ifndef LAUNCHER_SPOIL_H
#define LAUNCHER_SPOIL_H

#include <stddef.h>
#include <stdint.h>

#include <linux/kvm.h>

/* X(id, name) */
#define LAUNCHER_SPOILS(X)                                                   \
	X(COMMAND_UNREADABLE, "command-unreadable") /* struct kvm_sev_cmd */ \
	X(COMMAND_READONLY, "command-readonly")                              \
	X(DATA_UNREADABLE, "data-unreadable") /* what its data points to */  \
	X(DATA_READONLY, "data-readonly")                                    \
	X(FD_CLOSED, "fd-closed") /* its sev_fd is closed */                 \
	X(FD_OTHER, "fd-other") /* its sev_fd is not /dev/sev */

#define LAUNCHER_SPOIL_ENUM(id, name) SPOIL_##id,
enum spoil { LAUNCHER_SPOILS(LAUNCHER_SPOIL_ENUM) SPOIL_COUNT };
#undef LAUNCHER_SPOIL_ENUM

/* Returns the way to spoil called @name, or SPOIL_COUNT. */
enum spoil spoil_find(const char *name);

/*
 * Issues @command spoiled; its data points to @bytes. Returns 0 or -errno of the ioctl, or -ENOMEM
 * if memory cannot be protected. Stores the firmware's status in @command, except where the kernel
 * got a copy of it.
 */
int spoil_command(enum spoil how, int vm, struct kvm_sev_cmd *command, size_t bytes);

#endif /* LAUNCHER_SPOIL_H */
