// SPDX-License-Identifier: GPL-2.0-only
/* The launch model: figures of whole launches, fed record by record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"
#include "scenario.h"
#include "stats/hist.h"

#define US 1000ULL
#define MS 1000000ULL

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

static void run(struct model *m, const char *name)
{
	model_init(m);
	assert_int_equal(scenario_run(name, feed, m), 0);
}

static const struct model_psp *find_psp(const struct model_launch *l, uint32_t cmd)
{
	for (size_t i = 0; i < l->nr_psp; i++)
		if (l->psp[i].cmd == cmd)
			return &l->psp[i];
	fail_msg("no command 0x%x", cmd);
	return NULL;
}

static const struct model_command *find_command(const struct model_launch *l, uint32_t ioctl)
{
	for (size_t i = 0; i < l->nr_commands; i++)
		if (l->commands[i].ioctl == ioctl)
			return &l->commands[i];
	fail_msg("no ioctl %u", ioctl);
	return NULL;
}

static void snp(void **state)
{
	struct model m;
	const struct model_launch *l;
	const struct sevtrace_hist *psp;

	(void)state;
	run(&m, "snp");
	assert_int_equal(m.nr_launches, 1);
	l = m.launches[0];
	assert_int_equal(launch_result(l), MODEL_OK);
	assert_int_equal(l->pid, 1001);
	assert_string_equal(l->comm, "qemu-system-x86");
	assert_int_equal(l->vm_type, SEVTRACE_VM_SNP);
	assert_int_equal(l->asid, 7);
	assert_int_equal(launch_pages(l, true), 20);
	assert_int_equal(launch_pages(l, false), 0);
	assert_int_equal(l->pages[1][SEVTRACE_PAGE_NORMAL], 16);
	assert_int_equal(l->pages[1][SEVTRACE_PAGE_ZERO], 2);
	assert_int_equal(l->pages[1][SEVTRACE_PAGE_SECRETS], 1);
	assert_int_equal(l->pages[1][SEVTRACE_PAGE_CPUID], 1);
	/* 16 pages of 1 ms + 0, 10, 20 ... µs; 2 pages of 0 and 10 µs more; 2 pages of 1 ms */
	psp = series_hist(&find_psp(l, SEVTRACE_CMD_SNP_LAUNCH_UPDATE)->exec);
	assert_int_equal(psp->count, 20);
	assert_int_equal(psp->sum, 20 * MS + 1200 * US + 10 * US);
	assert_int_equal(hist_min(psp), MS);
	assert_int_equal(psp->max, MS + 150 * US);
	assert_int_equal(psp_count(find_psp(l, SEVTRACE_CMD_SNP_LAUNCH_UPDATE)), 20);
	/* zero pages are not copied */
	assert_int_equal(launch_phase_step(l, SEVTRACE_PHASE_PRIVATE, SEVTRACE_STEP_COPY)->count,
			 18);
	assert_int_equal(find_command(l, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE)->time.records->count,
			 4);
	assert_int_equal(l->attributes.updates, 1);
	assert_int_equal(l->attributes.pages, 0x20);
	assert_int_equal(series_hist(&l->attributes.wait)->sum, 700);
	assert_int_equal(l->nr_failures, 0);
	assert_null(l->psp_per_page);
	model_free(&m);
}

static void duration_is_without_the_teardown(void **state)
{
	struct model m;
	const struct model_launch *l;

	(void)state;
	run(&m, "snp");
	l = m.launches[0];
	assert_int_equal(l->teardown_ns, 12 * MS);
	assert_true(l->destroyed);
	assert_int_equal(launch_duration(l), l->finish_ts - l->first_ts);
	assert_int_equal(l->first_ts, 1000 * MS);
	/* the teardown, and the microsecond after the last ioctl, come later */
	assert_int_equal(m.last_ts - l->finish_ts, 12 * MS + US);
	model_free(&m);
}

static void sev(void **state)
{
	struct model m;
	const struct model_launch *l;

	(void)state;
	run(&m, "sev");
	l = m.launches[0];
	assert_int_equal(launch_result(l), MODEL_OK);
	assert_int_equal(l->vm_type, SEVTRACE_VM_SEV);
	assert_int_equal(launch_pages(l, false), 48);
	assert_int_equal(launch_flushes(l).pages, 48);
	assert_int_equal(launch_flushes(l).skipped_pages, 0);
	assert_int_equal(psp_count(find_psp(l, SEVTRACE_CMD_LAUNCH_UPDATE_DATA)), 2);
	/* two commands with 48 pages of 10 µs each, which the derived figure shows */
	assert_non_null(l->psp_per_page);
	assert_int_equal(l->psp_per_page->count, 48);
	assert_int_equal(hist_min(l->psp_per_page), 10 * US);
	assert_int_equal(l->psp_per_page->max, 10 * US);
	model_free(&m);
}

