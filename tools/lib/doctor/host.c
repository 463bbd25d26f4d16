// SPDX-License-Identifier: GPL-2.0-only
/* Checks of the host below KVM: processor, BIOS, RMP, IOMMU, firmware. */
#include "doctor/internal.h"
#include "util/array.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* AMD64 Architecture Programmer's Manual vol. 2, "SYSCFG MSR" and "RMP_BASE and RMP_END". */
#define MSR_SYSCFG 0xc0010010
#define SYSCFG_MEM_ENCRYPT (1ULL << 23)
#define SYSCFG_SNP_EN (1ULL << 24)
#define MSR_RMP_BASE 0xc0010132
#define MSR_RMP_END 0xc0010133

/*
 * Linux arch/x86/virt/svm/sev.c: bytes at the start of the RMP, and bytes of its entry for a page.
 */
#define RMP_BOOKKEEPING 0x4000ULL
#define RMP_ENTRY 16
#define PAGE 4096

/* SNP_MIN_API_* of Linux drivers/crypto/ccp/sev-dev.h. */
#define SNP_API_MAJOR 1
#define SNP_API_MINOR 51

#define LINE 256

static bool read_msr(const struct facts *f, off_t msr, uint64_t *value)
{
	return !system_pread(f->sys, "/dev/cpu/0/msr", value, sizeof(*value), msr);
}

void check_processor(struct facts *f, struct check_outcome *o)
{
	bool amd = !strcmp(f->vendor, "AuthenticAMD") || !strcmp(f->vendor, "HygonGenuine");

	if (!*f->vendor)
		outcome_set(o, CHECK_SKIP, "Mount /proc.", "/proc/cpuinfo does not tell");
	else if (!amd)
		outcome_set(o, CHECK_FAIL, "SEV needs an AMD EPYC processor.",
			    "the processor is of %s", f->vendor);
	else if (f->family < 0x17)
		outcome_set(o, CHECK_FAIL, "SEV needs family 17h (EPYC 7001) or later.",
			    "%s family %xh is older than SEV", f->vendor, f->family);
	else
		outcome_set(o, CHECK_PASS, NULL, "%s family %xh, model %xh", f->vendor, f->family,
			    f->model);
}

void check_leaf(struct facts *f, struct check_outcome *o)
{
	const char *by = f->leaf_by_kernel ? "" : ", as this program sees it";

	if (!f->has_leaf) {
		outcome_set(
			o, CHECK_FAIL,
			"In a virtual machine this is as it has to be: SEV hosts are bare metal.",
			"the processor has no CPUID leaf 0x8000001f");
		return;
	}
	if (!(f->leaf.eax & LEAF_SEV)) {
		outcome_set(o, CHECK_FAIL,
			    "Use a processor with SEV; in a virtual machine there is none.",
			    "CPUID 0x8000001f says that there is no SEV (EAX 0x%x)%s", f->leaf.eax,
			    by);
		return;
	}
	if (f->leaf_by_flags) {
		outcome_set(
			o, CHECK_PASS, NULL,
			"the kernel sees it in the processor; its details are not shown to this user");
		return;
	}
	outcome_set(o, CHECK_PASS, NULL, "SEV%s%s, C-bit %u, ASIDs up to %u, SEV's from %u%s%s",
		    f->leaf.eax & LEAF_ES ? ", SEV-ES" : "",
		    f->leaf.eax & LEAF_SNP ? ", SEV-SNP" : "", f->leaf.ebx & 0x3f, f->leaf.ecx,
		    f->leaf.edx,
		    f->leaf.eax & LEAF_COHERENT ? ", caches coherent (no flushing)" : "", by);
}

/*
 * Compares the processor's features with the kernel's: the kernel removes those that the BIOS
 * disabled.
 */
