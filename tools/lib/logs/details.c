// SPDX-License-Identifier: GPL-2.0-only
#include "logs/details.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

/* Minimum firmware API for SEV-SNP: SNP_MIN_API_* of Linux drivers/crypto/ccp/sev-dev.h. */
#define SNP_API_MAJOR 1
#define SNP_API_MINOR 51

/* "SEV API:1.55 build:21" */
void detail_api(const char *message, char *text, size_t size)
{
	const char *at = strstr(message, "API:");
	unsigned int major, minor;
	bool enough;

	if (!at || sscanf(at, "API:%3u.%3u", &major, &minor) != 2)
		return;
	enough = major > SNP_API_MAJOR || (major == SNP_API_MAJOR && minor >= SNP_API_MINOR);
	snprintf(text, size, "The firmware's API version is %u.%u, %s for SEV-SNP (%d.%d).", major,
		 minor, enough ? "enough" : "too old", SNP_API_MAJOR, SNP_API_MINOR);
}

/* "SEV-ES enabled (ASIDs 1 - 99)" */
void detail_asids(const char *message, char *text, size_t size)
{
	const char *at = strstr(message, "ASIDs "), *type = strstr(message, "SEV");
	unsigned int first, last;

	if (at && type && sscanf(at, "ASIDs %9u - %9u", &first, &last) == 2 && first &&
	    last >= first)
		snprintf(text, size, "%u %.*s guests can run at a time.", last - first + 1,
			 (int)strcspn(type, " "), type);
}

/* "SEV-ES disabled (ASIDs 0 - 0)" */
void detail_type(const char *message, char *text, size_t size)
{
	const char *type = strstr(message, "SEV");

	if (type)
		snprintf(text, size, "The type is %.*s.", (int)strcspn(type, " "), type);
}

/* What a leaf is about, for who does not know the number by heart. */
static const struct {
	unsigned long leaf;
	const char *about;
} leaves[] = {
	{ 0x1, "features" },	    { 0x7, "features" },
	{ 0xb, "topology" },	    { 0xd, "sizes of XSAVE areas" },
	{ 0x80000001, "features" }, { 0x80000008, "address sizes and features" },
	{ 0x8000001d, "caches" },   { 0x8000001e, "topology" },
	{ 0x8000001f, "SEV" },	    { 0x80000021, "features" },
	{ 0x80000026, "topology" },
};

static const char *leaf_about(unsigned long leaf)
{
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++)
		if (leaves[i].leaf == leaf)
			return leaves[i].about;
	return NULL;
}

/* Reads "eax:0x1" behind the start of a list of registers. */
static bool register_of(const char *list, const char *name, unsigned long *value)
{
	const char *at = strstr(list, name);

	if (!at)
		return false;
	at += strlen(name);
	at += strspn(at, ": ");
	*value = strtoul(at, NULL, 16);
	return true;
}

static void add_bits(char *text, size_t size, const char *reg, const char *must, unsigned long bits)
{
	size_t used = strlen(text);

	if (bits)
		snprintf(text + used, size - used, " %s must%s have bits 0x%lx.", reg, must, bits);
}

/*
 * Reads a message of QEMU: "function 0x8000001e, index: 0x0, provided: eax:0x..., ... expected:
 * eax:0x..., ..."
 */
void detail_cpuid(const char *message, char *text, size_t size)
{
	static const char *const registers[] = { "eax", "ebx", "ecx", "edx" };
	const char *function = strstr(message, "function 0x"),
		   *index = strstr(message, "index: 0x");
	const char *provided = strstr(message, "provided:"),
		   *expected = strstr(message, "expected:");
	unsigned long leaf;
	const char *about;

	if (!function || !index)
		return;
	leaf = strtoul(function + strlen("function "), NULL, 16);
	about = leaf_about(leaf);
	snprintf(text, size, "CPUID leaf 0x%lx%s%s%s, index 0x%lx%s", leaf, about ? " (" : "",
		 about ? about : "", about ? ")" : "", strtoul(index + strlen("index: "), NULL, 16),
		 provided && expected ? ":" : ".");
	for (size_t i = 0; provided && expected && i < ARRAY_SIZE(registers); i++) {
		unsigned long was, allowed;

		if (!register_of(provided, registers[i], &was) ||
		    !register_of(expected, registers[i], &allowed))
			return;
		add_bits(text, size, registers[i], " not", was & ~allowed);
		add_bits(text, size, registers[i], "", allowed & ~was);
	}
}

/* "KVM: unknown exit reason 24", "unknown kvm exit reason: 39" */
void detail_exit(const char *message, char *text, size_t size)
{
	static const struct {
		unsigned long reason;
		const char *what;
	} reasons[] = {
		{ 24,
		  "24 is KVM_EXIT_VMGEXIT in AMD's SNP trees, KVM_EXIT_SYSTEM_EVENT in Linux." },
		{ 38, "38 is KVM_EXIT_MEMORY_FAULT in AMD's SNP trees." },
		{ 39,
		  "39 is KVM_EXIT_MEMORY_FAULT: a page is private and the access is not, or the other way round." },
		{ 40, "40 is KVM_EXIT_VMGEXIT in AMD's SNP trees." },
	};
	const char *at = strstr(message, "reason");
	unsigned long reason;

	if (!at)
		return;
	at += strlen("reason");
	reason = strtoul(at + strspn(at, ": "), NULL, 10);

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].reason == reason)
			snprintf(text, size, "%s", reasons[i].what);
}