static void nested_commands_do_not_wait(void **state)
{
	struct model m;
	const struct model_psp *psp;

	(void)state;
	run(&m, "sev");
	psp = find_psp(m.launches[0], SEVTRACE_CMD_SNP_PAGE_RECLAIM);
	assert_int_equal(psp_count(psp), 6);
	assert_int_equal(psp->nested, 6);
	assert_int_equal(series_hist(&psp->wait)->count, 0);
	assert_int_equal(series_hist(&psp->exec)->sum, 240 * US);
	model_free(&m);
}

static void length_probe_is_no_failure(void **state)
{
	struct model m;
	const struct model_launch *l;
	const struct model_command *measure;

	(void)state;
	run(&m, "sev");
	l = m.launches[0];
	measure = find_command(l, SEVTRACE_KVM_SEV_LAUNCH_MEASURE);
	assert_int_equal(measure->failed, 1);
	assert_int_equal(measure->length_queries, 1);
	assert_int_equal(l->nr_failures, 0);
	/* the firmware answered this command, so it is in the PSP table */
	assert_int_equal(find_psp(l, SEVTRACE_CMD_LAUNCH_MEASURE)->nr_errors, 1);
	assert_int_equal(find_psp(l, SEVTRACE_CMD_LAUNCH_MEASURE)->errors[0].status,
			 SEVTRACE_PSP_INVALID_LEN);
	model_free(&m);
}

static void sev_es(void **state)
{
	struct model m;

	(void)state;
	run(&m, "sev-es");
	assert_int_equal(m.launches[0]->pages[0][SEVTRACE_PAGE_VMSA], 2);
	assert_int_equal(m.launches[0]->pages[0][SEVTRACE_PAGE_NORMAL], 48);
	assert_int_equal(launch_result(m.launches[0]), MODEL_OK);
	/* a command handles one page of VMSA, so nothing is derived for it */
	assert_int_equal(m.launches[0]->psp_per_page->count, 48);
	model_free(&m);
}

static void skipped_flush_is_not_none(void **state)
{
	struct model m;

	(void)state;
	run(&m, "sev-coherent");
	assert_int_equal(launch_flushes(m.launches[0]).pages, 0);
	assert_int_equal(launch_flushes(m.launches[0]).skipped_pages, 48);
	assert_int_equal(launch_flushes(m.launches[0]).skipped, 1);
	model_free(&m);
}

static void concurrent(void **state)
{
	struct model m;

	(void)state;
	run(&m, "concurrent");
	assert_int_equal(m.nr_launches, 2);
	assert_int_equal(m.launches[0]->number, 1);
	assert_int_equal(m.launches[0]->pid, 1001);
	assert_int_equal(launch_result(m.launches[0]), MODEL_OK);
	assert_int_equal(launch_pages(m.launches[0], false), 48);
	assert_int_equal(launch_pages(m.launches[0], true), 0);
	assert_int_equal(m.launches[1]->pid, 2001);
	assert_int_equal(launch_result(m.launches[1]), MODEL_INCOMPLETE);
	assert_int_equal(launch_pages(m.launches[1], true), 4);
	assert_false(model_failed(&m));
	model_free(&m);
}

static void host_commands_are_apart(void **state)
{
	struct model m;

	(void)state;
	run(&m, "host-commands");
	assert_int_equal(m.nr_launches, 0);
	assert_non_null(m.outside);
	assert_int_equal(m.outside->nr_psp, 3);
	assert_int_equal(m.outside->psp[2].cmd, 0x1ab);
	assert_int_equal(m.outside->psp[2].errors[0].status, 0x8003);
	model_free(&m);
}

/*
 * The kernel's histograms include records that the ring buffer lost, so they win if they have more.
 */
static void kernel_histograms_win(void **state)
{
	const struct sevtrace_hist_key key = { 1, SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
					       SEVTRACE_HIST_PSP_EXEC, 0 };
	struct sevtrace_hist more = { 0 };
	struct model m;
	const struct model_psp *psp;

	(void)state;
	run(&m, "snp");
	psp = find_psp(m.launches[0], SEVTRACE_CMD_SNP_LAUNCH_UPDATE);
	assert_int_equal(launch_source(m.launches[0]), SOURCE_RECORDS);
	hist_add(&more, MS, 19, 0);
	assert_int_equal(model_hist(&m, &key, &more), 0);
	assert_int_equal(series_hist(&psp->exec)->count, 20);
	assert_int_equal(launch_source(m.launches[0]), SOURCE_RECORDS);
	hist_add(&more, MS, 100, 0);
	assert_int_equal(model_hist(&m, &key, &more), 0);
	assert_int_equal(series_hist(&psp->exec)->count, 119);
	assert_int_equal(psp_count(psp), 119);
	assert_int_equal(launch_source(m.launches[0]), SOURCE_MIXED);
	model_free(&m);
}

