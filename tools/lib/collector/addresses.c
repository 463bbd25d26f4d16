// SPDX-License-Identifier: GPL-2.0-only
/* Names addresses of the kernel. */
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collector/internal.h"

/* The kernel writes "FUNCTION+OFFSET/SIZE [MODULE]", or the address if it knows no function. */
void collector_name_address(void *collector, uint64_t addr, char name[SEVTRACE_ADDRESS_NAME])
{
	const struct collector *c = collector;
	struct sevtrace_address *asked = &c->skel->bss->address_asked;
	int fd = bpf_program__fd(c->skel->progs.name_address);
	LIBBPF_OPTS(bpf_test_run_opts, run);
	char *size, *rest;

	asked->addr = addr;
	if (bpf_prog_test_run_opts(fd, &run) || run.retval)
		return;
	asked->name[sizeof(asked->name) - 1] = '\0';
	size = strrchr(asked->name, '/');
	if (!size)
		return;
	rest = size + strcspn(size, " ");
	*size = '\0';
	snprintf(name, SEVTRACE_ADDRESS_NAME, "%s%s", asked->name, rest);
}
