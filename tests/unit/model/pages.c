// SPDX-License-Identifier: GPL-2.0-only
/*
 * PAGE records: taken apart into steps and commands, and in the launch model, which has to say of
 * them what it says of their parts.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <sevtrace/pairing.h>

#include "model/model.h"
#include "report/report.h"
#include "scenario.h"
#include "sev/pages.h"
#include "util/array.h"

#define THREADS 2048

/* Gathers the pages of a scenario, as the BPF programs do. */
struct gathering {
	struct thread *threads; /* by thread id */
	struct model pages; /* is fed with pages */
	struct model parts; /* is fed with the same pages, taken apart */
	size_t nr; /* pages */
};

static int feed_part(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

static int flush(struct gathering *g, const struct sevtrace_rec *h, struct thread *t)
{
	union sevtrace_record rec;
	int err;

	if (!thread_page_open(t))
		return 0;
	rec.page = t->page;
	rec.h = *h;
	rec.h.ts = t->page.h.ts;
	rec.h.type = SEVTRACE_REC_PAGE;
	rec.h.size = sizeof(rec.page);
	thread_page_reset(t);
	g->nr++;
	err = model_feed(&g->pages, &rec);
	return err ? err : page_each(&rec.page, feed_part, &g->parts);
}

static int take_step(struct gathering *g, struct thread *t, const struct sevtrace_rec_step *rec)
{
	const struct step step = { .gfn = rec->gfn,
				   .pfn = rec->pfn,
				   .npages = rec->npages,
				   .ret = rec->ret,
				   .step = rec->step,
				   .marks = rec->marks };
	int err = thread_page_fits(t, &step) ? 0 : flush(g, &rec->h, t);

	thread_page_add(t, &step, rec->h.ts, rec->duration);
	return !err && thread_page_done(t, &step) ? flush(g, &rec->h, t) : err;
}

static void take_command(struct thread *t, const struct sevtrace_rec_psp *rec)
{
	const struct psp_command c = { .mark = rec->h.ts - rec->reclaim,
				       .wait = rec->wait,
				       .prep = rec->prep,
				       .exec = rec->exec,
				       .cmd = rec->cmd,
				       .completed = true,
				       .extra = rec->extra };
	const struct psp_result result = { .status = rec->status,
					   .ret = rec->ret,
					   .asked = rec->asked,
					   .answered = rec->answered };

	thread_page_command(t, &c, &result, rec->h.ts);
}

static int take(void *ctx, const union sevtrace_record *rec)
{
	struct gathering *g = ctx;
	struct thread *t = &g->threads[rec->h.tid % THREADS];
	int err;

	if (rec->h.type == SEVTRACE_REC_STEP && t->in_range)
		return take_step(g, t, &rec->step);
	if (rec->h.type == SEVTRACE_REC_PSP && thread_page_takes(t, rec->psp.depth)) {
		take_command(t, &rec->psp);
		return 0;
	}
	err = flush(g, &rec->h, t);
	if (rec->h.type == SEVTRACE_REC_IOCTL_ENTER)
		t->ioctl = rec->ioctl_enter.ioctl;
	if (rec->h.type == SEVTRACE_REC_RANGE_START) {
		thread_range_enter(t, rec->range_start.page_type, rec->range_start.private_pages);
		t->in_range = true;
	}
	if (rec->h.type == SEVTRACE_REC_RANGE_END || rec->h.type == SEVTRACE_REC_IOCTL_EXIT)
		thread_range_exit(t);
	if (!err)
		err = model_feed(&g->pages, rec);
	return err ? err : model_feed(&g->parts, rec);
}

static char *report_of(struct model *m)
{
	struct tracefile_state state = { .complete = true };
	const struct report report = { .model = m, .state = &state, .version = "", .path = "" };
	json_t *json = render_json(&report);
	char *text;

	assert_non_null(json);
	json_object_del(json, "events");
	json_object_del(json, "recorded");
	text = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS);
	json_decref(json);
	assert_non_null(text);
	return text;
}

static void says_the_same_of_a_page_and_its_parts(void **state)
{
	size_t pages = 0;

	(void)state;
	for (size_t i = 0; scenario_name(i); i++) {
		struct gathering g = { .threads = calloc(THREADS, sizeof(*g.threads)) };
		char *whole, *parts;

		assert_non_null(g.threads);
		model_init(&g.pages);
		model_init(&g.parts);
		assert_int_equal(scenario_run(scenario_name(i), take, &g), 0);
		whole = report_of(&g.pages);
		parts = report_of(&g.parts);
		assert_string_equal(whole, parts);
		/* Which step follows which: what a thread that has not ended may be at. */
		for (size_t n = 0; n < g.pages.nr_launches; n++)
			assert_memory_equal(g.pages.launches[n]->after, g.parts.launches[n]->after,
					    sizeof(g.parts.launches[n]->after));
		pages += g.nr;
		free(whole);
		free(parts);
		model_free(&g.pages);
		model_free(&g.parts);
		free(g.threads);
	}
	assert_true(pages > 50);
}

