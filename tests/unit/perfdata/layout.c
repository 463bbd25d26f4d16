// SPDX-License-Identifier: GPL-2.0-only
/* Headers and features of perf.data files, and those that are wrong by one number. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "perfdata/handmade.h"
#include "perfdata/internal.h"
#include "util/array.h"

static int setup(void **state)
{
	static struct fixture f;

	*state = &f;
	begin(&f);
	return 0;
}

static void features(void **state)
{
	struct fixture *f = *state;
	struct bytes *b;

	put_sample(f, FIRST, 50, DESTROY_ID, 9);
	build(f, NULL);
	assert_int_equal(import(f), 0);
	assert_string_equal(f->texts, "- - - -");
	assert_int_equal(f->info.cpus, 0);
	assert_false(f->info.clock_known);
	begin(f);
	put_sample(f, FIRST, 50, DESTROY_ID, 9);
	put_text(&f->feature[HOSTNAME], "host");
	put_text(&f->feature[OSRELEASE], "6.12");
	put_text(&f->feature[VERSION], "6.1");
	put_text(&f->feature[ARCH], "x86_64");
	put32(&f->feature[NRCPUS], 128);
	put32(&f->feature[NRCPUS], 96);
	b = &f->feature[CMDLINE];
	put32(b, 3);
	put_text(b, "perf");
	put_text(b, "record");
	put_text(b, "-a");
	b = &f->feature[CLOCK];
	put32(b, 1);
	put32(b, CLOCK_MONOTONIC);
	put64(b, 5000);
	put64(b, 6000);
	build(f, NULL);
	assert_int_equal(import(f), 0);
	assert_string_equal(f->texts, "host 6.12 6.1 x86_64, perf, record, -a");
	assert_int_equal(f->info.cpus, 96);
	assert_true(f->info.clock_known);
	assert_int_equal(f->info.realtime_offset, -1000);
	assert_true(f->state.complete);
}

/* Each feature without its last byte: it is not known then, and the rest is. */
static void features_cut_off(void **state)
{
	struct fixture *f = *state;
	struct bytes *b;

	put_sample(f, FIRST, 50, DESTROY_ID, 9);
	put_text(&f->feature[HOSTNAME], "host");
	f->feature[HOSTNAME].nr--;
	put32(&f->feature[NRCPUS], 128);
	put(&f->feature[NRCPUS], "\1\1\1", 3);
	b = &f->feature[CMDLINE];
	put32(b, 3);
	put_text(b, "perf");
	put_text(b, "record");
	b->nr--;
	b = &f->feature[CLOCK];
	put32(b, 1);
	put32(b, CLOCK_MONOTONIC);
	put64(b, 5000);
	put(b, "1234567", 7);
	build(f, NULL);
	assert_int_equal(import(f), 0);
	assert_string_equal(f->texts, "- - - -, perf");
	assert_int_equal(f->info.cpus, 0);
	assert_false(f->info.clock_known);
	/* another clock, and a command of more arguments than anyone gives */
	begin(f);
	put_sample(f, FIRST, 50, DESTROY_ID, 9);
	b = &f->feature[CLOCK];
	put32(b, 1);
	put32(b, CLOCK_REALTIME);
	put64(b, 5000);
	put64(b, 6000);
	put32(&f->feature[CMDLINE], 4097);
	put_text(&f->feature[CMDLINE], "perf");
	build(f, NULL);
	assert_int_equal(import(f), 0);
	assert_string_equal(f->texts, "- - - -");
	assert_false(f->info.clock_known);
	f->feature[CMDLINE].at[0] = 0; /* 4096 */
	build(f, NULL);
	assert_int_equal(import(f), 0);
	assert_string_equal(f->texts, "- - - -, perf");
}

static void small_attr(struct header *h)
{
	h->attr_size = PERF_ATTR_SIZE_VER0 + sizeof(struct perf_section) - 1;
}

static void large_attr(struct header *h)
{
	h->attr_size = 4097;
}

static void attrs_outside(struct header *h)
{
	h->attrs.offset = 1 << 20;
}

static void attrs_too_long(struct header *h)
{
	h->attrs.size = 1 << 20;
}

static void no_attrs(struct header *h)
{
	h->attrs.size = 0;
}

