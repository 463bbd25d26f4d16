// SPDX-License-Identifier: GPL-2.0-only
/* What the model knows of a VMM that was sampled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"

#define PERIOD 10000000ULL

static void put(struct model *m, uint64_t leaf, bool in_kernel, bool in_ioctl)
{
	union sevtrace_record rec = { .sample = {
					      .h = { .ts = 5,
						     .launch = 1,
						     .tid = 7,
						     .type = SEVTRACE_REC_SAMPLE,
						     .size = sizeof(struct sevtrace_rec_sample) },
					      .user = { leaf, 0x2000 },
					      .period = PERIOD,
					      .pid = 7,
					      .in_kernel = in_kernel,
					      .in_ioctl = in_ioctl } };

	assert_int_equal(model_feed(m, &rec), 0);
}

static void equal_stacks_are_one(void **state)
{
	const struct model_profile *p;
	struct model m;

	(void)state;
	model_init(&m);
	put(&m, 0x1000, false, false);
	put(&m, 0x1000, true, false);
	put(&m, 0x1000, false, false);
	put(&m, 0x1000, false, true);
	put(&m, 0x1001, false, false);
	p = &m.launches[0]->profile;
	assert_int_equal(p->samples, 5);
	assert_int_equal(p->ns, 5 * PERIOD);
	assert_int_equal(p->period, PERIOD);
	assert_int_equal(p->nr_stacks, 4);
	assert_int_equal(p->stacks[0].samples, 2);
	assert_int_equal(p->stacks[0].ns, 2 * PERIOD);
	assert_int_equal(p->stacks[0].user[1], 0x2000);
	assert_true(p->stacks[1].in_kernel);
	assert_true(p->stacks[2].in_ioctl);
	assert_int_equal(p->stacks[3].user[0], 0x1001);
	/* Samples are no part of the launch's course. */
	assert_false(m.launches[0]->has_span);
	model_free(&m);
}

static void too_many_are_counted(void **state)
{
	const struct model_profile *p;
	struct model m;

	(void)state;
	model_init(&m);
	for (uint64_t i = 1; i <= PROFILE_MAX_STACKS + 3; i++)
		put(&m, i, false, false);
	put(&m, 1, false, false);
	p = &m.launches[0]->profile;
	assert_int_equal(p->nr_stacks, PROFILE_MAX_STACKS);
	assert_int_equal(p->more, 3);
	assert_int_equal(p->samples, PROFILE_MAX_STACKS + 4);
	assert_int_equal(p->stacks[0].samples, 2);
	model_free(&m);
}

/* A file may ask for more than it is worth. */
static void within_budget(void **state)
{
	struct model m;
	int err = 0;

	(void)state;
	model_init(&m);
	m.budget.limit = 64 << 10;
	for (uint64_t i = 1; i <= PROFILE_MAX_STACKS && !err; i++) {
		union sevtrace_record rec = {
			.sample = { .h = { .ts = 5, .launch = 1, .type = SEVTRACE_REC_SAMPLE },
				    .user = { i } }
		};

		err = model_feed(&m, &rec);
	}
	assert_true(err);
	assert_true(m.budget.exceeded);
	model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_stacks_are_one),
		cmocka_unit_test(too_many_are_counted),
		cmocka_unit_test(within_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
