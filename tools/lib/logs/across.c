// SPDX-License-Identifier: GPL-2.0-only
/* What lines mean together: lines that are missing, guests with SEV, versions. */
#include "logs/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

/* A message whose cause can be an old kernel or VMM: below the version it is likely, else not. */
static const struct {
	enum log_id id;
	int ret; /* 0: any */
	bool vmm;
	unsigned int major, minor;
	const char *old, *new, *unknown;
} ages[] = {
	{ LOG_INIT_REFUSED, -22, false, 6, 10,
	  "The kernel is older than 6.10, which is the first with KVM_SEV_INIT2: that is the cause of EINVAL, or AMD's tree with another interface.",
	  "The kernel knows KVM_SEV_INIT2 (6.10): look at VMSA features and at QEMU's age.",
	  "A kernel before 6.10 has no KVM_SEV_INIT2: say which it is by --kernel." },
	{ LOG_INIT_REFUSED, -25, false, 6, 11,
	  "The kernel is older than 6.11, which is the first with SNP guests: that is the cause for SNP.",
	  "The kernel has SNP guests (6.11): KVM has them switched off, see kvm_amd's lines in dmesg.",
	  "A kernel before 6.11 has no SNP guests: say which it is by --kernel." },
	{ LOG_INIT_REFUSED, -95, false, 6, 11,
	  "The kernel is older than 6.11: AMD's trees before it have another interface than QEMU's releases.",
	  "The kernel is new enough; the VMM may be of AMD's trees from before it.",
	  "AMD's trees before 6.11 have another interface: say which kernel it is by --kernel." },
	{ LOG_SNP_START, -22, true, 9, 1,
	  "QEMU before 9.1 with SNP guests is of AMD's trees, with another interface than the kernel's: an outdated VMM is the likely cause.",
	  "QEMU is new enough: it is the command line (policy bits 16, 17, 20; firmware by -bios, memory by memory-backend-memfd).",
	  "An outdated VMM or command line can be the cause: say QEMU's version by --vmm." },
	{ LOG_SNP_START, -25, false, 6, 11,
	  "The kernel is older than 6.11: QEMU and kernel have to be of the same tree.",
	  "The kernel has SNP guests (6.11): the firmware made no guest context, see dmesg.",
	  "Kernel and QEMU have to be of the same tree: say which kernel it is by --kernel." },
	{ LOG_SNP_UPDATE, -22, false, 7, 0,
	  "The kernel is older than 7.0, which takes pages from any address: look at the other causes.",
	  "From Linux 7.0 on, what a page is populated from has to be aligned to 4 KiB: a VMM from before that is a likely cause. Update it.",
	  "Linux 7.0 or later wants the source of a page aligned to 4 KiB, which older VMMs do not see to: say which kernel it is by --kernel." },
	{ LOG_REPORT_REFUSED, -22, false, 5, 12,
	  "The kernel is older than 5.12, which is the first with attestation reports of SEV: that is the cause.",
	  "The kernel has attestation reports (5.12): look at the nonce's length.",
	  "A kernel before 5.12 has no attestation reports: say which it is by --kernel." },
	{ LOG_NO_SNP_BINARY, 0, true, 9, 1,
	  "This QEMU is older than 9.1, the first with SNP guests.",
	  "The version has SNP guests: this binary was built without them, or another one was started.",
	  NULL },
	{ LOG_NO_VM_TYPE, 0, false, 6, 11,
	  "The kernel is older than 6.11, which is the first with SNP guests; types of SEV and SEV-ES are known from 6.10 on.",
	  "The kernel knows these types: KVM has them switched off, see kvm_amd's lines in dmesg.",
	  "SNP guests are in Linux from 6.11 on, types of SEV and SEV-ES from 6.10: say which kernel it is by --kernel." },
};

static const struct log_pattern missing_es = {
	.source = FROM_KVM,
	.level = LOG_BAD,
	.ioctl = EXPLAIN_NO_IOCTL,
	.groups = "",
	.text = { "SEV has ASIDs, SEV-ES and SEV-SNP have none: kvm_amd's line on them is missing. There will be no guests of these types.",
		  "Raise the minimum SEV ASID in the BIOS (\"SEV-ES ASID Space Limit\"): ASIDs below it are for SEV-ES and SEV-SNP.",
		  SURE },
};

static const struct log_pattern missing_snp = {
	.source = FROM_KVM,
	.level = LOG_BAD,
	.ioctl = EXPLAIN_NO_IOCTL,
	.groups = "",
	.text = { "SEV-ES has ASIDs, and kvm_amd says nothing of SEV-SNP, though SNP was set up: there will be no SNP guests.",
		  "Use Linux 6.11 or later, or AMD's tree; look for lines of ccp and AMD-Vi on SNP.",
		  LIKELY },
};

static void take_version(char to[32], const struct match_group *group)
{
	size_t len = group->len < 31 ? group->len : 31;

	if (!group->at)
		return;
	memcpy(to, group->at, len);
	to[len] = '\0';
}

