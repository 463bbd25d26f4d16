/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives up privileges in a process that runs for months. The functions change the calling thread
 * only, so call them before any other thread starts. They return 0 or a negative errno.
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
	char name[64]; /* to find its supplementary groups; empty: it has none */
};

/* Finds a user by name or number. -ENOENT: there is none. */
int user_find(const char *name, struct user *user);

/*
 * X(capability, purpose): the capabilities that recording needs, and those that are of use to it.
 */
#define ATTACH_NEEDED(X)                                \
	X(CAP_BPF, "to load BPF programs")              \
	X(CAP_PERFMON, "to attach them to tracepoints") \
	X(CAP_SYS_ADMIN, "to read the BTF of kernel modules")
#define ATTACH_USEFUL(X) X(CAP_SYSLOG, "to read the firmware's version from the kernel's log")

/* Those with which the files of other users' processes can be opened, to be given away then. */
#define UNWIND_USEFUL(X)                                                 \
	X(CAP_SYS_PTRACE, "to read /proc/PID/maps")                      \
	X(CAP_SYS_ADMIN, "to open /proc/PID/map_files")                  \
	X(CAP_DAC_READ_SEARCH, "to open files that only their user may") \
	X(CAP_KILL, "to end a worker that has another user by then")     \
	X(CAP_SETUID, "to become nobody")                                \
	X(CAP_SETGID, "to become nobody")                                \
	X(CAP_SETPCAP, "to forbid capabilities for good")                \
	X(CAP_SYS_CHROOT, "to see debug information only")

/* May this process attach, with what it is permitted now? */
bool privileges_may_attach(void);

/*
 * Becomes the user for good (NULL: keeps the current one) and gives up every capability but those
 * to attach. It keeps these permitted, but not effective.
 */
int privileges_keep_attach(const struct user *user);

/* Gives up every capability but those of UNWIND_USEFUL. */
int privileges_keep_unwind(void);

/* Gives up every capability but those to start processes of another user, and to end them. */
int privileges_keep_become(void);

/* Makes the kept capabilities effective, or not effective. */
int privileges_raise(bool raise);

/*
 * Becomes the user for good (NULL: keeps the current one) and gives up every capability. -EPERM:
 * only the user was not changed.
 */
int privileges_none(const struct user *user);

#endif /* PROCESS_PRIVILEGES_H */
