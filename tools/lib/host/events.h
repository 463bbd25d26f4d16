/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events that each source needs from the kernel, and a check by BTF which of them the kernel
 * has.
 */
#ifndef HOST_EVENTS_H
#define HOST_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

struct btf;

enum event_source {
	EVENTS_TRACEPOINTS, /* the tracepoints of kernel-patches/ */
	EVENT_SOURCE_COUNT,
};

struct event_source_info {
	const char *name; /* "backend" of a recording; never changes */
	const char *text; /* name within a sentence */
	const char *event; /* word for one of its events */
	const char *remedy; /* what to do if the kernel lacks an event */
	/* Returns the number of the event's arguments by this BTF, or -ENOENT. */
	int (*args)(const struct btf *btf, const char *name);
};

extern const struct event_source_info event_sources[EVENT_SOURCE_COUNT];

enum event_need {
	EVENT_OPTIONAL,
	EVENT_NEEDED, /* no recording is possible without it */
	EVENT_FOLLOWS, /* needed unless the recording is system-wide: it follows processes */
};

/* clang-format off */
/*
 * X(source, name, module, arguments, need, what reports lack without it): events, which have BPF
 * programs of the same names. Module "vmlinux" is always built in. Messages list the missing parts
 * in this order.
 */
#define KERNEL_EVENTS(X) \
	X(TRACEPOINTS, kvm_sev_cmd_enter, "kvm_amd", 2, NEEDED, "everything") \
	X(TRACEPOINTS, kvm_sev_cmd_exit, "kvm_amd", 3, NEEDED, "everything") \
	X(TRACEPOINTS, kvm_sev_region_enter, "kvm_amd", 3, OPTIONAL, "registration of regions") \
	X(TRACEPOINTS, kvm_sev_region_exit, "kvm_amd", 4, OPTIONAL, "registration of regions") \
	X(TRACEPOINTS, kvm_sev_range_start, "kvm_amd", 7, OPTIONAL, "page ranges") \
	X(TRACEPOINTS, kvm_sev_range_end, "kvm_amd", 6, OPTIONAL, "page ranges") \
	X(TRACEPOINTS, kvm_sev_step, "kvm_amd", 6, OPTIONAL, "steps of pages") \
	X(TRACEPOINTS, kvm_sev_clflush, "kvm_amd", 4, OPTIONAL, "flushes") \
	X(TRACEPOINTS, kvm_sev_vm_destroy_start, "kvm_amd", 1, OPTIONAL, "teardown") \
	X(TRACEPOINTS, kvm_sev_vm_destroy_end, "kvm_amd", 1, OPTIONAL, "teardown") \
	X(TRACEPOINTS, kvm_vm_set_mem_attributes, "kvm", 3, OPTIONAL, "attribute updates") \
	X(TRACEPOINTS, kvm_vm_set_mem_attributes_locked, "kvm", 4, OPTIONAL, "attribute updates") \
	X(TRACEPOINTS, kvm_vm_set_mem_attributes_done, "kvm", 5, OPTIONAL, "attribute updates") \
	X(TRACEPOINTS, kvm_gmem_populate_step, "kvm", 6, OPTIONAL, \
	  "getting, checking and releasing private pages") \
	X(TRACEPOINTS, ccp_sev_cmd_wait, "ccp", 1, OPTIONAL, "times and answers of PSP commands") \
	X(TRACEPOINTS, ccp_sev_cmd_start, "ccp", 2, OPTIONAL, "times and answers of PSP commands") \
	X(TRACEPOINTS, ccp_sev_cmd_issue, "ccp", 2, OPTIONAL, "times and answers of PSP commands") \
	X(TRACEPOINTS, ccp_sev_cmd_complete, "ccp", 7, OPTIONAL, "times and answers of PSP commands") \
	X(TRACEPOINTS, ccp_sev_cmd_end, "ccp", 6, OPTIONAL, "times and answers of PSP commands") \
	X(TRACEPOINTS, sched_process_fork, "vmlinux", 2, FOLLOWS, "following a command's children") \
	X(TRACEPOINTS, sched_process_exit, "vmlinux", 1, FOLLOWS, "following a command's children")
/* clang-format on */

#define KERNEL_EVENT_ID(source, name, module, args, need, lost) KERNEL_EVENT_##name,
enum kernel_event_id { KERNEL_EVENTS(KERNEL_EVENT_ID) KERNEL_EVENT_COUNT };
#undef KERNEL_EVENT_ID

struct kernel_event {
	const char *name;
	const char *module;
	const char *lost; /* what reports lack without it */
	enum event_source source;
	enum event_need need;
	int args; /* number of arguments that the program expects */
};

extern const struct kernel_event kernel_events[KERNEL_EVENT_COUNT];

enum kernel_event_status {
	KERNEL_EVENT_OK,
	KERNEL_EVENT_NO_MODULE, /* the module is not loaded */
	KERNEL_EVENT_NO_BTF, /* the module has no BTF that fits that of the kernel */
	KERNEL_EVENT_MISSING, /* the kernel has no such event */
	KERNEL_EVENT_CHANGED, /* the event has other arguments */
};

/* Checks all events, in the order of the rows. -ENODATA: the kernel itself has no BTF. */
int kernel_events_check(enum kernel_event_status statuses[KERNEL_EVENT_COUNT]);

/* Writes what is wrong and what to do about it, as one sentence without a full stop. */
void kernel_event_explain(const struct kernel_event *event, enum kernel_event_status status,
			  char *text, size_t size);

#endif /* HOST_EVENTS_H */
