// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has stacks unwound by the helper, among them those of hostile files. This program is its own
 * helper.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/sched.h>

#include <cmocka.h>

#include "ask_helper.h"
#include "own_stack.h"
#include "process/helper.h"
#include "stacks/helper.h"
#include "stacks/unwind.h"
#include "stacks/user_stacks.h"
#include "util/array.h"
#include "util/clock.h"

static char dir[] = "/tmp/unwind-test.XXXXXX";

static const char *in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* This process' own stack, unwound by a worker that had no rights any more. */
static void by_helper(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };

	(void)state;
	unwind_outer(1);
	rec = record_of(&own_copy);
	begin(s, 1);
	vmm_stacks_copy(s, &own_copy, 1);
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	assert_int_equal(vmm_stacks_pending(s, 1), 1);
	assert_int_equal(vmm_stacks_pending(s, 2), 0);
	await(s, &got, 1);
	assert_int_equal(got.last.rec.user[0], own_copy.regs[16]);
	assert_true(find_frame(got.last.frames, (int)got.last.nr, "unwind_outer+0x") > 0);
	assert_int_equal(vmm_stacks_pending(s, 0), 0);
	assert_int_equal(vmm_stacks_lost(s), 0);
	vmm_stacks_end(s, 1);
	vmm_stacks_free(s);
}

/* Gives the record of a stack whose copy holds one frame, and whose second address is this one. */
static uint64_t lost_of_cut(uint64_t second)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };
	uint64_t lost;

	unwind_outer(1);
	own_copy.bytes = 0;
	rec = record_of(&own_copy);
	rec.user[1] = second;
	begin(s, 1);
	vmm_stacks_copy(s, &own_copy, 1);
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	await(s, &got, 1);
	assert_int_equal(got.last.rec.user[1], second);
	lost = vmm_stacks_lost(s);
	vmm_stacks_free(s);
	return lost;
}

/* Unwinding ends before the kernel's frames do: lost if these have no names either. */
static void cut(void **state)
{
	(void)state;
	assert_int_equal(lost_of_cut(0xbad1), 1);
	assert_int_equal(lost_of_cut((uint64_t)(uintptr_t)cut), 0);
}

/* A process begins launch 1, what it has mapped is read, and it ends; own_copy is of it. */
static void begin_and_end_process(struct vmm_stacks *s, struct got *got)
{
	struct sevtrace_rec_stack rec;
	pid_t pid = fork();

	if (!pid)
		pause();
	unwind_outer(1);
	own_copy.pid = (uint32_t)pid;
	rec = record_of(&own_copy);
	begin(s, 1);
	/* The questions of one process are worked on one after the other: this is the second. */
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	await(s, got, 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A process that is gone when its stack comes: what it had mapped was read at its beginning. */
static void process_gone(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };

	(void)state;
	begin_and_end_process(s, &got);
	own_copy.h.ts++;
	rec = record_of(&own_copy);
	vmm_stacks_copy(s, &own_copy, 1);
	vmm_stacks_end(s, 1);
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	await(s, &got, 2);
	assert_true(find_frame(got.last.frames, (int)got.last.nr, "unwind_outer+0x") > 0);
	vmm_stacks_free(s);
}

/* Starts a process of this id, which runs a command; false: not allowed here. */
static bool start_as(pid_t pid, const char *command)
{
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = (uint64_t)(uintptr_t)&pid,
				   .set_tid_size = 1 };
	int running[2];
	char byte;
	long child;

	assert_int_equal(pipe2(running, O_CLOEXEC), 0);
	child = syscall(SYS_clone3, &args, sizeof(args));
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		execlp(command, command, "1000", NULL);
		_exit(EXIT_FAILURE);
	}
	close(running[1]);
	assert_int_equal(read(running[0], &byte, 1), 0); /* closed by exec */
	close(running[0]);
	return child == pid;
}

