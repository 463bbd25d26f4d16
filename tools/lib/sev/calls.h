/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of what a VMM calls in the kernel beside the ioctls of SEV. */
#ifndef SEV_CALLS_H
#define SEV_CALLS_H

#include <stdint.h>

/* Returns the name of a system call of x86-64, such as "futex", or NULL. */
const char *system_call_name(uint32_t number);

/* Returns the name of a request of ioctl(2), such as "KVM_CREATE_VCPU", or NULL. */
const char *ioctl_request_name(uint32_t request);

#endif /* SEV_CALLS_H */