void check_bios(struct facts *f, struct check_outcome *o)
{
	uint64_t syscfg = 0;
	bool read = read_msr(f, MSR_SYSCFG, &syscfg);

	if (!f->has_leaf || !(f->leaf.eax & LEAF_SEV)) {
		outcome_set(o, CHECK_SKIP, NULL, "no SEV in this processor");
	} else if (f->has_flags && !f->flags.sev) {
		outcome_set(
			o, CHECK_FAIL,
			"Enable SMEE (secure memory encryption) in the BIOS; without it, also update the BIOS (SMM lock).",
			"the kernel found memory encryption off in the BIOS%s",
			read && !(syscfg & SYSCFG_MEM_ENCRYPT) ? " (SYSCFG bit 23 is 0)" : "");
	} else if (f->leaf.eax & LEAF_SNP && f->has_flags && !f->flags.snp) {
		outcome_set(
			o, CHECK_FAIL,
			"Enable SNP memory coverage and SEV-SNP support in the BIOS.",
			"memory encryption is on, but the kernel took SEV-SNP away: no RMP was reserved, or this kernel does not know the processor");
	} else if (!f->has_flags) {
		outcome_set(o, CHECK_SKIP, NULL, "/proc/cpuinfo does not tell");
	} else if (read && !(syscfg & SYSCFG_MEM_ENCRYPT)) {
		outcome_set(o, CHECK_PASS, NULL,
			    "the kernel found SEV enabled; SYSCFG does not show it here");
	} else {
		outcome_set(o, CHECK_PASS, NULL, "memory encryption is on%s",
			    read && syscfg & SYSCFG_SNP_EN ? ", SEV-SNP too (SYSCFG)" : "");
	}
}

/* Returns the end of the last System RAM; 0: unknown. */
static uint64_t top_of_memory(const struct facts *f)
{
	char *iomem = system_read_all(f->sys, "/proc/iomem");
	uint64_t top = 0;

	for (char *line = iomem; line && *line;) {
		uint64_t start, end;
		char *next = strchr(line, '\n');

		if (next)
			*next = '\0';
		if (strstr(line, "System RAM") &&
		    sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2 && end > top)
			top = end + 1;
		line = next ? next + 1 : NULL;
	}
	free(iomem);
	return top;
}

/* Finds the addresses of the RMP, from the processor or from the kernel's log. */
static bool find_rmp(const struct facts *f, uint64_t *base, uint64_t *end)
{
	char line[LINE];
	const char *at;

	if (read_msr(f, MSR_RMP_BASE, base) && read_msr(f, MSR_RMP_END, end) && *base && *end)
		return true;
	if (!facts_log_line(f, "RMP table physical ", line, sizeof(line)))
		return false;
	at = strchr(line, '[');
	return at && sscanf(at, "[%" SCNx64 " - %" SCNx64, base, end) == 2;
}

static void judge_rmp(const struct facts *f, uint64_t base, uint64_t end, struct check_outcome *o)
{
	uint64_t top = top_of_memory(f), size = end - base + 1;
	uint64_t needed = (top > end ? top : end + 1) / PAGE * RMP_ENTRY + RMP_BOOKKEEPING;

	if (base > end)
		outcome_set(o, CHECK_FAIL, "Update the BIOS.",
			    "the RMP ends (0x%" PRIx64 ") before its start (0x%" PRIx64 ")", end,
			    base);
	else if (!top)
		outcome_set(o, f->offered.snp ? CHECK_PASS : CHECK_SKIP,
			    f->offered.snp ? NULL : "Run as root to compare it with the memory.",
			    "%" PRIu64 " KiB at 0x%" PRIx64 "%s", size >> 10, base,
			    f->offered.snp ? ", and SEV-SNP is on" :
					     ", the size of memory is unknown");
	else if (size < needed)
		outcome_set(o, CHECK_FAIL, "Set SNP memory coverage in the BIOS to all memory.",
			    "%" PRIu64 " KiB are reserved, %" PRIu64 " KiB needed for this memory",
			    size >> 10, needed >> 10);
	else
		outcome_set(o, CHECK_PASS, NULL,
			    "%" PRIu64 " KiB at 0x%" PRIx64 ", %" PRIu64 " KiB needed", size >> 10,
			    base, needed >> 10);
}

