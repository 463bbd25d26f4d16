/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds memslots in KVM's trees. KVM does not need the guest frame to encrypt memory in place, so
 * no function has it as an argument.
 */
#ifndef BPF_MEMSLOT_H
#define BPF_MEMSLOT_H

#include "kernel.h"

/* Levels of the tree that are looked at: enough for KVM's 32,764 memslots, twice. */
#define TREE_LEVELS 32

static __always_inline struct kvm_memslots *memslots_of(struct kvm *kvm)
{
	return BPF_CORE_READ(kvm, memslots[0]);
}

/* Returns the memslot that KVM found last if it has this frame, else NULL. */
static __always_inline struct kvm_memory_slot *memslot_used(struct kvm *kvm, u64 gfn)
{
	struct kvm_memslots *slots = memslots_of(kvm);
	struct kvm_memory_slot *slot =
		(struct kvm_memory_slot *)BPF_CORE_READ(slots, last_used_slot.counter);
	u64 base, npages;

	if (!slot)
		return NULL;
	base = BPF_CORE_READ(slot, base_gfn);
	npages = BPF_CORE_READ(slot, npages);
	return gfn >= base && gfn - base < npages ? slot : NULL;
}

/* Returns the first node of the tree that has this address, as interval_tree_iter_first(). */
static __always_inline struct interval_tree_node *hva_node(struct kvm_memslots *slots, u64 uaddr)
{
	struct interval_tree_node *node =
		(struct interval_tree_node *)BPF_CORE_READ(slots, hva_tree.rb_root.rb_node);

	for (int i = 0; i < TREE_LEVELS && node; i++) {
		struct interval_tree_node *left, *right;

		left = (struct interval_tree_node *)BPF_CORE_READ(node, rb.rb_left);
		if (left && BPF_CORE_READ(left, __subtree_last) >= uaddr) {
			node = left;
			continue;
		}
		if (BPF_CORE_READ(node, start) > uaddr)
			return NULL;
		if (uaddr <= BPF_CORE_READ(node, last))
			return node;
		right = (struct interval_tree_node *)BPF_CORE_READ(node, rb.rb_right);
		if (!right || BPF_CORE_READ(right, __subtree_last) < uaddr)
			return NULL;
		node = right;
	}
	return NULL;
}

/* Finds the memslot of a user address. Returns NULL, with no frame, if none has it. */
static __always_inline struct kvm_memory_slot *memslot_find(struct kvm *kvm, u64 uaddr, u64 *gfn)
{
	struct kvm_memslots *slots = memslots_of(kvm);
	struct interval_tree_node *node = hva_node(slots, uaddr);
	struct kvm_memory_slot *slot;
	u64 offset;

	*gfn = SEVTRACE_NO_FRAME;
	if (!node)
		return NULL;
	offset = bpf_core_field_offset(struct kvm_memory_slot, hva_node) +
		 (BPF_CORE_READ(slots, node_idx) & 1) *
			 bpf_core_type_size(struct interval_tree_node);
	slot = (struct kvm_memory_slot *)((u64)node - offset);
	*gfn = BPF_CORE_READ(slot, base_gfn) +
	       ((uaddr - BPF_CORE_READ(slot, userspace_addr)) >> 12);
	return slot;
}

/*
 * Returns the frame of a user address, or SEVTRACE_NO_FRAME. Not static: the verifier checks it
 * once.
 */
__weak __noinline u64 frame_of(u64 kvm, u64 uaddr)
{
	u64 gfn;

	memslot_find((struct kvm *)kvm, uaddr, &gfn);
	return gfn;
}

#endif /* BPF_MEMSLOT_H */
