// SPDX-License-Identifier: GPL-2.0-only
/* The log's lines are JSON and describe what happened. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include <sevtrace/psp.h>

#include "log.h"

static json_t *format(const struct log_line *line)
{
	char text[LOG_LINE_MAX];
	size_t len = log_format(line, text, sizeof(text));
	json_t *json;

	assert_true(len > 1 && len < sizeof(text) - 1);
	assert_int_equal(text[len - 1], '\n');
	assert_null(memchr(text, '\n', len - 1));
	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	return json;
}

static void assert_text(const json_t *json, const char *key, const char *expected)
{
	assert_string_equal(json_string_value(json_object_get(json, key)), expected);
}

static void full_line(void **state)
{
	struct log_line line = {
		.seq = UINT64_MAX,
		.start_ns = 1000,
		.end_ns = 3500,
		.command = SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
		.buffer = UINT64_MAX,
		.answered = true,
		.status = SEVTRACE_PSP_INVALID_PAGE_OWNER,
		.fault = "status",
		.has_extra = true,
		.extra_hi = UINT32_MAX,
		.extra_lo = UINT32_MAX,
		.detail = { .has_paddr = true,
			    .paddr = UINT64_MAX,
			    .len = UINT64_MAX,
			    .has_gfn = true,
			    .gfn = 0x80,
			    .page_type = "UNMEASURED",
			    .guest = UINT32_MAX,
			    .asid = 1023,
			    .digest_len = SHA384_SIZE },
	};
	json_t *json;

	(void)state;
	memset(line.detail.digest, 0xab, sizeof(line.detail.digest));
	/* json integers end at 2^63 */
	line.seq = INT64_MAX;
	line.detail.len = INT64_MAX;
	json = format(&line);
	assert_text(json, "cmd", "SNP_LAUNCH_UPDATE");
	assert_text(json, "status_name", "INVALID_PAGE_OWNER");
	assert_text(json, "gfn", "0x80");
	assert_text(json, "paddr", "0xffffffffffffffff");
	assert_text(json, "page_type", "UNMEASURED");
	assert_text(json, "fault", "status");
	assert_text(json, "extra", "0xffffffff:0xffffffff");
	assert_int_equal(json_string_length(json_object_get(json, "digest")), 96);
	assert_int_equal(json_integer_value(json_object_get(json, "exec_ns")), 2500);
	assert_int_equal(json_integer_value(json_object_get(json, "status")), 0x1c);
	assert_int_equal(json_integer_value(json_object_get(json, "code")), 0xa1);
	assert_int_equal(json_integer_value(json_object_get(json, "asid")), 1023);
	json_decref(json);
}

static void hung_and_unknown(void **state)
{
	const struct log_line line = { .seq = 1, .command = 0x7ff, .fault = "hang" };
	json_t *json = format(&line);

	(void)state;
	assert_text(json, "cmd", "0x7ff");
	assert_true(json_is_null(json_object_get(json, "status")));
	assert_null(json_object_get(json, "gfn"));
	assert_null(json_object_get(json, "guest"));
	json_decref(json);
}

static void unknown_status(void **state)
{
	const struct log_line line = { .command = 1, .answered = true, .status = 0x8003 };
	json_t *json = format(&line);

	(void)state;
	assert_text(json, "cmd", "INIT");
	assert_text(json, "status_name", "0x8003");
	json_decref(json);
}

static void short_buffer(void **state)
{
	const struct log_line line = { .command = 1 };
	char text[20];

	(void)state;
	assert_true(log_format(&line, text, sizeof(text)) < sizeof(text));
}

static void writing(void **state)
{
	const struct log_line line = { .command = 1, .answered = true };
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_int_equal(log_write(-1, &line), 0);
	assert_true(full >= 0);
	assert_true(log_write(full, &line) < 0);
	close(full);
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* An opened log is empty, whatever the file held, and grows line by line. */
static void opening(void **state)
{
	const struct log_line line = { .seq = 1, .command = 1, .answered = true };
	char text[LOG_LINE_MAX], path[] = "/tmp/psp-log-XXXXXX";
	const size_t len = log_format(&line, text, sizeof(text));
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "old\n", 4), 4);
	close(fd);
	fd = log_open(path);
	assert_true(fd >= 0);
	assert_int_equal(size_of(path), 0);
	assert_int_equal(log_write(fd, &line), 0);
	assert_int_equal(log_write(fd, &line), 0);
	assert_int_equal(size_of(path), 2 * len);
	close(fd);
	unlink(path);
	assert_true(log_open("/no/such/folder/log") < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_line),	  cmocka_unit_test(hung_and_unknown),
		cmocka_unit_test(unknown_status), cmocka_unit_test(short_buffer),
		cmocka_unit_test(writing),	  cmocka_unit_test(opening),
	};

	return cmocka_run_group_tests_name("psp log", tests, NULL, NULL);
}
