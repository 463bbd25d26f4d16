// SPDX-License-Identifier: GPL-2.0-only
/*
 * The check of the CPUID page: the functions and fields that it checks, and its corrections.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "handlers.h"
#include "host.h"

#define ALL 0xffffffffU
#define RULES(array) (sizeof(array) / sizeof((array)[0]))

struct rule {
	const char *what;
	uint32_t function, index;
	uint64_t xcr0, xss;
	uint32_t given[4], expected[4]; /* EAX, EBX, ECX, EDX */
};

static struct snp_cpuid_page page_of(const struct rule *rule, const uint32_t reg[4])
{
	struct snp_cpuid_page page = { .count = 1 };

	page.function[0] = (struct snp_cpuid_function){
		.eax_in = rule->function,
		.ecx_in = rule->index,
		.xcr0_in = rule->xcr0,
		.xss_in = rule->xss,
		.eax = reg[0],
		.ebx = reg[1],
		.ecx = reg[2],
		.edx = reg[3],
	};
	return page;
}

/* Checks that a given function is refused and corrected to the expected one, which then passes. */
static void judge(const struct rule *rule)
{
	const bool right = !memcmp(rule->given, rule->expected, sizeof(rule->given));
	struct snp_cpuid_page page = page_of(rule, rule->given);
	const struct snp_cpuid_page expected = page_of(rule, rule->expected);
	const uint32_t status = snp_cpuid_check(&page);

	if (status != (right ? SEVTRACE_PSP_SUCCESS : SEVTRACE_PSP_INVALID_PARAM))
		fail_msg("%s: status %#x", rule->what, status);
	if (memcmp(&page, &expected, sizeof(page)) != 0)
		fail_msg("%s: becomes %#x %#x %#x %#x", rule->what, page.function[0].eax,
			 page.function[0].ebx, page.function[0].ecx, page.function[0].edx);
	assert_status(snp_cpuid_check(&page), SUCCESS);
}

static void ranges(void **state)
{
	static const struct rule rules[] = {
		{ "the hypervisor's first",
		  0x40000000,
		  0,
		  0,
		  0,
		  { 0x40000001, 0x4b4d564b, 0x564b4d56, 0x4d },
		  { 0x40000001, 0x4b4d564b, 0x564b4d56, 0x4d } },
		{ "the hypervisor's features",
		  0x40000001,
		  0,
		  0,
		  0,
		  { 0x1007efb, 0, 0, ALL },
		  { 0x1007efb, 0, 0, ALL } },
		{ "beyond the standard range", 0x10000, 0, 0, 0, { 1, 2, 3, 4 }, { 1, 2, 3, 4 } },
		{ "below the extended range",
		  0x7fffffff,
		  0,
		  0,
		  0,
		  { ALL, ALL, ALL, ALL },
		  { ALL, ALL, ALL, ALL } },
		{ "beyond the extended range", 0x80010000, 0, 0, 0, { 1, 2, 3, 4 }, { 1, 2, 3, 4 } },
		{ "not listed, standard", 0x3, 0, 0, 0, { 1, 0, 0, 0 }, { 0 } },
		{ "not listed, last standard", 0xffff, 0, 0, 0, { 0, 1, 0, 0 }, { 0 } },
		{ "not listed, extended", 0x80000009, 0, 0, 0, { 0, 0, 1, 0 }, { 0 } },
		{ "not listed, last extended", 0x8000ffff, 0, 0, 0, { 0, 0, 0, 1 }, { 0 } },
		{ "not listed, zero", 0x80000009, 0, 0, 0, { 0 }, { 0 } },
		{ "an index that is not listed", 0x7, 2, 0, 0, { 0, 0, 0, 0x3f }, { 0 } },
		{ "a cache that AMD has not", 0x4, 1, 0, 0, { 0x121, 0, 0, 0 }, { 0 } },
		{ "an index that does not count",
		  0x80000002,
		  7,
		  0,
		  0,
		  { 1, 2, 3, 4 },
		  { 1, 2, 3, 4 } },
	};

	(void)state;
	for (size_t i = 0; i < RULES(rules); i++)
		judge(&rules[i]);
}

