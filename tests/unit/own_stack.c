// SPDX-License-Identifier: GPL-2.0-only
#include "own_stack.h"

#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include "util/clock.h"

struct sevtrace_user_stack own_copy;

/* Copies registers and the stack, as far as it goes, as the BPF program does. */
static void take_copy(void)
{
	static const int regs[SEVTRACE_USER_REGS] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI,
						      REG_RDI, REG_RBP, REG_RSP, REG_R8,  REG_R9,
						      REG_R10, REG_R11, REG_R12, REG_R13, REG_R14,
						      REG_R15, REG_RIP };
	ucontext_t context;

	getcontext(&context);
	memset(&own_copy, 0, sizeof(own_copy));
	for (size_t i = 0; i < SEVTRACE_USER_REGS; i++)
		own_copy.regs[i] = (uint64_t)context.uc_mcontext.gregs[regs[i]];
	own_copy.h.launch = 1;
	own_copy.h.ts = monotonic();
	own_copy.h.tid = (uint32_t)gettid();
	own_copy.pid = (uint32_t)getpid();
	while (own_copy.bytes < SEVTRACE_USER_STACK_BYTES) {
		struct iovec to = { own_copy.stack + own_copy.bytes, SEVTRACE_USER_STACK_CHUNK };
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): that is what a register holds */
		struct iovec from = { (void *)(uintptr_t)(own_copy.regs[7] + own_copy.bytes),
				      SEVTRACE_USER_STACK_CHUNK };

		if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != SEVTRACE_USER_STACK_CHUNK)
			break;
		own_copy.bytes += SEVTRACE_USER_STACK_CHUNK;
	}
}

/*
 * Not static, and never inlined, so that each has a frame. Unwinding needs no names from the
 * dynamic symbol table.
 */
__attribute__((noinline)) int unwind_inner(int n);

int unwind_inner(int n)
{
	take_copy();
	return n + (int)own_copy.bytes;
}

int unwind_outer(int n)
{
	return unwind_inner(n + 1) + 1;
}

int find_frame(const struct unwind_frame *frames, int nr, const char *function)
{
	for (int i = 0; i < nr; i++)
		if (!strncmp(frames[i].name, function, strlen(function)))
			return i;
	return -1;
}
