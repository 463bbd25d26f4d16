// SPDX-License-Identifier: GPL-2.0-only
/* Who owns the time of a launch: the parts are the whole, whatever comes when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"
#include "scenario.h"
#include "util/array.h"

#define UPDATE SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE
#define FINISH SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH
#define MS 1000000ULL
#define START (100 * MS) /* the first record's time */

struct feed {
	struct model m;
	uint32_t launch;
};

static void put(struct feed *f, uint32_t tid, uint64_t at, union sevtrace_record *rec,
		uint16_t type, size_t size)
{
	rec->h = (struct sevtrace_rec){ .ts = START + at,
					.launch = f->launch,
					.tid = tid,
					.type = type,
					.size = (uint16_t)size };
	assert_int_equal(model_feed(&f->m, rec), 0);
}

static void enter(struct feed *f, uint32_t tid, uint64_t at, uint32_t ioctl)
{
	union sevtrace_record rec = { .ioctl_enter = { .ioctl = ioctl } };

	put(f, tid, at, &rec, SEVTRACE_REC_IOCTL_ENTER, sizeof(rec.ioctl_enter));
}

static void leave(struct feed *f, uint32_t tid, uint64_t start, uint64_t at, uint32_t ioctl)
{
	union sevtrace_record rec = { .ioctl_exit = { .ioctl = ioctl, .duration = at - start } };

	put(f, tid, at, &rec, SEVTRACE_REC_IOCTL_EXIT, sizeof(rec.ioctl_exit));
}

static void step(struct feed *f, uint32_t tid, uint64_t start, uint64_t at, uint8_t which)
{
	union sevtrace_record rec = {
		.step = { .step = which, .ioctl = UPDATE, .duration = at - start, .npages = 1 }
	};

	put(f, tid, at, &rec, SEVTRACE_REC_STEP, sizeof(rec.step));
}

static void command(struct feed *f, uint32_t tid, uint64_t at, uint64_t wait, uint64_t exec)
{
	union sevtrace_record rec = { .psp = { .cmd = SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
					       .wait = wait,
					       .exec = exec,
					       .asked = 1,
					       .answered = 1 } };

	put(f, tid, at, &rec, SEVTRACE_REC_PSP, sizeof(rec.psp));
}

static uint64_t part(const struct model_launch *l, uint32_t ioctl, uint32_t which)
{
	for (size_t i = 0; i < l->nr_commands; i++)
		if (l->commands[i].ioctl == ioctl)
			return l->commands[i].parts[which];
	return 0;
}

static uint64_t told(const struct model_launch *l)
{
	uint64_t sum = l->times.outside;

	for (size_t i = 0; i < l->nr_commands; i++)
		sum += command_time(&l->commands[i]);
	return sum;
}

static void assert_whole(const struct model_launch *l)
{
	assert_int_equal(told(l), launch_duration(l));
	assert_int_equal(launch_time_untold(l), 0);
}

/* One thread: what no record claims inside an ioctl is between steps, outside it is the VMM's. */
static void one_thread(void **state)
{
	struct feed f = { .launch = 1 };
	const struct model_launch *l;

	(void)state;
	enter(&f, 7, 0, UPDATE);
	step(&f, 7, 10, 40, SEVTRACE_STEP_COPY);
	command(&f, 7, 100, 5, 50);
	step(&f, 7, 42, 110, SEVTRACE_STEP_PSP);
	leave(&f, 7, 0, 150, UPDATE);
	enter(&f, 7, 1000, FINISH);
	leave(&f, 7, 1000, 1100, FINISH);
	l = f.m.launches[0];
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_COPY), 30);
	assert_int_equal(part(l, UPDATE, TIME_PSP_WAIT), 5);
	assert_int_equal(part(l, UPDATE, TIME_PSP_EXEC), 50);
	/* of the step, what lies before and after its command, whose record comes first */
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_PSP), 3 + 10);
	assert_int_equal(part(l, UPDATE, TIME_BETWEEN), 10 + 2 + 40);
	assert_int_equal(part(l, FINISH, TIME_BETWEEN), 100);
	assert_int_equal(l->times.outside, 850);
	assert_int_equal(l->times.overlap, 0);
	assert_whole(l);
	model_free(&f.m);
}