static void fields(void **state)
{
	static const struct rule rules[] = {
		{ "TSC_DEADLINE",
		  0x1,
		  0,
		  0,
		  0,
		  { 0xa00f11, 0x800, 0xfeda3203, 0x178bfbff },
		  { 0xa00f11, 0x800, 0xfeda3203 & ~0x105cdf4U, 0x178bfbff } },
		{ "CLFLUSH",
		  0x1,
		  0,
		  0,
		  0,
		  { 0xa00f11, 0x3020400, 0, 0 },
		  { 0xa00f11, 0x3020800, 0, 0 } },
		{ "TSC_ADJUST", 0x7, 0, 0, 0, { 0, 0x219c91ab, 0, 0 }, { 0, 0x219c91a9, 0, 0 } },
		{ "Intel's speculation control",
		  0x7,
		  0,
		  0,
		  0,
		  { 0, 0, 0, 0xbc000010 },
		  { 0, 0, 0, 0x10 } },
		{ "more indices than there are", 0x7, 0, 0, 0, { 2, 0, 0, 0 }, { 1, 0, 0, 0 } },
		{ "more functions than there are",
		  0x0,
		  0,
		  0,
		  0,
		  { 0x1f, 1, 2, 3 },
		  { 0x10, 1, 2, 3 } },
		{ "more extended functions",
		  0x80000000,
		  0,
		  0,
		  0,
		  { 0x80000029, 1, 2, 3 },
		  { 0x80000028, 1, 2, 3 } },
		{ "VIRT_SSBD",
		  0x80000008,
		  0,
		  0,
		  0,
		  { 0x3030, 0x2003000, 0, 0 },
		  { 0x3030, 0x3000, 0, 0 } },
		{ "53 bits of address",
		  0x80000008,
		  0,
		  0,
		  0,
		  { 0x3935, 0, 0, 0 },
		  { 0x3934, 0, 0, 0 } },
		{ "CLFLUSH and more at once",
		  0x1,
		  0,
		  0,
		  0,
		  { 0, 0xff, 0, 1 << 10 },
		  { 0, 0x800, 0, 0 } },
		{ "power management of Intel", 0x6, 0, 0, 0, { 0x77, 2, 9, 3 }, { 4, 0, 1, 0 } },
		{ "SRSO_NO", 0x80000021, 0, 0, 0, { 1U << 29 | 0x45, 0, 0, 1 }, { 0x45, 0, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < RULES(rules); i++)
		judge(&rules[i]);
}

static void xsave(void **state)
{
	static const struct rule rules[] = {
		{ "x87 and SSE", 0xd, 0, 1, 0, { 7, 0x340, 0x340, 0 }, { 7, 0x240, 0x340, 0 } },
		{ "AVX", 0xd, 0, 7, 0, { 7, 0x240, 0x340, 0 }, { 7, 0x340, 0x340, 0 } },
		{ "no SSE", 0xd, 0, 0, 0, { 4, 0x240, 0, 0 }, { 7, 0x240, 0, 0 } },
		{ "what the processor alone knows",
		  0xd,
		  0,
		  0x207,
		  0,
		  { 0x207, 0x988, 0x988, 0 },
		  { 0x207, 0x988, 0x988, 0 } },
		{ "compacted", 0xd, 1, 1, 0, { 0x1f, 0x988, 0x1801, 0 }, { 0xf, 0x240, 0x1800, 0 } },
		{ "compacted, supervisor",
		  0xd,
		  1,
		  1,
		  0x800,
		  { 0xf, 0x250, 0x1800, 0 },
		  { 0xf, 0x250, 0x1800, 0 } },
		{ "where AVX lies", 0xd, 2, 0, 0, { 0x80, 0x200, 1, 0 }, { 0x100, 0x240, 0, 0 } },
		{ "no component", 0xd, 3, 0, 0, { 0x40, 0x3c0, 0, 0 }, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < RULES(rules); i++)
		judge(&rules[i]);
}

/* The position of the C bit may be the kernel's value, or 0 as user space sees it. */
static void c_bit(void **state)
{
	static const struct rule rules[] = {
		{ "as KVM says",
		  0x8000001f,
		  0,
		  0,
		  0,
		  { 0x1a, 0x73, 509, 100 },
		  { 0x1a, 0x73, 509, 100 } },
		{ "as user space sees it",
		  0x8000001f,
		  0,
		  0,
		  0,
		  { 0x1a, 0x40, 0, 0 },
		  { 0x1a, 0x40, 0, 0 } },
		{ "all zero", 0x8000001f, 0, 0, 0, { 0 }, { 0 } },
		{ "elsewhere",
		  0x8000001f,
		  0,
		  0,
		  0,
		  { 0x1a, 0x40 | 47, 0, 0 },
		  { 0x1a, 0x40 | 51, 0, 0 } },
		{ "five VMPLs", 0x8000001f, 0, 0, 0, { 0x1a, 0x5073, 0, 0 }, { 0x1a, 0x4073, 0, 0 } },
		{ "everything",
		  0x8000001f,
		  0,
		  0,
		  0,
		  { ALL, ALL, ALL, ALL },
		  { 0x30fffff, 0x4ff3, ALL, ALL } },
	};

	(void)state;
	for (size_t i = 0; i < RULES(rules); i++)
		judge(&rules[i]);
}

/* If the page's header is wrong, nothing in the page is corrected. */
static void head(void **state)
{
	struct snp_cpuid_page page = { .count = SNP_CPUID_MAX };

	(void)state;
	for (uint32_t i = 0; i < SNP_CPUID_MAX; i++)
		page.function[i] =
			(struct snp_cpuid_function){ .eax_in = 0x40000000 + i, .eax = i };
	assert_status(snp_cpuid_check(&page), SUCCESS);
	page.count = SNP_CPUID_MAX + 1;
	assert_status(snp_cpuid_check(&page), INVALID_PARAM);
	page = (struct snp_cpuid_page){ .reserved1 = 1 };
	assert_status(snp_cpuid_check(&page), INVALID_PARAM);
	assert_int_equal(page.reserved1, 1);
	page = (struct snp_cpuid_page){ .reserved2 = 1 };
	assert_status(snp_cpuid_check(&page), INVALID_PARAM);
	page = (struct snp_cpuid_page){ .count = 1 };
	page.function[0] = (struct snp_cpuid_function){ .eax_in = 0x80000002, .reserved = 1 };
	assert_status(snp_cpuid_check(&page), INVALID_PARAM);
	assert_status(snp_cpuid_check(&page), SUCCESS);
}

/* Functions beyond the count are ignored. */
static void count(void **state)
{
	struct snp_cpuid_page page = { .count = 1 };

	(void)state;
	page.function[1] = (struct snp_cpuid_function){ .eax_in = 0x3, .eax = 1 };
	assert_status(snp_cpuid_check(&page), SUCCESS);
	assert_int_equal(page.function[1].eax, 1);
	page.count = 2;
	assert_status(snp_cpuid_check(&page), INVALID_PARAM);
	assert_int_equal(page.function[1].eax, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges), cmocka_unit_test(fields), cmocka_unit_test(xsave),
		cmocka_unit_test(c_bit),  cmocka_unit_test(head),   cmocka_unit_test(count),
	};

	return cmocka_run_group_tests_name("psp cpuid", tests, NULL, NULL);
}
