// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks a guest's CPUID page.
 *
 * SEV-SNP firmware ABI 8.17.2.6, "CPUID page", defines the layout. 7.1, "CPUID Reporting", says
 * that firmware checks each function by the policy in the processor's manual: PPR of family 19h,
 * 2.1.5.3, "CPUID Policy Enforcement":
 *
 *   - Functions outside of the standard range (0 to 0xffff) and the extended range (0x80000000 to
 *     0x8000ffff) are not checked. Those from 0x40000000 on are the hypervisor's.
 *   - A function in these ranges that the manual's table does not list must be zero.
 *   - A listed field is strict (has one value), less-than (has a limit), a bit mask (has only bits
 *     that the processor has), or unchecked.
 *
 * The emulator cannot see the machine's CPUID. So a bit mask allows each bit that some processor of
 * the family has. Fields whose strict value or limit differs between processors are checked only as
 * far as all agree. For functions that do not depend on ECX, its input is ignored.
 */
#include <string.h>

#include "handlers.h"

#define STANDARD_LAST 0xffffU
#define EXTENDED_FIRST 0x80000000U
#define EXTENDED_LAST 0x8000ffffU

#define ANY_INDEX 0xffffffffU
#define ALL 0xffffffffU

enum cpuid_register { REG_EAX, REG_EBX, REG_ECX, REG_EDX, REGISTERS };

