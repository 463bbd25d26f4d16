// SPDX-License-Identifier: GPL-2.0-only
/* Figures of `sevtrace stat`: their sources, and their mean and spread over runs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario.h"
#include "stat/summary.h"

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

/*
 * perf's own example: the stddev of the mean of 1..5 is 0.7071, which is 23.57 % of their mean 3.
 */
static void spreads(void **state)
{
	struct spread s = { 0 };

	(void)state;
	assert_true(spread_error_percent(&s) < 0);
	spread_add(&s, 1);
	assert_true(spread_error_percent(&s) < 0);
	for (int i = 2; i <= 5; i++)
		spread_add(&s, i);
	assert_float_equal(s.mean, 3, 1e-12);
	assert_float_equal(spread_error_percent(&s), 100 * sqrt(2.5 / 5) / 3, 1e-9);
}

static void same_values_have_no_spread(void **state)
{
	struct spread s = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		spread_add(&s, 0.1);
	assert_float_equal(s.mean, 0.1, 1e-12);
	assert_float_equal(spread_error_percent(&s), 0, 1e-9);
	memset(&s, 0, sizeof(s));
	spread_pad(&s, 3);
	assert_int_equal(s.n, 3);
	assert_float_equal(spread_error_percent(&s), 0, 0);
}

/*
 * Large values that differ little: the naive sum of squares would give a zero or negative variance.
 */
static void large_values(void **state)
{
	struct spread s = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++)
		spread_add(&s, 1e15 + i);
	assert_float_equal(s.squares, 5, 1e-6);
}

static void add_scenario(struct summary *s, const char *name, uint64_t elapsed_ns)
{
	struct summary_run run = { .elapsed_ns = elapsed_ns };
	struct model m;

	model_init(&m);
	if (name)
		assert_int_equal(scenario_run(name, feed, &m), 0);
	run.counters.emitted = m.records;
	assert_int_equal(summary_add(s, &m, &run), 0);
	model_free(&m);
}

static double mean_of(const struct summary *s, enum summary_kind kind, uint32_t id, size_t column)
{
	const struct summary_row *row = summary_find(s, kind, id);

	assert_non_null(row);
	return row->columns[column].mean;
}

/* 20 pages of an SNP launch, 21.21 ms in SNP_LAUNCH_UPDATE: as json_figures() of render.c. */
static void one_run(void **state)
{
	struct summary s = { 0 };

	(void)state;
	add_scenario(&s, "snp", 100000000);
	summary_finish(&s);
	assert_float_equal(mean_of(&s, SUMMARY_LAUNCHES, SEVTRACE_VM_SNP, MODEL_OK), 1, 0);
	assert_float_equal(mean_of(&s, SUMMARY_LAUNCHES, SEVTRACE_VM_SNP, MODEL_FAILED), 0, 0);
	assert_float_equal(mean_of(&s, SUMMARY_PSP, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0), 20, 0);
	assert_float_equal(mean_of(&s, SUMMARY_PSP, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 3), 21210000,
			   0);
	assert_float_equal(mean_of(&s, SUMMARY_PSP, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 2), 21.21,
			   1e-9);
	assert_float_equal(mean_of(&s, SUMMARY_TOTAL, SUMMARY_EVENTS, 0), 187, 0);
	assert_true(spread_error_percent(
			    &summary_find(&s, SUMMARY_TOTAL, SUMMARY_PAGES)->columns[0]) < 0);
	summary_free(&s);
}

/* A run without a launch counts as zeros, but has no duration of a launch. */
static void runs_without_a_row(void **state)
{
	struct summary s = { 0 };
	const struct summary_row *launches;

	(void)state;
	add_scenario(&s, NULL, 100);
	add_scenario(&s, "snp", 100000000);
	add_scenario(&s, NULL, 100);
	summary_finish(&s);
	assert_int_equal(s.runs, 3);
	launches = summary_find(&s, SUMMARY_LAUNCHES, SEVTRACE_VM_SNP);
	assert_non_null(launches);
	assert_int_equal(launches->columns[MODEL_OK].n, 3);
	assert_float_equal(launches->columns[MODEL_OK].mean, 1.0 / 3, 1e-12);
	assert_float_equal(spread_error_percent(&launches->columns[MODEL_OK]), 100, 1e-9);
	assert_int_equal(launches->columns[3].n, 1);
	assert_float_equal(mean_of(&s, SUMMARY_PSP, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0), 20.0 / 3,
			   1e-9);
	summary_free(&s);
}

static void failures_by_status(void **state)
{
	struct summary s = { 0 };

	(void)state;
	add_scenario(&s, "snp-failed-page", 100000000);
	add_scenario(&s, "dead-psp", 100000000);
	summary_finish(&s);
	assert_float_equal(mean_of(&s, SUMMARY_STATUS, SEVTRACE_PSP_INVALID_PAGE_STATE, 0), 0.5, 0);
	assert_non_null(summary_find(&s, SUMMARY_STATUS, SUMMARY_NOT_ASKED));
	assert_non_null(summary_find(&s, SUMMARY_STATUS, SUMMARY_NOT_ANSWERED));
	assert_non_null(summary_find(&s, SUMMARY_IOCTL, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE));
	summary_free(&s);
}

/*
 * Pages appear only in the kernel's histograms, and the counters have the flushes that were
 * skipped.
 */
