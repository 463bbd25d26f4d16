// SPDX-License-Identifier: GPL-2.0-only
/* What is asked of a launch: each answer beside the one that a single fact makes of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"
#include "stats/hist.h"
#include "util/array.h"

static struct sevtrace_hist hist_with(uint32_t samples)
{
	struct sevtrace_hist hist = { 0 };

	if (samples)
		hist_add(&hist, 1000, samples, samples);
	return hist;
}

/* The kernel's histogram is taken where it has no fewer samples than the one of the records. */
static void the_larger_histogram(void **state)
{
	struct sevtrace_hist three = hist_with(3), other_three = hist_with(3), four = hist_with(4);

	(void)state;
	assert_int_equal(series_hist(&(struct series){ NULL, NULL })->count, 0);
	assert_ptr_equal(series_hist(&(struct series){ &three, NULL }), &three);
	assert_ptr_equal(series_hist(&(struct series){ NULL, &three }), &three);
	assert_ptr_equal(series_hist(&(struct series){ &three, &other_three }), &three);
	assert_ptr_equal(series_hist(&(struct series){ &three, &four }), &four);
	assert_ptr_equal(series_hist(&(struct series){ &four, &three }), &four);
}

static void vmm(void **state)
{
	struct model_launch l = { .comm = "qemu", .pid = 57 };
	char buf[LAUNCH_VMM_LEN];

	(void)state;
	assert_string_equal(launch_vmm(&l, buf), "qemu[57]");
	l = (struct model_launch){ .comm = "", .pid = UINT32_MAX };
	assert_string_equal(launch_vmm(&l, buf), "?[4294967295]");
	l = (struct model_launch){ .comm = "\033[31m", .pid = 1 };
	assert_null(strchr(launch_vmm(&l, buf), '\033'));
}

static void sources(void **state)
{
	struct sevtrace_hist some = hist_with(1);
	struct model_command command = { 0 };
	struct model_psp psp = { 0 };
	struct model_launch l = { .commands = &command, .psp = &psp };
	struct series *const all[] = { &l.steps[0][0],
				       &l.steps[SEVTRACE_PHASE_COUNT - 1][SEVTRACE_STEP_COUNT - 1],
				       &command.time, &psp.wait, &psp.exec };

	(void)state;
	l.nr_commands = l.nr_psp = 1;
	assert_int_equal(launch_source(&l), SOURCE_RECORDS);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		all[i]->kernel = &some;
		assert_int_equal(launch_source(&l), SOURCE_KERNEL);
		for (size_t n = 0; n < ARRAY_SIZE(all); n++) {
			if (n == i)
				continue;
			all[n]->records = &some;
			assert_int_equal(launch_source(&l), SOURCE_MIXED);
			all[n]->records = NULL;
		}
		all[i]->kernel = NULL;
		all[i]->records = &some;
		assert_int_equal(launch_source(&l), SOURCE_RECORDS);
		all[i]->records = NULL;
	}
	assert_string_equal(source_name(SOURCE_RECORDS), "records");
	assert_string_equal(source_name(SOURCE_KERNEL), "kernel");
	assert_string_equal(source_name(SOURCE_MIXED), "mixed");
}

/* A step's histogram is that of all phases but the teardown's, and phases keep their own. */
static void steps_of_all_phases(void **state)
{
	struct sevtrace_hist of[SEVTRACE_PHASE_COUNT], buffer;
	struct model_launch l = { 0 };

	(void)state;
	assert_int_equal(launch_step(&l, SEVTRACE_STEP_COPY, &buffer)->count, 0);
	for (uint32_t phases = 1; phases < 1U << SEVTRACE_PHASE_COUNT; phases++) {
		uint64_t sum = 0;
		const struct sevtrace_hist *got;

		memset(&l, 0, sizeof(l));
		for (uint32_t i = 0; i < SEVTRACE_PHASE_COUNT; i++) {
			of[i] = hist_with(1U << i);
			if (!(phases >> i & 1))
				continue;
			l.steps[i][SEVTRACE_STEP_COPY].records = &of[i];
			sum += i == SEVTRACE_PHASE_TEARDOWN ? 0 : 1U << i;
		}
		got = launch_step(&l, SEVTRACE_STEP_COPY, &buffer);
		assert_int_equal(got->count, sum);
		assert_int_equal(got->sum, 1000 * sum);
		for (uint32_t i = 0; i < SEVTRACE_PHASE_COUNT; i++) {
			assert_int_equal(of[i].count, 1U << i);
			assert_int_equal(launch_phase_step(&l, i, SEVTRACE_STEP_COPY)->count,
					 phases >> i & 1 ? 1U << i : 0);
			assert_int_equal(launch_has_phase(&l, i), phases >> i & 1);
		}
		assert_int_equal(launch_step(&l, SEVTRACE_STEP_PIN, &buffer)->count, 0);
	}
}