/* A write-back of caches within a step, whose record comes first, and one alone. */
static void writeback(void **state)
{
	struct feed f = { .launch = 1 };
	const struct model_launch *l;

	(void)state;
	enter(&f, 7, 0, UPDATE);
	step(&f, 7, 20, 50, SEVTRACE_STEP_WRITEBACK);
	step(&f, 7, 10, 60, SEVTRACE_STEP_PIN);
	step(&f, 7, 70, 75, SEVTRACE_STEP_WRITEBACK);
	leave(&f, 7, 0, 100, UPDATE);
	enter(&f, 7, 100, FINISH);
	leave(&f, 7, 100, 110, FINISH);
	l = f.m.launches[0];
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_WRITEBACK), 35);
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_PIN), 20);
	assert_int_equal(part(l, UPDATE, TIME_BETWEEN), 10 + 10 + 25);
	assert_whole(l);
	model_free(&f.m);
}

static void meanwhile(struct feed *f, uint32_t tid, uint64_t at,
		      const struct sevtrace_rec_meanwhile *what)
{
	union sevtrace_record rec = { .meanwhile = *what };

	put(f, tid, at, &rec, SEVTRACE_REC_MEANWHILE, sizeof(rec.meanwhile));
}

/* Puts a launch of two ioctls with 850 ns between them, of which the thread tells that. */
static const struct model_times *put_meanwhile(struct feed *f,
					       const struct sevtrace_rec_meanwhile *what)
{
	enter(f, 7, 0, UPDATE);
	leave(f, 7, 0, 150, UPDATE);
	meanwhile(f, 7, 1000, what);
	enter(f, 7, 1000, FINISH);
	leave(f, 7, 1000, 1100, FINISH);
	assert_int_equal(f->m.launches[0]->times.outside, 850);
	assert_whole(f->m.launches[0]);
	return &f->m.launches[0]->times;
}

