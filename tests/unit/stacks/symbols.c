// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds names of stack addresses in text like that of /proc, and passes them through a trace file.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "stacks/maps.h"
#include "stacks/symbols.h"

static const struct {
	uint64_t addr;
	const char *name;
} functions[] = {
	{ 0xffffffff81001010, "first+0x10" },
	{ 0xffffffff81002000, "second+0x0" },
	{ 0xffffffffc0000123, "sev_step+0x123 [kvm_amd]" },
};

static const char maps[] = "00400000-00401000 r--p 00000000 08:01 11    /usr/bin/vmm\n"
			   "00401000-00402000 r-xp 00001000 08:01 11    /usr/bin/vmm\n"
			   "7f0000000000-7f0000001000 r-xp 00026000 08:01 12 /usr/lib/a name.so\n"
			   "7f0000001000-7f0000002000 rw-p 00000000 00:00 0 \n"
			   "bad line\n";

struct found {
	size_t nr;
	struct {
		uint64_t addr;
		uint32_t pid;
		char name[128];
	} symbols[16];
};

static int on_symbol(void *ctx, const struct tracefile_symbol *symbol)
{
	struct found *found = ctx;

	assert_true(found->nr < 16);
	found->symbols[found->nr].addr = symbol->addr;
	found->symbols[found->nr].pid = symbol->pid;
	snprintf(found->symbols[found->nr++].name, 128, "%s", symbol->name);
	return 0;
}

static const char *name_of(const struct found *found, uint32_t pid, uint64_t addr)
{
	for (size_t i = 0; i < found->nr; i++) {
		if (found->symbols[i].addr == addr && found->symbols[i].pid == pid)
			return found->symbols[i].name;
	}
	return NULL;
}

/* Writes the symbols twice and reads them back. */
static void write_and_read(struct symbols *s, struct found *found)
{
	const struct tracefile_visitor visitor = { .symbol = on_symbol };
	char path[] = "/tmp/sevtrace-unit.XXXXXX", why[128];
	struct tracefile_reader *reader;
	struct tracefile_writer *writer;
	struct tracefile_state state;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(tracefile_create(path, &writer), 0);
	assert_int_equal(symbols_write(s, writer), 0);
	assert_int_equal(symbols_write(s, writer), 0);
	assert_int_equal(tracefile_finish(writer), 0);
	tracefile_close(writer);
	memset(found, 0, sizeof(*found));
	assert_int_equal(tracefile_open(path, &reader, why, sizeof(why)), 0);
	assert_int_equal(tracefile_read(reader, &visitor, found, &state), 0);
	tracefile_reader_free(reader);
	unlink(path);
}

/* Knows the functions, and counts the questions. */
static void name_function(void *ctx, uint64_t addr, char text[SEVTRACE_ADDRESS_NAME])
{
	size_t *asked = ctx;

	++*asked;
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (functions[i].addr == addr)
			snprintf(text, SEVTRACE_ADDRESS_NAME, "%s", functions[i].name);
}

/* Names user addresses by their maps. */
static void add_user(struct symbols *s, uint32_t pid, const uint64_t *addresses, size_t nr)
{
	FILE *f = fmemopen((void *)maps, sizeof(maps) - 1, "r");
	struct unwind_frame frames[8] = { 0 };

	assert_non_null(f);
	for (size_t i = 0; i < nr; i++)
		frames[i].pc = addresses[i];
	maps_name(f, frames, nr);
	for (size_t i = 0; i < nr; i++)
		if (*frames[i].name)
			assert_int_equal(symbols_add_named(s, pid, frames[i].pc, frames[i].name),
					 0);
	fclose(f);
}

static void names_kernel_addresses(void **state)
{
	struct sevtrace_rec_stack stack = {
		.kernel = { 0xffffffff81001010, 0xffffffff81002000, 0xffffffffc0000123,
			    0xffffffff80000000, 0xffffffff81001010 },
		.pid = 0x7ffffffe,
	};
	size_t asked = 0;
	const struct kernel_names kernel = { name_function, &asked };
	struct symbols *s = symbols_new();
	struct found found;

	(void)state;
	assert_non_null(s);
	assert_int_equal(symbols_add_stack(s, &stack, &kernel), 0);
	assert_int_equal(symbols_add_stack(s, &stack, &kernel), 0);
	assert_int_equal(asked, 4);
	write_and_read(s, &found);
	assert_int_equal(found.nr, 3);
	assert_string_equal(name_of(&found, 0, 0xffffffff81001010), "first+0x10");
	assert_string_equal(name_of(&found, 0, 0xffffffff81002000), "second+0x0");
	assert_string_equal(name_of(&found, 0, 0xffffffffc0000123), "sev_step+0x123 [kvm_amd]");
	assert_null(name_of(&found, 0, 0xffffffff80000000));
	symbols_free(s);
}

