// SPDX-License-Identifier: GPL-2.0-only
/* Names of system calls and of requests of ioctl(2), by the numbers of the kernel's headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/syscall.h>

#include <linux/kvm.h>

#include "sev/calls.h"

static void system_calls(void **state)
{
	(void)state;
	assert_string_equal(system_call_name(SYS_read), "read");
	assert_string_equal(system_call_name(SYS_futex), "futex");
	assert_string_equal(system_call_name(SYS_ioctl), "ioctl");
	assert_null(system_call_name(400));
	assert_null(system_call_name(1U << 30));
	assert_null(system_call_name(UINT32_MAX));
}

static void requests(void **state)
{
	(void)state;
	assert_string_equal(ioctl_request_name(KVM_CREATE_VCPU), "KVM_CREATE_VCPU");
	assert_string_equal(ioctl_request_name(KVM_RUN), "KVM_RUN");
	/* Documentation/virt/kvm/api.rst: 4.140 and 4.142 */
	assert_string_equal(ioctl_request_name(0x40a0ae49), "KVM_SET_USER_MEMORY_REGION2");
	assert_string_equal(ioctl_request_name(0xc040aed4), "KVM_CREATE_GUEST_MEMFD");
	assert_null(ioctl_request_name(0));
	assert_null(ioctl_request_name(UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system_calls),
		cmocka_unit_test(requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
