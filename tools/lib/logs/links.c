// SPDX-License-Identifier: GPL-2.0-only
/* Causes of a message in earlier lines. */
#include "logs/internal.h"

#include <string.h>

#include "util/array.h"

#include <sevtrace/psp.h>

#define FAR 200 /* lines; what is further away is no cause */

/* After the one message, the other has another cause, or the guest is known to have SEV. */
static const struct {
	enum log_id after, id;
	uint32_t status; /* of the later one; 0: any */
	bool follows; /* the earlier one is the cause */
	struct explanation why;
} rules[] = {
	{ LOG_SNP_INIT_FAILED,
	  LOG_SEV_INIT_FAILED,
	  SEVTRACE_PSP_INVALID_PLATFORM_STATE,
	  true,
	  { "SEV could not be initialised, as SEV-SNP could not be before it.",
	    "See to the failure of SEV-SNP first.", LIKELY } },
	{ LOG_SNP_INIT_FAILED,
	  LOG_SEV_INIT_FAILED,
	  SEVTRACE_PSP_HWSEV_RET_PLATFORM,
	  true,
	  { "The failed initialisation of SEV-SNP left the firmware so: this is no error of the hardware's own.",
	    "See to the failure of SEV-SNP first: SMEE and SNP options in the BIOS, and a kernel and a firmware that know each other.",
	    LIKELY } },
	{ LOG_SYSCFG_REFUSED,
	  LOG_SNP_INIT_FAILED,
	  0,
	  true,
	  { "SEV-SNP could not be initialised, as the processor refused to switch it on.",
	    "Update BIOS and microcode; check SMEE and SNP options in the BIOS.", LIKELY } },
	{ LOG_VARIABLE_STORE,
	  LOG_RUN_FAILED,
	  0,
	  false,
	  { "The firmware image, an OVMF with Secure Boot, touches its variable store before the guest has accepted its memory.",
	    "Use a newer OVMF, in which the store is set up after memory is accepted, or one without Secure Boot.",
	    SURE } },
	{ LOG_RMP_FAULT,
	  LOG_SYNC_VMSA,
	  0,
	  false,
	  { "KVM wrote to a vCPU's save area that the firmware owns already: SNP_LAUNCH_FINISH was issued twice for this guest.",
	    "A bug of the host's kernel, fixed later: update it. Look why the VMM finishes the launch twice.",
	    SURE } },
	{ LOG_GMEM_MISSING,
	  LOG_RUN_FAILED,
	  0,
	  true,
	  { "The guest has no private memory: the VMM created it without guest_memfd.",
	    "Use a VMM and a kernel with guest_memfd of the same age.", LIKELY } },
};

static bool same_vm(const char *a, const char *b)
{
	return !a || !b || !strcmp(a, b);
}

/* Remembers a failure, as later lines may follow from it. */
static void remember(struct log_scan *scan, const struct log_finding *f)
{
	scan->recent[scan->nr_recent++ % LOG_RECENT] =
		(struct log_recent){ .line = f->line,
				     .boot = f->boot,
				     .because = f->because,
				     .vm = f->vm,
				     .host = log_origins[f->pattern->source].host,
				     .pattern = f->pattern };
}

/* Is the message of whether KVM offers a type of guests? None is the cause of another. */
static bool is_type(enum log_id id)
{
	return id == LOG_SEV_ASIDS || id == LOG_ES_ASIDS || id == LOG_SNP_ASIDS;
}

/* Finds the last failure that the finding may follow from; the same guest's comes first. */
static const struct log_recent *last_failure(const struct log_scan *scan,
					     const struct log_finding *f)
{
	const struct log_recent *found = NULL;
	size_t kept = scan->nr_recent < LOG_RECENT ? scan->nr_recent : LOG_RECENT;

	for (size_t i = 1; i <= kept; i++) {
		const struct log_recent *r = &scan->recent[(scan->nr_recent - i) % LOG_RECENT];
		bool own = f->vm && r->vm && !strcmp(f->vm, r->vm);

		if (r->boot != f->boot || r->line + FAR < f->line || r->pattern == f->pattern ||
		    (log_origins[f->pattern->source].host && !r->host) ||
		    (is_type(f->pattern->id) && is_type(r->pattern->id)))
			continue;
		if (own)
			return r;
		if (!found && same_vm(f->vm, r->vm))
			found = r;
	}
	return found;
}

static bool earlier(const struct log_scan *scan, const struct log_finding *f, enum log_id id)
{
	for (size_t i = scan->nr_findings; i-- > 0;) {
		const struct log_finding *other = &scan->findings[i];

		if (other != f && other->pattern->id == id && other->boot == f->boot &&
		    same_vm(other->vm, f->vm))
			return true;
	}
	return id == LOG_VARIABLE_STORE && scan->variable_store;
}

void link_cause(struct log_scan *scan, struct log_finding *f)
{
	bool follows = f->pattern->flags & LOG_FOLLOWS;
	const struct log_recent *cause;

	for (size_t i = 0; f->pattern->id && i < ARRAY_SIZE(rules); i++) {
		if (rules[i].id != f->pattern->id ||
		    (rules[i].status && rules[i].status != f->values.answer.status) ||
		    !earlier(scan, f, rules[i].after))
			continue;
		f->why = &rules[i].why;
		follows = rules[i].follows;
		if (rules[i].after == LOG_VARIABLE_STORE || rules[i].after == LOG_GMEM_MISSING)
			scan->sev_guest = true;
		break;
	}
	if (f->pattern->level != LOG_BAD)
		return;
	cause = follows ? last_failure(scan, f) : NULL;
	if (cause)
		f->because = cause->because ? cause->because : cause->line;
	remember(scan, f);
}
