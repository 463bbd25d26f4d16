// SPDX-License-Identifier: GPL-2.0-only
/* What the model keeps, how much of it, and what it gives back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/model.h"
#include "scenario.h"
#include "stats/hist.h"
#include "tracefile/tracefile.h"
#include "util/array.h"

#define MAX_COMMANDS 256
#define MAX_HOST 64
#define MAX_LOSSES 64
#define MAX_CPUS 8192

static int setup(void **state)
{
	static struct model m;

	*state = &m;
	model_init(&m);
	return 0;
}

static int teardown(void **state)
{
	model_free(*state);
	return 0;
}

static int feed_model(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

static void feed(struct model *m, uint16_t type, union sevtrace_record rec)
{
	rec.h.type = type;
	rec.h.ts++;
	assert_int_equal(model_feed(m, &rec), 0);
}

static struct model_launch *exit_of(struct model *m, uint32_t launch, uint32_t ioctl, int32_t ret)
{
	feed(m, SEVTRACE_REC_IOCTL_EXIT,
	     (union sevtrace_record){
		     .ioctl_exit = { .h = { .launch = launch }, .ioctl = ioctl, .ret = ret } });
	return m->launches[model_position(m, launch)];
}

/* Beyond so many kinds of ioctls, the last one stands for the rest; and so of commands. */
static void kinds_of_commands(void **state)
{
	struct model *m = *state;
	struct model_launch *l = NULL;

	for (uint32_t i = 0; i < MAX_COMMANDS + 5; i++) {
		l = exit_of(m, 1, 1000 + i, 0);
		feed(m, SEVTRACE_REC_PSP,
		     (union sevtrace_record){ .psp = { .h = { .launch = 1 }, .cmd = 2000 + i } });
	}
	assert_int_equal(l->nr_commands, MAX_COMMANDS);
	assert_int_equal(l->nr_psp, MAX_COMMANDS);
	for (uint32_t i = 0; i < MAX_COMMANDS; i++) {
		const uint64_t count = i == MAX_COMMANDS - 1 ? 6 : 1;

		assert_int_equal(l->commands[i].ioctl, 1000 + i);
		assert_int_equal(l->commands[i].time.records->count, count);
		assert_int_equal(l->psp[i].cmd, 2000 + i);
		assert_int_equal(l->psp[i].recorded, count);
	}
}

static void facts_of_the_host(void **state)
{
	struct model *m = *state;
	char key[16];
	size_t used;

	assert_null(model_host_value(m, "kernel"));
	assert_int_equal(model_host(m, "kernel", "6.1"), 0);
	assert_int_equal(model_host(m, "", "nothing"), 0);
	assert_int_equal(m->nr_host, 1);
	assert_int_equal(model_host(m, "kernels", "2"), 0);
	assert_string_equal(model_host_value(m, "kernel"), "6.1");
	assert_string_equal(model_host_value(m, "kernels"), "2");
	assert_null(model_host_value(m, "kerne"));
	used = m->budget.used;
	assert_int_equal(used, sizeof("kernel") + sizeof("6.1") + sizeof("kernels") + sizeof("2"));
	assert_int_equal(model_host(m, "kernel", "6.12"), 0);
	assert_int_equal(m->budget.used, used + 1);
	assert_int_equal(model_host(m, "kernel", ""), 0);
	assert_int_equal(m->budget.used, used - 3);
	assert_int_equal(m->nr_host, 2);
	assert_string_equal(model_host_value(m, "kernel"), "");
	for (int i = 2; i < MAX_HOST + 3; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		assert_int_equal(model_host(m, key, "value"), 0);
	}
	assert_int_equal(m->nr_host, MAX_HOST);
	assert_string_equal(model_host_value(m, "key 63"), "value");
	assert_null(model_host_value(m, "key 64"));
	/* known ones have room */
	assert_int_equal(model_host(m, "key 63", "other"), 0);
	assert_string_equal(model_host_value(m, "key 63"), "other");
}

/* What does not fit into the budget is refused, and leaves what there was. */
static void facts_beyond_the_budget(void **state)
{
	struct model *m = *state;

	m->budget.limit = 10;
	assert_int_equal(model_host(m, "a", "1234567"), 0);
	assert_int_equal(model_host(m, "a", "1"), -ENOMEM);
	assert_string_equal(model_host_value(m, "a"), "1234567");
	assert_int_equal(model_host(m, "b", "1"), -ENOMEM);
	assert_int_equal(m->nr_host, 1);
	m->budget.limit = 12;
	m->budget.exceeded = false;
	assert_int_equal(model_host(m, "b", "1"), -ENOMEM);
	assert_true(m->budget.exceeded);
	assert_int_equal(m->nr_host, 1);
	m->budget.limit = 14;
	m->budget.exceeded = false;
	assert_int_equal(model_host(m, "a", ""), 0);
	assert_false(m->budget.exceeded);
}