/* What page_each() hands out. */
struct parts {
	union sevtrace_record of[16];
	size_t nr;
};

static int keep(void *ctx, const union sevtrace_record *rec)
{
	struct parts *p = ctx;

	assert_true(p->nr < ARRAY_SIZE(p->of));
	memcpy(&p->of[p->nr++], rec, rec->h.size);
	return 0;
}

static void takes_a_page_apart(void **state)
{
	const struct sevtrace_rec_page page = {
		.h = { .ts = 10000, .launch = 3, .tid = 4, .type = SEVTRACE_REC_PAGE, .cpu = 1 },
		.ns = { 100, 50, 30 },
		.wait = 1,
		.prep = 2,
		.exec = 500,
		.reclaim = 4,
		.gfn = 0x10,
		.pfn = 0x20,
		.npages = 5,
		.ret = -EIO,
		.cmd = SEVTRACE_CMD_LAUNCH_UPDATE_DATA,
		.status = 9,
		.psp_ret = -EIO,
		.steps = { SEVTRACE_STEP_CLFLUSH, SEVTRACE_STEP_PSP, SEVTRACE_STEP_RELEASE },
		.nr_steps = 3,
		.psp_step = 2,
		.marks = SEVTRACE_MARK_SKIPPED | SEVTRACE_MARK_INFERRED,
		.asked = 1,
		.answered = 1,
	};
	struct parts p = { .nr = 0 };

	(void)state;
	assert_int_equal(page_each(&page, keep, &p), 0);
	assert_int_equal(p.nr, 4);
	assert_int_equal(p.of[0].step.h.ts, 10000 - 30 - 557);
	assert_int_equal(p.of[0].step.duration, 100);
	assert_int_equal(p.of[0].step.marks, SEVTRACE_MARK_SKIPPED);
	assert_int_equal(p.of[0].step.ret, 0);
	assert_true(p.of[0].step.pfn == SEVTRACE_NO_FRAME);
	assert_int_equal(p.of[1].h.type, SEVTRACE_REC_PSP);
	assert_int_equal(p.of[1].psp.h.ts, 10000 - 30);
	assert_int_equal(p.of[1].psp.exec, 500);
	assert_int_equal(p.of[1].psp.status, 9);
	assert_int_equal(p.of[1].psp.h.size, sizeof(struct sevtrace_rec_psp));
	assert_int_equal(p.of[2].step.h.ts, 10000 - 30);
	assert_int_equal(p.of[2].step.duration, 557);
	assert_int_equal(p.of[2].step.pfn, 0x20);
	assert_int_equal(p.of[2].step.marks, 0);
	assert_int_equal(p.of[3].step.marks, SEVTRACE_MARK_INFERRED);
	assert_int_equal(p.of[3].step.ret, -EIO);
	assert_int_equal(p.of[3].step.h.ts, 10000);
	assert_int_equal(p.of[3].step.h.tid, 4);
}

/* A record that makes no sense: no more steps than there can be, and a command only of one. */
static void survives_any_record(void **state)
{
	struct sevtrace_rec_page page;
	struct model m;
	uint32_t random = 1;

	(void)state;
	model_init(&m);
	for (int i = 0; i < 20000; i++) {
		union sevtrace_record rec;
		struct parts p = { .nr = 0 };
		unsigned char *at = (unsigned char *)&page;

		for (size_t n = 0; n < sizeof(page); n++) {
			random = random * 1664525 + 1013904223;
			at[n] = (unsigned char)(random >> 24);
		}
		page.h.launch = 1;
		page.h.tid = 1;
		page.h.type = SEVTRACE_REC_PAGE;
		page.nr_steps &= 15;
		page.psp_step &= 15;
		page.cmd &= 7;
		page.status &= 7;
		page_each(&page, keep, &p);
		assert_int_equal(p.nr, page_steps(&page) + page_has_command(&page));
		rec.page = page;
		assert_int_equal(model_feed(&m, &rec), 0);
	}
	model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_the_same_of_a_page_and_its_parts),
		cmocka_unit_test(takes_a_page_apart),
		cmocka_unit_test(survives_any_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
