// SPDX-License-Identifier: GPL-2.0-only
/* Logs: each pattern must match its own line and no other; logs may contain any bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "logs/logs.h"
#include "logs/matcher.h"

/* A line for each pattern, in their order. */
#define EVERY "tests/golden/logs/every.log"

static size_t groups_in(const char *regex)
{
	size_t n = 0;

	for (const char *s = regex; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s == '(' && s[1] != '?')
			n++;
	}
	return n;
}

static const struct log_pattern *pattern_at(size_t i)
{
	for (size_t t = 0; t < LOG_TABLES; i -= log_tables[t]->nr, t++)
		if (i < log_tables[t]->nr)
			return &log_tables[t]->rows[i];
	return NULL;
}

static void every_pattern(void **state)
{
	FILE *f = fopen(EVERY, "re");
	struct matcher *m;
	char line[4096];
	size_t i = 0;

	(void)state;
	assert_non_null(f);
	assert_int_equal(matcher_new(&m), 0);
	for (; fgets(line, sizeof(line), f); i++) {
		const struct log_pattern *pattern = pattern_at(i);
		struct match match;

		assert_non_null(pattern);
		line[strcspn(line, "\n")] = '\0';
		matcher_look(m, line, strlen(line));
		matcher_find(m, line, strlen(line), &match);
		if (match.pattern != pattern)
			fail_msg("line %zu is of '%s', not of '%s': %s", i + 1, pattern->regex,
				 match.pattern ? match.pattern->regex : "(none)", line);
		assert_non_null(pattern->text.cause);
		if (groups_in(pattern->regex) != strlen(pattern->groups))
			fail_msg("'%s' has %zu groups, described by '%s'", pattern->regex,
				 groups_in(pattern->regex), pattern->groups);
		assert_true(strlen(pattern->groups) <= LOG_GROUPS);
	}
	fclose(f);
	matcher_free(m);
	assert_null(pattern_at(i));
}

