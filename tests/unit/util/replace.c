// SPDX-License-Identifier: GPL-2.0-only
/* Files that are replaced: what stays, what is kept, and what is not followed. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tracefile/tracefile.h"
#include "util/outfile.h"
#include "util/replace.h"

static char dir[] = "/tmp/replace-test.XXXXXX";
static char path[64], old[64], other[64];

static void put(const char *at, const char *text, mode_t mode)
{
	FILE *out = fopen(at, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	assert_int_equal(chmod(at, mode), 0);
}

static void holds(const char *at, const char *text)
{
	char found[64] = "";
	FILE *in = fopen(at, "r");

	assert_non_null(in);
	assert_true(fread(found, 1, sizeof(found) - 1, in) == strlen(text));
	fclose(in);
	assert_string_equal(found, text);
}

static bool exists(const char *at)
{
	struct stat st;

	return !lstat(at, &st);
}

static mode_t mode_of(const char *at)
{
	struct stat st;

	assert_int_equal(lstat(at, &st), 0);
	return st.st_mode & 07777;
}

static size_t files(void)
{
	char pattern[64];
	glob_t found;
	size_t nr;

	snprintf(pattern, sizeof(pattern), "%s/*", dir);
	nr = glob(pattern, 0, NULL, &found) ? 0 : found.gl_pathc;
	globfree(&found);
	return nr;
}

static void begin_write(struct replacement *r, const char *text)
{
	int fd = replace_open(r, path, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void old_is_kept(void **state)
{
	struct replacement r;

	(void)state;
	put(path, "first", 0644);
	put(old, "older", 0600);
	begin_write(&r, "second");
	holds(path, "first");
	assert_int_equal(replace_commit(&r, true), 0);
	holds(path, "second");
	holds(old, "first");
	assert_int_equal(mode_of(path), 0600);
	/* Later calls change nothing. */
	assert_int_equal(replace_commit(&r, true), 0);
	replace_close(&r);
	holds(path, "second");
	/* Without keep_old, .old stays as it is. */
	begin_write(&r, "third");
	assert_int_equal(replace_commit(&r, false), 0);
	replace_close(&r);
	holds(path, "third");
	holds(old, "first");
	/* An empty file is not worth it. */
	put(path, "", 0600);
	begin_write(&r, "fourth");
	assert_int_equal(replace_commit(&r, true), 0);
	holds(old, "first");
}

static void nothing_is_left(void **state)
{
	struct replacement r;

	(void)state;
	put(path, "first", 0600);
	begin_write(&r, "second");
	assert_int_equal(files(), 2);
	replace_close(&r);
	assert_int_equal(files(), 1);
	holds(path, "first");
}

/* Somebody else's link or pipe in a folder that all may write to. */
static void links_and_pipes(void **state)
{
	struct replacement r;

	(void)state;
	put(other, "precious", 0600);
	assert_int_equal(symlink(other, path), 0);
	begin_write(&r, "second");
	assert_int_equal(replace_commit(&r, true), 0);
	holds(other, "precious");
	holds(path, "second");
	assert_false(exists(old));
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(replace_open(&r, path, 0600), -EISDIR);
	rmdir(path);
	if (geteuid())
		skip();
	assert_int_equal(mkfifo(path, 0666), 0);
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(replace_open(&r, path, 0600), -EPERM);
}

/* What the system has is written in place, links and all. */
static void devices(void **state)
{
	struct replacement r;
	int fd = replace_open(&r, "/dev/null", 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_null(r.path);
	close(fd);
	replace_close(&r);
	fd = open(other, O_CREAT | O_WRONLY, 0600);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	begin_write(&r, "through");
	replace_close(&r);
	close(fd);
	holds(other, "through");
}

/* Exports follow our own links and keep our own permissions, and nobody else's. */
static void exports(void **state)
{
	struct outfile out;

	(void)state;
	put(other, "old", 0640);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(outfile_open(&out, path), 0);
	fputs("new", out.stream);
	assert_int_equal(outfile_finish(&out), 0);
	holds(other, "new");
	assert_int_equal(mode_of(other), 0640);
	if (geteuid())
		skip();
	assert_int_equal(lchown(path, 65534, 65534), 0);
	assert_int_equal(outfile_open(&out, path), 0);
	fputs("newer", out.stream);
	assert_int_equal(outfile_finish(&out), 0);
	holds(other, "new");
	holds(path, "newer");
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(outfile_open(&out, path), 0);
	assert_int_equal(outfile_finish(&out), 0);
	assert_int_equal(mode_of(path) & 022, 0);
}

static struct tracefile_writer *begin_recording(void)
{
	const struct tracefile_pair pair = { "hostname", "here" };
	const struct tracefile_host host = { &pair, 1 };
	struct tracefile_writer *w;

	assert_int_equal(tracefile_create(path, &w), 0);
	assert_int_equal(tracefile_write_host(w, &host), 0);
	return w;
}

/* A recording that never got going leaves the older one; any other keeps it as .old. */
static void recordings(void **state)
{
	struct tracefile_writer *w;

	(void)state;
	put(path, "first", 0644);
	w = begin_recording();
	holds(path, "first");
	tracefile_abandon(w);
	holds(path, "first");
	assert_int_equal(files(), 1);
	w = begin_recording();
	assert_int_equal(tracefile_flush(w), 0);
	holds(old, "first");
	assert_int_equal(mode_of(path), 0600);
	tracefile_abandon(w);
	assert_int_equal(files(), 2);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(old, sizeof(old), "%s/file.old", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/file", dir);
	unlink(path);
	unlink(old);
	unlink(other);
	return files() ? -1 : 0;
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(old_is_kept), TEST(nothing_is_left), TEST(links_and_pipes),
		TEST(devices),	   TEST(exports),	  TEST(recordings),
	};

	umask(022);
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
