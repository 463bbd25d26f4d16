/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the doctor share. The facts are gathered once; the checks read them. */
#ifndef DOCTOR_INTERNAL_H
#define DOCTOR_INTERNAL_H

#include "doctor/doctor.h"
#include "host/cpuinfo.h"

struct flag_set {
	bool sev, es, snp;
};

/* What we know of the host. NULL and false: missing, or not visible to us. */
struct facts {
	const struct system *sys;
	char vendor[32];
	unsigned int family, model;
	bool has_leaf; /* the processor reports SEV */
	struct cpuid_regs leaf; /* LEAF */
	bool leaf_by_kernel; /* leaf is the kernel's view */
	bool leaf_by_flags; /* leaf was made from the kernel's flags: we cannot see SEV ourselves */
	struct flag_set flags; /* SEV features that the kernel reports */
	bool has_flags;
	char *log; /* the kernel's log */
	int log_error; /* why the log is missing */
	char cmdline[2048];
	char release[128]; /* release of the kernel */
	bool ccp, kvm_amd; /* loaded or built in */
	struct flag_set offered; /* types that kvm_amd offers, by its parameters */
	bool has_platform;
	struct platform_status platform;
	int platform_error;
	uint64_t capabilities; /* effective ones of the caller */
	struct event_choice choice; /* sources of events; of events_error 0 */
	struct missing_event missing[KERNEL_EVENT_COUNT];
	size_t nr_missing;
	int events_error;
	const char *event_source; /* set by a check */
};

void facts_gather(const struct system *sys, struct facts *facts);
void facts_free(struct facts *facts);

/*
 * Copies the last line of the kernel's log that contains the text, cut to size. Returns false if
 * there is none.
 */
bool facts_log_line(const struct facts *facts, const char *text, char *line, size_t size);
bool facts_logged(const struct facts *facts, const char *text);

bool facts_capable(const struct facts *facts, unsigned int capability);

/* Has the kernel's command line this word? */
bool facts_booted_with(const struct facts *facts, const char *word);

/* Formats a reason, and sets the result; fix may be NULL. */
__attribute__((format(printf, 4, 5))) void outcome_set(struct check_outcome *o,
						       enum check_result result, const char *fix,
						       const char *format, ...);

typedef void check_fn(struct facts *facts, struct check_outcome *o);

check_fn check_processor, check_leaf, check_bios, check_rmp, check_iommu, check_smt;
check_fn check_ccp, check_firmware, check_kvm, check_sev, check_es, check_snp;
check_fn check_asids, check_cgroup, check_dev_sev, check_dev_kvm, check_memlock;
check_fn check_vhost_vsock;
check_fn check_guest_memfd, check_config, check_btf, check_capabilities, check_tracefs;
check_fn check_source, check_journal;

#endif /* DOCTOR_INTERNAL_H */