static json_t *scan(char *bytes, size_t size, bool *failed)
{
	FILE *f = fmemopen(bytes, size, "r");
	struct log_scan *log;
	json_t *json;

	assert_non_null(f);
	assert_int_equal(log_scan_new(&log), 0);
	assert_int_equal(log_scan_read(log, f, true), 0);
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

/* A message at the end of a line of several MiB is found. */
static void end_of_long_line(void **state)
{
	static const char end[] = " SEV-SNP: Failed to map RMP table";
	enum { SIZE = 5 << 20 };
	char *bytes = malloc(SIZE);
	bool failed;
	json_t *json;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', SIZE);
	memcpy(bytes + SIZE - (sizeof(end) - 1), end, sizeof(end) - 1);
	json = scan(bytes, SIZE, &failed);
	assert_true(failed);
	assert_int_equal(number_of(json, "lines"), 1);
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
	char bytes[] = "nothing\nccp 0: SEV: a new failure\nanother\nRMP: something invalid\n"
		       "sev=3 of another program, an error\n";
	bool failed;
	json_t *json = scan(bytes, sizeof(bytes) - 1, &failed), *line;

	(void)state;
	assert_false(failed);
	assert_int_equal(number_of(json, "unknown"), 2);
	line = json_array_get(json_object_get(json, "unknown_lines"), 1);
	assert_int_equal(number_of(line, "line"), 4);
	assert_string_equal(json_string_value(json_object_get(line, "text")),
			    "RMP: something invalid");
	json_decref(json);
}

/* Returns how many findings of a text are failures. */
static size_t failures_in(const char *text)
{
	bool failed;
	json_t *json = scan((char *)text, strlen(text), &failed), *f;
	size_t i, n = 0;

	json_array_foreach(json_object_get(json, "findings"), i, f)
		n += !strcmp(json_string_value(json_object_get(f, "level")), "bad");
	assert_int_equal(failed, n > 0);
	json_decref(json);
	return n;
}

/* A VM without SEV fails, too: it is a failure of SEV only where the same guest has SEV. */
static void only_with_sev(void **state)
{
	(void)state;
	assert_int_equal(failures_in("error: kvm run failed Bad address\n"), 0);
	assert_int_equal(failures_in("qemu -object sev-snp-guest,id=a\n"
				     "error: kvm run failed Bad address\n"),
			 1);
	assert_int_equal(failures_in("qemu-kvm[1]: -object sev-snp-guest,id=a\n"
				     "qemu-kvm[2]: error: kvm run failed Bad address\n"),
			 0);
}

/* Messages in several lines, or in one. */
static void parts(void **state)
{
	(void)state;
	assert_int_equal(failures_in("SNP_LAUNCH_FINISH ret=-5\n fw_error=11 'Bad measurement'\n"),
			 1);
	assert_int_equal(failures_in("a: SNP_LAUNCH_START ret=-5 fw_error=7 ''\\nb: cbitpos check "
				     "failed, host '51' requested '47'\n"),
			 2);
	assert_int_equal(failures_in("{\"log\":\"cbitpos check failed, host '51' requested "
				     "\\u001b[1m'47'\\u001b[0m\"}\n"),
			 1);
	assert_int_equal(failures_in("x msg=\"no\" error=\"SEV is not enabled in KVM\" a=b\n"), 1);
	assert_int_equal(failures_in("{\"MESSAGE\": [83, 69, 86, 32, 105, 115, 32, 110, 111, 116, "
				     "32, 101, 110, 97, 98, 108, 101, 100, 32, 105, 110, 32, 75, "
				     "86, 77]}\n"),
			 1);
	assert_int_equal(failures_in("{\"MESSAGE\": [83, 69, 999, \"MESSAGE\": [\n{\"log\":\"\n"),
			 0);
}

/* Lines that a container runtime has cut, of several streams. */
static void cut_by_runtimes(void **state)
{
#define TIME "2025-11-28T19:10:00.000000001Z"
	char *log = NULL;
	size_t size;
	FILE *f = open_memstream(&log, &size);

	(void)state;
	assert_int_equal(failures_in(TIME " stderr P x: SNP_LAUNCH_START ret=-5 f\n" TIME
					  " stdout F between\n" TIME " stderr P w_error=\n" TIME
					  " stderr F 7 ''\n"),
			 1);
	assert_int_equal(failures_in(TIME " stderr P x: SNP_LAUNCH_START ret=-5 f\n" TIME
					  " stderr F \n" TIME " stderr F w_error=7 ''\n"),
			 0);
	/* two containers in one file */
	assert_int_equal(failures_in("a " TIME " stderr P cbitpos check failed, host\nb " TIME
				     " stderr P SEV is not ena\na " TIME
				     " stderr F  '51' requested '47'\nb " TIME
				     " stderr F bled in KVM\n"),
			 2);
	/* without an end, and with none of its beginning */
	assert_int_equal(failures_in(TIME " stderr P SEV is not enabled in KVM\n"), 1);
	/* without end: in pieces, and what comes then is seen; more streams than are kept */
	for (int i = 0; i < 400; i++)
		fprintf(f, TIME " stderr P %04096d\n", i);
	for (int i = 0; i < 40; i++)
		fprintf(f, "%d " TIME " stderr P cbitpos check failed, host '%d' requested '0'\n",
			i, i);
	fputs(TIME " stderr F : SEV is not enabled in KVM\n", f);
	fclose(f);
	assert_int_equal(failures_in(log), 2);
	free(log);
}

/* The journal's export format, with a message of bytes. */
static void journal_export(void **state)
{
	char bytes[] = "__CURSOR=a\n_PID=7\nMESSAGE\n\x19\0\0\0\0\0\0\0SEV is not enabled in KVM\n"
		       "SYSLOG_IDENTIFIER=qemu-kvm\n\n__CURSOR=b\nMESSAGE=nothing\n\n"
		       "__CURSOR=c\nMESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff";
	bool failed;
	json_t *json = scan(bytes, sizeof(bytes) - 1, &failed), *f;

	(void)state;
	assert_true(failed);
	f = json_array_get(json_object_get(json, "findings"), 0);
	assert_string_equal(json_string_value(json_object_get(f, "guest")), "process 7");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pattern),  cmocka_unit_test(any_bytes),
		cmocka_unit_test(long_line),	  cmocka_unit_test(end_of_long_line),
		cmocka_unit_test(many_lines),	  cmocka_unit_test(unknown_lines),
		cmocka_unit_test(only_with_sev),  cmocka_unit_test(parts),
		cmocka_unit_test(journal_export), cmocka_unit_test(cut_by_runtimes),
	};

	return cmocka_run_group_tests_name("logs", tests, NULL, NULL);
}
