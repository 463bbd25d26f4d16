// SPDX-License-Identifier: GPL-2.0-only
/* Unwinds this process' own stack, and stacks that no process has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "own_stack.h"
#include "stacks/maps.h"
#include "stacks/unwind.h"
#include "util/array.h"

#define DEPTH 24
#define GUEST_SIZE ((size_t)2 << 20)

/*
 * Opens the files of maps, as a worker does, and unwinds. earlier: the maps when the launch began.
 */
static int unwind_with(const char *maps, const char *earlier, struct unwind_frame *frames,
		       size_t max)
{
	static struct unwind_file files[MAPS_MAX_FILES];
	char *lines = strdup(maps), *old = strdup(earlier);
	size_t nr = maps_split(old, files, maps_split(lines, files, 0));
	struct unwind *u;
	int found;

	maps_open(own_copy.pid, files, nr);
	u = unwind_open(files, nr);
	assert_non_null(u);
	found = unwind_stack(u, &own_copy, frames, max);
	/* As many stacks as there are, with the same files. */
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(unwind_stack(u, &own_copy, frames, max), found);
	unwind_close(u);
	free(lines);
	free(old);
	return found;
}

static int unwind(const char *maps, struct unwind_frame *frames, size_t max)
{
	return unwind_with(maps, "", frames, max);
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
	assert_non_null(strstr(frames[inner].name, " at own_stack.c:"));
	/* Unwinds no deeper than asked. */
	assert_int_equal(unwind(maps, frames, 2), 2);
	free(maps);
}

/*
 * A process that exits loses its mappings while they are read: whatever is missing of them, the
 * stack is the same as long as it was there when the launch began.
 */
static void exiting(void **state)
{
	struct unwind_frame frames[DEPTH], whole[DEPTH];
	char *maps = maps_read((uint32_t)getpid()), *rest = strdup("");
	int nr, nr_whole;
	size_t lines = 0;

	(void)state;
	assert_non_null(maps);
	unwind_outer(1);
	nr_whole = unwind(maps, whole, DEPTH);
	assert_true(find_frame(whole, nr_whole, "main+0x") > 0);
	assert_true(find_frame(frames, unwind(rest, frames, DEPTH), "main+0x") < 0);
	for (const char *end = maps; *end; end = strchr(end, '\n') + 1, lines++) {
		free(rest);
		rest = strndup(maps, (size_t)(end - maps));
		nr = unwind_with(rest, maps, frames, DEPTH);
		assert_int_equal(nr, nr_whole);
		for (int i = 0; i < nr; i++)
			assert_string_equal(frames[i].name, whole[i].name);
	}
	assert_true(lines > 2);
	free(rest);
	free(maps);
}

/* Guest memory that is a file keeps its holes. */
static void guest_memory(void **state)
{
	static const struct {
		int prot;
		int flags;
	} kinds[] = {
		{ PROT_READ | PROT_WRITE, MAP_SHARED },
		{ PROT_READ | PROT_WRITE, MAP_PRIVATE },
		{ PROT_READ, MAP_SHARED },
		{ PROT_READ, MAP_PRIVATE },
	};
	struct unwind_frame frames[DEPTH];
	void *places[ARRAY_SIZE(kinds)];
	int memory = memfd_create("guest", MFD_CLOEXEC);
	char *maps;

	(void)state;
	assert_true(memory >= 0);
	assert_int_equal(ftruncate(memory, GUEST_SIZE), 0);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		places[i] = mmap(NULL, GUEST_SIZE, kinds[i].prot, kinds[i].flags, memory, 0);
		assert_ptr_not_equal(places[i], MAP_FAILED);
	}
	maps = maps_read((uint32_t)getpid());
	assert_true(unwind_outer(1) > 0);
	assert_true(find_frame(frames, unwind(maps, frames, DEPTH), "main+0x") > 0);
	assert_int_equal(lseek(memory, 0, SEEK_DATA), -1);
	free(maps);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		munmap(places[i], GUEST_SIZE);
	close(memory);
}

/* Unwinding stops where the copy of the stack ends. */
static void short_copy(void **state)
{
	struct unwind_frame frames[DEPTH];
	char *maps = maps_read((uint32_t)getpid());
	int nr;

	(void)state;
	unwind_outer(1);
	own_copy.bytes = 0;
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
	memset(own_copy.regs, 0xff, sizeof(own_copy.regs));
	own_copy.bytes = UINT32_MAX;
	assert_true(unwind(maps, frames, DEPTH) <= DEPTH);
	memset(&own_copy, 0, sizeof(own_copy));
	assert_true(unwind(maps, frames, DEPTH) <= DEPTH);
	free(maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_stack),	cmocka_unit_test(exiting),
		cmocka_unit_test(guest_memory), cmocka_unit_test(short_copy),
		cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
