// SPDX-License-Identifier: GPL-2.0-only
/* The figures of an interval, of models that were fed with a part of a recording. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario.h"
#include "stat/interval.h"

/* Models of two intervals: what came until launch 7 began, and what came then. */
struct halves {
	struct model of[2];
	size_t now;
};

static int feed(void *ctx, const union sevtrace_record *rec)
{
	struct halves *h = ctx;

	if (rec->h.type == SEVTRACE_REC_LAUNCH_BEGIN && rec->h.launch == 7)
		h->now = 1;
	return model_feed(&h->of[h->now], rec);
}

static void parts_are_the_whole(void **state)
{
	struct stat_interval whole = { 0 }, first = { 0 }, second = { 0 };
	struct halves h = { .now = 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		model_init(&h.of[i]);
	assert_int_equal(scenario_run("crowd", feed, &h), 0);
	stat_interval_add(&first, &h.of[0]);
	stat_interval_add(&second, &h.of[1]);
	assert_int_equal(first.begun + second.begun, 12);
	assert_int_equal(first.ok + second.ok, 9);
	assert_int_equal(first.failed + second.failed, 3);
	assert_true(first.begun > 0 && second.begun > 0);
	assert_true(first.pages > 0 && first.psp_busy_ns > 0);
	stat_interval_add(&whole, &h.of[0]);
	stat_interval_add(&whole, &h.of[1]);
	assert_int_equal(whole.pages, first.pages + second.pages);
	assert_int_equal(whole.psp_busy_ns, first.psp_busy_ns + second.psp_busy_ns);
	for (size_t i = 0; i < 2; i++)
		model_free(&h.of[i]);
}

static void as_text(void **state)
{
	const struct stat_interval i = { .at_ns = 2000000000,
					 .ns = 1000000000,
					 .begun = 3,
					 .ok = 2,
					 .failed = 1,
					 .pages = 1234,
					 .psp_busy_ns = 425000000,
					 .psp_wait_ns = 1500000,
					 .dropped = 5 };
	char *text = NULL;
	size_t size;
	struct text_style style = { .out = open_memstream(&text, &size), .width = 80 };

	(void)state;
	assert_non_null(style.out);
	stat_interval_heading(&style);
	stat_interval_text(&i, &style);
	stat_interval_json(&i, style.out);
	fclose(style.out);
	assert_string_equal(
		text,
		"      time   begun      ok  failed      pages  PSP busy    waiting   dropped\n"
		"    2.00 s       3       2       1      1,234     42.5%    1.50 ms         5\n"
		"{\"at_ns\":2000000000,\"ns\":1000000000,\"begun\":3,\"ok\":2,\"failed\":1,"
		"\"pages\":1234,\"psp_busy_ns\":425000000,\"psp_wait_ns\":1500000,\"dropped\":5}\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_the_whole),
		cmocka_unit_test(as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
