// SPDX-License-Identifier: GPL-2.0-only
/* What is kept of launches while a recording is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detail/detail.h"
#include "scenario.h"
#include "sev/pages.h"

struct fed {
	struct model model;
	struct detail detail;
};

static int feed(void *ctx, const union sevtrace_record *rec)
{
	struct fed *f = ctx;
	int err = model_feed(&f->model, rec);

	return err ? err : detail_add(&f->detail, &f->model, rec);
}

static struct fed *begin(size_t slowest, const bool *mapped, size_t nr)
{
	struct fed *f = calloc(1, sizeof(*f));

	model_init(&f->model);
	f->detail = (struct detail){ .slowest = slowest, .mapped = mapped, .nr_mapped = nr };
	return f;
}

static void end(struct fed *f)
{
	detail_free(&f->detail);
	model_free(&f->model);
	free(f);
}

/* Two launches: each page takes its number of microseconds, in three steps and a command. */
static void put_pages(struct scenario *s, uint32_t launch, uint64_t pages)
{
	put_launch(s, launch, 100 + launch, "vmm", SEVTRACE_VM_SNP);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(s, 0x1000, 0x7f0000000000, pages, SEVTRACE_PAGE_NORMAL, true);
	for (uint64_t i = 1; i <= pages; i++) {
		put_step(s, SEVTRACE_STEP_GET_PAGE, 0x1000 + i, 1, 0, 100 * i);
		put_step(s, SEVTRACE_STEP_RMP_UPDATE, 0x1000 + i, 1, 0, 200 * i);
		put_psp(s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 10, 600 * i, 0);
		put_step(s, SEVTRACE_STEP_PSP, 0x1000 + i, 1, 0, 700 * i);
	}
	put_range_end(s, pages, 0);
	put_exit(s, 0, 0, 1, SEVTRACE_VM_SNP);
}

static void steps_become_pages(void **state)
{
	const bool mapped[] = { true, false };
	struct fed *f = begin(3, mapped, 2);
	const struct detail_launch *l;
	struct scenario s;
	uint64_t ns;

	(void)state;
	scenario_begin(&s, feed, f);
	put_pages(&s, 1, 50);
	put_pages(&s, 2, 2);
	assert_int_equal(s.error, 0);
	assert_int_equal(detail_end(&f->detail, &f->model), 0);

	l = detail_at(&f->detail, 0);
	assert_int_equal(l->pages, 50);
	assert_int_equal(l->nr_slowest, 3);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(l->slowest[i].ns, 1000 * (50 - i));
		assert_int_equal(l->slowest[i].rec.gfn, 0x1000 + 50 - i);
		assert_int_equal(page_steps(&l->slowest[i].rec), 3);
		assert_int_equal(detail_longest_step(&l->slowest[i].rec, &ns), SEVTRACE_STEP_PSP);
		assert_int_equal(ns, 700 * (50 - i));
	}
	assert_int_equal(l->by_gfn->nr_columns, 50);
	assert_int_equal(l->by_gfn->columns[0], 0x1001);
	assert_int_equal(l->lanes[DETAIL_STEPS].nr_spans, 150);
	assert_int_equal(l->lanes[DETAIL_EXECUTIONS].nr_spans, 50);
	assert_int_equal(l->lanes[DETAIL_WAITS].nr_spans, 50);
	assert_int_equal(l->lanes[DETAIL_IOCTLS].nr_spans, 1);
	assert_int_equal(l->lanes[DETAIL_IOCTLS].spans[0].start, 0);

	/* No maps of this one. */
	l = detail_at(&f->detail, 1);
	assert_int_equal(l->pages, 2);
	assert_int_equal(l->nr_slowest, 2);
	assert_int_equal(l->slowest[0].ns, 2000);
	assert_null(l->by_time);
	assert_null(l->lanes[DETAIL_STEPS].spans);
	assert_null(detail_at(&f->detail, 2));
	end(f);
}

/* A page record and the same page in steps are the same page. */
static void records_of_pages(void **state)
{
	const bool mapped[] = { true };
	struct fed *f = begin(10, mapped, 1);
	const struct detail_launch *l;
	union sevtrace_record rec;
	struct scenario s;

	(void)state;
	scenario_begin(&s, feed, f);
	put_launch(&s, 1, 100, "vmm", SEVTRACE_VM_SNP);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	memset(&rec, 0, sizeof(rec));
	rec.page = (struct sevtrace_rec_page){
		.h = { .ts = s.now + 5000,
		       .launch = 1,
		       .tid = 100,
		       .type = SEVTRACE_REC_PAGE,
		       .size = sizeof(rec.page) },
		.ns = { 300, 200 },
		.steps = { SEVTRACE_STEP_GET_PAGE, SEVTRACE_STEP_PSP },
		.nr_steps = 2,
		.psp_step = 2,
		.wait = 1000,
		.exec = 2500,
		.asked = 1,
		.answered = 1,
		.cmd = SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
		.gfn = SEVTRACE_NO_FRAME,
		.npages = 1,
	};
	assert_int_equal(feed(f, &rec), 0);
	assert_int_equal(detail_end(&f->detail, &f->model), 0);
	l = detail_at(&f->detail, 0);
	assert_int_equal(l->pages, 1);
	assert_int_equal(l->no_gfn, 1);
	assert_int_equal(l->slowest[0].ns, 4000);
	assert_null(l->by_gfn);
	assert_non_null(l->by_time);
	assert_int_equal(l->lanes[DETAIL_STEPS].nr_spans, 2);
	assert_int_equal(l->lanes[DETAIL_STEPS].spans[1].busy, 3700);
	assert_int_equal(l->lanes[DETAIL_EXECUTIONS].spans[0].busy, 2500);
	assert_int_equal(l->lanes[DETAIL_WAITS].spans[0].busy, 1000);
	end(f);
}

/* Every made-up launch, without and with maps: nothing is lost, nothing breaks. */
static void all_scenarios(void **state)
{
	bool mapped[64];

	(void)state;
	memset(mapped, true, sizeof(mapped));
	for (size_t i = 0; scenario_name(i); i++) {
		struct fed *f = begin(5, mapped, 64);

		assert_int_equal(scenario_run(scenario_name(i), feed, f), 0);
		assert_int_equal(detail_end(&f->detail, &f->model), 0);
		for (size_t place = 0; place < f->model.nr_launches; place++) {
			const struct detail_launch *l = detail_at(&f->detail, place);
			const struct detail_lane *ioctls;
			uint64_t calls = 0, counted = 0;

			if (!l)
				continue;
			ioctls = &l->lanes[DETAIL_IOCTLS];
			for (size_t c = 0; c < f->model.launches[place]->nr_commands; c++)
				calls += series_hist(&f->model.launches[place]->commands[c].time)
						 ->count;
			for (size_t k = 0; k < ioctls->nr_spans; k++)
				counted += ioctls->spans[k].count;
			/* Attribute updates are no ioctls of this kind of record. */
			assert_true(counted <= calls);
			assert_true(l->nr_slowest <= 5 && l->nr_slowest <= l->pages);
			assert_true(l->pages == l->no_gfn || l->by_gfn);
		}
		end(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_become_pages),
		cmocka_unit_test(records_of_pages),
		cmocka_unit_test(all_scenarios),
	};

	return cmocka_run_group_tests_name("detail", tests, NULL, NULL);
}
