// SPDX-License-Identifier: GPL-2.0-only
/* Histograms of the times in PAGE records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sevtrace/kvm_sev.h>
#include <sevtrace/psp.h>

#include "collector/samples.h"
#include "stats/hist.h"

#define PAGE_OF(launch_)                                                                           \
	{                                                                                          \
		.h = { .launch = (launch_), .type = SEVTRACE_REC_PAGE }, .ns = { 100, 20 },        \
		.wait = 7, .exec = 1000, .npages = 3, .ioctl = SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, \
		.cmd = SEVTRACE_CMD_SNP_LAUNCH_UPDATE,                                             \
		.steps = { SEVTRACE_STEP_GET_PAGE, SEVTRACE_STEP_PSP }, .nr_steps = 2,             \
		.psp_step = 2, .page_type = SEVTRACE_PAGE_NORMAL, .private_pages = 1, .asked = 1,  \
	}

static struct sevtrace_hist get(const struct samples *s, uint32_t launch, uint16_t kind,
				uint32_t id, uint16_t phase)
{
	const struct sevtrace_hist_key key = {
		.launch = launch, .kind = kind, .id = id, .phase = phase
	};
	struct sevtrace_hist hist = { 0 };

	samples_merge(s, &key, &hist);
	return hist;
}

static void adds_every_time(void **state)
{
	struct samples *s = samples_new();
	const struct sevtrace_rec_page page = PAGE_OF(1);
	struct sevtrace_hist hist;

	(void)state;
	assert_non_null(s);
	for (int i = 0; i < 5; i++)
		assert_int_equal(samples_add(s, &page), 0);
	hist = get(s, 1, SEVTRACE_HIST_STEP, SEVTRACE_STEP_GET_PAGE, SEVTRACE_PHASE_PRIVATE);
	assert_int_equal(hist.count, 5);
	assert_int_equal(hist.sum, 500);
	assert_int_equal(hist.pages, 15);
	/* The command is part of its step. */
	hist = get(s, 1, SEVTRACE_HIST_STEP, SEVTRACE_STEP_PSP, SEVTRACE_PHASE_PRIVATE);
	assert_int_equal(hist.sum, 5 * (20 + 7 + 1000));
	hist = get(s, 1, SEVTRACE_HIST_PSP_WAIT, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0);
	assert_int_equal(hist.sum, 35);
	hist = get(s, 1, SEVTRACE_HIST_PSP_EXEC, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0);
	assert_int_equal(hist.sum, 5000);
	assert_int_equal(samples_keys(s, NULL, 0), 4);
	samples_free(s);
}

/* A command that was not asked, or did not wait, has no sample of that; nor has no command any. */
static void leaves_out_what_was_not(void **state)
{
	struct samples *s = samples_new();
	struct sevtrace_rec_page page = PAGE_OF(1);

	(void)state;
	page.wait = 0;
	page.asked = 0;
	assert_int_equal(samples_add(s, &page), 0);
	assert_int_equal(samples_keys(s, NULL, 0), 2);
	page.psp_step = 0;
	page.wait = 5;
	page.asked = 1;
	assert_int_equal(samples_add(s, &page), 0);
	assert_int_equal(samples_keys(s, NULL, 0), 2);
	samples_free(s);
}

/* Many launches at once, in turn, and each forgotten on its own. */
static void keeps_launches_apart(void **state)
{
	struct samples *s = samples_new();
	struct sevtrace_hist_key keys[4000];
	size_t nr;

	(void)state;
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 1; i <= 1000; i++) {
			const struct sevtrace_rec_page page = PAGE_OF(i);

			assert_int_equal(samples_add(s, &page), 0);
		}
	}
	nr = samples_keys(s, keys, 4000);
	assert_int_equal(nr, 4000);
	for (size_t i = 0; i < nr; i++) {
		struct sevtrace_hist hist = { 0 };

		assert_true(samples_merge(s, &keys[i], &hist));
		assert_int_equal(hist.count, 3);
		if (keys[i].launch != 7)
			samples_drop(s, &keys[i]);
	}
	assert_int_equal(samples_keys(s, keys, 4000), 4);
	assert_int_equal(keys[0].launch, 7);
	for (int i = 0; i < 4; i++)
		samples_drop(s, &keys[i]);
	/* A launch that goes on starts anew. */
	const struct sevtrace_rec_page page = PAGE_OF(7);

	assert_int_equal(samples_add(s, &page), 0);
	assert_int_equal(
		get(s, 7, SEVTRACE_HIST_STEP, SEVTRACE_STEP_PSP, SEVTRACE_PHASE_PRIVATE).count, 1);
	samples_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_every_time),
		cmocka_unit_test(leaves_out_what_was_not),
		cmocka_unit_test(keeps_launches_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
