// SPDX-License-Identifier: GPL-2.0-only
/* The reverse map table, see rmp.h. */
#include "rmp.h"

#include <string.h>

#include "abi.h"

#define ENTRY_SIZE 16
#define ENTRY_ASSIGNED (1ULL << 0)
#define ENTRY_HUGE (1ULL << 1)
#define ENTRY_IMMUTABLE (1ULL << 2)
#define ENTRY_GPA_MASK (((1ULL << 39) - 1) << 12)
#define ENTRY_ASID_SHIFT 51
#define ENTRY_ASID_MASK 0x3ffULL
#define ENTRY_VMSA (1ULL << 61)
#define ENTRY_VALIDATED (1ULL << 62)

/* Record of the IOMMU's buffers, at the start of the bookkeeping area. */
#define IOMMU_MAGIC 0x554d4d4f49564553ULL /* "SEVIOMMU" */
#define IOMMU_RANGES_MAX 64
#define IOMMU_RANGE_SIZE_MAX (16ULL << 20)

struct iommu_record {
	uint64_t magic;
	uint64_t count;
	struct {
		uint64_t base;
		uint64_t size; /* bytes */
	} range[IOMMU_RANGES_MAX];
};

uint64_t rmp_pages(const struct rmp *rmp)
{
	if (!rmp->base || rmp->size <= RMP_BOOKKEEPING)
		return 0;
	return (rmp->size - RMP_BOOKKEEPING) / ENTRY_SIZE;
}

/*
 * Returns the first 8 bytes of page @pfn's entry, or NULL. Hardware keeps no other field that is
 * used here.
 */
static uint64_t *entry_at(const struct rmp *rmp, uint64_t pfn)
{
	if (pfn >= rmp_pages(rmp))
		return NULL;
	return ram_at(rmp->ram, rmp->base + RMP_BOOKKEEPING + pfn * ENTRY_SIZE, ENTRY_SIZE);
}

static struct rmp_entry decode(uint64_t lo)
{
	return (struct rmp_entry){
		.assigned = lo & ENTRY_ASSIGNED,
		.huge = lo & ENTRY_HUGE,
		.immutable = lo & ENTRY_IMMUTABLE,
		.vmsa = lo & ENTRY_VMSA,
		.validated = lo & ENTRY_VALIDATED,
		.asid = (lo >> ENTRY_ASID_SHIFT) & ENTRY_ASID_MASK,
		.gpa = lo & ENTRY_GPA_MASK,
	};
}

static uint64_t encode(const struct rmp_entry *entry)
{
	return (entry->assigned ? ENTRY_ASSIGNED : 0) | (entry->huge ? ENTRY_HUGE : 0) |
	       (entry->immutable ? ENTRY_IMMUTABLE : 0) | (entry->vmsa ? ENTRY_VMSA : 0) |
	       (entry->validated ? ENTRY_VALIDATED : 0) | (entry->gpa & ENTRY_GPA_MASK) |
	       ((entry->asid & ENTRY_ASID_MASK) << ENTRY_ASID_SHIFT);
}

static enum page_state state_of(const struct rmp_entry *entry)
{
	if (!entry->assigned)
		return entry->immutable ? PAGE_HV_FIXED : PAGE_HYPERVISOR;
	if (entry->asid) {
		if (entry->immutable)
			return entry->validated ? PAGE_PRE_SWAP : PAGE_PRE_GUEST;
		return entry->validated ? PAGE_GUEST_VALID : PAGE_GUEST_INVALID;
	}
	if (!entry->immutable)
		return PAGE_RECLAIM;
	if (entry->gpa)
		return PAGE_METADATA;
	return entry->vmsa ? PAGE_CONTEXT : PAGE_FIRMWARE;
}

enum page_state rmp_read(const struct rmp *rmp, uint64_t gpa, struct rmp_entry *entry)
{
	uint64_t pfn = (gpa & PSP_ADDRESS_MASK) / PSP_PAGE_SIZE;
	uint64_t *own = entry_at(rmp, pfn);
	uint64_t *huge = entry_at(rmp, pfn & ~(uint64_t)(PSP_PAGES_PER_2M - 1));