static void histograms_alone(void **state)
{
	struct sevtrace_hist hist = { .count = 3, .sum = 300, .pages = 48, .max = 100 };
	struct sevtrace_hist_key key = { .launch = 1,
					 .kind = SEVTRACE_HIST_STEP,
					 .id = SEVTRACE_STEP_CLFLUSH,
					 .phase = SEVTRACE_PHASE_SHARED };
	struct summary_run run = { .elapsed_ns = 1000 };
	struct summary s = { 0 };
	struct model m;

	(void)state;
	run.counters.skipped_flushes = 2;
	run.counters.skipped_pages = 32;
	model_init(&m);
	assert_int_equal(model_hist(&m, &key, &hist), 0);
	assert_int_equal(summary_add(&s, &m, &run), 0);
	model_free(&m);
	summary_finish(&s);
	assert_float_equal(mean_of(&s, SUMMARY_TOTAL, SUMMARY_FLUSHES, 0), 1, 0);
	assert_float_equal(mean_of(&s, SUMMARY_TOTAL, SUMMARY_FLUSHED, 0), 16, 0);
	assert_float_equal(mean_of(&s, SUMMARY_TOTAL, SUMMARY_SKIPPED, 0), 32, 0);
	summary_free(&s);
}

static char *text_of(struct summary *s)
{
	static char *const command[] = { "vmm", "\033[2J\n", NULL };
	char *text = NULL;
	size_t size;
	struct text_style style = { open_memstream(&text, &size), 80, true, false };

	render_summary(s, command, "", &style);
	fclose(style.out);
	return text;
}

/* What the source of events does not tell is "-" and null, in every run, and is named. */
static void unseen_is_no_zero(void **state)
{
	static char *const command[] = { "vmm", NULL };
	struct summary_run run = { .elapsed_ns = 1000 };
	struct summary s = { 0 };
	json_t *json, *pages, *copy, *flushes, *seen;
	char *text;

	(void)state;
	for (int runs = 0; runs < 2; runs++) {
		struct model m;

		model_init(&m);
		assert_int_equal(scenario_run("unseen-pages", feed, &m), 0);
		assert_int_equal(model_host(&m, "lacks", scenario_lacks("unseen-pages")), 0);
		assert_int_equal(summary_add(&s, &m, &run), 0);
		model_free(&m);
	}
	summary_finish(&s);
	text = text_of(&s);
	assert_non_null(strstr(text, "             -  pages\n"));
	assert_non_null(strstr(
		text, "\n  rmp_update                    -          -          -          -\n"));
	assert_non_null(strstr(text, "\n  not seen: attribute updates, private pages,"));
	free(text);
	json = summary_json(&s, command, "1");
	assert_int_equal(json_unpack(json, "{s:{s:o,s:o},s:{s:{s:o}},s:o}", "total", "pages",
				     &pages, "flushes", &flushes, "steps", "copy", "count", &copy,
				     "not_seen", &seen),
			 0);
	assert_true(json_is_null(pages) && json_is_null(copy) && json_is_object(flushes));
	assert_int_equal(json_array_size(seen), 3);
	assert_null(json_object_get(json_object_get(json, "total"), "pages_per_second"));
	json_decref(json);
	summary_free(&s);
}

/*
 * One and three runs of each launch: only absurd figures make a line too long, and no line ends in
 * blanks.
 */
static void lines_fit(void **state)
{
	(void)state;
	for (size_t i = 0; scenario_name(i); i++) {
		for (int runs = 1; runs <= 3; runs += 2) {
			struct summary s = { 0 };
			char *text;

			for (int run = 0; run < runs; run++)
				add_scenario(&s, run == 1 ? NULL : scenario_name(i), 90000000);
			summary_finish(&s);
			text = text_of(&s);
			assert_null(strchr(text, '\033'));
			for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
				if (line[strlen(line) - 1] == ' ' ||
				    (text_columns(line) > 80 &&
				     strcmp(scenario_name(i), "hostile") != 0))
					fail_msg("%s: '%s'", scenario_name(i), line);
			free(text);
			summary_free(&s);
		}
	}
}

static void text_has_it(void **state)
{
	struct summary s = { 0 };
	char *text;

	(void)state;
	add_scenario(&s, "snp", 100000000);
	add_scenario(&s, "snp", 300000000);
	summary_finish(&s);
	text = text_of(&s);
	assert_non_null(strstr(text, "Launches of 'vmm ?[2J?' (2 runs, means):"));
	assert_non_null(strstr(text, "        200 ms  elapsed"));
	assert_non_null(strstr(text, "( +- 50.00% )\n"));
	free(text);
	summary_free(&s);
}

static void json_has_it(void **state)
{
	struct summary s = { 0 };
	json_t *json;
	double mean, error;

	(void)state;
	add_scenario(&s, "snp", 100000000);
	summary_finish(&s);
	json = summary_json(&s, NULL, "1");
	assert_non_null(json);
	assert_int_equal(json_unpack(json, "{s:{s:{s:{s:F}}}}", "psp", "SNP_LAUNCH_UPDATE", "count",
				     "mean", &mean),
			 0);
	assert_float_equal(mean, 20, 0);
	/* the spread of one run is unknown, not 0 */
	assert_int_not_equal(
		json_unpack(json, "{s:{s:{s:F}}}", "total", "pages", "error_percent", &error), 0);
	json_decref(json);
	summary_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spreads),
		cmocka_unit_test(same_values_have_no_spread),
		cmocka_unit_test(large_values),
		cmocka_unit_test(one_run),
		cmocka_unit_test(runs_without_a_row),
		cmocka_unit_test(failures_by_status),
		cmocka_unit_test(histograms_alone),
		cmocka_unit_test(unseen_is_no_zero),
		cmocka_unit_test(lines_fit),
		cmocka_unit_test(text_has_it),
		cmocka_unit_test(json_has_it),
	};

	return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