static void names_user_addresses(void **state)
{
	static const uint64_t addresses[] = { 0x401234, 0x7f0000000008, 0x7f0000001008, 0x10 };
	struct symbols *s = symbols_new();
	struct found found;

	(void)state;
	assert_non_null(s);
	add_user(s, 77, addresses, 4);
	write_and_read(s, &found);
	assert_int_equal(found.nr, 2);
	assert_string_equal(name_of(&found, 77, 0x401234), "/usr/bin/vmm+0x1234");
	assert_string_equal(name_of(&found, 77, 0x7f0000000008), "/usr/lib/a name.so+0x26008");
	assert_null(name_of(&found, 77, 0x10));
	symbols_free(s);
}

static void keeps_processes_apart(void **state)
{
	const uint64_t address = 0x401000;
	struct symbols *s = symbols_new();
	struct found found;

	(void)state;
	assert_non_null(s);
	add_user(s, 5, &address, 1);
	assert_int_equal(symbols_add_named(s, 6, address, "other"), 0);
	write_and_read(s, &found);
	assert_int_equal(found.nr, 2);
	assert_string_equal(name_of(&found, 5, address), "/usr/bin/vmm+0x1000");
	assert_string_equal(name_of(&found, 6, address), "other");
	symbols_free(s);
}

/* A process id is used again: both names are in the file, in order. */
static void another_process(void **state)
{
	struct symbols *s = symbols_new();
	struct found found;

	(void)state;
	assert_non_null(s);
	assert_false(symbols_rename(s, 5, 0x401000, "before"));
	assert_int_equal(symbols_add_named(s, 5, 0x401000, "before"), 0);
	assert_false(symbols_rename(s, 5, 0x401000, "before"));
	assert_false(symbols_rename(s, 6, 0x401000, "after"));
	assert_true(symbols_rename(s, 5, 0x401000, "after"));
	write_and_read(s, &found);
	assert_int_equal(found.nr, 1);
	assert_string_equal(name_of(&found, 5, 0x401000), "before");
	assert_int_equal(symbols_add_named(s, 5, 0x401000, "after"), 0);
	assert_false(symbols_rename(s, 5, 0x401000, "after"));
	write_and_read(s, &found);
	assert_int_equal(found.nr, 1);
	assert_string_equal(name_of(&found, 5, 0x401000), "after");
	symbols_free(s);
}

static int count_symbol(void *ctx, const struct tracefile_symbol *symbol)
{
	size_t *next = ctx;

	assert_int_equal(symbol->pid, ++*next);
	return 0;
}

static size_t count_in(const char *path)
{
	const struct tracefile_visitor visitor = { .symbol = count_symbol };
	struct tracefile_reader *reader;
	struct tracefile_state state;
	size_t nr = 0;
	char why[128];

	assert_int_equal(tracefile_open(path, &reader, why, sizeof(why)), 0);
	assert_int_equal(tracefile_read(reader, &visitor, &nr, &state), 0);
	tracefile_reader_free(reader);
	return nr;
}

/* A recording of many processes: names that are in the file give way, others do not. */
static void many_processes(void **state)
{
	struct symbols *s = symbols_new();
	struct tracefile_writer *writer;
	char path[] = "/tmp/sevtrace-unit.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_non_null(s);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(tracefile_create(path, &writer), 0);
	for (uint32_t pid = 1; pid <= 40000; pid++) {
		assert_false(pid < 10000 && symbols_rename(s, pid, 0x401000, "main"));
		assert_int_equal(symbols_add_named(s, pid, 0x401000, "main"), 0);
		if (pid % 1000 == 0)
			assert_int_equal(symbols_write(s, writer), 0);
	}
	/* Who has forgotten a name does not know that it is the same one. */
	assert_true(symbols_rename(s, 1, 0x401000, "main"));
	assert_false(symbols_rename(s, 40000, 0x401000, "main"));
	/* The kernel's never change. */
	assert_false(symbols_rename(s, 0, 0x401000, "main"));
	assert_int_equal(tracefile_finish(writer), 0);
	tracefile_close(writer);
	assert_int_equal(count_in(path), 40000);
	unlink(path);
	symbols_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_kernel_addresses), cmocka_unit_test(names_user_addresses),
		cmocka_unit_test(keeps_processes_apart),  cmocka_unit_test(another_process),
		cmocka_unit_test(many_processes),
	};

	return cmocka_run_group_tests_name("collector_symbols", tests, NULL, NULL);
}