static void data_outside(struct header *h)
{
	h->data.offset = 1 << 20;
}

static void data_empty(struct header *h)
{
	h->data.size = 0;
}

static void data_too_long(struct header *h)
{
	h->data.size = 1 << 20;
}

static void more_features(struct header *h)
{
	for (int i = 0; i < 4; i++)
		h->features[i] = UINT64_MAX;
}

static void other_size(struct header *h)
{
	h->size++;
}

static void swapped(struct header *h)
{
	memcpy(h->magic, "2ELIFREP", 8);
}

static void headers(void **state)
{
	static const struct {
		void (*change)(struct header *h);
		int ret;
		const char *why;
	} cases[] = {
		{ NULL, 0, "" },
		{ small_attr, -EBADMSG, "cannot be read: its header is damaged" },
		{ large_attr, -EBADMSG, "cannot be read: its header is damaged" },
		{ attrs_outside, -EBADMSG, "cannot be read: its header is damaged" },
		{ attrs_too_long, -EBADMSG, "cannot be read: its header is damaged" },
		{ no_attrs, -EBADMSG, "cannot be read: its header is damaged" },
		{ data_outside, -EBADMSG, "cannot be read: its header is damaged" },
		/* perf did not come to its end: there are no features, so no formats */
		{ data_empty, -ENODATA, "does not describe its events" },
		{ data_too_long, -ENODATA, "does not describe its events" },
		{ more_features, -ENODATA, "does not describe its events" },
		{ other_size, -EINVAL, "has a header of 105 bytes" },
		{ swapped, -EINVAL, "another byte order" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin(f);
		put_sample(f, FIRST, 50, DESTROY_ID, 9);
		build(f, cases[i].change);
		if (import(f) != cases[i].ret || (cases[i].ret && !strstr(f->why, cases[i].why)))
			fail_msg("case %zu: %s", i, f->why);
		assert_int_equal(f->nr, !cases[i].ret);
	}
}

/* The ids of an event are its own, in the order in which they come; there is an end to them. */
static void ids_of_events(void **state)
{
	static const __u64 ids[] = { 30, 10, 20 };
	const struct perf_event_attr attr = { .config = 5, .sample_type = PERF_SAMPLE_IDENTIFIER };
	struct perf_file *file = calloc(1, sizeof(*file));
	const struct perf_bytes all = { (const __u8 *)ids, sizeof(ids) };

	(void)state;
	assert_non_null(file);
	file->pipe = true;
	for (size_t n = 0; n < 3; n++) {
		const struct perf_bytes own = { (const __u8 *)&ids[n], sizeof(ids[n]) };

		assert_int_equal(perf_attr_add(file, &attr, sizeof(attr), own), 0);
		assert_int_equal(file->nr_attrs, n + 1);
		assert_int_equal(file->nr_ids, n + 1);
		assert_int_equal(file->ids[n].id, ids[n]);
		assert_int_equal(file->ids[n].attr, n);
	}
	for (size_t n = 0; n < 3; n++) {
		const struct perf_bytes own = { (const __u8 *)&ids[n], sizeof(ids[n]) };

		assert_ptr_equal(perf_attr_of(file, own), &file->attrs[n]);
	}
	assert_null(perf_attr_of(file, (struct perf_bytes){ (const __u8 *)"12345678", 8 }));
	/* An event that comes later is found, too, and what of its attributes is not there is 0. */
	assert_int_equal(perf_attr_add(file, &attr, 8,
				       (struct perf_bytes){ (const __u8 *)"12345678", 8 }),
			 0);
	assert_ptr_equal(perf_attr_of(file, (struct perf_bytes){ (const __u8 *)"12345678", 8 }),
			 &file->attrs[3]);
	assert_int_equal(file->attrs[3].config, 0);
	/* No more than a file of this size can hold. */
	file->pipe = false;
	file->size = 7 * sizeof(ids[0]);
	assert_int_equal(perf_attr_add(file, &attr, sizeof(attr), all), 0);
	assert_int_equal(file->nr_ids, 7);
	assert_int_equal(perf_attr_add(file, &attr, sizeof(attr), all), -EBADMSG);
	file->nr_attrs = 65536;
	assert_int_equal(perf_attr_add(file, &attr, sizeof(attr), (struct perf_bytes){ NULL, 0 }),
			 -EBADMSG);
	file->nr_attrs = 1;
	perf_file_free(file);
}

/* A file that does not describe its events, and a folder that does, or has nothing of them. */
static void formats_of_a_folder(void **state)
{
	struct fixture *f = *state;
	char folder[] = "/tmp/sevtrace-formats.XXXXXX", path[128], sub[128], why[256];
	struct perf_file *file;
	FILE *format;
	int fd;

	assert_non_null(mkdtemp(folder));
	put_sample(f, FIRST, 50, DESTROY_ID, 9);
	f->feature[TRACING_DATA].nr = 0;
	put_text(&f->feature[HOSTNAME], "host");
	build(f, NULL);
	fd = memfd_create("perf", MFD_CLOEXEC);
	assert_true(fd >= 0 && write(fd, f->b.at, f->b.nr) == (ssize_t)f->b.nr);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(perf_file_open(path, folder, &file, why, sizeof(why)), -ENOENT);
	assert_non_null(strstr(why, "does not describe its events, and /tmp/sevtrace-formats."));
	assert_null(file);
	snprintf(sub, sizeof(sub), "%s/kvm_sev", folder);
	assert_int_equal(mkdir(sub, 0700), 0);
	snprintf(sub, sizeof(sub), "%s/kvm_sev/kvm_sev_vm_destroy_start", folder);
	assert_int_equal(mkdir(sub, 0700), 0);
	snprintf(sub, sizeof(sub), "%s/kvm_sev/kvm_sev_vm_destroy_start/format", folder);
	format = fopen(sub, "w");
	assert_non_null(format);
	fputs("ID: 7\n\tfield:u32 asid;\toffset:4;\tsize:4;\n", format);
	fclose(format);
	assert_int_equal(perf_file_open(path, folder, &file, why, sizeof(why)), 0);
	assert_int_equal(perf_file_check(file, why, sizeof(why)), 0);
	assert_int_equal(perf_file_read(file, see, f, &f->state, why, sizeof(why)), 0);
	assert_int_equal(f->nr, 1);
	assert_int_equal(f->events[0].values[DESTROY_ASID], 9);
	perf_file_free(file);
	close(fd);
	unlink(sub);
	*strrchr(sub, '/') = '\0';
	rmdir(sub);
	*strrchr(sub, '/') = '\0';
	rmdir(sub);
	assert_int_equal(rmdir(folder), 0);
}

/* What is no file, or no file of perf's. */
static void no_files(void **state)
{
	static const struct {
		const char *path;
		int ret;
		const char *why;
	} cases[] = {
		{ "/nonexistent", -ENOENT, "cannot be opened: No such file" },
		{ "/tmp", -EISDIR, "is a folder, as perf record --threads writes" },
		{ "/dev/null", -EINVAL, "is not a perf.data file: it is too short" },
		{ "/dev/zero", -EINVAL, "is not a perf.data file" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct perf_file *file;
		char why[256];

		assert_int_equal(perf_file_open(cases[i].path, NULL, &file, why, sizeof(why)),
				 cases[i].ret);
		assert_null(file);
		assert_non_null(strstr(why, cases[i].why));
	}
}

/* Descriptions of events have a limit: what is longer is not read at all. */
static void longest_formats(void **state)
{
	struct perf_file *file = calloc(1, sizeof(*file));

	(void)state;
	assert_non_null(file);
	file->in = fopen("/dev/zero", "re");
	assert_non_null(file->in);
	assert_int_equal(perf_file_formats(file, (64U << 20) + 1), -EBADMSG);
	assert_int_equal(file->at, 0);
	assert_int_equal(perf_file_formats(file, 64U << 20), -EBADMSG);
	assert_int_equal(file->at, 64U << 20);
	assert_int_equal(perf_file_formats(file, 0), -EBADMSG);
	perf_file_free(file);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(features),
		TEST(features_cut_off),
		TEST(headers),
		cmocka_unit_test(ids_of_events),
		cmocka_unit_test(longest_formats),
		cmocka_unit_test(no_files),
		TEST(formats_of_a_folder),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
