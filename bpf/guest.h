/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells what a guest has done since its launch, see struct sevtrace_rec_guest. */
#ifndef BPF_GUEST_H
#define BPF_GUEST_H

#include "record.h"

/* The collector sets this before loading. */
const volatile bool follow_guests __weak = false;

#define ATTRIBUTE_PRIVATE (1ULL << 3) /* KVM_MEMORY_ATTRIBUTE_PRIVATE, linux/kvm.h */

/* The recording ends: the last state of guests is told, too, if it is not new. */
volatile bool tell_all __weak;

/* Sends a record unless the last one told the same. */
__weak __noinline int guest_tell(struct sevtrace_launch *launch)
{
	struct sevtrace_rec_guest *rec;
	struct sevtrace_guest *g;
	u64 sum;

	if (!follow_guests || !launch)
		return 0;
	g = &launch->guest;
	sum = g->exits + g->given + g->to_private + g->to_shared + g->rmp_faults;
	if (sum == g->told && !(tell_all && launch->finished))
		return 0;
	g->told = sum;
	rec = record_new(SEVTRACE_REC_GUEST, sizeof(*rec), now(), launch->number);
	if (!rec)
		return 0;
	rec->exits = g->exits;
	rec->given = g->given;
	rec->to_private = g->to_private;
	rec->to_shared = g->to_shared;
	rec->rmp_faults = g->rmp_faults;
	rec->memory = g->memory;
	record_submit(rec);
	return 0;
}

static __always_inline void guest_converts(struct sevtrace_launch *launch, u64 pages,
					   u64 attributes)
{
	u64 *count = attributes & ATTRIBUTE_PRIVATE ? &launch->guest.to_private :
						      &launch->guest.to_shared;

	__sync_fetch_and_add(count, pages);
}

#endif /* BPF_GUEST_H */
