// SPDX-License-Identifier: GPL-2.0-only
#include "doctor/doctor.h"

#include <errno.h>

#include "doctor/internal.h"
#include "util/array.h"
#include "util/json.h"

/* In the order of output: an earlier check may be the reason of a later failure. */
static const struct {
	const char *id;
	const char *title;
	unsigned int matters_to;
	check_fn *run;
} checks[] = {
	{ "processor", "processor", FOR_GUESTS, check_processor },
	{ "sev-leaf", "SEV in the processor", FOR_GUESTS, check_leaf },
	{ "bios", "BIOS settings", FOR_GUESTS, check_bios },
	{ "rmp", "RMP", FOR_SNP, check_rmp },
	{ "iommu", "IOMMU", FOR_SNP, check_iommu },
	{ "smt", "SMT", FOR_SNP, check_smt },
	{ "ccp", "PSP driver (ccp)", FOR_GUESTS, check_ccp },
	{ "firmware", "SEV firmware", FOR_GUESTS, check_firmware },
	{ "kvm", "KVM", FOR_GUESTS, check_kvm },
	{ "sev", "SEV guests", FOR_SEV, check_sev },
	{ "sev-es", "SEV-ES guests", FOR_ES, check_es },
	{ "snp", "SEV-SNP guests", FOR_SNP, check_snp },
	{ "guest-memfd", "private memory", FOR_SNP, check_guest_memfd },
	{ "asids", "ASIDs", FOR_GUESTS, check_asids },
	{ "cgroup", "misc control group", FOR_GUESTS, check_cgroup },
	{ "dev-sev", "/dev/sev", FOR_GUESTS, check_dev_sev },
	{ "dev-kvm", "/dev/kvm", FOR_GUESTS, check_dev_kvm },
	{ "vhost-vsock", "/dev/vhost-vsock", FOR_GUESTS, check_vhost_vsock },
	{ "memlock", "limit of locked memory", FOR_PINNED, check_memlock },
	{ "journal", "messages", FOR_GUESTS, check_journal },
	{ "kernel-config", "kernel configuration", FOR_RECORD | FOR_GUESTS, check_config },
	{ "btf", "BTF", FOR_RECORD, check_btf },
	{ "capabilities", "capabilities", FOR_RECORD, check_capabilities },
	{ "tracefs", "tracefs", FOR_RECORD, check_tracefs },
	{ "event-source", "event source", FOR_RECORD, check_source },
};

_Static_assert(ARRAY_SIZE(checks) <= DOCTOR_CHECKS, "room for every check");

const char *const check_result_names[CHECK_RESULTS] = { "pass", "warn", "skip", "fail" };

int doctor_run(const struct system *sys, unsigned int wanted, struct doctor_report *report)
{
	struct facts facts;

	*report = (struct doctor_report){ 0 };
	facts_gather(sys, &facts);
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		struct check_outcome *o = &report->checks[report->count].outcome;

		if (!(checks[i].matters_to & wanted))
			continue;
		checks[i].run(&facts, o);
		report->checks[report->count].id = checks[i].id;
		report->checks[report->count].title = checks[i].title;
		report->by_result[o->result]++;
		report->count++;
	}
	report->event_source = facts.event_source;
	facts_free(&facts);
	return facts.log_error == -ENOMEM ? -ENOMEM : 0;
}

json_t *doctor_json(const struct doctor_report *report, const char *version)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->count; i++) {
		const struct check_outcome *o = &report->checks[i].outcome;
		json_t *check = json_pack("{s:s,s:s,s:s,s:s,s:o}", "id", report->checks[i].id,
					  "title", report->checks[i].title, "result",
					  check_result_names[o->result], "reason", o->reason, "fix",
					  o->fix ? json_string(o->fix) : json_null());

		list = append_json(list, check);
	}
	return json_pack("{s:s,s:{s:I,s:I,s:I,s:I},s:o,s:o}", "version", version, "summary", "pass",
			 (json_int_t)report->by_result[CHECK_PASS], "warn",
			 (json_int_t)report->by_result[CHECK_WARN], "skip",
			 (json_int_t)report->by_result[CHECK_SKIP], "fail",
			 (json_int_t)report->by_result[CHECK_FAIL], "event_source",
			 report->event_source ? json_string(report->event_source) : json_null(),
			 "checks", list);
}
