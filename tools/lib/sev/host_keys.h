/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of what a recording says about its host and about how it was made, and their readers. */
#ifndef SEV_HOST_KEYS_H
#define SEV_HOST_KEYS_H

#include <stddef.h>

/* The readers of a key. Besides them, some outputs list all keys. */
#define HOST_IN_DIFF 1U /* diff, history and bench compare it */
#define HOST_IN_REPORT 2U /* the headline of the report shows it */
#define HOST_ALWAYS 4U /* JSON has it even if it is not known; the metrics have it as a label */

/* clang-format off */
/*
 * X(id, key, readers, text before the value). All texts list the keys in this order. Recordings may
 * have other keys; they are kept.
 */
#define SEVTRACE_HOST_KEYS(X) \
	X(HOSTNAME, "hostname", HOST_IN_DIFF | HOST_IN_REPORT, "") \
	X(KERNEL, "kernel", HOST_IN_DIFF | HOST_IN_REPORT | HOST_ALWAYS, "Linux ") /* release */ \
	X(FW_API, "fw_api", HOST_IN_DIFF | HOST_IN_REPORT | HOST_ALWAYS, "firmware API ") /* MAJOR.MINOR */ \
	X(BACKEND, "backend", HOST_IN_DIFF | HOST_IN_REPORT | HOST_ALWAYS, "by ") /* source of events */ \
	X(LACKS, "lacks", 0, "without ") /* what the source of events does not tell */ \
	X(VERSION, "version", HOST_IN_DIFF, "sevtrace ") \
	X(FILTER, "filter", HOST_IN_DIFF, "recorded with ") /* options that omitted something */ \
	X(STARTED, "started", HOST_IN_REPORT, "") /* RFC 3339 */ \
	X(MACHINE, "machine", 0, "") /* as uname -m */ \
	X(CPUS, "cpus", 0, "") \
	X(REALTIME_OFFSET, "realtime_offset_ns", 0, "") /* from the records' clock to the time of day */ \
	X(MILESTONES, "milestones", 0, "") /* as record was given them */ \
	X(COMMAND, "command", 0, "") /* the traced command line */ \
	X(COMMAND_STATUS, "command_status", 0, "") /* as a shell shows it */
/* clang-format on */

#define SEVTRACE_HOST_ENUM(id, key, uses, before) HOST_##id,
enum host_key { SEVTRACE_HOST_KEYS(SEVTRACE_HOST_ENUM) HOST_KEY_COUNT };
#undef SEVTRACE_HOST_ENUM

struct host_key_row {
	const char *key;
	unsigned int uses;
	const char *before;
};

/* Indexed by enum host_key. */
extern const struct host_key_row host_keys[HOST_KEY_COUNT];

/* Returns the n-th key with this use; NULL after the last. */
const struct host_key_row *host_key_at(unsigned int use, size_t n);

#endif /* SEV_HOST_KEYS_H */
