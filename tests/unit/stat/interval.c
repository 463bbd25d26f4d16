// SPDX-License-Identifier: GPL-2.0-only
/* The figures of an interval. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario.h"
#include "stat/interval.h"

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

/* What there was until launch 7 began, and at the end. */
struct moments {
	struct model model;
	struct stat_interval middle;
};

static int feed_and_look(void *ctx, const union sevtrace_record *rec)
{
	struct moments *m = ctx;

	if (rec->h.type == SEVTRACE_REC_LAUNCH_BEGIN && rec->h.launch == 7)
		stat_interval_add(&m->middle, &m->model);
	return feed(&m->model, rec);
}

static void differences(void **state)
{
	struct moments m = { .middle = { .at_ns = 5, .dropped = 2 } };
	struct stat_interval all = { .at_ns = 12, .dropped = 3 }, i;

	(void)state;
	model_init(&m.model);
	assert_int_equal(scenario_run("crowd", feed_and_look, &m), 0);
	stat_interval_add(&all, &m.model);
	assert_int_equal(all.begun, 12);
	assert_int_equal(all.ok, 9);
	assert_int_equal(all.failed, 3);
	i = stat_interval_between(&m.middle, &all);
	assert_int_equal(i.at_ns, 12);
	assert_int_equal(i.ns, 7);
	assert_int_equal(i.dropped, 1);
	assert_int_equal(i.begun, 6);
	assert_int_equal(i.ok + m.middle.ok, 9);
	assert_int_equal(i.failed + m.middle.failed, 3);
	assert_true(i.pages > 0 && i.pages + m.middle.pages == all.pages);
	assert_true(i.psp_busy_ns > 0 && i.psp_busy_ns + m.middle.psp_busy_ns == all.psp_busy_ns);
	/* What had failed was made good. */
	m.middle.failed = 5;
	assert_int_equal(stat_interval_between(&m.middle, &all).failed, 0);
	model_free(&m.model);
}

/* What the kernel has of launches under way. */
static void live(void **state)
{
	static const struct sevtrace_hist hist = { .count = 2, .sum = 30, .pages = 4 };
	const struct sevtrace_hist_key keys[] = {
		{ .kind = SEVTRACE_HIST_STEP, .id = SEVTRACE_STEP_PSP },
		{ .kind = SEVTRACE_HIST_STEP, .id = SEVTRACE_STEP_COPY },
		{ .kind = SEVTRACE_HIST_PSP_EXEC, .id = SEVTRACE_CMD_SNP_LAUNCH_UPDATE },
		{ .kind = SEVTRACE_HIST_PSP_WAIT, .id = SEVTRACE_CMD_SNP_LAUNCH_UPDATE },
		{ .kind = SEVTRACE_HIST_IOCTL },
	};
	struct stat_interval sum = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		stat_interval_add_live(&sum, &keys[i], &hist);
	assert_int_equal(sum.pages, 4);
	assert_int_equal(sum.psp_busy_ns, 30);
	assert_int_equal(sum.psp_wait_ns, 30);
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
		cmocka_unit_test(differences),
		cmocka_unit_test(live),
		cmocka_unit_test(as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
