// SPDX-License-Identifier: GPL-2.0-only
/* Logs: each pattern must match its own line and no other; logs may contain any bytes. */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "explain/log_patterns.h"
#include "explain/log_scan.h"

/* A line for each pattern, in their order. */
#define EVERY "tests/golden/logs/every.log"

static bool matches(const struct log_pattern *pattern, const char *line)
{
	regex_t regex;
	bool found;

	assert_int_equal(regcomp(&regex, pattern->regex, REG_EXTENDED), 0);
	assert_true(regex.re_nsub <= LOG_GROUPS);
	if (regex.re_nsub != strlen(pattern->groups))
		fail_msg("'%s' has %zu groups, described by '%s'", pattern->regex, regex.re_nsub,
			 pattern->groups);
	found = strstr(line, pattern->needle) && !regexec(&regex, line, 0, NULL, 0);
	regfree(&regex);
	return found;
}

static void every_pattern(void **state)
{
	FILE *f = fopen(EVERY, "re");
	char line[4096];
	size_t i = 0;

	(void)state;
	assert_non_null(f);
	for (; fgets(line, sizeof(line), f); i++) {
		size_t first = 0;

		assert_true(i < nr_log_patterns);
		line[strcspn(line, "\n")] = '\0';
		while (first < nr_log_patterns && !matches(&log_patterns[first], line))
			first++;
		if (first != i)
			fail_msg("line %zu is found by pattern %zu: %s", i + 1, first + 1, line);
		assert_non_null(log_patterns[i].text.cause);
	}
	fclose(f);
	assert_int_equal(i, nr_log_patterns);
}

static json_t *scan(char *bytes, size_t size, bool *failed)
{
	FILE *f = fmemopen(bytes, size, "r");
	struct log_scan *log;
	json_t *json;

	assert_non_null(f);
	assert_int_equal(log_scan_new(&log), 0);
	assert_int_equal(log_scan_read(log, f), 0);
	fclose(f);
	*failed = log_scan_failed(log);
	json = log_scan_json(log);
	assert_non_null(json);
	log_scan_free(log);
	return json;
}

static long long number_of(const json_t *json, const char *key)
{
	return json_integer_value(json_object_get(json, key));
}

/* Random bytes, but no line that has a meaning. */
static void any_bytes(void **state)
{
	enum { SIZE = 1 << 20 };
	char *bytes = malloc(SIZE);
	bool failed;
	json_t *json;

	(void)state;
	assert_non_null(bytes);
	srand(1);
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (char)(rand() >> 8);
	json = scan(bytes, SIZE, &failed);
	assert_false(failed);
	assert_int_equal(number_of(json, "explained"), 0);
	json_decref(json);
	free(bytes);
}

/* A line of 1 MiB that begins like a known one and has NUL bytes, then another line. */
static void long_line(void **state)
{
	static const char start[] = "ccp 0: sev command 0xa1 timed out, disabling PSP \0\0";
	static const char end[] = "\nSEV-SNP: Failed to map RMP table";
	enum { SIZE = 1 << 20 };
	char *bytes = malloc(SIZE);
	bool failed;
	json_t *json;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', SIZE);
	memcpy(bytes, start, sizeof(start) - 1);
	memcpy(bytes + SIZE - (sizeof(end) - 1), end, sizeof(end) - 1);
	json = scan(bytes, SIZE, &failed);
	assert_true(failed);
	assert_int_equal(number_of(json, "lines"), 2);
	assert_int_equal(number_of(json, "explained"), 2);
	json_decref(json);
	free(bytes);
}

/*
 * Many lines with the same message make one finding; the number of different findings is limited.
 */
static void many_lines(void **state)
{
	enum { LINES = 5000, LENGTH = 64 };
	char *bytes = calloc(LINES, LENGTH);
	size_t used = 0;
	bool failed;
	json_t *json;

	(void)state;
	assert_non_null(bytes);
	for (int i = 0; i < LINES; i++)
		used += (size_t)snprintf(bytes + used, LENGTH,
					 "SNP_LAUNCH_UPDATE ret=-5 fw_error=%d ''\n",
					 i % 2 ? 26 : i);
	json = scan(bytes, used, &failed);
	assert_int_equal(number_of(json, "explained"), LINES);
	assert_int_equal(json_array_size(json_object_get(json, "findings")), 1000);
	assert_true(number_of(json, "not_shown") > 0);
	assert_int_equal(number_of(json_array_get(json_object_get(json, "findings"), 1), "count"),
			 LINES / 2 + 1);
	json_decref(json);
	free(bytes);
}

static void unknown_lines(void **state)
{
	char bytes[] = "nothing\nccp 0: SEV: a new message\nanother\nRMP: something\n";
	bool failed;
	json_t *json = scan(bytes, sizeof(bytes) - 1, &failed);

	(void)state;
	assert_false(failed);
	assert_int_equal(number_of(json, "unknown"), 2);
	assert_int_equal(
		json_integer_value(json_array_get(json_object_get(json, "unknown_lines"), 1)), 4);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pattern), cmocka_unit_test(any_bytes),
		cmocka_unit_test(long_line),	 cmocka_unit_test(many_lines),
		cmocka_unit_test(unknown_lines),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