	memset(entry, 0, sizeof(*entry));
	if (!own || !huge)
		return PAGE_DEFAULT;
	*entry = decode(__atomic_load_n(huge, __ATOMIC_ACQUIRE));
	if (!entry->assigned || !entry->huge)
		*entry = decode(__atomic_load_n(own, __ATOMIC_ACQUIRE));
	return state_of(entry);
}

enum page_state rmp_state(const struct rmp *rmp, uint64_t gpa)
{
	struct rmp_entry entry;

	return rmp_read(rmp, gpa, &entry);
}

void rmp_write(const struct rmp *rmp, uint64_t gpa, const struct rmp_entry *entry)
{
	uint64_t *to = entry_at(rmp, (gpa & PSP_ADDRESS_MASK) / PSP_PAGE_SIZE);

	if (to)
		__atomic_store_n(to, encode(entry), __ATOMIC_RELEASE);
}

bool rmp_writable(const struct rmp *rmp, uint64_t gpa, uint64_t len)
{
	uint64_t page = gpa & PSP_ADDRESS_MASK & PSP_PAGE_MASK;
	uint64_t end = (gpa & PSP_ADDRESS_MASK) + len;

	for (; page < end; page += PSP_PAGE_SIZE) {
		enum page_state state = rmp_state(rmp, page);

		if (state != PAGE_FIRMWARE && state != PAGE_DEFAULT)
			return false;
	}
	return true;
}

bool rmp_init(const struct rmp *rmp)
{
	static const struct rmp_entry firmware = { .assigned = true, .immutable = true };
	uint8_t *table = rmp->base ? ram_at(rmp->ram, rmp->base, rmp->size) : NULL;

	if (!table || !rmp_pages(rmp) || rmp->base % PSP_PAGE_SIZE)
		return false;
	memset(table + RMP_BOOKKEEPING, 0, rmp->size - RMP_BOOKKEEPING);
	for (uint64_t page = 0; page < rmp->size; page += PSP_PAGE_SIZE)
		rmp_write(rmp, rmp->base + page, &firmware);
	return true;
}

static bool asid_in_range(const struct rmp *rmp, uint32_t asid, uint64_t first, uint64_t count)
{
	uint64_t pages = rmp_pages(rmp);
	const uint64_t *entry;

	if (first >= pages)
		return false;
	if (count > pages - first)
		count = pages - first;
	entry = count ? ram_at(rmp->ram, rmp->base + RMP_BOOKKEEPING + first * ENTRY_SIZE,
			       count * ENTRY_SIZE) :
			NULL;
	for (uint64_t i = 0; entry && i < count; i++) {
		uint64_t lo = entry[i * (ENTRY_SIZE / sizeof(*entry))];

		if ((lo & ENTRY_ASSIGNED) && ((lo >> ENTRY_ASID_SHIFT) & ENTRY_ASID_MASK) == asid)
			return true;
	}
	return false;
}

bool rmp_asid_in_use(const struct rmp *rmp, uint32_t asid)
{
	uint64_t size = rmp->ram->size;
	uint64_t low = rmp->ram->below_4g < size ? rmp->ram->below_4g : size;

	return asid_in_range(rmp, asid, 0, low / PSP_PAGE_SIZE) ||
	       asid_in_range(rmp, asid, (1ULL << 32) / PSP_PAGE_SIZE, (size - low) / PSP_PAGE_SIZE);
}

void rmp_for_each_iommu_page(const struct rmp *rmp, void (*fn)(const struct rmp *, uint64_t gpa))
{
	struct iommu_record record;

	if (!rmp->base || !ram_read(rmp->ram, rmp->base, &record, sizeof(record)) ||
	    record.magic != IOMMU_MAGIC || record.count > IOMMU_RANGES_MAX)
		return;
	for (uint64_t i = 0; i < record.count; i++) {
		uint64_t base = record.range[i].base & PSP_ADDRESS_MASK & PSP_PAGE_MASK;
		uint64_t size = record.range[i].size;

		for (uint64_t page = 0; page < size && size <= IOMMU_RANGE_SIZE_MAX;
		     page += PSP_PAGE_SIZE)
			fn(rmp, base + page);
	}
}
