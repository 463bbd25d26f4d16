/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process that runs for months gives up. Everything here is the calling thread's, so it has
 * to be done before any other starts. Functions return 0 or a negative errno.
 */
#ifndef PROCESS_PRIVILEGES_H
#define PROCESS_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define USER_NOBODY 65534

struct user {
	uid_t uid;
	gid_t gid;
	char name[64]; /* for its supplementary groups; empty: it has none */
};

/* A user by name or number. -ENOENT: there is none. */
int user_find(const char *name, struct user *user);

/* X(capability, what for): those that recording needs, and those that it has a use for. */
#define ATTACH_NEEDED(X)                                \
	X(CAP_BPF, "to load BPF programs")              \
	X(CAP_PERFMON, "to attach them to tracepoints") \
	X(CAP_SYS_ADMIN, "to read the BTF of kernel modules")
#define ATTACH_USEFUL(X) X(CAP_SYSLOG, "to read the firmware's version from the kernel's log")

/*
 * Becomes the user (NULL: stays who it is) for good, and gives up every capability but those to
 * attach, which are kept without being in effect.
 */
int privileges_keep_attach(const struct user *user);

/* Puts the capabilities that were kept into effect, or out of it. */
int privileges_raise(bool raise);

/* Gives up every capability. */
int privileges_none(void);

#endif /* PROCESS_PRIVILEGES_H */
