/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reverse map table: one entry for each page of memory, in the machine's RAM.
 *
 * The layout is that of family 19h model 01h (PPR, and Linux arch/x86/virt/svm/sev.c): 16 KiB of
 * bookkeeping, then 16 bytes a page. Page states: ABI chapter "Page states".
 */
#ifndef PSP_RMP_H
#define PSP_RMP_H

#include <stdbool.h>
#include <stdint.h>

#include "ram.h"

#define RMP_BOOKKEEPING 0x4000U

struct rmp {
	const struct ram *ram;
	uint64_t base; /* 0: the machine has no RMP */
	uint64_t size;
};

struct rmp_entry {
	bool assigned;
	bool huge; /* a 2 MiB entry */
	bool immutable;
	bool vmsa;
	bool validated;
	uint32_t asid;
	uint64_t gpa;
};

enum page_state {
	PAGE_DEFAULT, /* not covered by the RMP */
	PAGE_HYPERVISOR,
	PAGE_HV_FIXED,
	PAGE_RECLAIM,
	PAGE_FIRMWARE,
	PAGE_CONTEXT,
	PAGE_METADATA,
	PAGE_PRE_GUEST,
	PAGE_PRE_SWAP,
	PAGE_GUEST_INVALID,
	PAGE_GUEST_VALID,
};

/* Returns the number of pages that have an entry in the table. */
uint64_t rmp_pages(const struct rmp *rmp);

/*
 * Reads the entry that applies to the page of @gpa: its own, or that of its 2 MiB page. Returns the
 * page's state; @entry is zero for PAGE_DEFAULT.
 */
enum page_state rmp_read(const struct rmp *rmp, uint64_t gpa, struct rmp_entry *entry);
enum page_state rmp_state(const struct rmp *rmp, uint64_t gpa);

/* Writes the page's own entry; does nothing for a page without one. */
void rmp_write(const struct rmp *rmp, uint64_t gpa, const struct rmp_entry *entry);

/* Returns whether firmware may write every page of the range: they are Firmware or Default. */
bool rmp_writable(const struct rmp *rmp, uint64_t gpa, uint64_t len);

/*
 * Clears the table and puts its own pages into the Firmware state. Returns false if it is not in
 * RAM.
 */
bool rmp_init(const struct rmp *rmp);

/* Returns whether a page of the machine's RAM is assigned to @asid. */
bool rmp_asid_in_use(const struct rmp *rmp, uint32_t asid);

/*
 * Calls @fn for each page of the IOMMU's buffers. On hardware, registers of the IOMMU have their
 * addresses; the virtual host's kernel leaves them in the bookkeeping area (tests/vm/README.md).
 */
void rmp_for_each_iommu_page(const struct rmp *rmp, void (*fn)(const struct rmp *, uint64_t gpa));

#endif /* PSP_RMP_H */
