/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory: which pages are launched, of which type, in which memslot.
 */
#ifndef LAUNCHER_PLAN_H
#define LAUNCHER_PLAN_H

#include <stdint.h>

#include "cmdline.h"

struct slot {
	uint64_t gfn; /* first guest frame */
	enum slot_kind kind;
	uint64_t lead; /* pages before those of the plan */
	uint64_t pages; /* those of the plan; the last slot has more behind, the first is the spare */
	uint64_t mapped; /* pages of the mapping */
	uint8_t *memory; /* the slots' memory is contiguous; owned; NULL before plan_map() */
	int gmem; /* guest_memfd, owned; -1: none */
};

/* Consecutive pages of one type in one slot. */
struct range {
	enum snp_page_type type;
	unsigned int slot;
	uint64_t offset; /* pages from the slot's start */
	uint64_t pages;
	uint64_t first; /* pages of the plan before this range */
};

struct plan {
	struct slot *slots; /* owned */
	unsigned int slot_count;
	struct range *ranges; /* owned, in the order they are launched */
	unsigned int range_count;
	uint64_t pages;
	uint64_t seed;
};

/* Lays out what @options ask for; @seed decides the contents. 0 or -ENOMEM. */
int plan_build(struct plan *plan, const struct options *options, uint64_t seed);

/* Maps the slots' memory. 0 or -errno. */
int plan_map(struct plan *plan);

/* Unmaps, closes and frees everything. */
void plan_free(struct plan *plan);

uint64_t range_gfn(const struct plan *plan, const struct range *range);
uint8_t *range_memory(const struct plan *plan, const struct range *range);

/* The page of the last slot that belongs to no range. */
uint64_t plan_spare_gfn(const struct plan *plan);
uint8_t *plan_spare_memory(const struct plan *plan);

/* The page of number @page: its memory, and its frame in @gfn. */
uint8_t *plan_page(const struct plan *plan, uint64_t page, uint64_t *gfn);
const struct slot *plan_slot_of(const struct plan *plan, uint64_t page);

/*
 * Writes what a page of @type at @gfn is filled with before it is launched. CPUID pages come from
 * elsewhere; SECRETS and ZERO pages are zero.
 */
void plan_fill_page(const struct plan *plan, enum snp_page_type type, uint64_t gfn, uint8_t *page);

#endif /* LAUNCHER_PLAN_H */
