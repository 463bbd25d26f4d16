// SPDX-License-Identifier: GPL-2.0-only
/*
 * RMPUPDATE and PSMASH on an RMP in reserved memory. The checks, their order and the return codes
 * follow AMD APM volume 3.
 *
 * Not emulated: checks on memory accesses, RMPREAD, RMPADJUST, PVALIDATE.
 */
#include "host.h"

#if HOST_HAS_SNP

#include <linux/align.h>
#include <linux/bitfield.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include <asm/sev.h>

/* An RMP entry: struct rmpentry of sev.c as masks, so that one 64-bit store changes an entry. */
struct entry {
	u64 lo;
	u64 hi; /* for the firmware's own use */
};

#define ENTRY_ASSIGNED BIT_ULL(0)
#define ENTRY_2M BIT_ULL(1)
#define ENTRY_IMMUTABLE BIT_ULL(2)
#define ENTRY_GPA GENMASK_ULL(50, 12)
#define ENTRY_ASID GENMASK_ULL(60, 51)
#define ENTRY_VALIDATED BIT_ULL(62)

#define PAGES_2M 512ULL

/* Values that the instructions leave in EAX, besides RMPUPDATE_FAIL_OVERLAP of asm/sev.h. */
#define RMP_INSN_OK 0
#define RMP_INSN_FAIL_INPUT 1
#define RMP_INSN_FAIL_PERMISSION 2

static struct entry *table;
static u64 table_max_pfn;

/*
 * Serialises the instructions. The firmware changes an entry by a single store without this lock,
 * so commit() compares.
 */
static DEFINE_RAW_SPINLOCK(lock);

void vsh_rmp_init(void *entries, u64 max_pfn)
{
	table_max_pfn = max_pfn;
	table = entries;
}

bool vsh_rmp_present(void)
{
	return table;
}

static bool commit(struct entry *e, u64 old, u64 new)
{
	if (cmpxchg(&e->lo, old, new) != old)
		return false;
	WRITE_ONCE(e->hi, 0);
	return true;
}

/* Returns whether a page of the wanted size collides with an assigned page of the other size. */
static bool overlaps(u64 pfn, bool is_2m)
{
	u64 base = ALIGN_DOWN(pfn, PAGES_2M), lo, i;

	lo = READ_ONCE(table[base].lo);
	if (!is_2m)
		return pfn != base && (lo & ENTRY_ASSIGNED) && (lo & ENTRY_2M);

	/* A 4K page at the base may grow to 2M, but only if no other 4K page is in use. */
	for (i = base + 1; i < base + PAGES_2M; i++) {
		if (!(lo & ENTRY_2M) && (READ_ONCE(table[i].lo) & ENTRY_ASSIGNED))
			return true;
	}
	return false;
}

static bool state_valid(const struct rmp_state *s, u64 paddr)
{
	u64 pages = s->pagesize == RMP_PG_SIZE_2M ? PAGES_2M : 1;

	if (s->pagesize > RMP_PG_SIZE_2M || !IS_ALIGNED(paddr | s->gpa, pages << PAGE_SHIFT))
		return false;
	if ((paddr >> PAGE_SHIFT) + pages - 1 > table_max_pfn)
		return false;
	if (s->asid > vsh.max_asid || (s->gpa & ~ENTRY_GPA))
		return false;
	/*
	 * A page without a guest must have no guest address; a hypervisor page must have nothing.
	 */
	return s->assigned ? s->asid || !s->gpa : !s->asid && !s->gpa && !s->immutable;
}

static u64 new_entry(const struct rmp_state *s, u64 old)
{
	u64 new;

	if (!s->assigned)
		return 0;
	new = ENTRY_ASSIGNED | (s->gpa & ENTRY_GPA) | FIELD_PREP(ENTRY_ASID, s->asid);
	new |= s->pagesize == RMP_PG_SIZE_2M ? ENTRY_2M : 0;
	new |= s->immutable ? ENTRY_IMMUTABLE : 0;

	/* The page stays validated only if its place and its owner stay the same. */
	if (((old ^ new) & (ENTRY_ASSIGNED | ENTRY_2M | ENTRY_GPA | ENTRY_ASID)) == 0)
		new |= old &ENTRY_VALIDATED;
	return new;
}

int vsh_rmpupdate(u64 paddr, const void *arg)
{
	const struct rmp_state *state = arg;
	u64 pfn = paddr >> PAGE_SHIFT, old;
	unsigned long flags;
	int ret;

	if (!state_valid(state, paddr))
		return RMP_INSN_FAIL_INPUT;

	raw_spin_lock_irqsave(&lock, flags);
	do {
		old = READ_ONCE(table[pfn].lo);
		ret = RMP_INSN_FAIL_PERMISSION;
		if (old & ENTRY_IMMUTABLE)
			break;
		ret = RMPUPDATE_FAIL_OVERLAP;
		if (overlaps(pfn, state->pagesize == RMP_PG_SIZE_2M))
			break;
		ret = RMP_INSN_OK;
	} while (!commit(&table[pfn], old, new_entry(state, old)));
	raw_spin_unlock_irqrestore(&lock, flags);
	return ret;
}

/* Splits a 2M entry into 512 entries of 4K; each is validated if the 2M entry was. */
int vsh_psmash(u64 paddr)
{
	u64 pfn = paddr >> PAGE_SHIFT, old, i;
	int ret = RMP_INSN_FAIL_PERMISSION;
	unsigned long flags;

	if (!IS_ALIGNED(pfn, PAGES_2M) || pfn + PAGES_2M - 1 > table_max_pfn)
		return RMP_INSN_FAIL_INPUT;

	raw_spin_lock_irqsave(&lock, flags);
	old = READ_ONCE(table[pfn].lo);
	if (!(old & ENTRY_ASSIGNED) || !(old & ENTRY_2M)) {
		ret = RMP_INSN_FAIL_INPUT;
		goto unlock;
	}
	if (old & ENTRY_IMMUTABLE)
		goto unlock;
	old &= ~ENTRY_2M;
	/* The base is written last: until then the other entries are part of the 2M page. */
	for (i = PAGES_2M; i-- > 0;) {
		WRITE_ONCE(table[pfn + i].lo, old + ((old & ENTRY_ASID) ? i << PAGE_SHIFT : 0));
		WRITE_ONCE(table[pfn + i].hi, 0);
	}
	ret = RMP_INSN_OK;
unlock:
	raw_spin_unlock_irqrestore(&lock, flags);
	return ret;
}

#else

void vsh_rmp_init(void *entries, u64 max_pfn)
{
}

bool vsh_rmp_present(void)
{
	return false;
}

int vsh_rmpupdate(u64 paddr, const void *state)
{
	return -1;
}

int vsh_psmash(u64 paddr)
{
	return -1;
}

#endif
