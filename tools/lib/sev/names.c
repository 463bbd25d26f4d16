// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

#include <sevtrace/maps.h>
#include <sevtrace/kvm_sev.h>
#include <sevtrace/psp.h>
#include <sevtrace/record.h>

#include "sev/names.h"
#include "util/array.h"

#define CASE_NAME(number, name) \
	case number:            \
		return #name;
#define CASE_SECOND(number, id, name) \
	case number:                  \
		return name;
#define CASE_NAMED(number, id, name, text) \
	case number:                       \
		return name;
#define CASE_TOLD(number, id, name, text) \
	case number:                      \
		return text;
#define CASE_PSP_NAME(code, name, text) \
	case code:                      \
		return #name;
#define CASE_PSP_TEXT(code, name, text) \
	case code:                      \
		return text;

#define CASE_LOSS(id, name)      \
	case SEVTRACE_LOSS_##id: \
		return name;

#define CASE_NAME_KEY(id, key, text) \
	case SEVTRACE_NAME_##id:     \
		return key;
#define CASE_NAME_TEXT(id, key, text) \
	case SEVTRACE_NAME_##id:      \
		return text;

#define NAME_FUNCTION(function, LIST, CASE)               \
	const char *function(uint32_t number)             \
	{                                                 \
		switch (number) {                         \
			LIST(CASE) default : return NULL; \
		}                                         \
	}

/* clang-format off */
NAME_FUNCTION(ioctl_name, SEVTRACE_IOCTLS, CASE_NAME)
NAME_FUNCTION(step_name, SEVTRACE_STEPS, CASE_NAMED)
NAME_FUNCTION(step_text, SEVTRACE_STEPS, CASE_TOLD)
NAME_FUNCTION(phase_name, SEVTRACE_PHASES, CASE_SECOND)
NAME_FUNCTION(vm_type_name, SEVTRACE_VM_TYPES, CASE_SECOND)
NAME_FUNCTION(page_type_name, SEVTRACE_PAGE_TYPES, CASE_NAMED)
NAME_FUNCTION(page_type_text, SEVTRACE_PAGE_TYPES, CASE_TOLD)
NAME_FUNCTION(psp_command_name, SEVTRACE_PSP_COMMANDS, CASE_PSP_NAME)
NAME_FUNCTION(psp_command_text, SEVTRACE_PSP_COMMANDS, CASE_PSP_TEXT)
NAME_FUNCTION(psp_status_name, SEVTRACE_PSP_STATUSES, CASE_PSP_NAME)
NAME_FUNCTION(psp_status_text, SEVTRACE_PSP_STATUSES, CASE_PSP_TEXT)
NAME_FUNCTION(name_kind_key, SEVTRACE_NAMES, CASE_NAME_KEY)
NAME_FUNCTION(name_kind_text, SEVTRACE_NAMES, CASE_NAME_TEXT)
NAME_FUNCTION(loss_name, SEVTRACE_LOSSES, CASE_LOSS)
/* clang-format on */

#define NUMBER(number, ...) number,

static const uint32_t ioctls[] = { SEVTRACE_IOCTLS(NUMBER) };
static const uint32_t steps[] = { SEVTRACE_STEPS(NUMBER) };
static const uint32_t page_types[] = { SEVTRACE_PAGE_TYPES(NUMBER) };
static const uint32_t psp_commands[] = { SEVTRACE_PSP_COMMANDS(NUMBER) };
static const uint32_t psp_statuses[] = { SEVTRACE_PSP_STATUSES(NUMBER) };

const struct number_list ioctl_numbers = { ioctls, ARRAY_SIZE(ioctls) };
const struct number_list step_numbers = { steps, ARRAY_SIZE(steps) };
const struct number_list page_type_numbers = { page_types, ARRAY_SIZE(page_types) };
const struct number_list psp_command_numbers = { psp_commands, ARRAY_SIZE(psp_commands) };
const struct number_list psp_status_numbers = { psp_statuses, ARRAY_SIZE(psp_statuses) };

/* No number can occur twice: step_name() would not compile. */
_Static_assert(ARRAY_SIZE(steps) == SEVTRACE_STEP_COUNT, "numbers of steps have a gap");

static bool is_name(const char *whole, const char *name, size_t size)
{
	return strlen(whole) == size && !strncmp(whole, name, size);
}

bool step_named(const char *name, size_t size, uint32_t *step)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		*step = steps[i];
		if (is_name(step_name(steps[i]), name, size))
			return true;
	}
	return false;
}

bool ioctl_named(const char *name, size_t size, uint32_t *ioctl)
{
	static const char *const prefixes[] = { "", "KVM_", "KVM_SEV_" };

	for (size_t i = 0; i < ARRAY_SIZE(ioctls); i++) {
		const char *whole = ioctl_name(ioctls[i]);

		*ioctl = ioctls[i];
		for (size_t p = 0; p < ARRAY_SIZE(prefixes); p++) {
			size_t skip = strlen(prefixes[p]);

			if (!strncmp(whole, prefixes[p], skip) && is_name(whole + skip, name, size))
				return true;
		}
	}
	return false;
}

uint32_t step_at(size_t place)
{
	return steps[place];
}

size_t step_place(uint32_t step)
{
	size_t place = 0;

	while (place < ARRAY_SIZE(steps) && steps[place] != step)
		place++;
	return place;
}

const char *vm_type_text(uint32_t type)
{
	switch (type) {
	case SEVTRACE_VM_SEV:
		return "SEV";
	case SEVTRACE_VM_SEV_ES:
		return "SEV-ES";
	case SEVTRACE_VM_SNP:
		return "SEV-SNP";
	default:
		return "guest of unknown type";
	}
}

/* From Linux include/linux/errno.h. They are not meant for user space, but some reach it. */
static const struct {
	int number;
	const char *name;
} kernel_errnos[] = {
	{ 512, "ERESTARTSYS" },
	{ 513, "ERESTARTNOINTR" },
	{ 516, "ERESTART_RESTARTBLOCK" },
	{ 524, "ENOTSUPP" },
};

const char *errno_name(int error)
{
	/* INT_MIN cannot be negated */
	int number = error < 0 && error > -4096 ? -error : error;

	if (!number)
		return "";
	for (size_t i = 0; i < ARRAY_SIZE(kernel_errnos); i++)
		if (kernel_errnos[i].number == number)
			return kernel_errnos[i].name;
	return strerrorname_np(number);
}

const char *name_or_hex(const char *name, uint64_t number, char buf[NAME_LEN])
{
	if (name)
		return name;
	snprintf(buf, NAME_LEN, "0x%" PRIx64, number);
	return buf;
}
