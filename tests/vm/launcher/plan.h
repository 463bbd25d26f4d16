/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory: the pages to launch, with their type and memslot.
 */
#ifndef LAUNCHER_PLAN_H
#define LAUNCHER_PLAN_H

#include <stdint.h>

#include "cmdline.h"

struct slot {
	uint64_t gfn; /* first guest frame */
	enum slot_kind kind;
	uint64_t lead; /* pages before the slot's pages of the plan */
	uint64_t pages; /* pages of the plan; in the last slot the spare and others follow */
	uint64_t mapped; /* pages of the mapping */
	uint8_t *memory; /* owned; the memory of all slots is contiguous; NULL before plan_map() */
	int gmem; /* guest_memfd, owned; -1: none */
};

/* Consecutive pages of one type in one slot. */
struct range {
	enum snp_page_type type;
	unsigned int slot;
	uint64_t offset; /* pages from the slot's start */
	uint64_t pages;
	uint64_t first; /* number of the plan's pages before this range */
};

struct plan {
	struct slot *slots; /* owned */
	unsigned int slot_count;
	struct range *ranges; /* owned, in launch order */
	unsigned int range_count;
	uint64_t pages;
	uint64_t seed;
};

/* Lays out the pages that @options ask for; @seed decides their contents. Returns 0 or -ENOMEM. */
int plan_build(struct plan *plan, const struct options *options, uint64_t seed);

/* Maps the memory of the slots. Returns 0 or -errno. */
int plan_map(struct plan *plan);

/* Unmaps, closes and frees everything. */
void plan_free(struct plan *plan);

uint64_t range_gfn(const struct plan *plan, const struct range *range);
uint8_t *range_memory(const struct plan *plan, const struct range *range);

/* Return the spare: a page of the last slot that belongs to no range. */
uint64_t plan_spare_gfn(const struct plan *plan);
uint8_t *plan_spare_memory(const struct plan *plan);

/* Returns the memory of page number @page, and its guest frame in @gfn. */
uint8_t *plan_page(const struct plan *plan, uint64_t page, uint64_t *gfn);
const struct slot *plan_slot_of(const struct plan *plan, uint64_t page);

/*
 * Writes the contents that a page of @type at @gfn has before its launch. SECRETS and ZERO pages
 * are zero. The contents of CPUID pages come from elsewhere.
 */
void plan_fill_page(const struct plan *plan, enum snp_page_type type, uint64_t gfn, uint8_t *page);

#endif /* LAUNCHER_PLAN_H */