/* The first and the last step make a phase, one without samples makes none. */
static void phases(void **state)
{
	struct sevtrace_hist none = hist_with(0), some = hist_with(1);
	struct model_launch l = { 0 };

	(void)state;
	l.steps[SEVTRACE_PHASE_OTHER][0].kernel = &none;
	assert_false(launch_has_phase(&l, SEVTRACE_PHASE_OTHER));
	l.steps[SEVTRACE_PHASE_OTHER][0].kernel = &some;
	assert_true(launch_has_phase(&l, SEVTRACE_PHASE_OTHER));
	l.steps[SEVTRACE_PHASE_OTHER][0].kernel = NULL;
	l.steps[SEVTRACE_PHASE_OTHER][SEVTRACE_STEP_COUNT - 1].kernel = &some;
	assert_true(launch_has_phase(&l, SEVTRACE_PHASE_OTHER));
}

static void flushes(void **state)
{
	struct model_launch l = { 0 };
	struct model_flushes sum;

	(void)state;
	for (uint32_t i = 0; i < SEVTRACE_PHASE_COUNT; i++)
		l.flushes[i] = (struct model_flushes){ 1U << i, 16U << i, 256U << i, 4096U << i };
	sum = launch_flushes(&l);
	assert_int_equal(sum.done, 7);
	assert_int_equal(sum.skipped, 16 * 7);
	assert_int_equal(sum.pages, 256 * 7);
	assert_int_equal(sum.skipped_pages, 4096 * 7);
}

static void counts_of_commands(void **state)
{
	struct sevtrace_hist five = hist_with(5);
	struct model_psp psp = { .recorded = 6 };

	(void)state;
	assert_int_equal(psp_count(&psp), 6);
	psp.exec.kernel = &five;
	assert_int_equal(psp_count(&psp), 6);
	psp.not_asked = 2;
	assert_int_equal(psp_count(&psp), 7);
	psp.recorded = 8;
	assert_int_equal(psp_count(&psp), 8);
}

static const struct model_failure race = {
	.ioctl = SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA,
	.has_step = true,
	.step = SEVTRACE_STEP_GET_PAGE,
	.inner_ret = -EEXIST,
};

static void races(void **state)
{
	(void)state;
	assert_true(failure_raced(&race));
	for (int i = 0; i < 4; i++) {
		struct model_failure f = race;

		f.ioctl += i == 0;
		f.has_step = i != 1;
		f.step += i == 2;
		f.inner_ret += i == 3;
		assert_false(failure_raced(&f));
	}
}

