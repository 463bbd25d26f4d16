// SPDX-License-Identifier: GPL-2.0-only
/* What the model knows of a guest after its launch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"
#include "scenario.h"

#define MS 1000000ULL
#define FINISHED (100 * MS)

static void put(struct model *m, uint64_t ts, union sevtrace_record *rec, uint16_t type,
		size_t size)
{
	rec->h = (struct sevtrace_rec){
		.ts = ts, .launch = 1, .tid = 7, .type = type, .size = (uint16_t)size
	};
	assert_int_equal(model_feed(m, rec), 0);
}

static void put_guest(struct model *m, uint64_t ts, uint64_t exits, uint64_t given)
{
	union sevtrace_record rec = { .guest = { .exits = exits, .given = given } };

	put(m, ts, &rec, SEVTRACE_REC_GUEST, sizeof(rec.guest));
}

static void put_milestone(struct model *m, uint64_t ts, uint32_t value)
{
	union sevtrace_record rec = { .milestone = { .port = 0xf4, .value = value } };

	put(m, ts, &rec, SEVTRACE_REC_MILESTONE, sizeof(rec.milestone));
}

static void put_run(struct model *m, uint64_t ts)
{
	union sevtrace_record rec = { .run = { .vcpu = 0 } };

	put(m, ts, &rec, SEVTRACE_REC_RUN, sizeof(rec.run));
}

static const struct model_launch *finish(struct model *m)
{
	union sevtrace_record rec = { .ioctl_exit = { .ioctl = SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH,
						      .duration = MS } };

	model_init(m);
	put(m, FINISHED, &rec, SEVTRACE_REC_IOCTL_EXIT, sizeof(rec.ioctl_exit));
	return m->launches[0];
}

static void memory_grows(void **state)
{
	const struct model_launch *l;
	struct model m;

	(void)state;
	l = finish(&m);
	assert_false(launch_guest_known(l));
	put_run(&m, FINISHED + MS);
	assert_false(launch_guest_known(l));
	put_guest(&m, FINISHED + 3 * MS, 1, 0);
	assert_true(launch_guest_known(l));
	assert_int_equal(l->guest.exit_ts, FINISHED + 3 * MS);
	assert_int_equal(l->guest.grew_ts, 0);
	assert_int_equal(launch_guest_rate(l), 0);
	put_guest(&m, FINISHED + 501 * MS, 1, 128);
	put_guest(&m, FINISHED + 1001 * MS, 1, 256);
	/* no more memory: the rate stays */
	put_guest(&m, FINISHED + 9001 * MS, 2, 256);
	assert_int_equal(l->guest.exit_ts, FINISHED + 3 * MS);
	assert_int_equal(l->guest.grew_ts, FINISHED + 1001 * MS);
	assert_int_equal(l->guest.now.exits, 2);
	assert_int_equal(launch_guest_rate(l), 1 << 20); /* 1 MiB in a second */
	/* the launch itself is as long as it was */
	assert_int_equal(launch_duration(l), MS);
	model_free(&m);
}

/* A file may say anything. */
static void hostile(void **state)
{
	const struct model_launch *l;
	struct model m;

	(void)state;
	l = finish(&m);
	put_run(&m, FINISHED + MS);
	put_guest(&m, 0, 0, UINT64_MAX);
	assert_int_equal(launch_guest_rate(l), 0);
	put_guest(&m, UINT64_MAX, UINT64_MAX, 5);
	put_guest(&m, FINISHED + 2 * MS, 0, UINT64_MAX);
	assert_int_equal(launch_guest_rate(l), 0);
	model_free(&m);
	/* without the launch's end, nothing is after it */
	model_init(&m);
	put_guest(&m, FINISHED, 1, 1);
	assert_false(launch_guest_known(m.launches[0]));
	model_free(&m);
}

/* What it did when it was last seen. */
static void states(void **state)
{
	struct model_launch *l;
	struct model m;

	(void)state;
	l = (struct model_launch *)finish(&m);
	assert_int_equal(launch_guest_state(l), GUEST_STATE_UNKNOWN);
	assert_null(guest_state_name(GUEST_STATE_UNKNOWN));
	put_guest(&m, FINISHED + 5 * MS, 0, 0);
	assert_true(launch_guest_known(l));
	assert_int_equal(l->guest.exit_ts, 0);
	assert_int_equal(launch_guest_state(l), GUEST_WAITS);
	put_run(&m, FINISHED + 6 * MS);
	put_guest(&m, FINISHED + 7 * MS, 1, 0);
	assert_int_equal(launch_guest_state(l), GUEST_RUNS);
	put_guest(&m, FINISHED + 1000 * MS, 1, 128);
	assert_int_equal(launch_guest_state(l), GUEST_ACCEPTS);
	put_guest(&m, FINISHED + 3500 * MS, 1, 128);
	assert_int_equal(launch_guest_state(l), GUEST_ACCEPTS);
	put_guest(&m, FINISHED + 4000 * MS, 1, 128);
	assert_int_equal(launch_guest_state(l), GUEST_RUNS);
	put_guest(&m, FINISHED + 5000 * MS, 1, 256);
	l->guest.now.memory = 256;
	assert_int_equal(launch_guest_state(l), GUEST_RUNS);
	assert_string_equal(guest_state_name(GUEST_RUNS), "runs");
	l->destroyed = true;
	assert_int_equal(launch_guest_state(l), GUEST_STATE_UNKNOWN);
	model_free(&m);
}

static void milestones_have_a_limit(void **state)
{
	const struct model_launch *l;
	struct model m;

	(void)state;
	l = finish(&m);
	for (uint32_t i = 0; i < GUEST_MAX_MILESTONES + 3; i++)
		put_milestone(&m, FINISHED + i, i);
	assert_true(launch_guest_known(l));
	assert_int_equal(l->guest.nr_milestones, GUEST_MAX_MILESTONES);
	assert_int_equal(l->guest.more_milestones, 3);
	assert_int_equal(l->guest.milestones[5].value, 5);
	assert_int_equal(l->guest.milestones[5].port, 0xf4);
	model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_grows),
		cmocka_unit_test(hostile),
		cmocka_unit_test(states),
		cmocka_unit_test(milestones_have_a_limit),
	};

	return cmocka_run_group_tests_name("model_guest", tests, NULL, NULL);
}
