// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names an address of the kernel. /proc/kallsyms would have to be read from its beginning for that,
 * which takes the kernel some hundred million instructions.
 */
#include "kernel.h"

#include <sevtrace/maps.h>

struct sevtrace_address address_asked = {};

SEC("syscall")
int name_address(void *ctx)
{
	return BPF_SNPRINTF(address_asked.name, sizeof(address_asked.name), "%pS",
			    address_asked.addr) < 0;
}