static void results(void **state)
{
	static const struct model_failure none = { .ioctl = SEVTRACE_KVM_SEV_LAUNCH_START };
	static const struct model_failure made_good = { .ioctl = SEVTRACE_KVM_SEV_LAUNCH_START,
							.recovered = true };
	static const struct model_failure beside = {
		.ioctl = SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION
	};
	struct model_failure made_good_race = race;
	const struct {
		const struct model_failure *failures[2];
		uint64_t finished;
		uint64_t more;
		enum model_result result;
	} cases[] = {
		{ { NULL }, false, 0, MODEL_INCOMPLETE },
		{ { NULL }, true, 0, MODEL_OK },
		{ { NULL }, false, 1, MODEL_FAILED },
		{ { NULL }, true, 1, MODEL_OK },
		{ { &none }, false, 0, MODEL_FAILED },
		{ { &none }, true, 0, MODEL_OK },
		{ { &made_good }, false, 0, MODEL_INCOMPLETE },
		{ { &made_good, &none }, false, 0, MODEL_FAILED },
		{ { &beside }, false, 0, MODEL_INCOMPLETE },
		{ { &beside, &made_good }, false, 0, MODEL_INCOMPLETE },
		{ { &beside, &none }, false, 0, MODEL_FAILED },
		{ { &race }, true, 0, MODEL_FAILED },
		{ { &none, &race }, true, 0, MODEL_FAILED },
		{ { &made_good_race }, true, 0, MODEL_OK },
	};

	(void)state;
	made_good_race.recovered = true;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct model_failure *failures = calloc(2, sizeof(*failures));
		struct model_launch l = { .finished = cases[i].finished != 0,
					  .more_failures = cases[i].more,
					  .failures = failures };
		struct model_launch *launches[] = { &l };
		const struct model m = { .launches = launches, .nr_launches = 1 };

		assert_non_null(failures);
		for (; l.nr_failures < 2 && cases[i].failures[l.nr_failures]; l.nr_failures++)
			failures[l.nr_failures] = *cases[i].failures[l.nr_failures];
		if (launch_result(&l) != cases[i].result)
			fail_msg("case %zu: %s", i, result_name(launch_result(&l)));
		assert_int_equal(model_failed(&m), cases[i].result == MODEL_FAILED);
		free(failures);
	}
	assert_string_equal(result_name(MODEL_OK), "ok");
	assert_string_equal(result_name(MODEL_FAILED), "failed");
	assert_string_equal(result_name(MODEL_INCOMPLETE), "incomplete");
}

/* Launches beyond the limit count, too, unless they were finished. */
static void results_of_the_rest(void **state)
{
	struct model_rest rest[] = { { .failed = true, .finished = true }, { .finished = true } };
	const struct model m = { .rest = rest, .nr_rest = ARRAY_SIZE(rest) };

	(void)state;
	assert_int_equal(model_rest_failed(&m), 0);
	assert_false(model_failed(&m));
	rest[1] = (struct model_rest){ .failed = true };
	assert_int_equal(model_rest_failed(&m), 1);
	assert_true(model_failed(&m));
}

static void endings(void **state)
{
	static const struct {
		bool finished, destroyed, exited;
		uint8_t signal;
		enum launch_ending ending;
		const char *name;
	} cases[] = {
		{ true, true, true, 9, LAUNCH_FINISHED, "finished" },
		{ false, false, true, 9, LAUNCH_OPEN, "open" },
		{ false, true, false, 9, LAUNCH_ABANDONED, "abandoned" },
		{ false, true, true, 0, LAUNCH_EXITED, "exited" },
		{ false, true, true, 9, LAUNCH_KILLED, "killed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct model_launch l = { .finished = cases[i].finished,
						.destroyed = cases[i].destroyed,
						.vmm_exited = cases[i].exited,
						.vmm_signal = cases[i].signal };

		assert_int_equal(launch_ending(&l), cases[i].ending);
		assert_string_equal(ending_name(cases[i].ending), cases[i].name);
	}
}

static void durations(void **state)
{
	struct model_launch l = { .first_ts = 100, .last_ts = 250, .finish_ts = 200 };

	(void)state;
	assert_int_equal(launch_duration(&l), 150);
	l.finished = true;
	assert_int_equal(launch_duration(&l), 100);
	l.finish_ts = 101;
	assert_int_equal(launch_duration(&l), 1);
	l.finish_ts = 100;
	assert_int_equal(launch_duration(&l), 0);
	l.finish_ts = 99;
	assert_int_equal(launch_duration(&l), 0);
}

