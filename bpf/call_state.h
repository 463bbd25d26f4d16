/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs on kernel functions remember of a thread, beside struct thread: where it is
 * within an ioctl. The tracepoints of kernel-patches/ carry all that an event needs; a function's
 * boundary does not, so earlier boundaries leave it here.
 */
#ifndef BPF_CALL_STATE_H
#define BPF_CALL_STATE_H

#include "kernel.h"

#include <sevtrace/pairing.h>

/* How far a page of guest_memfd has come within sev_gmem_post_populate(). */
enum page_progress {
	PAGE_BEGUN,
	PAGE_LOOKED_UP, /* its RMP entry is that of a shared page */
	PAGE_COPIED,
	PAGE_GIVEN, /* to the guest, in the RMP */
	PAGE_COMMANDED, /* the PSP has been asked, or refused */
};

/* Pages that are pinned: sev_dbg_crypt() pins two ranges at once. */
#define MAX_PINS 2
struct pin {
	u64 pages; /* kernel address of the array of pages; 0: none */
	u64 uaddr;
};

/* What a PSP command has got from the device. */
struct reply {
	u32 status;
	bool asked;
	bool answered;
};

struct call {
	u64 argp; /* user address of KVM_MEMORY_ENCRYPT_OP's struct kvm_sev_cmd */
	u64 data; /* user address of the command's own parameters */
	struct kvm *kvm;

	/* The range under way. */
	u64 gfn; /* its first frame */
	u64 uaddr;
	u64 npages;
	u64 done;
	u64 limit; /* pages that are within the memslot */

	/* The page under way, or the next one. */
	u64 page_gfn;
	u64 page_pfn;
	u64 src;

	u64 writeback_start; /* of the caches; 0: none is under way */

	/* Encryption in place: a run of contiguous pages. */
	u64 run_first; /* index within the range */
	u64 run_pages;
	u64 first_pfn; /* of the range */
	u64 pin_uaddr;
	u64 pin_len;
	struct pin pins[MAX_PINS];

	/* KVM_SET_MEMORY_ATTRIBUTES. */
	u64 attr_kvm; /* address of the VM; 0: the thread is not in it */
	u64 attr_entered; /* when its ioctl began */
	u64 attr_start;
	u64 attr_end;
	u64 attributes;
	/* An ioctl that makes a VM (without an address) or a memory slot of it; 0: none. */
	u64 made_in; /* address of the VM */
	u64 made_start;
	u32 made_by;
	u8 attr_seen; /* by which programs its beginning was, see functions_kvm.bpf.c */

	s32 page_ret;
	s32 vmsa_ret;
	u8 progress; /* enum page_progress */
	bool in_ioctl;
	bool in_range;
	bool was_range; /* the ioctl had a range */
	bool failed; /* a step of the range has failed */
	bool populating; /* in kvm_gmem_populate() */
	bool source_failed; /* the page's source cannot be read */
	bool got; /* the page has been got, and the step recorded */
	bool returned; /* __kvm_gmem_get_pfn() has returned a page */
	bool in_post; /* in sev_gmem_post_populate() */
	bool release; /* the page is about to be released */
	bool in_pin; /* in sev_pin_memory() */
	bool run_open; /* a run whose command has not been seen */
	bool unflushed; /* a SEV-ES vCPU's VMSA, which KVM flushes before its command */
	bool in_vmsa; /* between sev_es_sync_vmsa() and the end of the vCPU's VMSA */
	struct reply replies[PSP_DEPTHS]; /* by depth of the PSP command */
};

#endif /* BPF_CALL_STATE_H */