static void unknown_histograms_are_ignored(void **state)
{
	const struct sevtrace_hist_key keys[] = { { 1, 200, SEVTRACE_HIST_STEP, 0 },
						  { 1, 0, 99, 0 } };
	const struct sevtrace_hist hist = { .count = 1 };
	struct model m;

	(void)state;
	model_init(&m);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(model_hist(&m, &keys[i], &hist), 0);
	model_free(&m);
}

static void drops(void **state)
{
	const struct tracefile_cpu_drops cpus[] = { { 0, 0, 10, 10, 0 },
						    { 300, 0, 9, 4, 5 },
						    { 300, 0, 12, 6, 6 } };
	struct tracefile_cpu_drops sum;
	struct model m;

	(void)state;
	model_init(&m);
	assert_false(model_drops(&m, &sum));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(model_cpu_drops(&m, &cpus[i]), 0);
	assert_true(model_drops(&m, &sum));
	/* a later count of a processor replaces the earlier one */
	assert_int_equal(m.nr_cpus, 2);
	assert_int_equal(sum.emitted, 22);
	assert_int_equal(sum.dropped, 6);
	assert_int_equal(sum.emitted, sum.recorded + sum.dropped);
	model_free(&m);
}

/* Even if records are lost, the rest makes a launch. */
static int feed_every_third(void *ctx, const union sevtrace_record *rec)
{
	static unsigned int number;

	return number++ % 3 ? 0 : model_feed(ctx, rec);
}

static void lost_records(void **state)
{
	struct model m;

	(void)state;
	for (size_t i = 0; scenario_name(i); i++) {
		model_init(&m);
		assert_int_equal(scenario_run(scenario_name(i), feed_every_third, &m), 0);
		model_free(&m);
	}
}

static void many_launches(void **state)
{
	struct model m;
	union sevtrace_record rec = { .h = { .type = SEVTRACE_REC_LAUNCH_BEGIN } };

	(void)state;
	model_init(&m);
	for (uint32_t i = 1; i <= MODEL_MAX_LAUNCHES + 10; i++) {
		rec.h.launch = i * 7919;
		rec.launch_begin.pid = i;
		assert_int_equal(model_feed(&m, &rec), 0);
	}
	assert_int_equal(m.nr_launches, MODEL_MAX_LAUNCHES);
	assert_int_equal(m.more_launches, 10);
	for (uint32_t i = 0; i < m.nr_launches; i++)
		assert_int_equal(m.launches[i]->pid, i + 1);
	/* Of those without room, whether they failed is known nevertheless. */
	assert_false(model_failed(&m));
	rec = (union sevtrace_record){ .ioctl_exit = { .ioctl = SEVTRACE_KVM_SEV_LAUNCH_START,
						       .ret = -EIO } };
	rec.h.type = SEVTRACE_REC_IOCTL_EXIT;
	rec.h.launch = (MODEL_MAX_LAUNCHES + 2) * 7919;
	assert_int_equal(model_feed(&m, &rec), 0);
	assert_true(model_failed(&m));
	assert_int_equal(model_rest_failed(&m), 1);
	/* Another ioctl does not make that good, the same one does, and so does the end. */
	rec.ioctl_exit.ret = 0;
	rec.ioctl_exit.ioctl = SEVTRACE_KVM_SEV_GUEST_STATUS;
	assert_int_equal(model_feed(&m, &rec), 0);
	assert_true(model_failed(&m));
	rec.ioctl_exit.ioctl = SEVTRACE_KVM_SEV_LAUNCH_START;
	assert_int_equal(model_feed(&m, &rec), 0);
	assert_false(model_failed(&m));
	rec.ioctl_exit.ret = -EIO;
	rec.h.launch += 7919;
	assert_int_equal(model_feed(&m, &rec), 0);
	rec.ioctl_exit.ret = 0;
	rec.ioctl_exit.ioctl = SEVTRACE_KVM_SEV_LAUNCH_FINISH;
	assert_int_equal(model_feed(&m, &rec), 0);
	assert_false(model_failed(&m));
	/* A query for a length is no failure. */
	rec.ioctl_exit.ret = -EIO;
	rec.ioctl_exit.fw_error = SEVTRACE_PSP_INVALID_LEN;
	rec.ioctl_exit.ioctl = SEVTRACE_KVM_SEV_LAUNCH_MEASURE;
	rec.h.launch += 7919;
	assert_int_equal(model_feed(&m, &rec), 0);
	assert_false(model_failed(&m));
	model_free(&m);
}

