/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events that each source needs from the kernel, and a check by BTF which of them the kernel
 * has.
 */
#ifndef HOST_EVENTS_H
#define HOST_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sev/lacks.h"

struct btf;

enum event_source {
	EVENTS_TRACEPOINTS, /* the tracepoints of kernel-patches/ */
	EVENTS_FUNCTIONS, /* boundaries of the kernel's own functions */
	EVENT_SOURCE_COUNT,
};

/* The parts of the kernel whose source is chosen on its own, as one may have the patches alone. */
enum event_side {
	EVENT_SIDE_KVM, /* kvm and kvm_amd */
	EVENT_SIDE_CCP,
	EVENT_SIDE_COUNT,
	EVENT_SIDE_BOTH, /* a function that serves either side */
	EVENT_SIDE_REFUSALS, /* not chosen: what KVM refuses, which no tracepoint tells */
	EVENT_SIDE_GUESTS, /* not chosen: KVM_RUN, which has no tracepoint */
	EVENT_SIDE_TASKS, /* not chosen: the scheduler's tracepoints */
};

struct event_source_info {
	const char *name; /* "backend" of a recording; never changes */
	const char *text; /* name within a sentence */
	const char *option; /* name on the command line */
	const char *event; /* word for one of its events */
	const char *remedy; /* what to do if the kernel lacks an event */
	/*
	 * Returns the number of the event's arguments by this BTF, or -ENOENT, and in *type the id
	 * of what a program attaches to.
	 */
	int (*args)(const struct btf *btf, const char *name, uint32_t *type);
};

extern const struct event_source_info event_sources[EVENT_SOURCE_COUNT];

enum event_need {
	EVENT_OPTIONAL,
	EVENT_SNP, /* optional, and no loss on a kernel that has no SNP */
	EVENT_NEEDED, /* no recording is possible without it */
	EVENT_FOLLOWS, /* needed unless the recording is system-wide: it follows processes */
	EVENT_ENDS, /* the same, but a system-wide recording has it, too, if the kernel has it */
};

/* Numbers of arguments that a program expects: bits of kernel_event's args. */
#define EVENT_ARGS(n) (1U << (n))

/* clang-format off */
/*
 * X(source, side, name, module, arguments, need, lack without it: LACK_...): events. A
 * tracepoint has a BPF program of the same name, a function has enter_NAME and exit_NAME, or one of
 * them, but for guests.bpf.c. Module "vmlinux" is always built in.
 */
