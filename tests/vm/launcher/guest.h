/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest for trials and races, with three memslots side by side in user memory. Any thread may
 * make any call at any time; each returns the kernel's answer.
 */
#ifndef LAUNCHER_GUEST_H
#define LAUNCHER_GUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "mistakes.h"

#define GUEST_SLOTS 3
#define GUEST_VCPUS 2
#define GUEST_PAGES_MAX 1024

/* The purpose of a memslot, and its index in struct guest. */
enum guest_slot_id {
	SLOT_STILL, /* private: only launched and faulted */
	SLOT_WILD, /* private: also converted, punched, closed and deleted */
	SLOT_INPLACE /* shared, encrypted in place; not for SNP guests */
};

struct guest_slot {
	_Atomic uint64_t gfn;
	unsigned int pages; /* 0: the guest has none */
	int gmem; /* guest_memfd, owned; -1: none */
	atomic_bool closed; /* descriptor now is /dev/null, which keeps its number taken */
	atomic_bool present;
	atomic_bool deleted; /* has been deleted at least once */
};

/* Facts about a page that hold in whatever order the calls came; see frames.h. */
enum guest_note {
	NOTE_DONE = 1 << 0, /* the kernel reported it as encrypted */
	NOTE_GONE = 1 << 1, /* its contents in the guest_memfd may have been freed */
	NOTE_CONVERTED = 1 << 2, /* user space set its attribute */
	NOTE_WRITTEN = 1 << 3 /* its user memory may have changed */
};

struct guest {
	enum guest_type type;
	int kvm, sev; /* not owned */
	int vm;
	int vcpus[GUEST_VCPUS];
	struct guest_slot slots[GUEST_SLOTS];
	uint8_t *memory; /* of all slots together */
	unsigned int pages; /* of all slots together */
	uint32_t handle; /* the PSP's handle of the guest, 0: not started */
	off_t log_start; /* offset in the PSP's log, before the guest's first page */
	uint64_t seed; /* decides the contents of the pages */
	_Atomic uint8_t notes[GUEST_PAGES_MAX];
	_Atomic uint8_t encrypted[GUEST_PAGES_MAX]; /* how often the page was encrypted in place */
};

struct guest_shape {
	enum guest_type type;
	unsigned int pages[GUEST_SLOTS];
	uint64_t seed;
	bool bare; /* no INIT2, no LAUNCH_START: a target of a migration */
	const char *psp_log; /* NULL: none */
};

/* How far a launch came. */
struct guest_progress {
	unsigned int done; /* pages that the kernel advanced by */
	bool told; /* the kernel reported progress: the range had private memory */
	uint32_t fw_error;
};

/*
 * Creates a guest and takes it up to LAUNCH_START. Returns 0 or -errno; after an error there is
 * nothing to close.
 */
int guest_open(struct guest *guest, int kvm, int sev, const struct guest_shape *shape);

/*
 * Closes the guest's files; @order rotates the order in which that happens. The kernel frees the
 * guest when the last file is closed.
 */
void guest_close(struct guest *guest, unsigned int order);

int guest_command(const struct guest *guest, uint32_t id, void *data, uint32_t *fw_error);

/* Issues LAUNCH_UPDATE for pages, for all types of guests. */
int guest_update(struct guest *guest, unsigned int first, unsigned int pages,
		 struct guest_progress *progress);
/*
 * Does the same with a command structure that the caller keeps: *data carries the rest of the range
 * from one call to the next.
 */
struct kvm_sev_launch_update_data;
int guest_update_data(struct guest *guest, struct kvm_sev_launch_update_data *data,
		      struct guest_progress *progress);

int guest_fault(const struct guest *guest, unsigned int vcpu, uint64_t gfn, uint64_t pages);
int guest_convert(const struct guest *guest, uint64_t gfn, uint64_t pages, bool private);
/* Punches a hole into the guest_memfd of a slot. */
int guest_punch(const struct guest *guest, unsigned int first, unsigned int pages);
/* Closes the guest_memfd. Returns 0 or -errno; -EBADF if there is none. */
int guest_close_memfd(struct guest_slot *slot);

int guest_slot_delete(struct guest *guest, enum guest_slot_id id);
/* Adds a deleted memslot again, at its old guest frame or another one. */
int guest_slot_add(struct guest *guest, enum guest_slot_id id, uint64_t gfn);
/* Adds a memslot in an address space, without guest_memfd, for user memory that already has one. */
int guest_alias_add(const struct guest *guest, unsigned int space, unsigned int first,
		    unsigned int pages, uint64_t gfn);
int guest_alias_delete(const struct guest *guest, unsigned int space);

/* KVM_CAP_VM_MOVE_ENC_CONTEXT_FROM, KVM_CAP_VM_COPY_ENC_CONTEXT_FROM */
int guest_migrate(const struct guest *to, const struct guest *from);
int guest_mirror(const struct guest *of, int *vm);

/*
 * guest_measure() encrypts the VMSAs of a SEV-ES guest and issues LAUNCH_MEASURE; guest_finish()
 * issues LAUNCH_FINISH.
 */
int guest_measure(const struct guest *guest, void *out, unsigned int bytes, uint32_t *fw_error);
int guest_finish(const struct guest *guest, uint32_t *fw_error);

/* Issue commands that name a page by its user address. */
int guest_secret(const struct guest *guest, const void *header, const void *packet,
		 unsigned int page, uint32_t *fw_error);
int guest_debug(const struct guest *guest, bool decrypt, unsigned int page, void *buffer,
		uint32_t *fw_error);
int guest_send(const struct guest *guest, unsigned int page, void *buffer, uint32_t *fw_error);
int guest_receive(const struct guest *guest, unsigned int page, void *buffer, uint32_t *fw_error);

#define GUEST_SECRET_BYTES 64

static inline uint8_t *guest_page(const struct guest *guest, unsigned int page)
{
	return guest->memory + (size_t)page * 4096;
}

/* Returns the slot of a page, and the page's index there in *offset. */
enum guest_slot_id guest_slot_of(const struct guest *guest, unsigned int page,
				 unsigned int *offset);
unsigned int guest_first(const struct guest *guest, enum guest_slot_id id);
uint64_t guest_gfn(const struct guest *guest, unsigned int page);

void guest_note(struct guest *guest, unsigned int first, unsigned int pages, uint8_t notes);

#endif /* LAUNCHER_GUEST_H */
