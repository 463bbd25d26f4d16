// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unwinds this process' own stack, stacks that no process has, and stacks of hostile files. This
 * program is its own helper.
 */
#include <errno.h>
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
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#include "process/helper.h"
#include "stacks/helper.h"
#include "stacks/maps.h"
#include "stacks/unwind.h"
#include "stacks/user_stacks.h"
#include "util/array.h"
#include "util/clock.h"

#define DEPTH 24
#define TRIES 600 /* of 0.1 s each, much longer than the helper gives its workers */

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
	copy.h.launch = 1;
	copy.h.ts = 1000;
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

/* Opens the files of maps, as a worker does, and unwinds. */
static int unwind(const char *maps, struct unwind_frame *frames, size_t max)
{
	static struct unwind_file files[MAPS_MAX_FILES];
	char *lines = strdup(maps);
	size_t nr = maps_split(lines, files);
	int found;

	maps_open(copy.pid, files, nr);
	found = unwind_user_stack(&copy, files, nr, frames, max);
	free(lines);
	return found;
}

static void own_stack(void **state)
{
	struct unwind_frame frames[DEPTH];
	char *maps = maps_read((uint32_t)getpid());
	int inner, nr;

	(void)state;
	assert_non_null(maps);
	assert_true(unwind_outer(1) > 0);
	nr = unwind(maps, frames, DEPTH);
	inner = find_frame(frames, nr, "unwind_inner+0x");
	assert_true(inner >= 0);
	assert_int_equal(find_frame(frames, nr, "unwind_outer+0x"), inner + 1);
	assert_int_equal(find_frame(frames, nr, "own_stack+0x"), inner + 2);
	assert_true(find_frame(frames, nr, "main+0x") > inner + 2);
	assert_non_null(strstr(frames[inner].name, "(unwind)"));
	assert_non_null(strstr(frames[inner].name, " at unwind.c:"));
	/* Unwinds no deeper than asked. */
	assert_int_equal(unwind(maps, frames, 2), 2);
	free(maps);
}

/* Unwinding stops where the copy of the stack ends. */
static void short_copy(void **state)
{
	struct unwind_frame frames[DEPTH];
	char *maps = maps_read((uint32_t)getpid());
	int nr;

	(void)state;
	unwind_outer(1);
	copy.bytes = 0;
	nr = unwind(maps, frames, DEPTH);
	assert_in_range(nr, 1, 1);
	free(maps);
}

static void hostile(void **state)
{
	struct unwind_frame frames[DEPTH];
	char *maps = maps_read((uint32_t)getpid());
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
		assert_true(unwind(lines[i], frames, DEPTH) <= DEPTH);
	memset(copy.regs, 0xff, sizeof(copy.regs));
	copy.bytes = UINT32_MAX;
	assert_true(unwind(maps, frames, DEPTH) <= DEPTH);
	memset(&copy, 0, sizeof(copy));
	assert_true(unwind(maps, frames, DEPTH) <= DEPTH);
	free(maps);
}

static char dir[] = "/tmp/unwind-test.XXXXXX";

static const char *in_dir(const char *name)
{
	static char paths[4][128];
	static size_t next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static uint64_t inode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_ino;
}

/* Returns whether maps_open() opens this name, with the inode of what it is. */
static bool opens(const char *path, uint64_t inode)
{
	struct unwind_file file = { .start = 1, .end = 2, .inode = inode, .name = path, .fd = -1 };

	maps_open(0x7fffffff, &file, 1);
	if (file.fd < 0)
		return false;
	close(file.fd);
	return true;
}

