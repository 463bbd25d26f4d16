// SPDX-License-Identifier: GPL-2.0-only
/* The launches of `sevtrace top`: lines, rates, counts, and that it forgets old ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario.h"
#include "top/launches.h"

#define SECOND 1000000000ULL

static const struct live_kernel idle;

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return live_feed(ctx, rec);
}

static bool lives(pid_t pid)
{
	(void)pid;
	return true;
}

static bool is_dead(pid_t pid)
{
	(void)pid;
	return false;
}

static char *text_of(const struct live *live, int width, int lines, size_t sort)
{
	const struct live_view view = { .sort = sort, .lines = lines };
	char *text = NULL;
	size_t size;
	struct text_style style = { open_memstream(&text, &size), width, true, false };

	render_live(live, &view, &style);
	fclose(style.out);
	return text;
}

/*
 * Begins an SNP launch with a range of 100 pages, of which `pages` are done; the PSP takes 1 ms for
 * each.
 */
static void begin_launch(struct scenario *s, uint32_t number, const char *comm, uint32_t pages)
{
	put_launch(s, number, 1000 + number, comm, SEVTRACE_VM_SNP);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(s, 0x100, 0x7f0000000000, 100, SEVTRACE_PAGE_NORMAL, true);
	for (uint32_t i = 0; i < pages; i++) {
		put_step(s, SEVTRACE_STEP_RMP_UPDATE, 0x100 + i, 1, 0, 1000);
		put_step(s, SEVTRACE_STEP_PSP, 0x100 + i, 1, 0, 999000);
	}
}

static void finish_launch(struct scenario *s, int ret)
{
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH);
	put_exit(s, ret, 0, 7, SEVTRACE_VM_SNP);
}

static void a_launch_under_way(void **state)
{
	struct live live;
	struct scenario s;
	uint64_t start;
	char *text;

	(void)state;
	live_init(&live, 1);
	scenario_begin(&s, feed, &live);
	start = s.now;
	begin_launch(&s, 1, "vmm", 0);
	live_refresh(&live, start, &idle, lives);
	begin_launch(&s, 1, "vmm", 0); /* the same VM continues */
	for (uint32_t i = 0; i < 25; i++) {
		put_step(&s, SEVTRACE_STEP_RMP_UPDATE, 0x100 + i, 1, 0, 10000000);
		put_step(&s, SEVTRACE_STEP_PSP, 0x100 + i, 1, 0, 10000000);
	}
	put_step(&s, SEVTRACE_STEP_RMP_UPDATE, 0x119, 1, 0, 1000);
	live_refresh(&live, start + SECOND / 2, &idle, lives);
	assert_int_equal(s.error, 0);
	assert_int_equal(live.nr_launches, 1);
	assert_float_equal(live.launches[0].rate, 50, 0.01);
	assert_int_equal(launch_pages_begun(live.model.launches[0]), 100);
	text = text_of(&live, 132, 0, 0);
	/* the PSP follows RMP_UPDATE; a quarter of the pages took half a second */
	assert_non_null(strstr(text, "SNP_LAUNCH_UPDATE  psp "));
	assert_non_null(strstr(text, "       25       100       50"));
	assert_non_null(strstr(text, "1.50 s\n"));
	assert_non_null(strstr(text, "1 running, 0 ok, 0 failed"));
	free(text);
	live_free(&live);
}

static void over_and_forgotten(void **state)
{
	struct live live;
	struct scenario s;
	uint64_t end;

	(void)state;
	live_init(&live, 1);
	scenario_begin(&s, feed, &live);
	begin_launch(&s, 1, "vmm", 3);
	put_range_end(&s, 3, 0);
	put_exit(&s, 0, 0, 7, SEVTRACE_VM_SNP);
	finish_launch(&s, 0);
	end = s.now;
	live_refresh(&live, end, &idle, lives);
	assert_int_equal(live.results[MODEL_OK], 1);
	assert_int_equal(live.nr_launches, 1);
	live_refresh(&live, end + LIVE_LINGER_NS + 1, &idle, lives);
	assert_int_equal(live.nr_launches, 0);
	assert_int_equal(live.model.nr_launches, 0);
	/* the guest runs on; its activity is no launch */
	put_attributes(&s, 0x100, 0x200, 0, 1000, 2000);
	put_end(&s, 1000);
	live_refresh(&live, s.now, &idle, lives);
	assert_int_equal(live.model.nr_launches, 0);
	assert_int_equal(live.results[MODEL_OK], 1);
	live_free(&live);
}

/*
 * Days of launches, some of which lose their end: memory is only for those that exist at one time.
 */