void check_rmp(struct facts *f, struct check_outcome *o)
{
	static const char *const complaints[] = {
		"Memory for the RMP table has not been reserved",
		"RMP table does not cover full system RAM",
		"RMP configuration not valid",
		"Failed to map RMP table",
		"Failed to map RMP segment",
		"Invalid RMP segment",
		"RMP segment descriptor already exists",
	};
	uint64_t base = 0, end = 0;
	char line[LINE];

	if (!f->has_leaf || !(f->leaf.eax & LEAF_SNP)) {
		outcome_set(o, CHECK_SKIP, NULL, "no SEV-SNP in this processor");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(complaints); i++) {
		if (facts_log_line(f, complaints[i], line, sizeof(line))) {
			outcome_set(o, CHECK_FAIL,
				    "Set SNP memory coverage in the BIOS to all memory.", "%s",
				    line);
			return;
		}
	}
	/* from Linux 6.14 on, where the processor has segments: each covers its part of memory */
	if (facts_log_line(f, "Segmented RMP", line, sizeof(line)))
		outcome_set(o, CHECK_PASS, NULL, "in segments: %s", line);
	else if (find_rmp(f, &base, &end))
		judge_rmp(f, base, end, o);
	else if (f->offered.snp)
		outcome_set(o, CHECK_PASS, NULL,
			    "SEV-SNP is on, so the kernel found it large enough");
	else if (f->log_error)
		outcome_set(o, CHECK_SKIP, "Run as root, or with CAP_SYSLOG.",
			    "neither the kernel's log nor MSRs can be read: %s",
			    strerror(-f->log_error));
	else
		outcome_set(o, CHECK_FAIL, "Enable SNP memory coverage in the BIOS.",
			    "the kernel's log says nothing of an RMP");
}

static bool any_entry(const struct system *sys, const char *path, void *ctx)
{
	(void)sys;
	(void)path;
	(void)ctx;
	return true;
}

void check_iommu(struct facts *f, struct check_outcome *o)
{
	static const char *const words[] = { "iommu=pt",
					     "iommu=off",
					     "amd_iommu=off",
					     "iommu.passthrough=1",
					     "iommu.passthrough=y",
					     "amd_iommu=pgtbl_v2" };
	static const char fix[] = "Remove it from the kernel's command line, and boot again.";
	char line[LINE];

	if (!f->has_leaf || !(f->leaf.eax & LEAF_SNP)) {
		outcome_set(o, CHECK_SKIP, NULL, "only SEV-SNP needs it");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (facts_booted_with(f, words[i])) {
			outcome_set(o, CHECK_FAIL, fix,
				    "booted with %s, with which there is no SEV-SNP", words[i]);
			return;
		}
	}
	if (facts_log_line(f, "SNP cannot be supported", line, sizeof(line)))
		outcome_set(o, CHECK_FAIL,
			    "'sevtrace explain --log' of dmesg says what to do about it.", "%s",
			    line);
	else if (facts_logged(f, "IOMMU SNP support enabled"))
		outcome_set(o, CHECK_PASS, NULL, "translating, ready for SEV-SNP");
	else if (!system_each(f->sys, "/sys/class/iommu", any_entry, NULL))
		outcome_set(o, CHECK_FAIL, "Enable the IOMMU in the BIOS.", "there is none");
	else
		outcome_set(o, CHECK_PASS, NULL, "there, and not in passthrough mode");
}

void check_smt(struct facts *f, struct check_outcome *o)
{
	char control[32];

	if (system_read(f->sys, "/sys/devices/system/cpu/smt/control", control, sizeof(control)) <=
	    0)
		outcome_set(o, CHECK_SKIP, NULL, "the kernel does not tell");
	else if (!strcmp(control, "forceoff") || facts_booted_with(f, "nosmt"))
		outcome_set(
			o, CHECK_WARN,
			"Boot without nosmt; switch SMT off in the BIOS if it has to be off.",
			"off by the kernel (%s): SNP initialisation fails with INVALID_CONFIG on some processors",
			control);
	else if (!strcmp(control, "off"))
		outcome_set(
			o, CHECK_WARN, "Switch SMT on again, or off in the BIOS.",
			"switched off while running: guests whose policy forbids SMT are refused all the same");
	else if (!strcmp(control, "on"))
		outcome_set(o, CHECK_PASS, NULL,
			    "on: a guest's policy has to allow it (SNP: bit 16)");
	else
		outcome_set(o, CHECK_PASS, NULL, "%s", control);
}

