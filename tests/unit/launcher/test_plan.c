// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout of guest memory.
 */
#include "hex.h"

#include "plan.h"

static void check_plan(const uint64_t *count, uint64_t slots)
{
	struct options options = { .slots = slots };
	uint64_t sum[SNP_PAGE_TYPES] = { 0 };
	struct plan plan;
	uint64_t first = 0;

	memcpy(options.count, count, sizeof(options.count));
	for (size_t type = 0; type < SNP_PAGE_TYPES; type++)
		options.pages += count[type];
	assert_int_equal(plan_build(&plan, &options, 1), 0);
	assert_int_equal(plan_map(&plan), 0);
	assert_int_equal(plan.slot_count, slots);
	for (unsigned int i = 0; i < plan.range_count; i++) {
		const struct range *range = &plan.ranges[i];
		uint64_t gfn;

		assert_int_equal(range->first, first);
		assert_true(range->offset + range->pages <= plan.slots[range->slot].pages);
		assert_ptr_equal(plan_page(&plan, first, &gfn), range_memory(&plan, range));
		assert_int_equal(gfn, range_gfn(&plan, range));
		first += range->pages;
		sum[range->type] += range->pages;
	}
	assert_int_equal(first, options.pages);
	assert_memory_equal(sum, options.count, sizeof(sum));
	for (unsigned int i = 1; i < plan.slot_count; i++)
		assert_true(plan.slots[i].gfn > plan.slots[i - 1].gfn + plan.slots[i - 1].mapped);
	*plan_spare_memory(&plan) = 1; /* is mapped */
	plan_free(&plan);
}

static void layouts(void **state)
{
	static const uint64_t counts[][SNP_PAGE_TYPES] = {
		{ [SNP_PAGE_NORMAL] = 1 },
		{ [SNP_PAGE_NORMAL] = 2000 },
		{ [SNP_PAGE_CPUID] = 1, [SNP_PAGE_SECRETS] = 1 },
		{ [SNP_PAGE_NORMAL] = 7,
		  [SNP_PAGE_ZERO] = 9,
		  [SNP_PAGE_UNMEASURED] = 3,
		  [SNP_PAGE_SECRETS] = 2,
		  [SNP_PAGE_CPUID] = 1 },
		{ [SNP_PAGE_ZERO] = 600 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		uint64_t pages = 0;

		for (size_t type = 0; type < SNP_PAGE_TYPES; type++)
			pages += counts[i][type];
		for (uint64_t slots = 1; slots <= pages && slots < 24; slots++)
			check_plan(counts[i], slots);
	}
}

static void contents(void **state)
{
	struct plan plan = { .seed = 5 };
	uint8_t one[PAGE_BYTES];
	uint8_t other[PAGE_BYTES];

	(void)state;
	plan_fill_page(&plan, SNP_PAGE_NORMAL, 7, one);
	plan_fill_page(&plan, SNP_PAGE_NORMAL, 7, other);
	assert_memory_equal(one, other, PAGE_BYTES);
	plan_fill_page(&plan, SNP_PAGE_NORMAL, 8, other);
	assert_memory_not_equal(one, other, PAGE_BYTES);
	plan.seed = 6;
	plan_fill_page(&plan, SNP_PAGE_NORMAL, 7, other);
	assert_memory_not_equal(one, other, PAGE_BYTES);
	plan_fill_page(&plan, SNP_PAGE_ZERO, 7, other);
	memset(one, 0, PAGE_BYTES);
	assert_memory_equal(one, other, PAGE_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layouts),
		cmocka_unit_test(contents),
	};

	return cmocka_run_group_tests_name("launcher plan", tests, NULL, NULL);
}