static void what_the_vmm_did(void **state)
{
	static const struct {
		struct sevtrace_rec_meanwhile rec;
		uint64_t running, ready, asleep, unknown;
	} cases[] = {
		{ { .duration = 850, .ran = 500, .ready = 50 }, 500, 50, 300, 0 },
		/* clocks that differ a little */
		{ { .duration = 850, .ran = 852 }, 850, 0, 0, 0 },
		{ { .duration = 850, .ran = 800, .ready = 51 }, 800, 50, 0, 0 },
		/* longer than nobody was in an ioctl: its share */
		{ { .duration = 1700, .ran = 1000, .ready = 100 }, 500, 50, 300, 0 },
		/* shorter: of the rest nobody knows */
		{ { .duration = 800, .ran = 500, .ready = 50 }, 500, 50, 250, 50 },
		{ { .duration = 0, .ran = UINT64_MAX, .ready = UINT64_MAX }, 0, 0, 0, 850 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct feed f = { .launch = 1 };
		const struct model_times *t = put_meanwhile(&f, &cases[i].rec);

		assert_int_equal(t->vmm[VMM_TIME_RUNNING], cases[i].running);
		assert_int_equal(t->vmm[VMM_TIME_READY], cases[i].ready);
		assert_int_equal(t->vmm[VMM_TIME_ASLEEP], cases[i].asleep);
		assert_int_equal(vmm_time_unknown(t), cases[i].unknown);
		model_free(&f.m);
	}
}

static void begin(struct feed *f, uint64_t started, bool joined)
{
	union sevtrace_record rec = { .launch_begin = { .started = started, .joined = joined } };

	put(f, 7, 0, &rec, SEVTRACE_REC_LAUNCH_BEGIN, sizeof(rec.launch_begin));
}

static void run(struct feed *f, uint64_t at)
{
	union sevtrace_record rec = { .run = { .vcpu = 1 } };

	put(f, 9, at, &rec, SEVTRACE_REC_RUN, sizeof(rec.run));
}

/* From the VMM's exec to the first ioctl, and from the last one to the guest's first run. */
static void before_and_after(void **state)
{
	static const struct {
		uint64_t started;
		uint64_t runs[2]; /* 0: not at all */
		bool joined, knows_before, knows_after;
	} cases[] = {
		{ START - 300, { 1500, 1700 }, false, true, true },
		{ START, { 1100, 0 }, false, true, true },
		/* not recorded, before the recording, hostile */
		{ 0, { 0, 0 }, false, false, false },
		{ START - 300, { 0, 0 }, true, false, false },
		{ START + 1, { 1099, 0 }, false, false, false },
		{ UINT64_MAX, { 0, 0 }, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct feed f = { .launch = 1 };
		const struct model_launch *l;
		uint64_t ns;

		begin(&f, cases[i].started, cases[i].joined);
		enter(&f, 7, 0, UPDATE);
		leave(&f, 7, 0, 1000, UPDATE);
		enter(&f, 7, 1000, FINISH);
		leave(&f, 7, 1000, 1100, FINISH);
		for (size_t r = 0; r < 2 && cases[i].runs[r]; r++)
			run(&f, cases[i].runs[r]);
		l = f.m.launches[0];
		assert_int_equal(launch_before(l, &ns), cases[i].knows_before);
		assert_int_equal(ns, cases[i].knows_before ? START - cases[i].started : 0);
		assert_int_equal(launch_until_run(l, &ns), cases[i].knows_after);
		assert_int_equal(ns, cases[i].knows_after ? cases[i].runs[0] - 1100 : 0);
		/* neither is part of the launch */
		assert_int_equal(launch_duration(l), 1100);
		assert_whole(l);
		model_free(&f.m);
	}
}

/* Another thread is in an ioctl meanwhile, so the time is that one's; the faults count. */
static void what_another_thread_did(void **state)
{
	const struct sevtrace_rec_meanwhile rec = {
		.duration = 400, .ran = 400, .minor_faults = 3, .major_faults = 2
	};
	struct feed f = { .launch = 1 };
	const struct model_times *t;

	(void)state;
	enter(&f, 7, 0, UPDATE);
	enter(&f, 8, 50, UPDATE);
	leave(&f, 8, 50, 100, UPDATE);
	meanwhile(&f, 8, 500, &rec);
	enter(&f, 8, 500, UPDATE);
	leave(&f, 8, 500, 550, UPDATE);
	leave(&f, 7, 0, 1000, UPDATE);
	enter(&f, 7, 2000, FINISH);
	leave(&f, 7, 2000, 2100, FINISH);
	t = &f.m.launches[0]->times;
	assert_int_equal(t->outside, 1000);
	assert_int_equal(vmm_time_unknown(t), 1000);
	assert_int_equal(t->minor_faults, 3);
	assert_int_equal(t->major_faults, 2);
	assert_whole(f.m.launches[0]);
	model_free(&f.m);
}

/* Two threads at work at once: each nanosecond counts once. */
static void two_threads(void **state)
{
	struct feed f = { .launch = 1 };
	const struct model_launch *l;

	(void)state;
	enter(&f, 7, 0, UPDATE);
	enter(&f, 8, 10, UPDATE);
	step(&f, 8, 20, 30, SEVTRACE_STEP_COPY);
	/* has the time before the other's step, too, though its record comes later */
	command(&f, 7, 40, 0, 35);
	step(&f, 8, 30, 60, SEVTRACE_STEP_CLFLUSH);
	leave(&f, 7, 0, 70, UPDATE);
	leave(&f, 8, 10, 80, UPDATE);
	enter(&f, 7, 90, FINISH);
	leave(&f, 7, 90, 100, FINISH);
	l = f.m.launches[0];
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_COPY), 10);
	assert_int_equal(part(l, UPDATE, TIME_PSP_EXEC), 15 + 10);
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_CLFLUSH), 20);
	assert_int_equal(part(l, UPDATE, TIME_BETWEEN), 5 + 10 + 10);
	assert_int_equal(l->times.outside, 10);
	assert_int_equal(l->times.overlap, 60);
	assert_whole(l);
	model_free(&f.m);
}

