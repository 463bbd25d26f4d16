// SPDX-License-Identifier: GPL-2.0-only
/* Descriptions of events: texts of formats, perf's copy of tracefs, and its folders. */
#include <errno.h>
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

#include "perfdata/internal.h"
#include "util/array.h"

#define DESTROY "kvm_sev_vm_destroy_start"
#define FIELD "\tfield:u32 asid;\toffset:8;\tsize:4;\tsigned:0;\n"

static int parse(const char *text, struct perf_format *format, const char **missing)
{
	return perf_format_parse(&perf_events[PERF_DESTROY_START], text, strlen(text), format,
				 missing);
}

/* One field, described in many ways. */
static void fields(void **state)
{
	static const struct {
		const char *text;
		int ret;
		struct perf_field field;
	} cases[] = {
		{ "ID: 7\n" FIELD, 0, { 8, 4, false } },
		{ FIELD "ID: 7\n", 0, { 8, 4, false } },
		{ "ID: 7\n\tfield:s64 asid;\toffset:65535;\tsize:8;\tsigned:1;",
		  0,
		  { 65535, 8, true } },
		{ "ID: 7\n\tfield:u8 asid;\toffset:0;\tsize:1;\tsigned:2;\n", 0, { 0, 1, false } },
		{ "ID: 7\n\tfield:unsigned short int asid;\toffset:1;\tsize:2;\n",
		  0,
		  { 1, 2, false } },
		/* the last one counts */
		{ "ID: 7\n" FIELD "\tfield:u8 asid;\toffset:1;\tsize:1;\n", 0, { 1, 1, false } },
		{ "ID: 7\n", -ENOENT, { 0 } },
		{ "ID: 7\n\tfield:u32 asid;\toffset:65536;\tsize:4;\n", -ENOENT, { 0 } },
		{ "ID: 7\n\tfield:u32 asid;\toffset:-1;\tsize:4;\n", -ENOENT, { 0 } },
		{ "ID: 7\n\tfield:u32 asid;\toffset:;\tsize:4;\n", -ENOENT, { 0 } },
		{ "ID: 7\n\tfield:u32 asid;\toffset:8;\tsize:3;\n", -ENOENT, { 0 } },
		{ "ID: 7\n\tfield:u32 asid;\toffset:8;\tsize:0;\n", -ENOENT, { 0 } },
		{ "ID: 7\n\tfield:u32 asid;\toffset:8;\tsize:16;\n", -ENOENT, { 0 } },
		{ "ID: 7\n\tfield:u32 asid;\toffset:8;\n", -ENOENT, { 0 } },
		{ "ID: 7\n\tfield:u32 asid\toffset:8\tsize:4\n", -ENOENT, { 0 } },
		{ "ID: 7\n\tu32 asid;\toffset:8;\tsize:4;\n", -ENOENT, { 0 } },
		/* names that only end, begin or go on like it */
		{ "ID: 7\n\tfield:u32 vasid;\toffset:8;\tsize:4;\n", -ENOENT, { 0 } },
		{ "ID: 7\n\tfield:u32 asids;\toffset:8;\tsize:4;\n", -ENOENT, { 0 } },
		{ "ID: 7\n\tfield:asid;\toffset:8;\tsize:4;\n", -ENOENT, { 0 } },
		{ "ID: 7\n\tfield:sid;\toffset:8;\tsize:4;\n", -ENOENT, { 0 } },
		{ FIELD, -EINVAL, { 0 } },
		{ "ID: -1\n" FIELD, -EINVAL, { 0 } },
		{ "ID: 65536\n" FIELD, -EINVAL, { 0 } },
		{ "ID:\n" FIELD, -EINVAL, { 0 } },
		{ " ID: 7\n" FIELD, -EINVAL, { 0 } },
		{ "", -EINVAL, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct perf_format format;
		const char *missing = "";
		int ret = parse(cases[i].text, &format, &missing);

		if (ret != cases[i].ret)
			fail_msg("case %zu: %d", i, ret);
		assert_int_equal(format.known, !ret);
		assert_int_equal(missing != NULL, ret == -ENOENT);
		if (ret == -ENOENT)
			assert_string_equal(missing, "asid");
		if (ret)
			continue;
		assert_int_equal(format.id, 7);
		assert_int_equal(format.fields[DESTROY_ASID].offset, cases[i].field.offset);
		assert_int_equal(format.fields[DESTROY_ASID].size, cases[i].field.size);
		assert_int_equal(format.fields[DESTROY_ASID].is_signed, cases[i].field.is_signed);
	}
}

/* The first number counts, the greatest one included. A line of 255 bytes is read, not a longer. */
static void ids_and_lines(void **state)
{
	struct perf_format format;
	const char *missing;
	char text[1024];

	(void)state;
	assert_int_equal(parse("ID: 65535\nID: 8\n" FIELD, &format, &missing), 0);
	assert_int_equal(format.id, 65535);
	assert_int_equal(parse("ID: 0\n" FIELD, &format, &missing), 0);
	assert_int_equal(format.id, 0);
	for (int length = 255; length <= 256; length++) {
		snprintf(text, sizeof(text), "ID: 7\n%*s\n" FIELD, length, "x");
		assert_int_equal(parse(text, &format, &missing), length == 255 ? 0 : -ENOENT);
	}
}

/* Values of each width, with and without a sign; as long as the last byte is there. */
static void values(void **state)
{
	static const __u8 raw[] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x80 };
	static const struct {
		struct perf_field field;
		__u64 value;
	} cases[] = {
		{ { 0, 1, false }, 0xfe },	 { { 0, 1, true }, -2ULL },
		{ { 0, 2, true }, -2ULL },	 { { 0, 4, true }, -2ULL },
		{ { 0, 4, false }, 0xfffffffe }, { { 0, 8, true }, 0x7ffffffffffffffe },
		{ { 7, 1, true }, 0x7f },	 { { 6, 2, true }, 0x7fff },
		{ { 8, 1, true }, -128ULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct perf_format format = { .fields = { [DESTROY_ASID] = cases[i].field } };
		const size_t end = cases[i].field.offset + cases[i].field.size;
		__u64 got[PERF_MAX_FIELDS];

		memset(got, 0xff, sizeof(got));
		assert_int_equal(perf_format_decode(&perf_events[PERF_DESTROY_START], &format, raw,
						    end, got),
				 0);
		assert_true(got[DESTROY_ASID] == cases[i].value);
		for (size_t n = 1; n < PERF_MAX_FIELDS; n++)
			assert_int_equal(got[n], 0);
		assert_int_equal(perf_format_decode(&perf_events[PERF_DESTROY_START], &format, raw,
						    end - 1, got),
				 -EINVAL);
	}
}

static void names(void **state)
{
	(void)state;
	for (int i = 0; i < PERF_NR_EVENTS; i++) {
		assert_int_equal(perf_event_find(perf_events[i].system, perf_events[i].name), i);
		assert_int_equal(perf_event_find("other", perf_events[i].name), -1);
	}
	assert_int_equal(perf_event_find("kvm", "kvm_exit"), -1);
}

/* Events that can say that something failed, and those that cannot. */
static void failures(void **state)
{
	static const struct {
		int type;
		int value;
	} cases[] = { { PERF_CMD_EXIT, CMD_RET },
		      { PERF_REGION_EXIT, REGION_RET },
		      { PERF_STEP, STEP_RET },
		      { PERF_POPULATE_STEP, STEP_RET } };
	const __u64 all[PERF_MAX_FIELDS] = { 1, 1, 1, 1, 1, 1, 1, 1 };

	(void)state;
	for (int type = 0; type < PERF_NR_EVENTS; type++) {
		int value = -1;

		for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
			value = cases[i].type == type ? cases[i].value : value;
		assert_int_equal(perf_event_failed(type, all), value >= 0);
		for (int i = 0; i < PERF_MAX_FIELDS; i++) {
			__u64 one[PERF_MAX_FIELDS] = { 0 };

			one[i] = -EIO;
			assert_int_equal(perf_event_failed(type, one), i == value);
		}
	}
}

/* perf's copy of tracefs in the making. */
struct copy {
	char at[4096];
	size_t nr;
};

static void put(struct copy *c, const void *at, size_t size)
{
	memcpy(c->at + c->nr, at, size);
	c->nr += size;
}

static void put32(struct copy *c, __u32 value)
{
	put(c, &value, sizeof(value));
}

static void put_sized(struct copy *c, const char *text)
{
	const __u64 size = strlen(text);

	put(c, &size, sizeof(size));
	put(c, text, size);
}

static void put_string(struct copy *c, const char *text)
{
	put(c, text, strlen(text) + 1);
}

static void put_head(struct copy *c)
{
	c->nr = 0;
	put(c, "\027\010\104tracing", 10);
	put_string(c, "0.6");
	put(c, "\0\010\0\020\0\0", 6);
	put_string(c, "header_page");
	put_sized(c, "page");
	put_string(c, "header_event");
	put_sized(c, "event");
	put32(c, 2); /* ftrace's own events */
	put_sized(c, "one");
	put_sized(c, "");
}

static void copies(void **state)
{
	struct perf_formats *f = calloc(1, sizeof(*f));
	struct copy c;

	(void)state;
	assert_non_null(f);
	put_head(&c);
	put32(&c, 2);
	put_string(&c, "other");
	put32(&c, 1);
	put_sized(&c, "name: " DESTROY "\nID: 6\n" FIELD);
	put_string(&c, "kvm_sev");
	put32(&c, 5);
	put_sized(&c, "name: " DESTROY "\nID: 7\n" FIELD);
	put_sized(&c, "name: kvm_sev_vm_destroy_end\nID: 9\n");
	put_sized(&c, "name: unknown\nID: 8\n" FIELD);
	put_sized(&c, "nam: kvm_sev_vm_destroy_end\nID: 8\n" FIELD);
	put_sized(&c, "name: kvm_sev_vm_destroy_end");
	assert_int_equal(perf_formats_parse(f, c.at, c.nr), 0);
	for (int i = 0; i < PERF_NR_EVENTS; i++)
		assert_int_equal(f->of[i].known, i == PERF_DESTROY_START);
	for (int id = 0; id < 65536; id++)
		assert_int_equal(f->by_id[id], id == 7 ? PERF_DESTROY_START + 1 : 0);
	assert_string_equal(f->missing, "kvm_sev_vm_destroy_end's field 'asid'");
	/* Cut off anywhere, it is no copy. What stands behind is of no interest. */
	for (size_t size = 0; size < c.nr; size++)
		assert_int_equal(perf_formats_parse(f, c.at, size), -EINVAL);
	put_string(&c, "behind");
	assert_int_equal(perf_formats_parse(f, c.at, c.nr), 0);
	c.at[9] ^= 1;
	assert_int_equal(perf_formats_parse(f, c.at, c.nr), -EINVAL);
	free(f);
}

/* An event whose first line is no name, or a longer one than ours, is not the event before it. */
static void other_names(void **state)
{
	static const char *const texts[] = {
		"name: %063d\nID: 1\n" FIELD,
		"name: %064d\nID: 1\n" FIELD,
		"nam: %d\nID: 1\n" FIELD,
		"ID: 1\nname: %d\n" FIELD,
		"name: %d",
	};
	struct perf_formats *f = calloc(1, sizeof(*f));
	char text[256];
	struct copy c;

	(void)state;
	assert_non_null(f);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		snprintf(text, sizeof(text), texts[i], 0);
		put_head(&c);
		put32(&c, 1);
		put_string(&c, "kvm_sev");
		put32(&c, 2);
		put_sized(&c, "name: " DESTROY "\nID: 7\n" FIELD);
		put_sized(&c, text);
		assert_int_equal(perf_formats_parse(f, c.at, c.nr), 0);
		assert_int_equal(f->by_id[1], 0);
		assert_int_equal(f->of[PERF_DESTROY_START].id, 7);
	}
	free(f);
}