#define KERNEL_EVENTS(X) \
	X(TRACEPOINTS, KVM, kvm_sev_cmd_enter, "kvm_amd", EVENT_ARGS(2), NEEDED, EVERYTHING) \
	X(TRACEPOINTS, KVM, kvm_sev_cmd_exit, "kvm_amd", EVENT_ARGS(3), NEEDED, EVERYTHING) \
	X(TRACEPOINTS, KVM, kvm_sev_region_enter, "kvm_amd", EVENT_ARGS(3), OPTIONAL, REGIONS) \
	X(TRACEPOINTS, KVM, kvm_sev_region_exit, "kvm_amd", EVENT_ARGS(4), OPTIONAL, REGIONS) \
	X(TRACEPOINTS, KVM, kvm_sev_range_start, "kvm_amd", EVENT_ARGS(7), OPTIONAL, RANGES) \
	X(TRACEPOINTS, KVM, kvm_sev_range_end, "kvm_amd", EVENT_ARGS(6), OPTIONAL, RANGES) \
	X(TRACEPOINTS, KVM, kvm_sev_step, "kvm_amd", EVENT_ARGS(6), OPTIONAL, STEPS) \
	X(TRACEPOINTS, KVM, kvm_sev_clflush, "kvm_amd", EVENT_ARGS(4), OPTIONAL, FLUSHES) \
	X(TRACEPOINTS, KVM, kvm_sev_vm_destroy_start, "kvm_amd", EVENT_ARGS(1), OPTIONAL, TEARDOWN) \
	X(TRACEPOINTS, KVM, kvm_sev_vm_destroy_end, "kvm_amd", EVENT_ARGS(1), OPTIONAL, TEARDOWN) \
	X(TRACEPOINTS, KVM, kvm_vm_set_mem_attributes, "kvm", EVENT_ARGS(3), OPTIONAL, ATTRIBUTES) \
	X(TRACEPOINTS, KVM, kvm_vm_set_mem_attributes_locked, "kvm", EVENT_ARGS(4), OPTIONAL, ATTRIBUTES) \
	X(TRACEPOINTS, KVM, kvm_vm_set_mem_attributes_done, "kvm", EVENT_ARGS(5), OPTIONAL, ATTRIBUTES) \
	X(TRACEPOINTS, KVM, kvm_gmem_populate_step, "kvm", EVENT_ARGS(6), OPTIONAL, POPULATION) \
	X(TRACEPOINTS, CCP, ccp_sev_cmd_wait, "ccp", EVENT_ARGS(1), OPTIONAL, PSP) \
	X(TRACEPOINTS, CCP, ccp_sev_cmd_start, "ccp", EVENT_ARGS(2), OPTIONAL, PSP) \
	X(TRACEPOINTS, CCP, ccp_sev_cmd_issue, "ccp", EVENT_ARGS(2), OPTIONAL, PSP) \
	X(TRACEPOINTS, CCP, ccp_sev_cmd_complete, "ccp", EVENT_ARGS(7), OPTIONAL, PSP) \
	X(TRACEPOINTS, CCP, ccp_sev_cmd_end, "ccp", EVENT_ARGS(6), OPTIONAL, PSP) \
	X(FUNCTIONS, KVM, sev_mem_enc_ioctl, "kvm_amd", EVENT_ARGS(2), NEEDED, EVERYTHING) \
	X(FUNCTIONS, KVM, sev_vm_destroy, "kvm_amd", EVENT_ARGS(1), NEEDED, EVERYTHING) \
	X(FUNCTIONS, BOTH, sev_issue_cmd_external_user, "ccp", EVENT_ARGS(4), NEEDED, EVERYTHING) \
	X(FUNCTIONS, CCP, __sev_do_cmd_locked, "ccp", EVENT_ARGS(3), NEEDED, EVERYTHING) \
	X(FUNCTIONS, KVM, sev_mem_enc_register_region, "kvm_amd", EVENT_ARGS(2), OPTIONAL, REGIONS) \
	X(FUNCTIONS, KVM, sev_mem_enc_unregister_region, "kvm_amd", EVENT_ARGS(2), OPTIONAL, REGIONS) \
	X(FUNCTIONS, REFUSALS, kvm_vm_ioctl, "kvm", EVENT_ARGS(3), OPTIONAL, ATTRIBUTES) \
	X(FUNCTIONS, REFUSALS, kvm_dev_ioctl, "kvm", EVENT_ARGS(3), OPTIONAL, REFUSALS) \
	X(FUNCTIONS, KVM, kvm_gmem_populate, "kvm", EVENT_ARGS(6) | EVENT_ARGS(7), SNP, PRIVATE_PAGES) \
	X(FUNCTIONS, KVM, sev_gmem_post_populate, "kvm_amd", EVENT_ARGS(5) | EVENT_ARGS(6), SNP, PRIVATE_PAGES) \
	X(FUNCTIONS, KVM, __kvm_gmem_get_pfn, "kvm", EVENT_ARGS(5) | EVENT_ARGS(6), SNP, RELEASE) \
	X(FUNCTIONS, KVM, kvm_range_has_memory_attributes, "kvm", EVENT_ARGS(5), SNP, GETTING) \
	X(FUNCTIONS, KVM, get_user_pages_fast, "vmlinux", EVENT_ARGS(4), SNP, SOURCES) \
	X(FUNCTIONS, KVM, snp_lookup_rmpentry, "vmlinux", EVENT_ARGS(3), SNP, RMP_LOOKUP) \
	X(FUNCTIONS, KVM, rmp_make_private, "vmlinux", EVENT_ARGS(5), SNP, RMP_UPDATE) \
	X(FUNCTIONS, KVM, snp_page_reclaim, "kvm_amd", EVENT_ARGS(2), SNP, RECLAIM) \
	X(FUNCTIONS, KVM, sev_es_sync_vmsa, "kvm_amd", EVENT_ARGS(1), OPTIONAL, VMSAS) \
	X(FUNCTIONS, KVM, sev_pin_memory, "kvm_amd", EVENT_ARGS(5), OPTIONAL, SHARED_PAGES) \
	X(FUNCTIONS, KVM, get_num_contig_pages, "kvm_amd", EVENT_ARGS(3), OPTIONAL, SHARED_PAGES) \
	X(FUNCTIONS, KVM, sev_clflush_pages, "kvm_amd", EVENT_ARGS(2) | EVENT_ARGS(4), OPTIONAL, FLUSHES) \
	X(FUNCTIONS, KVM, unpin_user_pages, "vmlinux", EVENT_ARGS(2), OPTIONAL, UNPIN) \
	X(FUNCTIONS, CCP, sev_wait_cmd_ioc, "ccp", EVENT_ARGS(3), OPTIONAL, PSP_PARTS) \
	X(FUNCTIONS, CCP, sev_do_cmd, "ccp", EVENT_ARGS(3), OPTIONAL, MAILBOX) \
	X(FUNCTIONS, CCP, snp_reclaim_pages, "ccp", EVENT_ARGS(3), SNP, MAILBOX) \
	X(FUNCTIONS, CCP, sev_guest_activate, "ccp", EVENT_ARGS(2), OPTIONAL, MAILBOX) \
	X(FUNCTIONS, CCP, sev_guest_deactivate, "ccp", EVENT_ARGS(2), OPTIONAL, MAILBOX) \
	X(FUNCTIONS, CCP, sev_guest_decommission, "ccp", EVENT_ARGS(2), OPTIONAL, MAILBOX) \
	X(FUNCTIONS, CCP, sev_guest_df_flush, "ccp", EVENT_ARGS(1), OPTIONAL, MAILBOX) \
	X(FUNCTIONS, GUESTS, kvm_arch_vcpu_ioctl_run, "kvm", EVENT_ARGS(1), OPTIONAL, FIRST_RUN) \
	X(TRACEPOINTS, TASKS, sched_process_exec, "vmlinux", EVENT_ARGS(3), OPTIONAL, VMM_START) \
	X(TRACEPOINTS, TASKS, sched_process_fork, "vmlinux", EVENT_ARGS(2), FOLLOWS, FOLLOWING) \
	X(TRACEPOINTS, TASKS, sched_process_exit, "vmlinux", EVENT_ARGS(1) | EVENT_ARGS(2), ENDS, \
	  LAST_PAGE) /* two arguments from Linux 6.16 on */