/* Pages of ranges that ended, and of those under way: of their type and kind of memory. */
static void pages(void **state)
{
	struct model_op ops[] = {
		{ .range_open = true,
		  .seen = { .done = 10,
			    .range = { .page_type = 1, .private_pages = 1, .npages = 15 } } },
		{ .range_open = true,
		  .seen = { .done = 200,
			    .range = { .page_type = 1, .private_pages = 0, .npages = 200 } } },
		{ .range_open = true,
		  .seen = { .done = 3000,
			    .range = { .page_type = 6, .private_pages = 1, .npages = 1 } } },
		{ .range_open = false,
		  .seen = { .done = 7, .range = { .page_type = 1, .npages = 70 } } },
		/* says of itself that it is private, in other words */
		{ .range_open = true,
		  .seen = { .done = 40000,
			    .range = { .page_type = 1, .private_pages = 2, .npages = 40001 } } },
	};
	struct model_launch l = { .ops = ops, .nr_ops = ARRAY_SIZE(ops) };

	(void)state;
	l.pages[0][1] = 1;
	l.pages[1][1] = 2;
	l.pages[1][SEVTRACE_PAGE_TYPE_COUNT - 1] = 3;
	l.pages[0][0] = 4;
	assert_int_equal(launch_pages_of(&l, false, 1), 201);
	assert_int_equal(launch_pages_of(&l, true, 1), 40012);
	assert_int_equal(launch_pages_of(&l, true, 6), 3003);
	assert_int_equal(launch_pages_of(&l, false, 6), 0);
	assert_int_equal(launch_pages(&l, false), 205);
	assert_int_equal(launch_pages(&l, true), 40012 + 3003);
	assert_int_equal(launch_pages_begun(&l), 205 + 40012 + 3003 + 5 + 1);
}

static void step_under_way(void **state)
{
	struct model_launch l = { 0 };
	struct model_op op = {
		.range_open = true,
		.nr_page_steps = 3,
		.page_steps = { SEVTRACE_STEP_GET_PAGE, SEVTRACE_STEP_COPY, SEVTRACE_STEP_PSP,
				SEVTRACE_STEP_UNPIN },
		.page_ns = { 5, 5, 4, 900 },
		.last_step = SEVTRACE_STEP_PSP,
		.seen = { .ioctl = SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE },
	};

	(void)state;
	assert_int_equal(launch_step_under_way(&l, &op), SEVTRACE_STEP_GET_PAGE);
	op.page_ns[1] = 6;
	assert_int_equal(launch_step_under_way(&l, &op), SEVTRACE_STEP_COPY);
	op.page_ns[2] = 7;
	assert_int_equal(launch_step_under_way(&l, &op), SEVTRACE_STEP_PSP);
	/* Not among pages: what followed the step before, else what comes next in such an ioctl. */
	l.after[SEVTRACE_STEP_PSP] = SEVTRACE_STEP_GET_PAGE + 1;
	op.nr_page_steps = 0;
	assert_int_equal(launch_step_under_way(&l, &op), SEVTRACE_STEP_GET_PAGE);
	op.nr_page_steps = 3;
	op.range_open = false;
	assert_int_equal(launch_step_under_way(&l, &op), SEVTRACE_STEP_GET_PAGE);
	l.after[SEVTRACE_STEP_PSP] = SEVTRACE_STEP_ATTRIBUTES + 1;
	assert_int_equal(launch_step_under_way(&l, &op), SEVTRACE_STEP_ATTRIBUTES);
	l.after[SEVTRACE_STEP_PSP] = 0;
	assert_int_equal(launch_step_under_way(&l, &op), SEVTRACE_STEP_RECLAIM);
	op.last_step = SEVTRACE_STEP_CHECK_ATTRS;
	assert_int_equal(launch_step_under_way(&l, &op), SEVTRACE_STEP_RMP_LOOKUP);
	op.last_step = SEVTRACE_STEP_NONE;
	assert_int_equal(launch_step_under_way(&l, &op), SEVTRACE_STEP_GET_PAGE);
	op.last_step = SEVTRACE_STEP_COUNT;
	assert_int_equal(launch_step_under_way(&l, &op), SEVTRACE_STEP_GET_PAGE);
	/* The last step that there is, and an ioctl of which nothing is known. */
	op.last_step = SEVTRACE_STEP_UNPIN;
	assert_int_equal(launch_step_under_way(&l, &op), SEVTRACE_STEP_NONE);
	op.last_step = SEVTRACE_STEP_NONE;
	op.seen.ioctl = 0xdead;
	assert_int_equal(launch_step_under_way(&l, &op), SEVTRACE_STEP_NONE);
}

static void costs(void **state)
{
	struct model_failure f = { .ts = 100, .recovered = true, .recovered_ts = 130 };

	(void)state;
	assert_int_equal(failure_cost(&f), 30);
	f.recovered_ts = 101;
	assert_int_equal(failure_cost(&f), 1);
	f.recovered_ts = 99;
	assert_int_equal(failure_cost(&f), 0);
	f.recovered_ts = 130;
	f.recovered = false;
	assert_int_equal(failure_cost(&f), 0);
}

