/* SPDX-License-Identifier: GPL-2.0-only */
/* Names for the numbers in records. A function returns NULL for a number that it does not know. */
#ifndef SEV_NAMES_H
#define SEV_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sevtrace/kvm_sev.h>

#define NAME_LEN 32 /* enough for any name_or_hex() */

const char *ioctl_name(uint32_t ioctl); /* "KVM_SEV_LAUNCH_START" */
const char *step_name(uint32_t step); /* "rmp_update" */

/*
 * Find what has a name of `size` characters. That of an ioctl is as in KVM, or without KVM_SEV_ or
 * KVM_. Return whether there is one.
 */
bool step_named(const char *name, size_t size, uint32_t *step);
bool ioctl_named(const char *name, size_t size, uint32_t *ioctl);

const char *phase_name(uint32_t phase); /* "private" */
const char *step_text(uint32_t step); /* "give the page to the guest in the RMP" */
const char *vm_type_name(uint32_t type); /* "sev-es" */
const char *vm_type_text(uint32_t type); /* "SEV-SNP"; never NULL */
const char *page_type_name(uint32_t type); /* "normal" */
const char *page_type_text(uint32_t type); /* "memory of zeros, which ..." */
const char *psp_command_name(uint32_t cmd); /* "SNP_LAUNCH_UPDATE" */
const char *psp_command_text(uint32_t cmd);
const char *psp_status_name(uint32_t status); /* "INVALID_PARAM" */
const char *psp_status_text(uint32_t status);

/* What a VMM may be called by: as a key, "domain", and before the name itself, "libvirt domain". */
const char *name_kind_key(uint32_t kind);
const char *name_kind_text(uint32_t kind);

const char *loss_name(uint32_t loss); /* "stacks of failures" */

/* The numbers of a list that have a name, in the list's order. */
struct number_list {
	/* NULL: the numbers from 0 to nr - 1, some of which have no name */
	const uint32_t *numbers;
	size_t nr;
};

extern const struct number_list ioctl_numbers, psp_command_numbers, psp_status_numbers;
extern const struct number_list page_type_numbers;
extern const struct number_list step_numbers; /* in launch order; each step once */

static inline uint32_t number_at(const struct number_list *list, size_t i)
{
	return list->numbers ? list->numbers[i] : (uint32_t)i;
}

/*
 * step_at() returns the step at a place in launch order, below SEVTRACE_STEP_COUNT; step_place()
 * returns the place of a step.
 */
uint32_t step_at(size_t place);
size_t step_place(uint32_t step);

/* Returns "EIO" for -5 and 5, "ENOTSUPP" for the kernel's own 524, "" for 0. */
const char *errno_name(int error);

/* Returns name, or the number as "0x1ab", written to buf, if name is NULL. */
const char *name_or_hex(const char *name, uint64_t number, char buf[NAME_LEN]);

#endif /* SEV_NAMES_H */
