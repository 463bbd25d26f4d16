// SPDX-License-Identifier: GPL-2.0-only
/* See spoil.h. */
#include "spoil.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "bytes.h"

static const char *const names[] = {
#define LAUNCHER_SPOIL_NAME(id, name) [SPOIL_##id] = (name),
	LAUNCHER_SPOILS(LAUNCHER_SPOIL_NAME)
#undef LAUNCHER_SPOIL_NAME
};

#define UNREADABLE ((void *)8) /* below every mapping, vm.mmap_min_addr */
#define CLOSED_FD 0x7fffffff

enum spoil spoil_find(const char *name)
{
	for (int how = 0; how < SPOIL_COUNT; how++) {
		if (!strcmp(name, names[how]))
			return (enum spoil)how;
	}
	return SPOIL_COUNT;
}

/* Returns a copy of the data that can be read but not written. */
static void *readonly_copy(const void *from, size_t bytes)
{
	void *page =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	memcpy(page, from, bytes);
	if (!mprotect(page, PAGE_BYTES, PROT_READ))
		return page;
	munmap(page, PAGE_BYTES);
	return NULL;
}

int spoil_command(enum spoil how, int vm, struct kvm_sev_cmd *command, size_t bytes)
{
	struct kvm_sev_cmd *passed = command;
	void *copy = NULL;
	int ret;

	if (how == SPOIL_DATA_UNREADABLE)
		command->data = (uintptr_t)UNREADABLE;
	if (how == SPOIL_FD_CLOSED)
		command->sev_fd = CLOSED_FD;
	if (how == SPOIL_FD_OTHER)
		command->sev_fd = (uint32_t)vm;
	if (how == SPOIL_DATA_READONLY) {
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel has it as a number */
		copy = readonly_copy((const void *)(uintptr_t)command->data, bytes);
		command->data = (uintptr_t)copy;
	}
	if (how == SPOIL_COMMAND_READONLY)
		passed = copy = readonly_copy(command, sizeof(*command));
	if (how == SPOIL_COMMAND_UNREADABLE)
		passed = UNREADABLE;
	if (!copy && (how == SPOIL_DATA_READONLY || how == SPOIL_COMMAND_READONLY))
		return -ENOMEM;
	ret = ioctl(vm, KVM_MEMORY_ENCRYPT_OP, passed) < 0 ? -errno : 0;
	if (copy)
		munmap(copy, PAGE_BYTES);
	return ret;
}