/* Time that another thread has is taken from all parts of a record alike. */
static void shared_record(void **state)
{
	struct feed f = { .launch = 1 };
	const struct model_launch *l;

	(void)state;
	enter(&f, 7, 0, UPDATE);
	enter(&f, 8, 0, UPDATE);
	step(&f, 8, 0, 50, SEVTRACE_STEP_COPY);
	command(&f, 7, 100, 20, 80);
	leave(&f, 7, 0, 100, UPDATE);
	leave(&f, 8, 0, 100, UPDATE);
	l = f.m.launches[0];
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_COPY), 50);
	assert_int_equal(part(l, UPDATE, TIME_PSP_WAIT), 10);
	assert_int_equal(part(l, UPDATE, TIME_PSP_EXEC), 40);
	assert_whole(l);
	model_free(&f.m);
}

/* A wait for the PSP is put down to who held it meanwhile. */
static void waits_for_whom(void **state)
{
	struct feed f = { .launch = 2 };
	const struct model_launch *l;

	(void)state;
	enter(&f, 9, 0, UPDATE);
	command(&f, 9, 40000, 0, 40000);
	f.launch = 0;
	command(&f, 3, 60000, 0, 20000);
	f.launch = 1;
	enter(&f, 7, 10000, UPDATE);
	command(&f, 7, 100000, 60000, 30000);
	leave(&f, 7, 10000, 100000, UPDATE);
	/* too short to be a wait for anybody */
	f.launch = 2;
	command(&f, 9, 104000, 4000, 0);
	l = f.m.launches[model_position(&f.m, 1)];
	assert_int_equal(part(l, UPDATE, TIME_PSP_WAIT_LAUNCHES), 30000);
	assert_int_equal(part(l, UPDATE, TIME_PSP_WAIT_HOST), 20000);
	assert_int_equal(part(l, UPDATE, TIME_PSP_WAIT), 10000);
	assert_int_equal(part(l, UPDATE, TIME_PSP_EXEC), 30000);
	assert_int_equal(l->nr_waits, 2);
	assert_int_equal(l->waits[0].launch, 2);
	assert_int_equal(l->waits[0].ns, 30000);
	assert_int_equal(l->waits[1].launch, 0);
	assert_int_equal(l->waits[1].ns, 20000);
	assert_whole(l);
	l = f.m.launches[model_position(&f.m, 2)];
	assert_int_equal(part(l, UPDATE, TIME_PSP_WAIT_LAUNCHES), 0);
	assert_int_equal(part(l, UPDATE, TIME_PSP_WAIT), 4000);
	model_free(&f.m);
}