/* The functions of the manual's table, and the bits of each register that must be zero. */
static const struct listed {
	uint32_t function;
	uint32_t index; /* ECX; ANY_INDEX: the function does not depend on it */
	uint32_t zero[REGISTERS];
} functions[] = {
	{ 0x0, ANY_INDEX, { 0, 0, 0, 0 } },
	{ 0x1, ANY_INDEX, { 0xf000f000, 0x000000ff, 0x0105cdf4, 0xe8740400 } }, /* TSC_DEADLINE */
	{ 0x2, ANY_INDEX, { 0, 0, 0, 0 } },
	{ 0x4, 0, { 0, 0, 0, 0 } },
	{ 0x5, ANY_INDEX, { 0xffff0000, 0xffff0000, 0xfffffffc, 0xffffff00 } },
	{ 0x6, ANY_INDEX, { 0xfffffffb, ALL, 0xfffffffe, ALL } },
	/*
	 * TSC_ADJUST; SPEC_CTRL, STIBP, FLUSH_L1D, ARCH_CAPABILITIES, CORE_CAPABILITIES, SSBD:
	 * Intel's
	 */
	{ 0x7, 0, { 0, 0x0e406856, 0xffbea021, 0xffffffef } },
	{ 0x7, 1, { 0xffffffdf, ALL, ALL, ALL } },
	{ 0xb, 0, { 0xffffffe0, 0xffff0000, 0xffff0000, 0 } },
	{ 0xb, 1, { 0xffffffe0, 0xffff0000, 0xffff0000, 0 } },
	{ 0xb, 2, { 0xffffffe0, 0xffff0000, 0xffff0000, 0 } },
	{ 0xd, 0, { 0xfffffd18, 0, 0, ALL } },
	{ 0xd, 1, { 0xfffffff0, 0, 0xffffe7ff, ALL } },
	{ 0xd, 2, { 0, 0, ALL, ALL } },
	{ 0xd, 5, { 0, 0, 0xfffffffc, ALL } },
	{ 0xd, 6, { 0, 0, 0xfffffffc, ALL } },
	{ 0xd, 7, { 0, 0, 0xfffffffc, ALL } },
	{ 0xd, 9, { 0, 0, 0xfffffffc, ALL } },
	{ 0xd, 11, { 0, 0, 0xfffffffc, ALL } },
	{ 0xd, 12, { 0, 0, 0xfffffffc, ALL } },
	{ 0xf, 0, { ALL, 0, ALL, 0xfffffffd } },
	{ 0xf, 1, { 0xfffffe00, 0, 0, 0xfffffff8 } },
	{ 0x10, 0, { ALL, 0xfffffff9, ALL, ALL } },
	{ 0x10, 1, { 0xffffffe0, 0, 0xfffffffb, 0xffff0000 } },
	{ 0x80000000, ANY_INDEX, { 0, 0, 0, 0 } },
	{ 0x80000001, ANY_INDEX, { 0xf000f000, 0x0fffffff, 0x8a3dc800, 0xd02c0400 } },
	{ 0x80000002, ANY_INDEX, { 0, 0, 0, 0 } },
	{ 0x80000003, ANY_INDEX, { 0, 0, 0, 0 } },
	{ 0x80000004, ANY_INDEX, { 0, 0, 0, 0 } },
	{ 0x80000005, ANY_INDEX, { 0, 0, 0, 0 } },
	{ 0x80000006, ANY_INDEX, { 0, 0, 0, 0x00030000 } },
	{ 0x80000007, ANY_INDEX, { ALL, 0xffffffc4, 0, 0xffff9866 } },
	{ 0x80000008,
	  ANY_INDEX,
	  { 0xff000000, 0x86410ca0, 0xfffc0f00, 0xff000000 } }, /* VIRT_SSBD */
	{ 0x8000000a, ANY_INDEX, { 0xffffff00, 0, ALL, 0xe0404300 } },
	{ 0x80000019, ANY_INDEX, { 0, 0, ALL, ALL } },
	{ 0x8000001a, ANY_INDEX, { 0xfffffff8, ALL, ALL, ALL } },
	{ 0x8000001b, ANY_INDEX, { 0xfffff400, ALL, ALL, ALL } },
	{ 0x8000001d, 0, { 0xfc003c00, 0, 0, 0xfffffffc } },
	{ 0x8000001d, 1, { 0xfc003c00, 0, 0, 0xfffffffc } },
	{ 0x8000001d, 2, { 0xfc003c00, 0, 0, 0xfffffffc } },
	{ 0x8000001d, 3, { 0xfc003c00, 0, 0, 0xfffffffc } },
	{ 0x8000001d, 4, { 0xfffffff0, ALL, 0, ALL } },
	{ 0x8000001e, ANY_INDEX, { 0, 0xffff0000, 0xfffff800, ALL } },
	{ 0x8000001f, ANY_INDEX, { 0xfcf00000, 0xffff0000, 0, 0 } },
	{ 0x80000020, 0, { ALL, 0xffffffe1, ALL, ALL } },
	{ 0x80000020, 1, { 0, ALL, ALL, 0 } },
	{ 0x80000020, 2, { 0, ALL, ALL, 0 } },
	{ 0x80000020, 3, { ALL, 0, 0xffffff80, ALL } },
	{ 0x80000021, ANY_INDEX, { 0xe7f9d030, 0xfffff000, ALL, ALL } },
	{ 0x80000022, ANY_INDEX, { 0xfffffff8, 0, 0, ALL } },
	{ 0x80000023, ANY_INDEX, { 0xfffffffe, 0, ALL, ALL } },
	{ 0x80000026, 0, { 0, 0, 0, 0 } },
	{ 0x80000026, 1, { 0, 0, 0, 0 } },
	{ 0x80000026, 2, { 0, 0, 0, 0 } },
	{ 0x80000026, 3, { 0, 0, 0, 0 } },
};

/* Fields with a lowest and a highest value; a value outside of that is set to the nearer one. */
static const struct limit {
	uint32_t function;
	uint32_t index;
	enum cpuid_register reg;
	unsigned int shift, bits;
	uint32_t low, high;
} limits[] = {
	{ 0x0, ANY_INDEX, REG_EAX, 0, 32, 0, 0x10 },
	{ 0x1, ANY_INDEX, REG_EBX, 8, 8, 8, 8 }, /* CLFLUSH: 64 bytes */
	{ 0x7, 0, REG_EAX, 0, 32, 0, 1 },
	{ 0xd, 0, REG_EAX, 0, 2, 3, 3 }, /* x87 and SSE */
	{ 0xd, 2, REG_EAX, 0, 32, 0x100, 0x100 },
	{ 0xd, 2, REG_EBX, 0, 32, 0x240, 0x240 },
	{ 0x80000000, ANY_INDEX, REG_EAX, 0, 32, 0, 0x80000028 },
	{ 0x80000008, ANY_INDEX, REG_EAX, 0, 8, 0, 52 }, /* bits of a physical address */
	{ 0x80000008, ANY_INDEX, REG_EAX, 8, 8, 0, 57 }, /* and of a linear one */
	{ 0x80000008, ANY_INDEX, REG_EDX, 0, 16, 0, 7 },
	{ 0x80000008, ANY_INDEX, REG_EDX, 16, 8, 0, 1 },
	{ 0x8000001f, ANY_INDEX, REG_EBX, 12, 4, 0, 4 }, /* VMPLs */
};

