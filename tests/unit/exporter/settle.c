// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of the kernel's histograms, and what the page says that no launch tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/page.h"
#include "exporter/tally.h"
#include "metrics/metrics.h"
#include "scenario.h"
#include "sev/fields.h"

struct feeding {
	struct tally *tally;
	bool lose_end;
};

static int feed(void *ctx, const union sevtrace_record *rec)
{
	const struct feeding *f = ctx;
	union sevtrace_record copy;

	if (f->lose_end && rec->h.type == SEVTRACE_REC_LAUNCH_END)
		return 0;
	record_copy(&copy, &rec->h);
	return tally_record(f->tally, &copy);
}

static size_t taken;

static int take(void *ctx, uint32_t launch, bool over)
{
	(void)ctx;
	assert_int_equal(launch, 1);
	assert_true(over);
	taken++;
	return 0;
}

static struct tally *launch(bool lose_end)
{
	static struct tally tally;
	struct feeding f = { &tally, lose_end };

	assert_int_equal(tally_init(&tally), 0);
	assert_int_equal(scenario_run("snp", feed, &f), 0);
	return &tally;
}

static void settle(struct tally *t)
{
	const struct tally_live none = { NULL, 0, 100 };

	taken = 0;
	tally_mark(t);
	assert_int_equal(tally_settle(t, &none, 1, take, NULL), 0);
	assert_int_equal(t->nr_launches, 0);
	tally_free(t);
}

/* The end of a launch was dropped: its histograms would stay in the kernel for ever. */
static void end_lost(void **state)
{
	(void)state;
	settle(launch(true));
	assert_int_equal(taken, 1);
}

/* The collector hands them out after the end. */
static void end_seen(void **state)
{
	(void)state;
	settle(launch(false));
	assert_int_equal(taken, 0);
}

static char *text_of(const struct page *page, const struct metrics *sums)
{
	char *text = NULL;
	size_t size;
	struct metrics_out out = { .file = open_memstream(&text, &size) };

	assert_non_null(out.file);
	if (page)
		assert_int_equal(page_write(&out, page, sums), 0);
	else
		metrics_write(&out, sums);
	fclose(out.file);
	return text;
}

/* Commands outside any launch are still counted after the modules were let go of. */
static void outside(void **state)
{
	const struct sevtrace_hist_key key = { .kind = SEVTRACE_HIST_PSP_EXEC,
					       .id = SEVTRACE_CMD_PLATFORM_STATUS };
	struct sevtrace_hist hist = { .count = 3, .sum = 30, .max = 10, .inv_min = ~10ULL };
	struct metrics *sums;
	struct tally t;
	char *text;

	(void)state;
	assert_int_equal(tally_init(&t), 0);
	hist.buckets[sevtrace_hist_bucket(10)] = 3;
	assert_int_equal(tally_hist(&t, &key, &hist), 0);
	assert_int_equal(tally_detach(&t), 0);
	sums = tally_sums(&t);
	assert_non_null(sums);
	text = text_of(NULL, sums);
	assert_non_null(strstr(text, "sevtrace_psp_exec_seconds_count{vm_type=\"none\","
				     "command=\"PLATFORM_STATUS\"} 3\n"));
	free(text);
	metrics_free(sums);
	tally_free(&t);
}

static size_t lines_with(const char *text, const char *what)
{
	size_t nr = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		nr++;
	return nr;
}

/* Numbers of ASIDs where the host tells them, and no line where it does not. */
static void page(void **state)
{
	struct page p = { .version = "1",
			  .host = { "", "", "", "" },
			  .sev = { .all = 400, .used = 0 },
			  .sev_es = { .all = -1, .used = -1 } };
	struct metrics *sums;
	struct tally t;
	char *text;

	(void)state;
	assert_int_equal(tally_init(&t), 0);
	sums = tally_sums(&t);
	p.tally = &t;
	text = text_of(&p, sums);
	assert_int_equal(lines_with(text, "\nsevtrace_asids{type=\"sev\"} 400\n"), 1);
	assert_int_equal(lines_with(text, "\nsevtrace_asids_in_use{type=\"sev\"} 0\n"), 1);
	assert_int_equal(lines_with(text, "{type=\"sev-es\"}"), 0);
	assert_int_equal(lines_with(text, "\nsevtrace_exporter_http_responses_total{code="),
			 WEB_ANSWER_COUNT);
	free(text);
	p.sev = (struct page_asids){ -1, -1 };
	p.sev_es = (struct page_asids){ .all = 0, .used = 99 };
	text = text_of(&p, sums);
	assert_int_equal(lines_with(text, "\nsevtrace_asids{type=\"sev-es\"} 0\n"), 1);
	assert_int_equal(lines_with(text, "\nsevtrace_asids_in_use{type=\"sev-es\"} 99\n"), 1);
	assert_int_equal(lines_with(text, "{type=\"sev\"}"), 0);
	free(text);
	metrics_free(sums);
	tally_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(end_lost),
		cmocka_unit_test(end_seen),
		cmocka_unit_test(outside),
		cmocka_unit_test(page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