/* A page's record: its steps, and its command without them. */
static void pages(void **state)
{
	union sevtrace_record rec = { .page = { .ns = { 3, 5, 2 },
						.wait = 1,
						.prep = 2,
						.exec = 100,
						.reclaim = 4,
						.npages = 1,
						.ioctl = UPDATE,
						.steps = { SEVTRACE_STEP_GET_PAGE,
							   SEVTRACE_STEP_PSP,
							   SEVTRACE_STEP_RELEASE },
						.nr_steps = 3,
						.psp_step = 2,
						.asked = 1,
						.answered = 1 } };
	struct feed f = { .launch = 1 };
	const struct model_launch *l;

	(void)state;
	enter(&f, 7, 0, UPDATE);
	put(&f, 7, 200, &rec, SEVTRACE_REC_PAGE, sizeof(rec.page));
	put(&f, 7, 320, &rec, SEVTRACE_REC_PAGE, sizeof(rec.page));
	leave(&f, 7, 0, 330, UPDATE);
	l = f.m.launches[0];
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_GET_PAGE), 2 * 3);
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_PSP), 2 * 5);
	assert_int_equal(part(l, UPDATE, TIME_PSP_PREPARE), 2 * 2);
	assert_int_equal(part(l, UPDATE, TIME_PSP_EXEC), 2 * 100);
	assert_int_equal(part(l, UPDATE, TIME_PSP_RECLAIM), 2 * 4);
	assert_int_equal(part(l, UPDATE, TIME_BETWEEN), 330 - 2 * 117);
	assert_whole(l);
	model_free(&f.m);
}

/* Attribute updates are no SEV ioctl; what comes after the launch is not in it. */
static void attributes_and_after(void **state)
{
	union sevtrace_record rec = { .attr = { .duration = 30, .wait = 10, .end = 4 } };
	struct feed f = { .launch = 1 };
	const struct model_launch *l;

	(void)state;
	put(&f, 7, 30, &rec, SEVTRACE_REC_ATTR, sizeof(rec.attr));
	enter(&f, 7, 50, FINISH);
	leave(&f, 7, 50, 60, FINISH);
	enter(&f, 7, 500, UPDATE);
	step(&f, 7, 500, 600, SEVTRACE_STEP_COPY);
	leave(&f, 7, 500, 600, UPDATE);
	l = f.m.launches[0];
	assert_int_equal(part(l, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES, TIME_SLOTS_LOCK), 10);
	assert_int_equal(part(l, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES, SEVTRACE_STEP_ATTRIBUTES), 20);
	assert_int_equal(l->times.outside, 20);
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_COPY), 0);
	assert_whole(l);
	model_free(&f.m);
}

/* What lies before another thread's update of attributes is that of the ioctl under way. */
static void attributes_meanwhile(void **state)
{
	union sevtrace_record rec = { .attr = { .duration = 10, .end = 4 } };
	struct feed f = { .launch = 1 };
	const struct model_launch *l;

	(void)state;
	enter(&f, 7, 0, UPDATE);
	put(&f, 8, 30, &rec, SEVTRACE_REC_ATTR, sizeof(rec.attr));
	step(&f, 7, 35, 40, SEVTRACE_STEP_COPY);
	leave(&f, 7, 0, 50, UPDATE);
	l = f.m.launches[0];
	assert_int_equal(part(l, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES, SEVTRACE_STEP_ATTRIBUTES), 10);
	assert_int_equal(part(l, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES, TIME_BETWEEN), 0);
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_COPY), 5);
	assert_int_equal(part(l, UPDATE, TIME_BETWEEN), 35);
	assert_whole(l);
	model_free(&f.m);
}

/* Times that add up to more than there are, as only a made-up file has them. */
static void endless_times(void **state)
{
	union sevtrace_record rec = { .psp = { .wait = UINT64_MAX,
					       .prep = UINT64_MAX / 2,
					       .exec = UINT64_MAX,
					       .reclaim = 3,
					       .asked = 1 } };
	struct feed f = { .launch = 1 };
	const struct model_launch *l;

	(void)state;
	enter(&f, 7, 0, UPDATE);
	enter(&f, 8, 0, UPDATE);
	step(&f, 8, 0, 40, SEVTRACE_STEP_COPY);
	put(&f, 7, 100, &rec, SEVTRACE_REC_PSP, sizeof(rec.psp));
	leave(&f, 7, 0, 120, UPDATE);
	leave(&f, 8, 0, 120, UPDATE);
	l = f.m.launches[0];
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_COPY), 40);
	assert_int_equal(part(l, UPDATE, TIME_BETWEEN), 20);
	assert_whole(l);
	model_free(&f.m);
}