/* Times that cannot be: an ioctl that began before the clock did. */
static void longer_than_the_clock(void **state)
{
	union sevtrace_record rec = { .ioctl_exit = { .ioctl = SEVTRACE_KVM_SEV_LAUNCH_START,
						      .duration = UINT64_MAX } };
	struct model m;

	(void)state;
	model_init(&m);
	rec.h.type = SEVTRACE_REC_IOCTL_EXIT;
	rec.h.launch = 1;
	rec.h.ts = 1000;
	assert_int_equal(model_feed(&m, &rec), 0);
	rec.h.ts = 5000;
	rec.ioctl_exit.duration = 100;
	assert_int_equal(model_feed(&m, &rec), 0);
	assert_int_equal(m.launches[0]->first_ts, 0);
	assert_int_equal(m.launches[0]->last_ts, 5000);
	assert_int_equal(launch_duration(m.launches[0]), 5000);
	model_free(&m);
}

static void symbols_by_process(void **state)
{
	const struct tracefile_symbol symbols[] = { { 0x2000, 5, "five" },
						    { 0x1000, 0, "kernel" },
						    { 0x2000, 4, "four" } };
	const struct model_failure f = { .has_stack = true };
	struct model m;

	(void)state;
	model_init(&m);
	assert_null(model_symbol_name(&m, f.stack_symbols, 0, 0x1000));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(model_symbol(&m, &symbols[i]), 0);
	assert_string_equal(model_symbol_name(&m, f.stack_symbols, 0, 0x1000), "kernel");
	assert_string_equal(model_symbol_name(&m, f.stack_symbols, 4, 0x2000), "four");
	assert_string_equal(model_symbol_name(&m, f.stack_symbols, 5, 0x2000), "five");
	assert_null(model_symbol_name(&m, f.stack_symbols, 6, 0x2000));
	assert_null(model_symbol_name(&m, f.stack_symbols, 5, 0x1000));
	model_free(&m);
}

/* Feeds a failure of a launch, after its stack. */
static void fail_with_stack(struct model *m, uint32_t launch)
{
	union sevtrace_record stack = {
		.stack = { .h = { .ts = 150,
				  .launch = launch,
				  .tid = 5,
				  .type = SEVTRACE_REC_STACK,
				  .size = sizeof(stack.stack) },
			   .pid = 5,
			   .user = { 0x2000 } },
	};
	union sevtrace_record end = {
		.ioctl_exit = { .h = { .ts = 200,
				       .launch = launch,
				       .tid = 5,
				       .type = SEVTRACE_REC_IOCTL_EXIT,
				       .size = sizeof(end.ioctl_exit) },
				.duration = 100,
				.ioctl = SEVTRACE_KVM_SEV_LAUNCH_START,
				.ret = -5 },
	};

	assert_int_equal(model_feed(m, &stack), 0);
	assert_int_equal(model_feed(m, &end), 0);
}

/* A process id is used again, and the new process has something else at the same address. */
static void symbols_of_one_id(void **state)
{
	const struct tracefile_symbol before = { 0x2000, 5, "before" };
	const struct tracefile_symbol after = { 0x2000, 5, "after" };
	static const char *const names[] = { "before", "before", "after", "before" };
	struct model m;

	(void)state;
	model_init(&m);
	fail_with_stack(&m, 1); /* its name comes later */
	assert_int_equal(model_symbol(&m, &before), 0);
	fail_with_stack(&m, 2);
	assert_int_equal(model_symbol(&m, &after), 0);
	fail_with_stack(&m, 3);
	assert_int_equal(model_symbol(&m, &before), 0);
	fail_with_stack(&m, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct model_failure *f = &m.launches[i]->failures[0];

		assert_true(f->has_stack);
		assert_string_equal(model_symbol_name(&m, f->stack_symbols, 5, 0x2000), names[i]);
	}
	model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snp),
		cmocka_unit_test(duration_is_without_the_teardown),
		cmocka_unit_test(sev),
		cmocka_unit_test(nested_commands_do_not_wait),
		cmocka_unit_test(length_probe_is_no_failure),
		cmocka_unit_test(sev_es),
		cmocka_unit_test(skipped_flush_is_not_none),
		cmocka_unit_test(concurrent),
		cmocka_unit_test(host_commands_are_apart),
		cmocka_unit_test(kernel_histograms_win),
		cmocka_unit_test(unknown_histograms_are_ignored),
		cmocka_unit_test(drops),
		cmocka_unit_test(lost_records),
		cmocka_unit_test(longer_than_the_clock),
		cmocka_unit_test(many_launches),
		cmocka_unit_test(symbols_by_process),
		cmocka_unit_test(symbols_of_one_id),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
