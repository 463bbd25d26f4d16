// SPDX-License-Identifier: GPL-2.0-only
/* Unwinds this process' own stack, and stacks that no process has. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#include "stacks/maps.h"
#include "stacks/unwind.h"
#include "stacks/user_stacks.h"
#include "util/array.h"

#define DEPTH 24

static struct sevtrace_user_stack copy;

/* Copies registers and the stack, as far as it goes, as the BPF program does. */
static void take_copy(void)
{
	static const int regs[SEVTRACE_USER_REGS] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI,
						      REG_RDI, REG_RBP, REG_RSP, REG_R8,  REG_R9,
						      REG_R10, REG_R11, REG_R12, REG_R13, REG_R14,
						      REG_R15, REG_RIP };
	ucontext_t context;

	getcontext(&context);
	memset(&copy, 0, sizeof(copy));
	for (size_t i = 0; i < SEVTRACE_USER_REGS; i++)
		copy.regs[i] = (uint64_t)context.uc_mcontext.gregs[regs[i]];
	copy.h.tid = (uint32_t)gettid();
	copy.pid = (uint32_t)getpid();
	while (copy.bytes < SEVTRACE_USER_STACK_BYTES) {
		struct iovec to = { copy.stack + copy.bytes, SEVTRACE_USER_STACK_CHUNK };
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): that is what a register holds */
		struct iovec from = { (void *)(uintptr_t)(copy.regs[7] + copy.bytes),
				      SEVTRACE_USER_STACK_CHUNK };

		if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != SEVTRACE_USER_STACK_CHUNK)
			break;
		copy.bytes += SEVTRACE_USER_STACK_CHUNK;
	}
}

/*
 * Not static, and never inlined, so that each has a frame. Unwinding needs no names from the
 * dynamic symbol table.
 */
__attribute__((noinline)) int unwind_inner(int n);
__attribute__((noinline)) int unwind_outer(int n);

int unwind_inner(int n)
{
	take_copy();
	return n + (int)copy.bytes;
}

int unwind_outer(int n)
{
	return unwind_inner(n + 1) + 1;
}

static int find_frame(const struct unwind_frame *frames, int nr, const char *function)
{
	for (int i = 0; i < nr; i++)
		if (!strncmp(frames[i].name, function, strlen(function)))
			return i;
	return -1;
}

static void own_stack(void **state)
{
	struct unwind_frame frames[DEPTH];
	char *maps = vmm_maps_read((uint32_t)getpid());
	int inner, nr;

	(void)state;
	assert_non_null(maps);
	assert_true(unwind_outer(1) > 0);
	nr = unwind_user_stack(&copy, maps, frames, DEPTH);
	inner = find_frame(frames, nr, "unwind_inner+0x");
	assert_true(inner >= 0);
	assert_int_equal(find_frame(frames, nr, "unwind_outer+0x"), inner + 1);
	assert_int_equal(find_frame(frames, nr, "own_stack+0x"), inner + 2);
	assert_true(find_frame(frames, nr, "main+0x") > inner + 2);
	assert_non_null(strstr(frames[inner].name, "(unwind)"));
	assert_non_null(strstr(frames[inner].name, " at unwind.c:"));
	/* Unwinds no deeper than asked. */
	assert_int_equal(unwind_user_stack(&copy, maps, frames, 2), 2);
	free(maps);
}

/* Unwinding stops where the copy of the stack ends. */
static void short_copy(void **state)
{
	struct unwind_frame frames[DEPTH];
	char *maps = vmm_maps_read((uint32_t)getpid());
	int nr;

	(void)state;
	unwind_outer(1);
	copy.bytes = 0;
	nr = unwind_user_stack(&copy, maps, frames, DEPTH);
	assert_in_range(nr, 1, 1);
	free(maps);
}

static void hostile(void **state)
{
	struct unwind_frame frames[DEPTH];
	char *maps = vmm_maps_read((uint32_t)getpid());
	static const char *const lines[] = {
		"",
		"\n",
		"\n\n\n",
		"nonsense\n",
		"0-1 r--p 0 0:0 0 /\n",
		"7f0000000000-7f0000001000 r-xp 00000000 00:00 1 /nonexistent\n",
		"7f0000000000-7f0000001000 r-xp 00000000 00:00 1 /etc/passwd",
		"ffffffffffffffffffff-0 r-xp 00000000 00:00 1 /bin/true\n",
	};

	(void)state;
	unwind_outer(1);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_true(unwind_user_stack(&copy, lines[i], frames, DEPTH) <= DEPTH);
	memset(copy.regs, 0xff, sizeof(copy.regs));
	copy.bytes = UINT32_MAX;
	assert_true(unwind_user_stack(&copy, maps, frames, DEPTH) <= DEPTH);
	memset(&copy, 0, sizeof(copy));
	assert_true(unwind_user_stack(&copy, maps, frames, DEPTH) <= DEPTH);
	free(maps);
}