/* What is full has room for what needs none. */
static void full_budget(void **state)
{
	struct model_budget b = { .limit = 3 * sizeof(uint64_t) };
	uint64_t *array = NULL;
	size_t charged = 0, nr = 0;

	(void)state;
	assert_true(model_budget_take(&b, sizeof(uint64_t)));
	for (size_t i = 0; i < 2; i++)
		assert_non_null(
			model_budget_add(&b, &charged, (void **)&array, &nr, sizeof(*array)));
	assert_int_equal(b.used, b.limit);
	assert_true(model_budget_take(&b, 0));
	assert_false(b.exceeded);
	assert_null(model_budget_add(&b, &charged, (void **)&array, &nr, sizeof(*array)));
	assert_true(b.exceeded);
	/* One whose limit was lowered has not even that. */
	b.limit--;
	assert_false(model_budget_take(&b, 0));
	free(array);
}

static void losses(void **state)
{
	struct model *m = *state;

	for (int i = 0; i < MAX_LOSSES + 3; i++) {
		struct tracefile_loss loss = { .count = (uint64_t)i };

		snprintf(loss.name, sizeof(loss.name), "loss %d", i);
		assert_int_equal(model_loss(m, &loss), 0);
		loss.count += 100;
		assert_int_equal(model_loss(m, &loss), 0);
	}
	assert_int_equal(m->nr_losses, MAX_LOSSES);
	for (uint64_t i = 0; i < MAX_LOSSES; i++)
		assert_int_equal(m->losses[i].count, 100 + i);
}

static void processors(void **state)
{
	struct model *m = *state;
	struct tracefile_cpu_drops sum;

	for (uint32_t i = 0; i < MAX_CPUS + 3; i++) {
		struct tracefile_cpu_drops drops = { .cpu = 3 * i, .emitted = 9, .recorded = 8 };

		assert_int_equal(model_cpu_drops(m, &drops), 0);
		drops.recorded = 5;
		drops.dropped = 4;
		assert_int_equal(model_cpu_drops(m, &drops), 0);
	}
	assert_int_equal(m->nr_cpus, MAX_CPUS);
	assert_true(model_drops(m, &sum));
	assert_int_equal(sum.emitted, 9 * MAX_CPUS);
	assert_int_equal(sum.recorded, 5 * MAX_CPUS);
	assert_int_equal(sum.dropped, 4 * MAX_CPUS);
}

static void drops_of_launches(void **state)
{
	static const struct tracefile_launch_drops drops[] = { { .launch = 0, .dropped = 3 },
							       { .launch = 7, .dropped = 4 },
							       { .launch = 7 } };
	struct model *m = *state;

	for (size_t i = 0; i < 2; i++)
		assert_int_equal(model_launch_drops(m, &drops[i]), 0);
	assert_int_equal(m->outside->dropped, 3);
	assert_int_equal(m->nr_launches, 1);
	assert_int_equal(m->launches[0]->number, 7);
	assert_int_equal(m->launches[0]->dropped, 4);
	assert_int_equal(model_launch_drops(m, &drops[2]), 0);
	assert_int_equal(m->launches[0]->dropped, 0);
}

/* Each kind of histogram has its place, and those that this version does not know have none. */
static void kinds_of_histograms(void **state)
{
	static const struct {
		struct sevtrace_hist_key key;
		bool known;
	} cases[] = {
		{ { 1, 0, SEVTRACE_HIST_STEP, 0 }, true },
		{ { 1, SEVTRACE_STEP_COUNT - 1, SEVTRACE_HIST_STEP, SEVTRACE_PHASE_COUNT - 1 },
		  true },
		{ { 1, SEVTRACE_STEP_COUNT, SEVTRACE_HIST_STEP, 0 }, false },
		{ { 1, 0, SEVTRACE_HIST_STEP, SEVTRACE_PHASE_COUNT }, false },
		{ { 1, 5, SEVTRACE_HIST_PSP_WAIT, 0 }, true },
		{ { 1, 5, SEVTRACE_HIST_PSP_EXEC, 0 }, true },
		{ { 1, 5, SEVTRACE_HIST_IOCTL, 0 }, true },
		{ { 1, 0, SEVTRACE_HIST_ATTR_WAIT, 0 }, true },
		{ { 1, 202, SEVTRACE_HIST_CALL, 0 }, true },
		{ { 1, 202, SEVTRACE_HIST_IOCTL_CALL, 0 }, true },
		{ { 1, 0, SEVTRACE_HIST_FAULT, 0 }, true },
		{ { 1, 0, SEVTRACE_HIST_FAULT + 1, 0 }, false },
	};
	const struct sevtrace_hist hist = { .count = 1 };
	struct model *m = *state;
	const struct model_launch *l;
	size_t nr = 0;

	assert_false(m->kernel_hists);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const size_t used = m->budget.used;

		assert_int_equal(model_hist(m, &cases[i].key, &hist), 0);
		nr += cases[i].known;
		if (i)
			assert_int_equal(m->budget.used > used, cases[i].known);
	}
	assert_true(m->kernel_hists);
	l = m->launches[0];
	assert_int_equal(l->steps[0][0].kernel->count, 1);
	assert_int_equal(l->steps[SEVTRACE_PHASE_COUNT - 1][SEVTRACE_STEP_COUNT - 1].kernel->count,
			 1);
	assert_int_equal(l->nr_psp, 1);
	assert_int_equal(l->psp[0].wait.kernel->count, 1);
	assert_int_equal(l->psp[0].exec.kernel->count, 1);
	assert_int_equal(l->nr_commands, 1);
	assert_int_equal(l->commands[0].time.kernel->count, 1);
	assert_int_equal(l->attributes.wait.kernel->count, 1);
	assert_int_equal(l->nr_calls, 3);
	for (size_t i = 0; i < l->nr_calls; i++)
		assert_int_equal(l->calls[i].time.kernel->count, 1);
	assert_int_equal(nr, 9);
}

