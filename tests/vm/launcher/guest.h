/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest in three memslots, side by side in user memory, for trials and races: each of its calls
 * may be made at any time and by any thread, and returns what the kernel says to it.
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

/* What a memslot is for; also its place in struct guest. */
enum guest_slot_id {
	SLOT_STILL, /* private: launched and faulted, nothing else */
	SLOT_WILD, /* private: converted, punched, closed and deleted as well */
	SLOT_INPLACE /* shared, encrypted in place; not for SNP guests */
};

struct guest_slot {
	_Atomic uint64_t gfn;
	unsigned int pages; /* 0: the guest has none */
	int gmem; /* guest_memfd, owned; -1: none */
	atomic_bool closed; /* in its place is /dev/null: nobody else gets its number */
	atomic_bool present;
	atomic_bool deleted; /* at least once */
};

/* What is known of a page whatever the order of calls was; see frames.h. */
enum guest_note {
	NOTE_DONE = 1 << 0, /* the kernel said that it is encrypted */
	NOTE_GONE = 1 << 1, /* what it has in the guest_memfd may have been freed */
	NOTE_CONVERTED = 1 << 2, /* user space set its attribute */
	NOTE_WRITTEN = 1 << 3 /* its user memory may be another than it was */
};

struct guest {
	enum guest_type type;
	int kvm, sev; /* not owned */
	int vm;
	int vcpus[GUEST_VCPUS];
	struct guest_slot slots[GUEST_SLOTS];
	uint8_t *memory; /* of all slots */
	unsigned int pages; /* of all slots */
	uint32_t handle; /* the PSP's number of the guest, 0: not started */
	off_t log_start; /* of the PSP's log, before its first page */
	uint64_t seed; /* of the pages' contents */
	_Atomic uint8_t notes[GUEST_PAGES_MAX];
	_Atomic uint8_t encrypted[GUEST_PAGES_MAX]; /* how often in place */
};

struct guest_shape {
	enum guest_type type;
	unsigned int pages[GUEST_SLOTS];
	uint64_t seed;
	bool bare; /* no INIT2, no LAUNCH_START: to be migrated to */
	const char *psp_log; /* NULL: none */
};

/* How far a launch went. */
struct guest_progress {
	unsigned int done; /* pages by which the kernel went on */
	bool told; /* it said so: the range had private memory */
	uint32_t fw_error;
};

/* A guest up to LAUNCH_START. 0 or -errno; after an error there is nothing to close. */
int guest_open(struct guest *guest, int kvm, int sev, const struct guest_shape *shape);

/* Its files in one of several orders; what is left of it goes with the last of them. */
void guest_close(struct guest *guest, unsigned int order);

int guest_command(const struct guest *guest, uint32_t id, void *data, uint32_t *fw_error);

/* LAUNCH_UPDATE of pages, for all types. */
int guest_update(struct guest *guest, unsigned int first, unsigned int pages,
		 struct guest_progress *progress);
/* What user space holds of it: *data from one call to the next. */
struct kvm_sev_launch_update_data;
int guest_update_data(struct guest *guest, struct kvm_sev_launch_update_data *data,
		      struct guest_progress *progress);

int guest_fault(const struct guest *guest, unsigned int vcpu, uint64_t gfn, uint64_t pages);
int guest_convert(const struct guest *guest, uint64_t gfn, uint64_t pages, bool private);
/* A hole in what the guest_memfd of a slot has. */
int guest_punch(const struct guest *guest, unsigned int first, unsigned int pages);
/* Closes the guest_memfd. 0 or -errno, -EBADF: there is none. */
int guest_close_memfd(struct guest_slot *slot);

int guest_slot_delete(struct guest *guest, enum guest_slot_id id);
/* As it was, or, at another guest frame. */
int guest_slot_add(struct guest *guest, enum guest_slot_id id, uint64_t gfn);
/* A further memslot of user memory that another has, without guest_memfd, in an address space. */
int guest_alias_add(const struct guest *guest, unsigned int space, unsigned int first,
		    unsigned int pages, uint64_t gfn);
int guest_alias_delete(const struct guest *guest, unsigned int space);

/* KVM_CAP_VM_MOVE_ENC_CONTEXT_FROM, KVM_CAP_VM_COPY_ENC_CONTEXT_FROM */
int guest_migrate(const struct guest *to, const struct guest *from);
int guest_mirror(const struct guest *of, int *vm);

/* Up to LAUNCH_MEASURE, with VMSAs; then LAUNCH_FINISH. */
int guest_measure(const struct guest *guest, void *out, unsigned int bytes, uint32_t *fw_error);
int guest_finish(const struct guest *guest, uint32_t *fw_error);

/* Commands with a user address of the guest's memory. */
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

/* The slot of a page, its place there in *offset. */
enum guest_slot_id guest_slot_of(const struct guest *guest, unsigned int page,
				 unsigned int *offset);
unsigned int guest_first(const struct guest *guest, enum guest_slot_id id);
uint64_t guest_gfn(const struct guest *guest, unsigned int page);

void guest_note(struct guest *guest, unsigned int first, unsigned int pages, uint8_t notes);

#endif /* LAUNCHER_GUEST_H */