#define XSAVE_FUNCTION 0xdU
#define XSAVE_BASE 0x240U /* legacy area and header */
#define XSAVE_AVX 0x100U
#define XCR0_AVX (1ULL << 2)
#define XCR0_X87_SSE_AVX 7ULL

#define SEV_FUNCTION 0x8000001fU
#define SEV_C_BIT 0x3fU

static bool checked(uint32_t function)
{
	return function <= STANDARD_LAST ||
	       (function >= EXTENDED_FIRST && function <= EXTENDED_LAST);
}

/* A function under check: its entry, and its registers unpacked. */
struct answer {
	uint32_t function, index;
	uint64_t xcr0, xss;
	uint32_t reg[REGISTERS];
};

static bool is_of(const struct answer *answer, uint32_t function, uint32_t index)
{
	return answer->function == function && (index == ANY_INDEX || answer->index == index);
}

static void correct_bits(struct answer *answer)
{
	const uint32_t *zero = NULL;

	for (size_t i = 0; !zero && i < sizeof(functions) / sizeof(functions[0]); i++)
		if (is_of(answer, functions[i].function, functions[i].index))
			zero = functions[i].zero;
	for (int reg = 0; reg < REGISTERS; reg++)
		answer->reg[reg] &= ~(zero ? zero[reg] : ALL);
}

static void put(uint32_t *reg, uint32_t mask, unsigned int shift, uint32_t value)
{
	*reg = (*reg & ~mask) | value << shift;
}

static void correct_limit(struct answer *answer, const struct limit *limit)
{
	const uint32_t mask = (limit->bits < 32 ? (1U << limit->bits) - 1 : ALL) << limit->shift;
	const uint32_t value = (answer->reg[limit->reg] & mask) >> limit->shift;

	if (!is_of(answer, limit->function, limit->index))
		return;
	if (value < limit->low)
		put(&answer->reg[limit->reg], mask, limit->shift, limit->low);
	if (value > limit->high)
		put(&answer->reg[limit->reg], mask, limit->shift, limit->high);
}

/*
 * Sets the XSAVE area's size from the enabled components. Up to AVX, components have the same place
 * in all processors.
 */
static void correct_xsave_size(struct answer *answer)
{
	if (answer->function != XSAVE_FUNCTION || answer->index > 1 ||
	    (answer->xcr0 & ~XCR0_X87_SSE_AVX) || (answer->index == 1 && answer->xss))
		return;
	answer->reg[REG_EBX] = XSAVE_BASE + (answer->xcr0 & XCR0_AVX ? XSAVE_AVX : 0);
}

/*
 * Corrects the C bit's position, a strict field. A VMM that reads the position from CPUID in the
 * virtual host's user space, which has no SEV leaf, sets 0; one that asks KVM sets the kernel's
 * value. This machine reports both, so both are right.
 */
static void correct_c_bit(struct answer *answer)
{
	if (answer->function == SEV_FUNCTION && answer->reg[REG_EBX] & SEV_C_BIT)
		put(&answer->reg[REG_EBX], SEV_C_BIT, 0, PSP_C_BIT);
}

/* Returns whether something had to be corrected. */
static bool correct_function(struct snp_cpuid_function *entry)
{
	const struct snp_cpuid_function before = *entry;
	struct answer answer = {
		.function = entry->eax_in,
		.index = entry->ecx_in,
		.xcr0 = entry->xcr0_in,
		.xss = entry->xss_in,
		.reg = { entry->eax, entry->ebx, entry->ecx, entry->edx },
	};

	if (!checked(entry->eax_in))
		return false;
	correct_bits(&answer);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		correct_limit(&answer, &limits[i]);
	correct_xsave_size(&answer);
	correct_c_bit(&answer);
	entry->eax = answer.reg[REG_EAX];
	entry->ebx = answer.reg[REG_EBX];
	entry->ecx = answer.reg[REG_ECX];
	entry->edx = answer.reg[REG_EDX];
	entry->reserved = 0;
	return memcmp(&before, entry, sizeof(before)) != 0;
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