/*
 * When a launch is over and the kernel counted no less, what was rebuilt from records is not
 * needed any more, and its memory is given back.
 */
static void rebuilt_histograms_go(void **state)
{
	static const struct {
		uint64_t destroyed;
		uint64_t kernel;
		uint64_t goes;
	} cases[] = {
		{ false, 9, false }, { true, 1, false }, { true, 2, true }, { true, 9, true }
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct sevtrace_hist_key key = { 1, 50, SEVTRACE_HIST_IOCTL, 0 };
		const struct sevtrace_hist hist = { .count = cases[i].kernel };
		struct model m;
		struct model_launch *l;
		size_t used, charged;

		model_init(&m);
		exit_of(&m, 1, 50, 0);
		l = exit_of(&m, 1, 50, 0);
		l->destroyed = cases[i].destroyed != 0;
		used = m.budget.used;
		charged = l->charged;
		assert_int_equal(model_hist(&m, &key, &hist), 0);
		assert_int_equal(l->commands[0].time.records == NULL, cases[i].goes);
		/* one came, and one went or not */
		assert_int_equal(m.budget.used - used, cases[i].goes ? 0 : sizeof(hist));
		assert_int_equal(l->charged - charged, cases[i].goes ? 0 : sizeof(hist));
		model_free(&m);
	}
}

static void forgets(void **state)
{
	struct model *m = *state;
	size_t used;

	for (uint32_t i = 1; i <= 5; i++)
		exit_of(m, 10 * i, 1, i == 3 ? -EIO : 0);
	used = m->budget.used;
	model_forget(m, 99);
	assert_int_equal(m->nr_launches, 5);
	assert_int_equal(m->budget.used, used);
	for (uint32_t i = 1; i <= 5; i++)
		assert_int_equal(model_position(m, 10 * i), i - 1);
	assert_int_equal(model_position(m, 11), 5);
	/* in the middle, the last, the first */
	model_forget(m, 30);
	assert_true(m->budget.used < used);
	exit_of(m, 50, 1, 0);
	assert_int_equal(m->latest->number, 50);
	model_forget(m, 20 + 1);
	assert_int_equal(m->latest->number, 50);
	model_forget(m, 50);
	assert_null(m->latest);
	model_forget(m, 10);
	assert_int_equal(m->nr_launches, 2);
	assert_int_equal(m->launches[0]->number, 20);
	assert_int_equal(m->launches[1]->number, 40);
	assert_int_equal(model_position(m, 20), 0);
	assert_int_equal(model_position(m, 40), 1);
	assert_int_equal(model_position(m, 10), 2);
	assert_int_equal(model_position(m, 30), 2);
	/* later records begin it anew */
	exit_of(m, 30, 1, 0);
	assert_int_equal(m->nr_launches, 3);
	assert_int_equal(m->launches[2]->nr_failures, 0);
	model_forget(m, 20);
	model_forget(m, 40);
	model_forget(m, 30);
	assert_int_equal(m->nr_launches, 0);
	assert_int_equal(m->budget.used, 0);
	assert_int_equal(model_position(m, 20), 0);
}