/* The names of process ids that are used again: those of the process that it was. */
static void id_used_again(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };

	(void)state;
	begin_and_end_process(s, &got);
	if (!start_as((pid_t)own_copy.pid, "sleep")) {
		vmm_stacks_free(s);
		skip();
	}
	/* The new process was not there yet when this failed: what it has mapped is of no use. */
	own_copy.h.tid++;
	rec = record_of(&own_copy);
	rec.user[0] = own_copy.regs[16];
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	await(s, &got, 2);
	assert_string_equal(got.last.frames[0].name, "");
	vmm_stacks_copy(s, &own_copy, 1);
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	await(s, &got, 3);
	assert_true(find_frame(got.last.frames, (int)got.last.nr, "unwind_outer+0x") > 0);
	/* A launch of the new one begins. It has none of the functions of the old one. */
	own_copy.h.ts = monotonic();
	begin(s, 2);
	rec = record_of(&own_copy);
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	await(s, &got, 4);
	kill((pid_t)own_copy.pid, SIGKILL);
	waitpid((pid_t)own_copy.pid, NULL, 0);
	own_copy.h.tid++;
	rec = record_of(&own_copy);
	vmm_stacks_copy(s, &own_copy, 1);
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	await(s, &got, 5);
	assert_int_equal(find_frame(got.last.frames, (int)got.last.nr, "unwind_outer+0x"), -1);
	vmm_stacks_free(s);
}

/* A launch is over while questions about it still wait. */
static void over_while_asked(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };

	(void)state;
	begin_and_end_process(s, &got);
	for (own_copy.h.tid = 11; own_copy.h.tid <= 66; own_copy.h.tid += 11)
		vmm_stacks_copy(s, &own_copy, 1);
	vmm_stacks_end(s, 1);
	for (own_copy.h.tid = 11; own_copy.h.tid <= 66; own_copy.h.tid += 11) {
		rec = record_of(&own_copy);
		assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	}
	await(s, &got, 7);
	for (size_t i = 1; i < 7; i++)
		assert_int_equal(got.all[i].rec.user[0], own_copy.regs[16]);
	assert_int_equal(vmm_stacks_lost(s), 0);
	vmm_stacks_free(s);
}

/* Two threads fail at the same moment: both copies arrive before either record. */
static void two_at_once(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };

	(void)state;
	unwind_outer(1);
	for (own_copy.h.tid = 11; own_copy.h.tid <= 22; own_copy.h.tid += 11)
		vmm_stacks_copy(s, &own_copy, 1);
	for (own_copy.h.tid = 11; own_copy.h.tid <= 33; own_copy.h.tid += 11) {
		rec = record_of(&own_copy);
		assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	}
	await(s, &got, 3);
	for (size_t i = 0; i < 3; i++)
		if (got.all[i].rec.h.tid == 33) /* had no copy */
			assert_int_equal(got.all[i].rec.user[0], 0xbad0);
		else
			assert_int_equal(got.all[i].rec.user[0], own_copy.regs[16]);
	vmm_stacks_free(s);
}

/* A copy whose record was dropped is not used for a later failure of the same thread. */
static void stale_copy(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };

	(void)state;
	unwind_outer(1);
	vmm_stacks_copy(s, &own_copy, 1);
	rec = record_of(&own_copy);
	rec.h.ts++;
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	await(s, &got, 1);
	assert_int_equal(got.last.rec.user[0], 0xbad0);
	rec = record_of(&own_copy);
	rec.h.launch++;
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	await(s, &got, 2);
	assert_int_equal(got.last.rec.user[0], 0xbad0);
	vmm_stacks_free(s);
}

/* A later failure of the same kind has no copy of its own. It gets the stack of the first one. */
static void same_kind(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack first, later;
	struct got got = { 0 };

	(void)state;
	unwind_outer(1);
	first = record_of(&own_copy);
	first.copied = (uint32_t)first.h.ts;
	later = first;
	later.h.ts++;
	/* The one before it is still being unwound. */
	vmm_stacks_copy(s, &own_copy, 1);
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = later }, 1));
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = first }, 1));
	await(s, &got, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(got.all[i].rec.user[0], own_copy.regs[16]);
	/* It was unwound. */
	later.h.ts++;
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = later }, 1));
	await(s, &got, 3);
	assert_int_equal(got.last.rec.h.ts, later.h.ts);
	assert_true(find_frame(got.last.frames, (int)got.last.nr, "unwind_outer+0x") > 0);
	/* Nobody knows the stack of another process, or of another kind. */
	later.pid++;
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = later }, 1));
	await(s, &got, 4);
	assert_int_equal(got.last.rec.user[0], 0xbad0);
	later = first;
	later.copied++;
	later.h.ts++;
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = later }, 1));
	await(s, &got, 5);
	assert_int_equal(got.last.rec.user[0], 0xbad0);
	vmm_stacks_free(s);
}

