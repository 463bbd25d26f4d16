// SPDX-License-Identifier: GPL-2.0-only
/* The times of pages in a file: rounded, unless the page failed or all of them are wanted. */
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

#include <sevtrace/kvm_sev.h>

#include "tracefile/short_time.h"
#include "tracefile/tracefile.h"

#define PAGES 8000

static void rounds_to_a_64th(void **state)
{
	uint64_t random = 1, saved = 0, sum = 0, rounded_sum = 0;

	(void)state;
	for (uint64_t i = 0; i < 128; i++)
		assert_true(short_time_round(i, &saved) == i);
	assert_true(saved == 0);
	for (int i = 0; i < 100000; i++) {
		uint64_t ns, rounded;

		random = random * 6364136223846793005 + 1442695040888963407;
		ns = random >> (i & 31) >> 16;
		rounded = short_time_round(ns, &saved);
		assert_true(rounded <= ns + ns / 64 && rounded >= ns - ns / 64);
		assert_true(short_time_has_code(rounded));
		assert_true(short_time_of(short_time_code(rounded)) == rounded);
		assert_true(short_time_code(rounded) < 1 << 12);
		sum += ns;
		rounded_sum += rounded;
		assert_true(sum - rounded_sum == saved);
	}
	/* What was cut off is made up for. */
	assert_true((double)saved / (double)sum < 0.0001);
	saved = UINT64_MAX / 2;
	assert_true(short_time_round(UINT64_MAX, &saved) >= UINT64_MAX - UINT64_MAX / 64);
	short_time_of(UINT64_MAX);
}

struct fixture {
	char path[32];
	struct sevtrace_rec_page pages[PAGES];
	uint32_t random;
	size_t nr;
	bool exact;
};

static int start(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	*state = f;
	if (!f)
		return -1;
	strcpy(f->path, "/tmp/sevtrace-test.XXXXXX");
	f->random = 1;
	fd = mkstemp(f->path);
	return fd < 0 || close(fd) ? -1 : 0;
}

static int stop(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	free(f);
	return 0;
}

/* Times of a few hundred ns to some ms, spread as those of machines are. */
static uint64_t some_time(struct fixture *f, uint64_t about)
{
	uint64_t sum = 0;

	for (int i = 0; i < 4; i++) {
		f->random = f->random * 1664525 + 1013904223;
		sum += f->random >> 16;
	}
	return about / 2 + about * sum / (4 << 16);
}

static void make_pages(struct fixture *f)
{
	static const uint8_t steps[] = { SEVTRACE_STEP_GET_PAGE,   SEVTRACE_STEP_CHECK_ATTRS,
					 SEVTRACE_STEP_RMP_LOOKUP, SEVTRACE_STEP_COPY,
					 SEVTRACE_STEP_RMP_UPDATE, SEVTRACE_STEP_PSP,
					 SEVTRACE_STEP_RELEASE };
	static const uint64_t about[] = { 90000, 5000, 7000, 70000, 31000, 4000, 7000 };
	uint64_t ts = 1000000000;

	for (size_t i = 0; i < PAGES; i++) {
		struct sevtrace_rec_page *p = &f->pages[i];

		*p = (struct sevtrace_rec_page){
			.h = { .launch = 1,
			       .tid = 7,
			       .type = SEVTRACE_REC_PAGE,
			       .size = sizeof(*p),
			       .cpu = (i / 100) & 1 },
			.wait = some_time(f, 3000),
			.prep = some_time(f, 500),
			.exec = some_time(f, 1700000),
			.gfn = i,
			.pfn = 0x1000 + i,
			.npages = 1,
			.ioctl = SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE,
			.cmd = SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
			.nr_steps = sizeof(steps),
			.psp_step = 6,
			.page_type = SEVTRACE_PAGE_NORMAL,
			.private_pages = 1,
			.asked = 1,
			.answered = 1,
		};
		memcpy(p->steps, steps, sizeof(steps));
		ts += p->wait + p->prep + p->exec + some_time(f, 400);
		for (size_t n = 0; n < sizeof(steps); n++) {
			p->ns[n] = some_time(f, about[n]);
			ts += p->ns[n];
		}
		p->h.ts = ts;
	}
}

static bool near(const struct fixture *f, uint64_t was, uint64_t is)
{
	return f->exact ? was == is : (was > is ? was - is : is - was) <= was / 64;
}

static uint64_t sum_of(const struct sevtrace_rec_page *p)
{
	uint64_t sum = p->wait + p->prep + p->exec + p->reclaim;

	for (int i = 0; i < SEVTRACE_PAGE_STEPS; i++)
		sum += p->ns[i];
	return sum;
}

static int check(void *ctx, const union sevtrace_record *rec)
{
	struct fixture *f = ctx;
	struct sevtrace_rec_page was = f->pages[f->nr++], is = rec->page;

	for (int i = 0; i < SEVTRACE_PAGE_STEPS; i++) {
		assert_true(near(f, was.ns[i], is.ns[i]));
		if (was.ret)
			assert_int_equal(was.ns[i], is.ns[i]);
		was.ns[i] = is.ns[i];
	}
	assert_true(near(f, was.wait, is.wait) && near(f, was.prep, is.prep) &&
		    near(f, was.exec, is.exec));
	was.wait = is.wait;
	was.prep = is.prep;
	was.exec = is.exec;
	assert_true(sum_of(&is) <= sum_of(&f->pages[f->nr - 1]));
	assert_true(was.h.ts - is.h.ts <= (f->exact || was.ret ? 0 : sum_of(&is) / 256));
	was.h.ts = is.h.ts;
	/* Everything else is as it was. */
	assert_memory_equal(&was, &is, sizeof(was));
	return 0;
}

/* Writes and reads the pages. Returns the bytes that a page took. */
static double round_trip(struct fixture *f)
{
	static const struct tracefile_visitor visitor = { .record = check };
	struct tracefile_writer *w;
	struct tracefile_reader *r;
	struct tracefile_state read = { 0 };
	char why[256];
	double bytes;

	assert_int_equal(tracefile_create(f->path, &w), 0);
	if (f->exact)
		tracefile_keep_times(w);
	assert_int_equal(tracefile_write_records(w, f->pages, sizeof(f->pages), PAGES), 0);
	assert_int_equal(tracefile_finish(w), 0);
	bytes = (double)tracefile_written(w) / PAGES;
	tracefile_close(w);
	assert_int_equal(tracefile_open(f->path, &r, why, sizeof(why)), 0);
	assert_int_equal(tracefile_read(r, &visitor, f, &read), 0);
	assert_true(read.complete);
	assert_int_equal(f->nr, PAGES);
	tracefile_reader_free(r);
	return bytes;
}

static void keeps_pages_small(void **state)
{
	struct fixture *f = *state;

	make_pages(f);
	assert_true(round_trip(f) < 14);
}

static void keeps_failures_exact(void **state)
{
	struct fixture *f = *state;

	make_pages(f);
	for (size_t i = 0; i < PAGES; i += 10)
		f->pages[i].ret = -EIO;
	round_trip(f);
}

static void keeps_every_bit_if_told_to(void **state)
{
	struct fixture *f = *state;

	make_pages(f);
	f->exact = true;
	round_trip(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_to_a_64th),
		cmocka_unit_test_setup_teardown(keeps_pages_small, start, stop),
		cmocka_unit_test_setup_teardown(keeps_failures_exact, start, stop),
		cmocka_unit_test_setup_teardown(keeps_every_bit_if_told_to, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