/* Only a regular file is opened, only the one that was mapped, and no link is followed. */
static void opens_what_was_mapped(void **state)
{
	char pipe[128], link[128], file[128];

	(void)state;
	snprintf(pipe, sizeof(pipe), "%s", in_dir("pipe"));
	snprintf(link, sizeof(link), "%s", in_dir("link"));
	snprintf(file, sizeof(file), "%s", in_dir("file"));
	assert_int_equal(mkfifo(pipe, 0600), 0);
	close(open(file, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(symlink(file, link), 0);
	assert_true(opens(file, inode_of(file)));
	assert_false(opens(file, inode_of(file) + 1));
	assert_false(opens(link, inode_of(file)));
	assert_false(opens(link, inode_of(link)));
	assert_false(opens(pipe, inode_of(pipe)));
	assert_false(opens("/dev/zero", inode_of("/dev/zero")));
	unlink(pipe);
	unlink(link);
	unlink(file);
}

/* Reads no more of a process with tens of thousands of long mappings than of another one. */
static void many_mappings(void **state)
{
	char name[200], deep[4096] = "";
	void *places[8192];
	size_t nr = 0;
	char *maps;
	int fd;

	(void)state;
	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(deep, sizeof(deep), "%s", in_dir("deep"));
	for (int i = 0; i < 10; i++) {
		mkdir(deep, 0700);
		snprintf(deep + strlen(deep), sizeof(deep) - strlen(deep), "/%s", name);
	}
	fd = open(deep, O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	for (; nr < ARRAY_SIZE(places); nr++) {
		places[nr] = mmap(NULL, 4096, nr & 1 ? PROT_READ : PROT_NONE, MAP_SHARED, fd, 0);
		assert_ptr_not_equal(places[nr], MAP_FAILED);
	}
	close(fd);
	maps = maps_read((uint32_t)getpid());
	assert_non_null(maps);
	assert_in_range(strlen(maps), 1, MAPS_MAX_KEPT);
	free(maps);
	while (nr)
		munmap(places[--nr], 4096);
}

/* --- with the helper -------------------------------------------------------------------------- */

struct got {
	size_t nr;
	struct vmm_stack last;
	struct vmm_stack all[8];
};

static int take(void *ctx, const struct vmm_stack *stack)
{
	struct got *got = ctx;

	got->last = *stack;
	got->all[got->nr++ % ARRAY_SIZE(got->all)] = *stack;
	return 0;
}

/* Polls until so many stacks came. Time stands still for the one who polls: nothing times out. */
static void await(struct vmm_stacks *s, struct got *got, size_t nr)
{
	struct pollfd answer = { .events = POLLIN };

	for (int i = 0; i < TRIES && got->nr < nr; i++) {
		answer.fd = vmm_stacks_fd(s);
		poll(&answer, 1, 100);
		assert_int_equal(vmm_stacks_poll(s, 1, take, got), 0);
	}
	assert_int_equal(got->nr, nr);
}

static struct vmm_stacks *new_stacks(void)
{
	struct vmm_stacks *s = NULL;

	assert_int_equal(vmm_stacks_new(&s), 0);
	return s;
}

static struct sevtrace_rec_stack record_of(const struct sevtrace_user_stack *of)
{
	return (struct sevtrace_rec_stack){ .h = { .ts = of->h.ts,
						   .launch = of->h.launch,
						   .tid = of->h.tid,
						   .type = SEVTRACE_REC_STACK,
						   .size = sizeof(struct sevtrace_rec_stack) },
					    .pid = of->pid,
					    .user = { 0xbad0 } };
}

/* This process' own stack, unwound by a worker that had no rights any more. */
static void by_helper(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };

	(void)state;
	unwind_outer(1);
	rec = record_of(&copy);
	vmm_stacks_begin(s, 1, copy.pid);
	vmm_stacks_copy(s, &copy, 1);
	assert_true(vmm_stacks_record(s, &rec, 1));
	assert_int_equal(vmm_stacks_pending(s, 1), 1);
	assert_int_equal(vmm_stacks_pending(s, 2), 0);
	await(s, &got, 1);
	assert_int_equal(got.last.rec.user[0], copy.regs[16]);
	assert_true(find_frame(got.last.frames, (int)got.last.nr, "unwind_outer+0x") > 0);
	assert_int_equal(vmm_stacks_pending(s, 0), 0);
	assert_int_equal(vmm_stacks_lost(s), 0);
	vmm_stacks_end(s, 1);
	vmm_stacks_free(s);
}

/* A process that is gone when its stack comes: what it had mapped was read at its beginning. */
static void process_gone(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };
	pid_t pid = fork();

	(void)state;
	if (!pid)
		pause();
	unwind_outer(1);
	copy.pid = (uint32_t)pid;
	rec = record_of(&copy);
	vmm_stacks_begin(s, 1, copy.pid);
	/* The questions of one process are worked on one after the other: this is the second. */
	assert_true(vmm_stacks_record(s, &rec, 1));
	await(s, &got, 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	copy.h.ts++;
	rec = record_of(&copy);
	vmm_stacks_copy(s, &copy, 1);
	vmm_stacks_end(s, 1);
	assert_true(vmm_stacks_record(s, &rec, 1));
	await(s, &got, 2);
	assert_true(find_frame(got.last.frames, (int)got.last.nr, "unwind_outer+0x") > 0);
	vmm_stacks_free(s);
}

/* A launch is over while questions about it still wait. */
static void over_while_asked(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };
	pid_t pid = fork();

	(void)state;
	if (!pid)
		pause();
	unwind_outer(1);
	copy.pid = (uint32_t)pid;
	rec = record_of(&copy);
	vmm_stacks_begin(s, 1, copy.pid);
	assert_true(vmm_stacks_record(s, &rec, 1));
	await(s, &got, 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (copy.h.tid = 11; copy.h.tid <= 66; copy.h.tid += 11)
		vmm_stacks_copy(s, &copy, 1);
	vmm_stacks_end(s, 1);
	for (copy.h.tid = 11; copy.h.tid <= 66; copy.h.tid += 11) {
		rec = record_of(&copy);
		assert_true(vmm_stacks_record(s, &rec, 1));
	}
	await(s, &got, 7);
	for (size_t i = 1; i < 7; i++)
		assert_int_equal(got.all[i].rec.user[0], copy.regs[16]);
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
	for (copy.h.tid = 11; copy.h.tid <= 22; copy.h.tid += 11)
		vmm_stacks_copy(s, &copy, 1);
	for (copy.h.tid = 11; copy.h.tid <= 33; copy.h.tid += 11) {
		rec = record_of(&copy);
		assert_true(vmm_stacks_record(s, &rec, 1));
	}
	await(s, &got, 3);
	for (size_t i = 0; i < 3; i++)
		if (got.all[i].rec.h.tid == 33) /* had no copy */
			assert_int_equal(got.all[i].rec.user[0], 0xbad0);
		else
			assert_int_equal(got.all[i].rec.user[0], copy.regs[16]);
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
	vmm_stacks_copy(s, &copy, 1);
	rec = record_of(&copy);
	rec.h.ts++;
	assert_true(vmm_stacks_record(s, &rec, 1));
	await(s, &got, 1);
	assert_int_equal(got.last.rec.user[0], 0xbad0);
	rec = record_of(&copy);
	rec.h.launch++;
	assert_true(vmm_stacks_record(s, &rec, 1));
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
	first = record_of(&copy);
	first.copied = (uint32_t)first.h.ts;
	later = first;
	later.h.ts++;
	/* The one before it is still being unwound. */
	vmm_stacks_copy(s, &copy, 1);
	assert_true(vmm_stacks_record(s, &later, 1));
	assert_true(vmm_stacks_record(s, &first, 1));
	await(s, &got, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(got.all[i].rec.user[0], copy.regs[16]);
	/* It was unwound. */
	later.h.ts++;
	assert_true(vmm_stacks_record(s, &later, 1));
	await(s, &got, 3);
	assert_int_equal(got.last.rec.h.ts, later.h.ts);
	assert_true(find_frame(got.last.frames, (int)got.last.nr, "unwind_outer+0x") > 0);
	/* Nobody knows the stack of another process, or of another kind. */
	later.pid++;
	assert_true(vmm_stacks_record(s, &later, 1));
	await(s, &got, 4);
	assert_int_equal(got.last.rec.user[0], 0xbad0);
	later = first;
	later.copied++;
	later.h.ts++;
	assert_true(vmm_stacks_record(s, &later, 1));
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
	copy.bytes = 0;
	for (uint32_t tid = 1; tid <= 100; tid++) {
		copy.h.tid = tid;
		vmm_stacks_copy(s, &copy, 1);
		rec = record_of(&copy);
		at_once += vmm_stacks_record(s, &rec, 1);
	}
	assert_in_range(at_once, 1, 99);
	assert_true(vmm_stacks_lost(s) >= 100 - at_once);
	await(s, &got, at_once);
	vmm_stacks_free(s);
}

/* Names of what the kernel saw, if there was no copy. */
static void names(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct got got = { 0 };

	(void)state;
	unwind_outer(1);
	rec = record_of(&copy);
	rec.user[0] = copy.regs[16];
	assert_true(vmm_stacks_record(s, &rec, 1));
	await(s, &got, 1);
	assert_int_equal(got.last.rec.user[0], copy.regs[16]);
	assert_non_null(strstr(got.last.frames[0].name, "/unit/stacks/unwind+0x"));
	/* Without an address there is nothing to ask. */
	rec.user[0] = 0;
	assert_false(vmm_stacks_record(s, &rec, 1));
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
	rec = record_of(&copy);
	vmm_stacks_copy(s, &copy, 1);
	assert_true(vmm_stacks_record(s, &rec, 1));
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
	copy.regs[16] = (uint64_t)(uintptr_t)at + 0x1100;
	rec = record_of(&copy);
	vmm_stacks_copy(s, &copy, 1);
	assert_true(vmm_stacks_record(s, &rec, 1));
	await(s, &got, 1);
	assert_true(got.last.nr >= nr);
	/* The helper goes on, and has noted the end of the worker. */
	for (size_t i = 2; i <= 4; i++) {
		rec.h.ts++;
		assert_true(vmm_stacks_record(s, &rec, 1));
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
		cmocka_unit_test(own_stack),
		cmocka_unit_test(short_copy),
		cmocka_unit_test(hostile),
		cmocka_unit_test(opens_what_was_mapped),
		cmocka_unit_test(many_mappings),
		cmocka_unit_test(by_helper),
		cmocka_unit_test(process_gone),
		cmocka_unit_test(over_while_asked),
		cmocka_unit_test(two_at_once),
		cmocka_unit_test(stale_copy),
		cmocka_unit_test(same_kind),
		cmocka_unit_test(too_many_at_once),
		cmocka_unit_test(names),
		cmocka_unit_test(no_answer),
		cmocka_unit_test(debug_files_beside),
		cmocka_unit_test(bloating_file),
	};

	if (argc == 3 && !strcmp(argv[1], HELPER_OPTION)) {
		helper_begin("unwind-helper");
		return stacks_helper(HELPER_FD);
	}
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