/* More copies than are kept: the oldest ones are dropped, and no record is. */
static void too_many_at_once(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };
	size_t at_once = 0;

	(void)state;
	unwind_outer(1);
	own_copy.bytes = 0;
	for (uint32_t tid = 1; tid <= 100; tid++) {
		own_copy.h.tid = tid;
		vmm_stacks_copy(s, &own_copy, 1);
		rec = record_of(&own_copy);
		at_once += vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1);
	}
	assert_in_range(at_once, 1, 99);
	assert_true(vmm_stacks_lost(s) >= 100 - at_once);
	await(s, &got, at_once);
	vmm_stacks_free(s);
}

static void names(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };

	(void)state;
	unwind_outer(1);
	rec = record_of(&own_copy);
	rec.user[0] = own_copy.regs[16];
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	await(s, &got, 1);
	assert_int_equal(got.last.rec.user[0], own_copy.regs[16]);
	assert_non_null(strstr(got.last.frames[0].name, "/unit/stacks/user_stacks+0x"));
	/* Without an address there is nothing to ask. */
	rec.user[0] = 0;
	assert_false(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	vmm_stacks_free(s);
}

/* An answer that does not come is not waited for without end, and what was asked is counted. */
static void no_answer(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };

	(void)state;
	unwind_outer(1);
	rec = record_of(&own_copy);
	vmm_stacks_copy(s, &own_copy, 1);
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	assert_int_equal(vmm_stacks_give_up(s, take, &got), 0);
	assert_int_equal(got.nr, 1);
	assert_int_equal(got.last.rec.user[0], 0xbad0);
	assert_int_equal(vmm_stacks_lost(s), 1);
	vmm_stacks_free(s);
}

/* --- files made to hang or to bloat ----------------------------------------------------------- */

static int run(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	return system(command); /* NOLINT(cert-env33-c): of our own making */
}

/* Maps a file as a VMM would, asks for a stack in it, and expects an answer. */
static void answered_for(const char *path, size_t nr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *at = mmap(NULL, 0x100000, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };

	assert_ptr_not_equal(at, MAP_FAILED);
	close(fd);
	unwind_outer(1);
	own_copy.regs[16] = (uint64_t)(uintptr_t)at + 0x1100;
	rec = record_of(&own_copy);
	vmm_stacks_copy(s, &own_copy, 1);
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	await(s, &got, 1);
	assert_true(got.last.nr >= nr);
	/* The helper goes on, and has noted the end of the worker. */
	for (size_t i = 2; i <= 4; i++) {
		rec.h.ts++;
		assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
		await(s, &got, i);
	}
	munmap(at, 0x100000);
	vmm_stacks_free(s);
}

/* libdw looks for NAME.debug beside the file, and for what its .gnu_debuglink names. */
static void debug_files_beside(void **state)
{
	(void)state;
	assert_int_equal(run("objcopy -S -R .gnu_debuglink /bin/true %s/vmm && mkfifo %s/vmm.debug",
			     dir, dir),
			 0);
	answered_for(in_dir("vmm"), 1);
	assert_int_equal(
		run("cd %s && echo >zero && objcopy --add-gnu-debuglink=zero vmm linked && "
		    "ln -sf /dev/zero zero",
		    dir),
		0);
	answered_for(in_dir("linked"), 1);
}

/*
 * A compressed symbol table that takes more memory than a worker has; tests/unit/process/sandbox.c
 * has the limit itself.
 */
static void bloating_file(void **state)
{
	(void)state;
	assert_int_equal(run("head -c 1G /dev/zero | xz -0 -T2 >%s/bomb && cd %s && "
			     "objcopy --add-section .gnu_debugdata=bomb vmm bloat",
			     dir, dir),
			 0);
	answered_for(in_dir("bloat"), 0);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return run("rm -rf %s", dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_helper),	    cmocka_unit_test(cut),
		cmocka_unit_test(process_gone),	    cmocka_unit_test(over_while_asked),
		cmocka_unit_test(id_used_again),    cmocka_unit_test(two_at_once),
		cmocka_unit_test(stale_copy),	    cmocka_unit_test(same_kind),
		cmocka_unit_test(too_many_at_once), cmocka_unit_test(names),
		cmocka_unit_test(no_answer),	    cmocka_unit_test(debug_files_beside),
		cmocka_unit_test(bloating_file),
	};

	if (argc == 3 && !strcmp(argv[1], HELPER_OPTION)) {
		helper_begin("unwind-helper");
		return stacks_helper(HELPER_FD);
	}
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