static void memory_is_bounded(void **state)
{
	struct live live;
	struct scenario s;

	(void)state;
	live_init(&live, 1);
	scenario_begin(&s, feed, &live);
	for (uint32_t i = 1; i <= 3000; i++) {
		begin_launch(&s, i, "vmm", 1);
		put_range_end(&s, 1, 0);
		put_exit(&s, 0, 0, 7, SEVTRACE_VM_SNP);
		if (i % 3)
			finish_launch(&s, i % 3 == 1 ? 0 : -5);
		if (i % 3 == 2)
			put_end(&s, 1000);
		s.now += SECOND;
		live_refresh(&live, s.now, &idle, is_dead);
		assert_true(live.nr_launches <= 8);
		assert_int_equal(live.nr_launches, live.model.nr_launches);
	}
	assert_int_equal(s.error, 0);
	assert_int_equal(live.results[MODEL_OK], 1000);
	assert_int_equal(live.results[MODEL_FAILED], 1000);
	assert_int_equal(live.results[MODEL_INCOMPLETE], 1000);
	assert_true(live.model.index.size <= 128);
	live_free(&live);
}

/* An ioctl of a guest that is older than the recording does not make a launch that never ends. */
static void guests_are_no_launches(void **state)
{
	union sevtrace_record rec = { .launch_begin = { .joined = 1, .pid = 5 } };
	struct live live;

	(void)state;
	live_init(&live, 1);
	rec.h.type = SEVTRACE_REC_LAUNCH_BEGIN;
	rec.h.launch = 3;
	rec.h.ts = SECOND;
	assert_int_equal(live_feed(&live, &rec), 0);
	memset(&rec.launch_begin.comm, 0, sizeof(rec) - sizeof(rec.h));
	rec.h.type = SEVTRACE_REC_IOCTL_EXIT;
	rec.ioctl_exit.ioctl = SEVTRACE_KVM_SEV_GUEST_STATUS;
	assert_int_equal(live_feed(&live, &rec), 0);
	live_refresh(&live, 60 * SECOND, &idle, lives);
	assert_int_equal(live.nr_launches, 1);
	live_refresh(&live, 62 * SECOND, &idle, lives);
	assert_int_equal(live.nr_launches, 0);
	assert_int_equal(live.results[MODEL_INCOMPLETE], 0);
	live_free(&live);
}

/* Launch numbers are assigned before records are written, so a lower number may arrive later. */
static void begun_at_the_same_time(void **state)
{
	struct scenario s;
	struct live live;

	(void)state;
	live_init(&live, 1);
	scenario_begin(&s, feed, &live);
	begin_launch(&s, 2, "second", 10);
	begin_launch(&s, 1, "first", 20);
	live_refresh(&live, s.now, &idle, lives);
	assert_int_equal(s.error, 0);
	assert_int_equal(live.nr_launches, 2);
	assert_int_equal(live.launches[0].number, 2);
	assert_int_equal(live.launches[0].pages, 10);
	assert_int_equal(live.launches[1].number, 1);
	assert_int_equal(live.launches[1].pages, 20);
	live_free(&live);
}

/* After the model has forgotten a launch at any position, it still finds the others. */
static void the_model_forgets(void **state)
{
	struct model m;
	union sevtrace_record rec = { 0 };

	(void)state;
	model_init(&m);
	rec.h.type = SEVTRACE_REC_IOCTL_ENTER;
	for (rec.h.launch = 1; rec.h.launch <= 200; rec.h.launch++)
		assert_int_equal(model_feed(&m, &rec), 0);
	for (uint32_t i = 1; i <= 200; i += 3)
		model_forget(&m, i);
	model_forget(&m, 1);
	model_forget(&m, 4711);
	assert_int_equal(m.nr_launches, 133);
	for (uint32_t i = 1; i <= 200; i++) {
		size_t at = model_position(&m, i);

		assert_int_equal(at < m.nr_launches, i % 3 != 1);
		if (at < m.nr_launches)
			assert_int_equal(m.launches[at]->number, i);
	}
	rec.h.launch = 1;
	assert_int_equal(model_feed(&m, &rec), 0);
	assert_int_equal(model_position(&m, 1), 133);
	model_free(&m);
}

static void the_head(void **state)
{
	const struct live_kernel kernel = { .busy_ns = 900000000,
					    .commands = 500,
					    .emitted = 4000,
					    .dropped = 12,
					    .waiting = 2,
					    .cmd = SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
					    .cmd_ns = 3000000 };
	struct live live;
	struct scenario s;
	char *text;

	(void)state;
	live_init(&live, SECOND);
	scenario_begin(&s, feed, &live);
	put_psp(&s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0, 1000, SEVTRACE_PSP_INVALID_PARAM);
	put_psp(&s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0, 1000, SEVTRACE_PSP_INVALID_PARAM);
	put_psp_silent(&s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 1000, true);
	live_refresh(&live, 2 * SECOND, &kernel, lives);
	text = text_of(&live, 132, 0, 0);
	assert_non_null(strstr(text, "PSP 90.0% busy, 500 commands/s, 2 waiting, "
				     "in SNP_LAUNCH_UPDATE of the host for 3.00 ms\n"));
	assert_non_null(strstr(text, "PSP errors: not answered 1, INVALID_PARAM 2\n"));
	assert_non_null(strstr(text, "4,000 events/s, 12 dropped\n"));
	free(text);
	live_free(&live);
}