void check_ccp(struct facts *f, struct check_outcome *o)
{
	char path[SYSTEM_PATH], probe[8];
	bool file = system_read(f->sys, "/sys/module/ccp/parameters/init_ex_path", path,
				sizeof(path)) > 0 &&
		    strcmp(path, "(null)") != 0;
	bool late = system_read(f->sys, "/sys/module/ccp/parameters/psp_init_on_probe", probe,
				sizeof(probe)) > 0 &&
		    *probe == 'N';

	if (!f->ccp)
		outcome_set(o, CHECK_FAIL, "modprobe ccp, and look at dmesg.",
			    "the driver of the PSP is not loaded");
	else if (facts_logged(f, "disabling PSP"))
		outcome_set(o, CHECK_FAIL, "Reboot the host, or load ccp again when no guest runs.",
			    "a command had no answer, and the driver gave the PSP up");
	else if (facts_logged(f, "unable to access the device"))
		outcome_set(o, CHECK_FAIL, "Update the BIOS.", "the PSP cannot be reached");
	else if (file && !system_exists(f->sys, path))
		outcome_set(
			o, CHECK_WARN,
			"Check init_ex_path; the file is made when the platform is initialised.",
			"its file for the firmware's data is not there: %s", path);
	else if (late)
		outcome_set(
			o, CHECK_WARN, "Nothing, if that is wanted: psp_init_on_probe=0.",
			"loaded; the first SEV guest initialises the platform and waits for it");
	else
		outcome_set(o, CHECK_PASS, NULL, "loaded%s%s", file ? ", firmware's data in " : "",
			    file ? path : "");
}

/* Reads the firmware's version from the log, as of the last initialisation. */
static bool logged_version(const struct facts *f, unsigned int *major, unsigned int *minor)
{
	char line[LINE];
	const char *at;

	if (!facts_log_line(f, " API:", line, sizeof(line)) || !strstr(line, "SEV"))
		return false;
	at = strstr(line, " API:");
	return sscanf(at, " API:%3u.%3u", major, minor) == 2;
}

/*
 * Finds the image that ccp would load: sev_get_firmware() of Linux drivers/crypto/ccp/sev-dev.c
 * tries the model's, the family's (16 models together) and the one for all. Returns false if none
 * is installed.
 */
static bool find_image(const struct facts *f, char *path, size_t size)
{
	static const char *const ends[] = { "", ".xz", ".zst" };
	static const char *const folders[] = { "/lib/firmware/updates", "/lib/firmware",
					       "/usr/lib/firmware" };
	char names[3][48];

	snprintf(names[0], sizeof(names[0]), "amd/amd_sev_fam%.2xh_model%.2xh.sbin", f->family,
		 f->model);
	snprintf(names[1], sizeof(names[1]), "amd/amd_sev_fam%.2xh_model%.1xxh.sbin", f->family,
		 (f->model & 0xf0) >> 4);
	snprintf(names[2], sizeof(names[2]), "amd/sev.fw");
	for (size_t n = 0; n < ARRAY_SIZE(names); n++) {
		for (size_t i = 0; i < ARRAY_SIZE(folders) * ARRAY_SIZE(ends); i++) {
			snprintf(path, size, "%s/%s%s", folders[i / ARRAY_SIZE(ends)], names[n],
				 ends[i % ARRAY_SIZE(ends)]);
			if (system_exists(f->sys, path))
				return true;
		}
	}
	return false;
}

void check_firmware(struct facts *f, struct check_outcome *o)
{
	static const char *const states[] = { "not initialised", "initialised", "with guests" };
	unsigned int major = f->platform.api_major, minor = f->platform.api_minor;
	const char *state = "as the kernel's log says";
	char image[SYSTEM_PATH];
	bool installed = find_image(f, image, sizeof(image));
	bool snp = f->has_leaf && f->leaf.eax & LEAF_SNP;

	if (f->has_platform) {
		state = f->platform.state < 3 ? states[f->platform.state] : "in an unknown state";
	} else if (!logged_version(f, &major, &minor)) {
		outcome_set(o, CHECK_SKIP,
			    f->platform_error == -EACCES ?
				    "Run as root, or as a user who may open /dev/sev." :
				    NULL,
			    "/dev/sev does not tell (%s), nor does the kernel's log",
			    strerror(-f->platform_error));
		return;
	}
	if (snp && (major < SNP_API_MAJOR || (major == SNP_API_MAJOR && minor < SNP_API_MINOR)))
		outcome_set(o, CHECK_FAIL,
			    "Update it by the BIOS, or install linux-firmware's amd_sev files.",
			    "API %u.%u is too old for SEV-SNP, which needs %d.%d; %s%s", major,
			    minor, SNP_API_MAJOR, SNP_API_MINOR,
			    installed ? "the image for this processor is " :
					"no image for this processor is installed",
			    installed ? image : "");
	else
		outcome_set(o, CHECK_PASS, NULL, "API %u.%u, %s%s%s", major, minor, state,
			    installed ? "; the driver's image is " :
					"; no image for this processor is installed",
			    installed ? image : "");
}
