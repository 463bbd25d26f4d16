// SPDX-License-Identifier: GPL-2.0-only
#include "sev/calls.h"

#include <stddef.h>

#include <linux/kvm.h>

#include "util/array.h"

/* Generated from the kernel's headers. */
static const char *const system_calls[] = {
#include "system_calls.inc"
};

static const struct {
	uint32_t request;
	const char *name;
} requests[] = {
#include "kvm_ioctls.inc"
	/* Of kernels newer than some distributions' headers: include/uapi/linux/kvm.h */
	{ _IOC(_IOC_WRITE, KVMIO, 0x49, 160), "KVM_SET_USER_MEMORY_REGION2" },
	{ _IOC(_IOC_WRITE, KVMIO, 0xd2, 32), "KVM_SET_MEMORY_ATTRIBUTES" },
	{ _IOC(_IOC_READ | _IOC_WRITE, KVMIO, 0xd4, 64), "KVM_CREATE_GUEST_MEMFD" },
	{ _IOC(_IOC_READ | _IOC_WRITE, KVMIO, 0xd5, 64), "KVM_PRE_FAULT_MEMORY" },
	/* include/uapi/linux/psp-sev.h */
	{ _IOC(_IOC_READ | _IOC_WRITE, 'S', 0, 16), "SEV_ISSUE_CMD" },
};

const char *system_call_name(uint32_t number)
{
	return number < ARRAY_SIZE(system_calls) ? system_calls[number] : NULL;
}

const char *ioctl_request_name(uint32_t request)
{
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		if (requests[i].request == request)
			return requests[i].name;
	return NULL;
}