static void feed_psp(struct live *live, uint32_t launch, uint64_t at, uint64_t wait, uint64_t exec)
{
	const union sevtrace_record rec = { .psp = { .h = { .ts = at,
							    .launch = launch,
							    .tid = launch,
							    .type = SEVTRACE_REC_PSP,
							    .size = sizeof(rec.psp) },
						     .cmd = SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
						     .wait = wait,
						     .exec = exec,
						     .asked = 1,
						     .answered = 1 } };

	assert_int_equal(live_feed(live, &rec), 0);
}

/* Two launches and the host: who waited, for whom, and whose command is under way. */
static void who_waits_for_whom(void **state)
{
	struct live_kernel kernel = { .cmd = SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
				      .launch = 2,
				      .cmd_ns = 1000 };
	struct live live;
	struct scenario s;
	uint64_t at;
	char *text;

	(void)state;
	live_init(&live, 1);
	scenario_begin(&s, feed, &live);
	begin_launch(&s, 1, "first", 0);
	begin_launch(&s, 2, "second", 0);
	at = s.now;
	feed_psp(&live, 0, at + 1000000, 0, 1000000);
	feed_psp(&live, 2, at + 9000000, 0, 7000000);
	feed_psp(&live, 1, at + 11000000, 8500000, 1000000);
	live_refresh(&live, at + SECOND, &kernel, lives);
	text = text_of(&live, 160, 0, 0);
	assert_non_null(strstr(text, "in SNP_LAUNCH_UPDATE of second[1002] for 1.00 µs\n"));
	assert_non_null(strstr(text, "   8.50 ms second[1002]"));
	assert_non_null(strstr(text, "         - -"));
	free(text);
	kernel.launch = 77;
	live_refresh(&live, at + 2 * SECOND, &kernel, lives);
	text = text_of(&live, 160, 0, 0);
	assert_non_null(strstr(text, "of launch 77 for"));
	free(text);
	live_free(&live);
}

static void nothing_reaches_the_terminal(void **state)
{
	struct live live;
	struct scenario s;
	char *text;

	(void)state;
	live_init(&live, 1);
	scenario_begin(&s, feed, &live);
	begin_launch(&s, 1, "\033]0;x\a\xc2\x9b\n", 2);
	live_refresh(&live, s.now, &idle, lives);
	text = text_of(&live, 132, 0, 0);
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (unsigned char)*c >= ' ');
	assert_null(strstr(text, "\xc2\x9b"));
	assert_non_null(strstr(text, "?]0;x???"));
	free(text);
	live_free(&live);
}

/* All made-up launches, at widths from zero to more than enough. */
static void lines_fit(void **state)
{
	(void)state;
	for (size_t i = 0; scenario_name(i); i++) {
		struct live live;

		live_init(&live, 1);
		assert_int_equal(scenario_run(scenario_name(i), feed, &live), 0);
		live_refresh(&live, live.model.last_ts, &idle, lives);
		for (int width = 1; width < 140; width += 13) {
			char *text = text_of(&live, width, 0, 0);
			char *lines = strstr(text, "\n\n");

			assert_non_null(lines);
			for (char *l = strtok(lines, "\n"); l; l = strtok(NULL, "\n"))
				if (text_columns(l) > width)
					fail_msg("%s at %d: '%s'", scenario_name(i), width, l);
			free(text);
		}
		live_free(&live);
	}
}

/* More launches than lines: shows the head, 3 lines, and the number of the others. */
static void sorted_and_cut(void **state)
{
	struct live live;
	struct scenario s;
	char *text, *first;

	(void)state;
	live_init(&live, 1);
	scenario_begin(&s, feed, &live);
	for (uint32_t i = 1; i <= 9; i++)
		begin_launch(&s, i, i == 5 ? "most" : "less", i == 5 ? 9 : 1);
	live_refresh(&live, s.now, &idle, lives);
	for (size_t sort = 0; sort < live_sort_columns(); sort++) {
		text = text_of(&live, 132, 10, sort);
		assert_non_null(strstr(text, "  and 6 more\n"));
		assert_int_equal(sort != 0, strchr(text, '*') != NULL);
		first = strstr(text, strstr(text, "DONE*") ? "most" : "less");
		assert_non_null(first);
		free(text);
	}
	live_free(&live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_launch_under_way),
		cmocka_unit_test(over_and_forgotten),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(guests_are_no_launches),
		cmocka_unit_test(begun_at_the_same_time),
		cmocka_unit_test(the_model_forgets),
		cmocka_unit_test(the_head),
		cmocka_unit_test(who_waits_for_whom),
		cmocka_unit_test(nothing_reaches_the_terminal),
		cmocka_unit_test(lines_fit),
		cmocka_unit_test(sorted_and_cut),
	};

	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
