/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of sevtrace's tracepoints the running kernel has, from its BTF. */
#ifndef HOST_EVENTS_H
#define HOST_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

struct btf;

/* A tracepoint and the BPF program of the same name. */
struct kernel_event {
	const char *name;
	const char *module; /* "vmlinux": always built in */
	int args; /* that the program expects */
	bool needed; /* there is no recording without it */
	bool follows; /* only to follow processes, not for a system-wide recording */
};

extern const struct kernel_event kernel_events[];
extern const size_t nr_kernel_events;

enum kernel_event_status {
	KERNEL_EVENT_OK,
	KERNEL_EVENT_NO_MODULE, /* the module is not loaded */
	KERNEL_EVENT_NO_BTF, /* the module has no BTF that fits the kernel's */
	KERNEL_EVENT_MISSING, /* no such tracepoint */
	KERNEL_EVENT_CHANGED, /* it has other arguments */
};

/* The number of arguments of a tracepoint in this BTF, or -ENOENT. */
int kernel_event_args(const struct btf *btf, const char *name);

/*
 * Looks all of them up: statuses has nr_kernel_events entries. -ENODATA: the kernel itself has no
 * BTF.
 */
int kernel_events_check(enum kernel_event_status *statuses);

/* What is wrong and what to do, as a sentence without its end. */
void kernel_event_explain(const struct kernel_event *event, enum kernel_event_status status,
			  char *text, size_t size);

#endif /* HOST_EVENTS_H */
