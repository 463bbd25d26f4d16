// SPDX-License-Identifier: GPL-2.0-only
/* What of a process' maps is read, and which of its files are opened. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "stacks/maps.h"
#include "util/array.h"

static char dir[] = "/tmp/maps-test.XXXXXX";

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
	snprintf(pipe, sizeof(pipe), "%s/pipe", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	snprintf(file, sizeof(file), "%s/file", dir);
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
	snprintf(deep, sizeof(deep), "%s/deep", dir);
	for (int i = 0; i < 10; i++) {
		mkdir(deep, 0700);
		snprintf(deep + strlen(deep), sizeof(deep) - strlen(deep), "/%s", name);
	}
	fd = open(deep, O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	for (; nr < ARRAY_SIZE(places); nr++) {
		places[nr] = mmap(NULL, 4096, nr & 1 ? PROT_READ | PROT_EXEC : PROT_NONE,
				  MAP_PRIVATE, fd, 0);
		assert_ptr_not_equal(places[nr], MAP_FAILED);
	}
	close(fd);
	maps = maps_read((uint32_t)getpid());
	assert_non_null(maps);
	assert_in_range(strlen(maps), MAPS_MAX_KEPT - 2 * strlen(deep), MAPS_MAX_KEPT);
	free(maps);
	while (nr)
		munmap(places[--nr], 4096);
}

/* What is mapped now is right where something else was before. */
static void replaced(void **state)
{
	struct unwind_file files[MAPS_MAX_FILES];
	char now[] = "1000-3000 r-xp 00000000 00:00 1 /new\n";
	char earlier[] = "0-1000 r-xp 00000000 00:00 2 /below\n"
			 "2000-4000 r-xp 00000000 00:00 3 /old\n"
			 "3000-5000 r-xp 00000000 00:00 4 /above\n";

	(void)state;
	assert_int_equal(maps_split(earlier, files, maps_split(now, files, 0)), 3);
	assert_string_equal(files[0].name, "/new");
	assert_string_equal(files[1].name, "/below");
	assert_string_equal(files[2].name, "/above");
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_was_mapped),
		cmocka_unit_test(many_mappings),
		cmocka_unit_test(replaced),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