/* Remembers that a guest has SEV. */
static int add_vm(struct log_scan *scan, const char *vm)
{
	if (!vm) {
		scan->sev_guest = true;
		return 0;
	}
	for (size_t i = 0; i < scan->nr_vms; i++)
		if (!strcmp(scan->vms[i], vm))
			return 0;
	if (scan->nr_vms == LOG_MAX_VMS)
		return 0;
	scan->vms[scan->nr_vms] = strdup(vm);
	return scan->vms[scan->nr_vms] ? (scan->nr_vms++, 0) : -ENOMEM;
}

int across_note(struct log_scan *scan, const struct log_message *m)
{
	const struct log_pattern *pattern = m->match.pattern;
	bool guests = !log_origins[pattern->source].host;

	if (pattern->id == LOG_BOOT) {
		scan->boot++;
		take_version(scan->found_kernel, &m->match.groups[0]);
	} else if (pattern->id == LOG_QEMU_VERSION) {
		take_version(scan->found_vmm, &m->match.groups[0]);
	} else if (pattern->id == LOG_VARIABLE_STORE) {
		scan->variable_store = true;
	} else if (guests && !(pattern->flags & LOG_IF_SEV) &&
		   (pattern->level == LOG_BAD || pattern->flags & LOG_ALONE)) {
		return add_vm(scan, m->vm);
	}
	return 0;
}

static bool has_sev(const struct log_scan *scan, const char *vm)
{
	if (!vm || !scan->nr_vms)
		return scan->sev_guest || (!vm && scan->nr_vms);
	for (size_t i = 0; i < scan->nr_vms; i++)
		if (!strcmp(scan->vms[i], vm))
			return true;
	return false;
}

/* Reads "6.11.3" or "6.11". Returns false if it is none. */
static bool read_version(const char *text, unsigned int *major, unsigned int *minor)
{
	char *end;

	if (!text || !*text)
		return false;
	*major = (unsigned int)strtoul(text, &end, 10);
	*minor = 0;
	if (end == text)
		return false;
	if (*end == '.')
		*minor = (unsigned int)strtoul(end + 1, NULL, 10);
	return true;
}

static void judge_age(const struct log_scan *scan, struct log_finding *f)
{
	const char *kernel = scan->versions.kernel ? scan->versions.kernel : scan->found_kernel;
	const char *vmm = scan->versions.vmm ? scan->versions.vmm : scan->found_vmm;

	for (size_t i = 0; f->pattern->id && i < ARRAY_SIZE(ages); i++) {
		unsigned int major, minor;

		if (ages[i].id != f->pattern->id ||
		    (ages[i].ret &&
		     (!f->values.answer.has_ret || f->values.answer.ret != ages[i].ret)))
			continue;
		if (!read_version(ages[i].vmm ? vmm : kernel, &major, &minor))
			f->version = ages[i].unknown;
		else if (major < ages[i].major || (major == ages[i].major && minor < ages[i].minor))
			f->version = ages[i].old;
		else
			f->version = ages[i].new;
		return;
	}
}

/* Finds the finding of a message in a boot. */
static const struct log_finding *find_id(const struct log_scan *scan, enum log_id id, uint64_t boot)
{
	for (size_t i = 0; i < scan->nr_findings; i++)
		if (scan->findings[i].pattern->id == id && scan->findings[i].boot == boot)
			return &scan->findings[i];
	return NULL;
}

/* Adds to a boot what kvm_amd should have said and has not. */
static int add_missing(struct log_scan *scan, uint64_t boot)
{
	const struct log_finding *sev = find_id(scan, LOG_SEV_SUPPORTED, boot);
	const struct log_finding *es = find_id(scan, LOG_ES_ASIDS, boot);
	bool snp = find_id(scan, LOG_SNP_ASIDS, boot) || find_id(scan, LOG_ES_AND_SNP_ASIDS, boot);

	if (sev && !es && !snp && scan->explained > 1)
		return finding_add_missing(scan, sev, &missing_es);
	if (es && es->pattern->level == LOG_GOOD && !snp && find_id(scan, LOG_RMP_RESERVED, boot) &&
	    !find_id(scan, LOG_SNP_INIT_FAILED, boot) && !find_id(scan, LOG_SNP_OFF, boot))
		return finding_add_missing(scan, es, &missing_snp);
	return 0;
}

/* What was in order before SEV-SNP failed is not good: it says so itself no longer. */
static void find_but(struct log_scan *scan, struct log_finding *f)
{
	static const enum log_id failures[] = { LOG_SNP_INIT_FAILED, LOG_SNP_OFF,
						LOG_SEV_INIT_FAILED, LOG_SYSCFG_REFUSED };

	if (f->pattern->level != LOG_GOOD)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(failures) && !f->but; i++) {
		const struct log_finding *failed = find_id(scan, failures[i], f->boot);

		if (failed && failed->line > f->line && log_origins[f->pattern->source].host)
			f->but = failed->line;
	}
}

int across_finish(struct log_scan *scan, bool whole)
{
	int err = 0;

	for (uint64_t boot = 0; whole && !err && boot <= scan->boot && scan->nr_findings; boot++)
		err = add_missing(scan, boot);
	for (size_t i = 0; !err && i < scan->nr_findings; i++) {
		struct log_finding *f = &scan->findings[i];

		f->doubtful = f->pattern->flags & LOG_IF_SEV && !has_sev(scan, f->vm);
		judge_age(scan, f);
		find_but(scan, f);
	}
	return err;
}
