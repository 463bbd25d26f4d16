/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's events as perf records them: their list, their fields by name, and the place of a
 * field according to a `format` file. All input is untrusted.
 */
#ifndef PERFDATA_EVENTS_H
#define PERFDATA_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/record.h>

#define PERF_MAX_FIELDS 8

enum perf_sev_event {
	PERF_CMD_ENTER,
	PERF_CMD_EXIT,
	PERF_REGION_ENTER,
	PERF_REGION_EXIT,
	PERF_DESTROY_START,
	PERF_DESTROY_END,
	PERF_RANGE_START,
	PERF_RANGE_END,
	PERF_STEP,
	PERF_CLFLUSH,
	PERF_POPULATE_STEP,
	PERF_ATTR,
	PERF_ATTR_LOCKED,
	PERF_ATTR_DONE,
	PERF_PSP_WAIT,
	PERF_PSP_START,
	PERF_PSP_ISSUE,
	PERF_PSP_COMPLETE,
	PERF_PSP_END,
	PERF_NR_EVENTS,
	/*
	 * perf's own events: a task's name (comm), a task begins (value 0: the parent's pid), a
	 * task ends.
	 */
	PERF_TASK_COMM = PERF_NR_EVENTS,
	PERF_TASK_FORK,
	PERF_TASK_EXIT,
};

/* An event of the kernel and its fields, in the order of the values in perf_event. */
struct perf_event_info {
	const char *system;
	const char *name;
	const char *fields[PERF_MAX_FIELDS];
};

extern const struct perf_event_info perf_events[PERF_NR_EVENTS];

/* Positions of values for each type of event. */
enum { CMD_CMD, CMD_ASID, CMD_VM_TYPE, CMD_FW_ERROR, CMD_RET };
enum { REGION_REG, REGION_ASID, REGION_VM_TYPE, REGION_ADDR, REGION_SIZE, REGION_RET };
enum { DESTROY_ASID };
enum {
	RANGE_GFN,
	RANGE_UADDR,
	RANGE_NPAGES,
	RANGE_SLOT,
	RANGE_PAGE_TYPE,
	RANGE_PRIVATE,
	RANGE_RET = RANGE_SLOT,
	RANGE_DONE = RANGE_PAGE_TYPE,
};
enum { STEP_GFN, STEP_NPAGES, STEP_STEP, STEP_PFN, STEP_RET, STEP_SKIPPED = STEP_STEP };
enum { ATTR_START, ATTR_END, ATTR_ATTR, ATTR_RET };
enum {
	PSP_CMD,
	PSP_DEPTH,
	PSP_ANSWERED,
	PSP_STATUS,
	PSP_ASKED,
	PSP_RET,
	PSP_EXTRA = PSP_ASKED,
	PSP_ERR_LO = PSP_RET,
	PSP_ERR_HI,
};
enum { FORK_PARENT };

/* The call chain of an event that failed; unused addresses are 0. */
struct perf_stack {
	__u64 kernel[SEVTRACE_STACK_DEPTH];
	__u64 user[SEVTRACE_STACK_DEPTH];
};

struct perf_event {
	__u64 ts; /* ns, on the recording's clock */
	__u32 pid; /* process id */
	__u32 tid;
	__u32 cpu;
	__u32 type; /* enum perf_sev_event */
	union {
		__u64 values[PERF_MAX_FIELDS]; /* signed fields are sign-extended */
		char comm[SEVTRACE_COMM_LEN];
	};
	struct perf_stack *stack; /* NULL: none */
};

struct perf_field {
	__u16 offset;
	__u8 size; /* 1, 2, 4 or 8; 0: not found */
	bool is_signed;
};

/* The layout of one event in a sample's raw data. */
struct perf_format {
	bool known; /* the recording describes the event */
	__u16 id;
	struct perf_field fields[PERF_MAX_FIELDS];
};

/* Returns the event of that name, or -1. */
int perf_event_find(const char *system, const char *name);

/*
 * Takes id and fields from the text of an event's `format` file. -EINVAL: the text is not valid.
 * -ENOENT: a field is missing; *missing is its name.
 */
int perf_format_parse(const struct perf_event_info *info, const char *text, size_t size,
		      struct perf_format *format, const char **missing);

/* Takes the values from a sample's raw data. -EINVAL: it is too short. */
int perf_format_decode(const struct perf_event_info *info, const struct perf_format *format,
		       const void *raw, size_t size, __u64 values[PERF_MAX_FIELDS]);

/* Tells whether an event of this type with these values reports an error. */
bool perf_event_failed(int type, const __u64 values[PERF_MAX_FIELDS]);

#endif /* PERFDATA_EVENTS_H */