static void page_of_a_failure(void **state)
{
	static const struct {
		bool has_range;
		uint64_t npages, range_gfn, gfn, done, page;
	} cases[] = {
		{ false, 8, 0x100, 0x102, 0, 0 },
		{ true, 0, 0x100, 0x100, 0, 0 },
		{ true, 8, 0x100, 0x100, 5, 1 },
		{ true, 8, 0x100, 0x107, 5, 8 },
		/* a frame beside the range: what was done of it tells */
		{ true, 8, 0x100, 0x108, 5, 6 },
		{ true, 8, 0x100, 0x0ff, 5, 6 },
		{ true, 8, 0x100, SEVTRACE_NO_FRAME, 0, 1 },
		{ true, 8, SEVTRACE_NO_FRAME, 0x100, 3, 4 },
		/* two frames that are not known are not the same one */
		{ true, 8, SEVTRACE_NO_FRAME, SEVTRACE_NO_FRAME, 7, 8 },
		{ true, 8, SEVTRACE_NO_FRAME, SEVTRACE_NO_FRAME, 8, 0 },
		{ true, 8, SEVTRACE_NO_FRAME, SEVTRACE_NO_FRAME, 9, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct model_failure f = { .has_range = cases[i].has_range,
						 .range = { .gfn = cases[i].range_gfn,
							    .npages = cases[i].npages },
						 .gfn = cases[i].gfn,
						 .done = cases[i].done };

		if (failure_page(&f) != cases[i].page)
			fail_msg("case %zu: %llu", i, (unsigned long long)failure_page(&f));
	}
}

static void symbols_as_they_came(void **state)
{
	static const struct tracefile_symbol symbols[] = {
		{ 0x10, 5, "first" },  { 0x20, 5, "beside" }, { 0x10, 4, "other" },
		{ 0x10, 5, "second" }, { 0x10, 6, "more" },   { 0x10, 5, "third" },
	};
	static const struct {
		size_t before; /* symbols that came before the stack */
		const char *name;
	} cases[] = { { 0, "first" },  { 1, "first" }, { 3, "first" },	{ 4, "second" },
		      { 5, "second" }, { 6, "third" }, { 100, "third" } };
	struct model m;

	(void)state;
	model_init(&m);
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		const struct model_failure last = { .stack_symbols = i + 1 };

		assert_int_equal(model_symbol(&m, &symbols[i]), 0);
		/* Asked meanwhile, which sorts them. */
		assert_string_equal(model_symbol_name(&m, last.stack_symbols, symbols[i].pid,
						      symbols[i].addr),
				    symbols[i].name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct model_failure f = { .stack_symbols = cases[i].before };

		assert_string_equal(model_symbol_name(&m, f.stack_symbols, 5, 0x10), cases[i].name);
		assert_string_equal(model_symbol_name(&m, f.stack_symbols, 5, 0x20), "beside");
		assert_string_equal(model_symbol_name(&m, f.stack_symbols, 4, 0x10), "other");
		assert_string_equal(model_symbol_name(&m, f.stack_symbols, 6, 0x10), "more");
		assert_null(model_symbol_name(&m, f.stack_symbols, 5, 0x11));
		assert_null(model_symbol_name(&m, f.stack_symbols, 5, 0xf));
		assert_null(model_symbol_name(&m, f.stack_symbols, 5, 0x21));
		assert_null(model_symbol_name(&m, f.stack_symbols, 7, 0x10));
		assert_null(model_symbol_name(&m, f.stack_symbols, 3, 0x10));
	}
	model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_larger_histogram),
		cmocka_unit_test(sources),
		cmocka_unit_test(vmm),
		cmocka_unit_test(steps_of_all_phases),
		cmocka_unit_test(phases),
		cmocka_unit_test(flushes),
		cmocka_unit_test(counts_of_commands),
		cmocka_unit_test(races),
		cmocka_unit_test(results),
		cmocka_unit_test(results_of_the_rest),
		cmocka_unit_test(endings),
		cmocka_unit_test(durations),
		cmocka_unit_test(pages),
		cmocka_unit_test(step_under_way),
		cmocka_unit_test(costs),
		cmocka_unit_test(page_of_a_failure),
		cmocka_unit_test(symbols_as_they_came),
	};

	return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