static void write_file(const char *folder, const char *system, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, system);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/%s", folder, system, name);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/%s/format", folder, system, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void remove_event(const char *folder, const char *system, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s/%s/format", folder, system, name);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%s/%s", folder, system, name);
	rmdir(path);
}

static void folders(void **state)
{
	struct perf_formats *f = calloc(1, sizeof(*f));
	char folder[] = "/tmp/sevtrace-formats.XXXXXX", path[64];

	(void)state;
	assert_true(f && mkdtemp(folder));
	assert_int_equal(perf_formats_read(f, folder), -ENOENT);
	write_file(folder, "kvm_sev", "kvm_sev_vm_destroy_end", "ID: 9\n");
	assert_int_equal(perf_formats_read(f, folder), -ENOENT);
	assert_string_equal(f->missing, "kvm_sev_vm_destroy_end's field 'asid'");
	write_file(folder, "kvm_sev", DESTROY, "ID: 7\n" FIELD);
	assert_int_equal(perf_formats_read(f, folder), 0);
	for (int i = 0; i < PERF_NR_EVENTS; i++)
		assert_int_equal(f->of[i].known, i == PERF_DESTROY_START);
	assert_int_equal(f->by_id[7], PERF_DESTROY_START + 1);
	remove_event(folder, "kvm_sev", DESTROY);
	remove_event(folder, "kvm_sev", "kvm_sev_vm_destroy_end");
	snprintf(path, sizeof(path), "%s/kvm_sev", folder);
	rmdir(path);
	assert_int_equal(rmdir(folder), 0);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),      cmocka_unit_test(ids_and_lines),
		cmocka_unit_test(values),      cmocka_unit_test(names),
		cmocka_unit_test(failures),    cmocka_unit_test(copies),
		cmocka_unit_test(other_names), cmocka_unit_test(folders),
	};

	return cmocka_run_group_tests_name("formats", tests, NULL, NULL);
}
