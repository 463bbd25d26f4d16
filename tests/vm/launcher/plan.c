// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lays out guest memory.
 */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bytes.h"

/* Slots begin at multiples of 2 MiB, with a hole before the next one. */
#define SLOT_ALIGN_PAGES 512

/* The order in which page types are launched. */
static const enum snp_page_type type_order[] = { SNP_PAGE_NORMAL, SNP_PAGE_ZERO,
						 SNP_PAGE_UNMEASURED, SNP_PAGE_SECRETS,
						 SNP_PAGE_CPUID };

#define TYPE_COUNT (sizeof(type_order) / sizeof(type_order[0]))

static void build_slots(struct plan *plan, const struct options *options)
{
	uint64_t each = plan->pages / plan->slot_count;
	uint64_t more = plan->pages % plan->slot_count;
	uint64_t gfn = 0;

	for (unsigned int i = 0; i < plan->slot_count; i++) {
		struct slot *slot = &plan->slots[i];

		slot->gmem = -1;
		slot->gfn = gfn;
		slot->kind = *options->layout ? (enum slot_kind)options->layout[i] : SLOT_SHARED;
		slot->lead = i ? 0 : options->margin;
		slot->pages = each + (i < more ? 1 : 0);
		slot->mapped = slot->lead + slot->pages;
		slot->mapped += i + 1 == plan->slot_count ? 1 + options->margin : 0;
		gfn += (slot->mapped / SLOT_ALIGN_PAGES + 2) * SLOT_ALIGN_PAGES;
	}
}

static void build_ranges(struct plan *plan, const struct options *options)
{
	unsigned int slot = 0;
	uint64_t offset = plan->slots[0].lead;
	uint64_t first = 0;

	for (size_t i = 0; i < TYPE_COUNT; i++) {
		uint64_t left = options->count[type_order[i]];

		while (left) {
			uint64_t room = plan->slots[slot].lead + plan->slots[slot].pages - offset;
			uint64_t pages = left < room ? left : room;

			plan->ranges[plan->range_count++] = (struct range){
				.type = type_order[i],
				.slot = slot,
				.offset = offset,
				.pages = pages,
				.first = first,
			};
			left -= pages;
			offset += pages;
			first += pages;
			if (pages == room) {
				slot++;
				offset = 0;
			}
		}
	}
}

int plan_build(struct plan *plan, const struct options *options, uint64_t seed)
{
	memset(plan, 0, sizeof(*plan));
	plan->pages = options->pages;
	plan->seed = seed;
	plan->slots = calloc(options->slots, sizeof(*plan->slots));
	plan->ranges = calloc(options->slots + TYPE_COUNT, sizeof(*plan->ranges));
	if (!plan->slots || !plan->ranges) {
		plan_free(plan);
		return -ENOMEM;
	}
	plan->slot_count = (unsigned int)options->slots;
	build_slots(plan, options);
	build_ranges(plan, options);
	return 0;
}

int plan_map(struct plan *plan)
{
	uint64_t pages = 0;
	uint8_t *memory;

	for (unsigned int i = 0; i < plan->slot_count; i++)
		pages += plan->slots[i].mapped;
	memory = mmap(NULL, pages * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	for (unsigned int i = 0; i < plan->slot_count; i++) {
		plan->slots[i].memory = memory;
		memory += plan->slots[i].mapped * PAGE_BYTES;
	}
	return 0;
}

void plan_free(struct plan *plan)
{
	for (unsigned int i = 0; plan->slots && i < plan->slot_count; i++) {
		struct slot *slot = &plan->slots[i];

		if (slot->memory)
			munmap(slot->memory, slot->mapped * PAGE_BYTES);
		if (slot->gmem >= 0)
			close(slot->gmem);
	}
	free(plan->slots);
	free(plan->ranges);
	memset(plan, 0, sizeof(*plan));
}

uint64_t range_gfn(const struct plan *plan, const struct range *range)
{
	return plan->slots[range->slot].gfn + range->offset;
}

uint8_t *range_memory(const struct plan *plan, const struct range *range)
{
	return plan->slots[range->slot].memory + range->offset * PAGE_BYTES;
}

uint64_t plan_spare_gfn(const struct plan *plan)
{
	const struct slot *slot = &plan->slots[plan->slot_count - 1];

	return slot->gfn + slot->lead + slot->pages;
}

uint8_t *plan_spare_memory(const struct plan *plan)
{
	const struct slot *slot = &plan->slots[plan->slot_count - 1];

	return slot->memory + (slot->lead + slot->pages) * PAGE_BYTES;
}

/* Returns the slot of a page; *page becomes the page's index in it. */
static const struct slot *find_slot(const struct plan *plan, uint64_t *page)
{
	const struct slot *slot = plan->slots;

	while (slot + 1 < plan->slots + plan->slot_count && *page >= slot->pages)
		*page -= slot++->pages;
	*page += slot->lead;
	return slot;
}

const struct slot *plan_slot_of(const struct plan *plan, uint64_t page)
{
	return find_slot(plan, &page);
}

uint8_t *plan_page(const struct plan *plan, uint64_t page, uint64_t *gfn)
{
	const struct slot *slot = find_slot(plan, &page);

	*gfn = slot->gfn + page;
	return slot->memory + page * PAGE_BYTES;
}

void plan_fill_page(const struct plan *plan, enum snp_page_type type, uint64_t gfn, uint8_t *page)
{
	if (type == SNP_PAGE_NORMAL || type == SNP_PAGE_UNMEASURED)
		fill_pattern(page, PAGE_BYTES, plan->seed, gfn);
	else
		memset(page, 0, PAGE_BYTES);
}