/* A pipe in place of a file must not block the reader, and no file may stay open. */
static void pipe_for_a_file(void **state)
{
	struct unwind_frame frames[DEPTH];
	char dir[] = "/tmp/unwind-test.XXXXXX";
	char path[64], line[512];
	int before, after;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/pipe", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(line, sizeof(line),
		 "7f0000000000-7f0000001000 r-xp 00000000 00:00 1 %s\n"
		 "7f1000000000-7f1000001000 r-xp 00000000 00:00 1 /etc/passwd\n"
		 "7f2000000000-7f2000001000 r-xp 00000000 00:00 1 /bin/true\n",
		 path);
	unwind_outer(1);
	before = dup(0);
	close(before);
	assert_in_range(unwind_user_stack(&copy, line, frames, DEPTH), 1, DEPTH);
	after = dup(0);
	close(after);
	assert_int_equal(after, before);
	unlink(path);
	rmdir(dir);
}

static void maps(void **state)
{
	struct vmm_maps *m = vmm_maps_new();

	(void)state;
	assert_non_null(m);
	assert_null(vmm_maps_get(m, 1));
	for (uint32_t launch = 1; launch <= 100; launch++)
		assert_int_equal(vmm_maps_add(m, launch, (uint32_t)getpid()), 0);
	assert_non_null(strstr(vmm_maps_get(m, 50), "/unwind\n"));
	vmm_maps_drop(m, 50);
	vmm_maps_drop(m, 50);
	assert_null(vmm_maps_get(m, 50));
	assert_non_null(vmm_maps_get(m, 100));
	/* A process that does not exist: nothing is known, which is no error. */
	assert_int_equal(vmm_maps_add(m, 101, 0x7fffffff), 0);
	assert_null(vmm_maps_get(m, 101));
	assert_null(vmm_maps_read(0x7fffffff));
	vmm_maps_free(m);
	vmm_maps_free(NULL);
}

/* Two threads fail at the same moment: both copies arrive before either record. */
static void two_at_once(void **state)
{
	struct vmm_stacks *s = vmm_stacks_new();
	struct symbols *symbols = symbols_new();
	struct vmm_maps *m = vmm_maps_new();
	const uint32_t pid = (uint32_t)getpid();
	struct sevtrace_rec_stack stacks[3] = {
		{ .h.tid = 11, .pid = pid, .user = { 0x1000 } },
		{ .h.tid = 22, .pid = pid, .user = { 0x2000 } },
		{ .h.tid = 33, .pid = pid, .user = { 0x3000 } },
	};

	(void)state;
	unwind_outer(1);
	for (uint32_t tid = 11; tid <= 22; tid += 11) {
		copy.h.tid = tid;
		vmm_stacks_unwind(s, &copy, m);
	}
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(vmm_stacks_join(s, &stacks[i], symbols), 0);
	assert_int_equal(stacks[0].user[0], copy.regs[16]);
	assert_int_equal(stacks[1].user[0], copy.regs[16]);
	assert_int_not_equal(stacks[1].user[3], 0);
	/* The third one had no copy. And each copy is used only once. */
	assert_int_equal(stacks[2].user[0], 0x3000);
	stacks[0].user[0] = 0x1000;
	assert_int_equal(vmm_stacks_join(s, &stacks[0], symbols), 0);
	assert_int_equal(stacks[0].user[0], 0x1000);
	vmm_stacks_free(s);
	vmm_maps_free(m);
	symbols_free(symbols);
}

/* More copies than are kept: the oldest ones are dropped. */
static void too_many_at_once(void **state)
{
	struct vmm_stacks *s = vmm_stacks_new();
	struct symbols *symbols = symbols_new();
	struct vmm_maps *m = vmm_maps_new();
	struct sevtrace_rec_stack first = { .h.tid = 1, .user = { 0x1000 } };
	struct sevtrace_rec_stack last = { .h.tid = 100, .user = { 0x1000 } };

	(void)state;
	unwind_outer(1);
	copy.bytes = 0;
	for (uint32_t tid = 1; tid <= 100; tid++) {
		copy.h.tid = tid;
		vmm_stacks_unwind(s, &copy, m);
	}
	assert_int_equal(vmm_stacks_join(s, &first, symbols), 0);
	assert_int_equal(first.user[0], 0x1000);
	assert_int_equal(vmm_stacks_join(s, &last, symbols), 0);
	assert_int_equal(last.user[0], copy.regs[16]);
	vmm_stacks_free(s);
	vmm_maps_free(m);
	symbols_free(symbols);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_stack),
		cmocka_unit_test(short_copy),
		cmocka_unit_test(hostile),
		cmocka_unit_test(pipe_for_a_file),
		cmocka_unit_test(maps),
		cmocka_unit_test(two_at_once),
		cmocka_unit_test(too_many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
