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

/*
 * Memslots of several kinds lie side by side in user memory, with pages around them that are not
 * launched.
 */
static void kinds(void **state)
{
	struct options options = { .slots = 4,
				   .pages = 10,
				   .margin = 3,
				   .layout = "sprh",
				   .count = { [SNP_PAGE_NORMAL] = 10 } };
	struct plan plan;
	uint64_t page = 0;

	(void)state;
	assert_int_equal(plan_build(&plan, &options, 1), 0);
	assert_int_equal(plan_map(&plan), 0);
	assert_int_equal(plan.slots[0].lead, 3);
	assert_int_equal(plan.slots[0].mapped, 3 + 3);
	assert_int_equal(plan.slots[3].mapped, 2 + 1 + 3); /* the spare page, the margin */
	for (unsigned int i = 0; i < plan.slot_count; i++) {
		const struct slot *slot = &plan.slots[i];

		assert_int_equal(slot->kind, options.layout[i]);
		if (i + 1 < plan.slot_count)
			assert_ptr_equal(slot->memory + slot->mapped * PAGE_BYTES, slot[1].memory);
		for (uint64_t k = 0; k < slot->pages; k++, page++) {
			uint64_t gfn;

			assert_ptr_equal(plan_slot_of(&plan, page), slot);
			assert_ptr_equal(plan_page(&plan, page, &gfn),
					 slot->memory + (slot->lead + k) * PAGE_BYTES);
			assert_int_equal(gfn, slot->gfn + slot->lead + k);
		}
	}
	assert_int_equal(page, 10);
	assert_int_equal(plan_spare_gfn(&plan), plan.slots[3].gfn + 2);
	assert_int_equal(range_gfn(&plan, &plan.ranges[0]), plan.slots[0].gfn + 3);
	plan_free(&plan);
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
		cmocka_unit_test(kinds),
		cmocka_unit_test(contents),
	};

	return cmocka_run_group_tests_name("launcher plan", tests, NULL, NULL);
}
