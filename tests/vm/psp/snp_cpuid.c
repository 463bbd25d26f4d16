// SPDX-License-Identifier: GPL-2.0-only
/*
 * The check of a guest's CPUID page (ABI section "CPUID reporting", PPR of family 19h model 01h).
 *
 * Firmware compares each function with the processor's own and with a policy for each field. The
 * emulator knows the policy for the fields that hypervisors are known to get wrong, and the
 * ranges of functions; a field without a policy here may have any value.
 */
#include "handlers.h"

#define STANDARD_MAX 0x1fU
#define EXTENDED_FIRST 0x80000000U
#define EXTENDED_MAX 0x80000021U

enum cpuid_register { REG_EAX, REG_EBX, REG_ECX, REG_EDX };

struct policy {
	uint32_t function;
	uint32_t index; /* ECX; ANY_INDEX if the function has none */
	enum cpuid_register reg;
	uint32_t mask; /* bits with a fixed value */
	uint32_t value;
};

#define ANY_INDEX 0xffffffffU

static const struct policy policies[] = {
	/* TSC deadline timer */
	{ 0x1, ANY_INDEX, REG_ECX, 1U << 24, 0 },
	/* TSC_ADJUST */
	{ 0x7, 0, REG_EBX, 1U << 1, 0 },
	/* SPEC_CTRL, STIBP, FLUSH_L1D, ARCH_CAPABILITIES, CORE_CAPABILITIES, SSBD: Intel's */
	{ 0x7, 0, REG_EDX, 0x3fU << 26, 0 },
	/* VIRT_SSBD */
	{ 0x80000008, ANY_INDEX, REG_EBX, 1U << 25, 0 },
	/* Position of the C bit */
	{ 0x8000001f, ANY_INDEX, REG_EBX, 0x3f, PSP_C_BIT },
};

static bool function_known(uint32_t function)
{
	return function <= STANDARD_MAX || (function >= EXTENDED_FIRST && function <= EXTENDED_MAX);
}

static uint32_t get(const struct snp_cpuid_function *entry, enum cpuid_register reg)
{
	switch (reg) {
	case REG_EAX:
		return entry->eax;
	case REG_EBX:
		return entry->ebx;
	case REG_ECX:
		return entry->ecx;
	default:
		return entry->edx;
	}
}

static void put(struct snp_cpuid_function *entry, enum cpuid_register reg, uint32_t value)
{
	switch (reg) {
	case REG_EAX:
		entry->eax = value;
		break;
	case REG_EBX:
		entry->ebx = value;
		break;
	case REG_ECX:
		entry->ecx = value;
		break;
	default:
		entry->edx = value;
	}
}

static bool correct(struct snp_cpuid_function *entry, const struct policy *policy)
{
	uint32_t value = get(entry, policy->reg);

	if (policy->function != entry->eax_in ||
	    (policy->index != ANY_INDEX && policy->index != entry->ecx_in) ||
	    (value & policy->mask) == policy->value)
		return false;
	put(entry, policy->reg, (value & ~policy->mask) | policy->value);
	return true;
}

/* True if something had to be corrected. */
static bool correct_function(struct snp_cpuid_function *entry)
{
	bool corrected = false;

	if (entry->reserved) {
		entry->reserved = 0;
		corrected = true;
	}
	if (!function_known(entry->eax_in)) {
		corrected = corrected || entry->eax || entry->ebx || entry->ecx || entry->edx;
		entry->eax = 0;
		entry->ebx = 0;
		entry->ecx = 0;
		entry->edx = 0;
	}
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
		corrected |= correct(entry, &policies[i]);
	return corrected;
}

uint32_t snp_cpuid_check(struct snp_cpuid_page *page)
{
	bool corrected = false;

	if (page->reserved1 || page->reserved2 || page->count > SNP_CPUID_MAX)
		return SEVTRACE_PSP_INVALID_PARAM;
	for (uint32_t i = 0; i < page->count; i++)
		corrected |= correct_function(&page->function[i]);
	return corrected ? SEVTRACE_PSP_INVALID_PARAM : SEVTRACE_PSP_SUCCESS;
}
