// SPDX-License-Identifier: GPL-2.0-only
/* How many launches more fit, from those that finished. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exporter/capacity.h"
#include "scenario.h"
#include "stats/hist.h"

#define MS 1000000ULL
#define SNP SEVTRACE_VM_SNP

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

static void put_hist(struct model *m, uint8_t kind, uint64_t ns)
{
	const struct sevtrace_hist_key key = { .launch = 1,
					       .kind = kind,
					       .id = SEVTRACE_CMD_SNP_LAUNCH_UPDATE };
	struct sevtrace_hist hist = { 0 };

	if (ns)
		hist_add(&hist, ns, 1, 0);
	if (ns)
		assert_int_equal(model_hist(m, &key, &hist), 0);
}

/* Adds a launch that takes so long, of which the PSP executes and the launch waits. */
static void add(struct capacity *c, uint64_t all, uint64_t psp, uint64_t wait)
{
	struct scenario s;
	struct model m;

	model_init(&m);
	scenario_begin(&s, feed, &m);
	put_launch(&s, 1, 100, "vmm", SNP);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH);
	s.now = m.launches[0]->first_ts + all;
	put_exit(&s, 0, 0, 1, SNP);
	assert_int_equal(s.error, 0);
	put_hist(&m, SEVTRACE_HIST_PSP_EXEC, psp);
	put_hist(&m, SEVTRACE_HIST_PSP_WAIT, wait);
	assert_in_range(launch_duration(m.launches[0]), all, all + MS);
	capacity_add(c, m.launches[0]);
	model_free(&m);
}

static void nothing_is_known(void **state)
{
	struct capacity c = { 0 };

	(void)state;
	assert_int_equal(capacity_psp(&c), 0);
	add(&c, 100 * MS, 0, 0);
	assert_int_equal(capacity_psp(&c), 0);
}

/* 100 ms of the PSP and 50 ms of all else: N are done after N x 100 + 50 ms. */
static void launches_fit(void **state)
{
	struct capacity c = { 0 };

	(void)state;
	add(&c, 150 * MS, 100 * MS, 0);
	assert_int_equal(capacity_psp(&c), 100 * MS);
	assert_int_equal(capacity_fit(&c, 49 * MS, 0), 0);
	assert_int_equal(capacity_fit(&c, 140 * MS, 0), 0);
	assert_int_equal(capacity_fit(&c, 1060 * MS, 0), 10);
	assert_int_equal(capacity_fit(&c, 1060 * MS, 4), 6);
	assert_int_equal(capacity_fit(&c, 1060 * MS, 11), 0);
	assert_int_equal(capacity_fit(&c, UINT64_MAX, 0), (UINT64_MAX - 50 * MS) / (100 * MS));
}

/* What a launch waited for others is not what it takes itself. */
static void waiting_is_taken_out(void **state)
{
	struct capacity c = { 0 };

	(void)state;
	add(&c, 650 * MS, 100 * MS, 500 * MS);
	assert_int_equal(capacity_psp(&c), 100 * MS);
	assert_int_equal(capacity_fit(&c, 1060 * MS, 0), 10);
	/* more than there is: several threads */
	add(&c, 150 * MS, 100 * MS, 900 * MS);
	assert_int_equal(capacity_psp(&c), 100 * MS);
	assert_int_equal(capacity_fit(&c, 1060 * MS, 0), 10);
	add(&c, 100 * MS, 900 * MS, 900 * MS);
	assert_in_range(capacity_psp(&c), 100 * MS, 101 * MS);
}

/* Only the latest ones count: firmware or guests may have become others. */
static void the_latest_count(void **state)
{
	struct capacity c = { 0 };

	(void)state;
	for (int i = 0; i < CAPACITY_LAUNCHES; i++)
		add(&c, 600 * MS, 500 * MS, 0);
	assert_in_range(capacity_psp(&c), 499 * MS, 500 * MS);
	for (int i = 0; i < CAPACITY_LAUNCHES; i++)
		add(&c, 150 * MS, 100 * MS, 0);
	assert_in_range(capacity_psp(&c), 99 * MS, 100 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known),
		cmocka_unit_test(launches_fit),
		cmocka_unit_test(waiting_is_taken_out),
		cmocka_unit_test(the_latest_count),
	};

	return cmocka_run_group_tests_name("capacity", tests, NULL, NULL);
}