/*
 * Reasons of a guest for its termination, by set and code: GHCB specification, table of termination
 * reasons; Linux arch/x86/include/asm/sev-common.h; EDK2 OvmfPkg.
 */
static const struct {
	unsigned int set, code;
	const char *what;
} terminations[] = {
	{ 0, 0, "a general request, without a reason" },
	{ 0, 1, "the hypervisor and the guest have no version of the GHCB protocol in common" },
	{ 0, 2, "the hypervisor lacks a feature of SEV-SNP that the guest needs, or offers none" },
	{ 1, 0, "Linux: the GHCB could not be registered" },
	{ 1, 1, "Linux: the hypervisor did not change a page's state" },
	{ 1, 2, "Linux: PVALIDATE failed: a page was validated already, or is not the guest's" },
	{ 1, 3, "Linux: the kernel does not run at VMPL 0, and there is no SVSM" },
	{ 1, 4, "Linux: the CPUID page is not valid" },
	{ 1, 5, "Linux: CPUID could not be asked of the hypervisor" },
	{ 1, 6, "Linux: the secrets page is missing or not valid" },
	{ 1, 7, "Linux: the kernel runs below VMPL 0, and no SVSM is announced" },
	{ 1, 8, "Linux: an SVSM is announced, and the kernel runs at VMPL 0" },
	{ 1, 9, "Linux: the SVSM's calling area is not aligned" },
	{ 1, 10, "Linux: Secure TSC could not be set up" },
	{ 1, 11, "Linux: the SVSM's calling area could not be remapped" },
};

static void say_termination(unsigned int set, unsigned int code, char *text, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(terminations); i++) {
		if (terminations[i].set == set && terminations[i].code == code) {
			snprintf(text, size, "Reason set %u, code %u: %s.", set, code,
				 terminations[i].what);
			return;
		}
	}
	snprintf(text, size, "Reason set %u, code %u: %s.", set, code,
		 set ? "of the guest's own software" : "not in the GHCB protocol");
}

/* "SEV-ES guest requested termination: 0x0:0x2", or "reason 0x0 info 0x0" */
void detail_termination(const char *message, char *text, size_t size)
{
	const char *at = strstr(message, "termination");
	unsigned int set, code;

	if (!at)
		return;
	at += strlen("termination");
	if (sscanf(at, ": %x:%x", &set, &code) == 2)
		say_termination(set & 0xf, code & 0xff, text, size);
}

/* "SystemEvent(6, [256])" or "signal type: 6, flag: [256]": the GHCB's register tells. */
void detail_system_event(const char *message, char *text, size_t size)
{
	const char *at = strstr(message, "SystemEvent"), *flag = strstr(message, "flag: ");
	unsigned long ghcb;

	at = at ? strchr(at, '[') : flag ? flag + strlen("flag:") : NULL;
	if (!at)
		return;
	ghcb = strtoul(at + 1 + (at[1] == '['), NULL, 0);
	say_termination(ghcb >> 12 & 0xf, ghcb >> 16 & 0xff, text, size);
}

/* "vmgexit: exit code 0x72 input is not valid" */
void detail_vmgexit(const char *message, char *text, size_t size)
{
	static const struct {
		unsigned long code;
		const char *what;
	} codes[] = {
		{ 0x2e, "RDPMC" },
		{ 0x6e, "RDTSC" },
		{ 0x72, "CPUID" },
		{ 0x76, "INVD" },
		{ 0x78, "HLT" },
		{ 0x7b, "port I/O" },
		{ 0x7c, "access to an MSR" },
		{ 0x81, "VMMCALL" },
		{ 0x87, "RDTSCP" },
		{ 0x89, "WBINVD" },
		{ 0x8a, "MONITOR" },
		{ 0x8b, "MWAIT" },
		{ 0x80000001, "a read of MMIO" },
		{ 0x80000002, "a write of MMIO" },
		{ 0x80000003, "end of an NMI" },
		{ 0x80000004, "hold of a vCPU until its reset" },
		{ 0x80000005, "the jump table of further vCPUs" },
		{ 0x80000010, "a change of a page's state" },
		{ 0x80000011, "a guest request to the firmware" },
		{ 0x80000012, "an extended guest request to the firmware" },
		{ 0x80000013, "creation of a vCPU" },
		{ 0x8000fffd, "the hypervisor's features" },
		{ 0x8000fffe, "termination" },
		{ 0x8000ffff, "an event that KVM does not know" },
	};
	const char *at = strstr(message, "exit code ");
	unsigned long code = at ? strtoul(at + strlen("exit code "), NULL, 16) : 0;

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (at && codes[i].code == code)
			snprintf(text, size, "Exit code 0x%lx is %s.", code, codes[i].what);
}