/* What was known so far moves; attribute updates, and threads inside ioctls, stay. */
static void splits(void **state)
{
	static const struct sevtrace_hist none;
	struct model *m = *state;
	struct model_launch *l, *split;
	size_t nr_commands;

	assert_int_equal(scenario_run("snp-failed-page", feed_model, m), 0);
	l = m->launches[0];
	feed(m, SEVTRACE_REC_IOCTL_ENTER,
	     (union sevtrace_record){ .ioctl_enter = { .h = { .launch = 1, .tid = 5 } } });
	nr_commands = l->nr_commands;
	split = launch_split(l);
	assert_non_null(split);
	assert_int_equal(split->nr_commands, nr_commands - 1);
	assert_int_equal(split->nr_failures, 1);
	assert_int_equal(split->nr_ops, 0);
	assert_int_equal(split->attributes.updates, 0);
	assert_null(split->attributes.wait.records);
	assert_int_equal(launch_pages(split, true), 4);
	assert_int_equal(split->ranges[1], 1);
	assert_int_equal(
		launch_phase_step(split, SEVTRACE_PHASE_PRIVATE, SEVTRACE_STEP_COPY)->count, 5);
	assert_true(split->nr_psp > 0);
	for (size_t i = 0; i < split->nr_commands; i++)
		assert_int_not_equal(split->commands[i].ioctl, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES);
	assert_int_equal(l->nr_commands, 1);
	assert_int_equal(l->commands[0].ioctl, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES);
	assert_int_equal(l->commands[0].time.records->count, 1);
	assert_int_equal(l->attributes.updates, 1);
	assert_int_equal(l->nr_psp + l->nr_failures + l->more_failures, 0);
	assert_int_equal(l->nr_ops, 1);
	assert_int_equal(launch_pages(l, true) + l->ranges[0] + l->ranges[1], 0);
	for (uint32_t phase = 0; phase < SEVTRACE_PHASE_COUNT; phase++)
		for (uint32_t i = 0; i < SEVTRACE_STEP_COUNT; i++) {
			const bool attributes = i == SEVTRACE_STEP_ATTRIBUTES;
			const struct sevtrace_hist *h;

			h = launch_phase_step(attributes ? split : l, phase, i);
			assert_memory_equal(h, &none, sizeof(none));
		}
	launch_free(split);
	/* It goes on: what comes now is all that it has, and without attributes no ioctl stays. */
	exit_of(m, 1, 50, -EIO);
	assert_int_equal(l->nr_commands, 2);
	assert_int_equal(l->nr_failures, 1);
	exit_of(m, 2, 50, -EIO);
	split = launch_split(m->launches[1]);
	assert_int_equal(split->nr_commands, 1);
	assert_int_equal(m->launches[1]->nr_commands, 0);
	exit_of(m, 2, 60, 0);
	assert_int_equal(m->launches[1]->commands[0].ioctl, 60);
	launch_free(split);
	launch_free(NULL);
}

static void put(struct tracefile_writer *w, uint16_t type, uint16_t size, uint64_t ts,
		union sevtrace_record rec)
{
	rec.h = (struct sevtrace_rec){ .ts = ts, .launch = 1, .tid = 7, .type = type, .size = size };
	assert_int_equal(tracefile_write_records(w, &rec, size, 1), 0);
}

/* Ioctl after ioctl, each like the one before: next to nothing in the file, and in the model. */
static void many_ioctls(void **state)
{
	char dir[] = "/tmp/sevtrace-store.XXXXXX", path[64], why[256];
	struct model *m = *state;
	struct tracefile_writer *w;
	struct tracefile_reader *r;
	struct tracefile_state read;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/t.data", dir);
	assert_int_equal(tracefile_create(path, &w), 0);
	for (uint64_t i = 1; i <= 30000; i++) {
		put(w, SEVTRACE_REC_IOCTL_ENTER, sizeof(struct sevtrace_rec_ioctl_enter), 1000 * i,
		    (union sevtrace_record){
			    .ioctl_enter = { .ioctl = SEVTRACE_KVM_SEV_GUEST_STATUS } });
		put(w, SEVTRACE_REC_IOCTL_EXIT, sizeof(struct sevtrace_rec_ioctl_exit),
		    1000 * i + 500,
		    (union sevtrace_record){
			    .ioctl_exit = { .ioctl = SEVTRACE_KVM_SEV_GUEST_STATUS } });
	}
	assert_int_equal(tracefile_finish(w), 0);
	tracefile_close(w);
	assert_int_equal(tracefile_open(path, &r, why, sizeof(why)), 0);
	assert_int_equal(model_read(m, r, &read), 0);
	tracefile_reader_free(r);
	unlink(path);
	rmdir(dir);
	assert_string_equal(read.text, "");
	assert_true(read.complete);
	assert_int_equal(m->launches[0]->commands[0].time.records->count, 30000);
	assert_in_range(m->budget.used, 1, 100000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kinds_of_commands),
		TEST(facts_of_the_host),
		TEST(facts_beyond_the_budget),
		TEST(full_budget),
		TEST(losses),
		TEST(processors),
		TEST(drops_of_launches),
		TEST(kinds_of_histograms),
		TEST(rebuilt_histograms_go),
		TEST(forgets),
		TEST(splits),
		TEST(many_ioctls),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