/* clang-format on */

#define KERNEL_EVENT_ID(source, side, name, module, args, need, lost) KERNEL_EVENT_##name,
enum kernel_event_id { KERNEL_EVENTS(KERNEL_EVENT_ID) KERNEL_EVENT_COUNT };
#undef KERNEL_EVENT_ID

struct kernel_event {
	const char *name;
	const char *module;
	enum sevtrace_lack lack; /* what reports lack without it */
	enum event_source source;
	enum event_side side;
	enum event_need need;
	unsigned int args; /* bit N: the program takes an event with N arguments */
};

extern const struct kernel_event kernel_events[KERNEL_EVENT_COUNT];

enum kernel_event_status {
	KERNEL_EVENT_OK,
	KERNEL_EVENT_NO_MODULE, /* the module is not loaded */
	KERNEL_EVENT_NO_BTF, /* the module has no BTF that fits that of the kernel */
	KERNEL_EVENT_MISSING, /* the kernel has no such event */
	KERNEL_EVENT_CHANGED, /* the event has other arguments */
	KERNEL_EVENT_NO_SNP, /* it is of SNP, which the kernel does not have */
	KERNEL_EVENT_SILENT, /* the function can be hooked, but the kernel says that it is not */
};

/* Tells whether there is no recording without the event, or none that follows processes. */
static inline bool event_is_needed(const struct kernel_event *event)
{
	return event->need == EVENT_NEEDED || event->need == EVENT_FOLLOWS ||
	       event->need == EVENT_ENDS;
}

/* Where an event is, for a program that attaches to it. */
struct kernel_event_place {
	const char *module; /* that whose BTF has it; "vmlinux": the kernel's */
	uint32_t type; /* its id there; 0: none has it */
};

/*
 * Checks all events, in the order of the rows, and notes where they are, unless places is NULL.
 * -ENODATA: the kernel itself has no BTF.
 */
int kernel_events_check(enum kernel_event_status statuses[KERNEL_EVENT_COUNT],
			struct kernel_event_place places[KERNEL_EVENT_COUNT]);

/* What the user asks for. */
enum event_wish {
	EVENTS_AUTO, /* tracepoints where all of a side are there, else functions */
	EVENTS_ONLY_TRACEPOINTS,
	EVENTS_ONLY_FUNCTIONS,
};

/* Sources by side. */
struct event_choice {
	enum event_source of[EVENT_SIDE_COUNT];
};

/*
 * Chooses the source of each side. A module that is not loaded counts as one with tracepoints, as
 * nobody can tell yet.
 */
struct event_choice events_choose(enum event_wish wish,
				  const enum kernel_event_status statuses[KERNEL_EVENT_COUNT]);

/* Tells whether this choice uses the event. */
bool event_is_chosen(const struct event_choice *choice, const struct kernel_event *event);

/* Returns a choice as a recording names it ("backend"), and within a sentence. */
const char *event_choice_name(const struct event_choice *choice);
const char *event_choice_text(const struct event_choice *choice);

/* Returns the wish that an option's value names, or -EINVAL. */
int event_wish_parse(const char *text);

/* Returns what reports lack without an event, as a set of lacks. */
uint32_t event_lacks(const struct event_choice *choice, const struct kernel_event *event);

/* Returns what a choice never tells, whatever events are there: a set of lacks. */
uint32_t event_choice_lacks(const struct event_choice *choice);

/* Writes what is wrong and what to do about it, as one sentence without a full stop. */
void kernel_event_explain(const struct kernel_event *event, enum kernel_event_status status,
			  char *text, size_t size);

#endif /* HOST_EVENTS_H */
