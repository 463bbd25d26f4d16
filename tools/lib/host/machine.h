/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine that `sevtrace doctor` examines: its files below a root, and the answers of system
 * calls. Tests supply a made-up tree and made-up answers.
 */
#ifndef HOST_MACHINE_H
#define HOST_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "host/events.h"

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

struct platform_status {
	unsigned int api_major, api_minor, build;
	unsigned int state; /* 0: not initialised, 1: initialised, 2: with guests */
};

/* An event that cannot be recorded, and why. */
struct missing_event {
	const struct kernel_event *event;
	enum kernel_event_status status;
	char why[200];
};

/* The group of a device. */
struct device_group {
	unsigned long id;
	char name[32];
	bool is_member; /* is the caller's user in it, by the group database? */
};

struct system {
	const char *root; /* prefix of every path; "" for this machine */
	/* Each returns 0 or a negative errno. */
	int (*cpuid)(uint32_t leaf, struct cpuid_regs *regs);
	int (*kernel_log)(char **log); /* the caller frees it */
	/* Has take() read the journal of this boot, and returns what that does; NULL: no journal */
	int (*journal)(int (*take)(void *ctx, FILE *in), void *ctx);
	int (*platform_status)(struct platform_status *status);
	/* the result of KVM_CHECK_EXTENSION, 0 or more, or a negative errno */
	int (*kvm_extension)(int extension);
	int (*open_device)(const char *path); /* opens for reading and writing, closes at once */
	int (*device_group)(const char *path, struct device_group *group); /* NULL: not asked */
	int (*memlock)(uint64_t *limit); /* bytes; UINT64_MAX: none */
	/*
	 * Chooses the source of events, and gets those of it that cannot be recorded. -ENODATA: the
	 * kernel has no BTF.
	 */
	int (*events)(struct event_choice *choice, struct missing_event missing[KERNEL_EVENT_COUNT],
		      size_t *count);
};

/* This machine. */
extern const struct system system_host;

#define SYSTEM_PATH 512

/*
 * Reads the start of a file into buf and puts a NUL behind it. Cuts newlines off at the end.
 * Returns the length or a negative errno.
 */
ssize_t system_read(const struct system *sys, const char *path, char *buf, size_t size);

/*
 * Returns the whole of a file, at most 1 MiB, unpacked if it is gzip. The caller frees it. NULL:
 * errno tells why.
 */
char *system_read_all(const struct system *sys, const char *path);

/* Reads size bytes at an offset. Returns 0 or a negative errno. */
int system_pread(const struct system *sys, const char *path, void *buf, size_t size, off_t offset);

bool system_exists(const struct system *sys, const char *path);

/*
 * Calls visit with the path of each entry of a folder until it returns true. Returns whether it
 * did.
 */
bool system_each(const struct system *sys, const char *folder,
		 bool (*visit)(const struct system *sys, const char *path, void *ctx), void *ctx);

#endif /* HOST_MACHINE_H */