/* An ioctl under way when the recording ends, and one whose beginning was lost. */
static void incomplete(void **state)
{
	struct feed f = { .launch = 1 };
	const struct model_launch *l;

	(void)state;
	leave(&f, 7, 0, 40, UPDATE);
	enter(&f, 7, 100, UPDATE);
	step(&f, 7, 110, 120, SEVTRACE_STEP_COPY);
	l = f.m.launches[0];
	assert_int_equal(part(l, UPDATE, TIME_BETWEEN), 40 + 10);
	assert_int_equal(part(l, UPDATE, SEVTRACE_STEP_COPY), 10);
	assert_int_equal(l->times.outside, 60);
	assert_whole(l);
	model_free(&f.m);
}

/* Threads at random, with more gaps than are kept: whatever they do, the parts are the whole. */
static void at_random(void **state)
{
	enum { THREADS = 6, RECORDS = 3000 };

	(void)state;
	for (unsigned int seed = 1; seed <= 20; seed++) {
		uint64_t since[THREADS], last[THREADS] = { 0 }, now = 0;
		struct feed f = { .launch = 1 };
		bool in[THREADS] = { false };

		srand(seed);
		for (int i = 0; i < RECORDS; i++) {
			uint32_t t = (uint32_t)rand() % THREADS;

			now += (uint64_t)rand() % 50;
			if (!in[t]) {
				enter(&f, t + 1, now, UPDATE);
				since[t] = last[t] = now;
				in[t] = true;
			} else if (rand() % 10 == 0) {
				leave(&f, t + 1, since[t], now, UPDATE);
				in[t] = false;
			} else if (now > last[t]) {
				uint64_t ns = (uint64_t)rand() % (now - last[t]);

				if (rand() % 2)
					step(&f, t + 1, now - ns, now, SEVTRACE_STEP_COPY);
				else
					command(&f, t + 1, now, ns / 3, ns - ns / 3);
				last[t] = now;
			}
		}
		for (uint32_t t = 0; t < THREADS; t++)
			if (in[t])
				leave(&f, t + 1, since[t], now, UPDATE);
		enter(&f, 1, now + 5, FINISH);
		leave(&f, 1, now + 5, now + 9, FINISH);
		assert_whole(f.m.launches[0]);
		model_free(&f.m);
	}
}

static int feed_scenario(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

/* Every launch of the made-up recordings that is not hostile. */
static void scenarios(void **state)
{
	const char *name;

	(void)state;
	for (size_t i = 0; (name = scenario_name(i)); i++) {
		struct model m;

		model_init(&m);
		assert_int_equal(scenario_run(name, feed_scenario, &m), 0);
		for (size_t k = 0; k < m.nr_launches; k++) {
			assert_true(told(m.launches[k]) <= launch_duration(m.launches[k]));
			if (strcmp(name, "hostile") != 0)
				assert_whole(m.launches[k]);
		}
		model_free(&m);
	}
}

/* Every part has a name and a text. */
static void names(void **state)
{
	(void)state;
	for (uint32_t a = 0; a < TIME_COUNT; a++) {
		assert_non_null(time_name(a));
		assert_non_null(time_text(a));
		for (uint32_t b = 0; b < a; b++)
			assert_string_not_equal(time_name(a), time_name(b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread),
		cmocka_unit_test(writeback),
		cmocka_unit_test(what_the_vmm_did),
		cmocka_unit_test(what_another_thread_did),
		cmocka_unit_test(before_and_after),
		cmocka_unit_test(two_threads),
		cmocka_unit_test(shared_record),
		cmocka_unit_test(waits_for_whom),
		cmocka_unit_test(pages),
		cmocka_unit_test(attributes_and_after),
		cmocka_unit_test(attributes_meanwhile),
		cmocka_unit_test(endless_times),
		cmocka_unit_test(incomplete),
		cmocka_unit_test(at_random),
		cmocka_unit_test(scenarios),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
