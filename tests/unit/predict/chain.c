// SPDX-License-Identifier: GPL-2.0-only
/* Launches as chains: no time is lost or counted twice, and memory is bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sevtrace/psp.h>

#include "predict/plan.h"
#include "scenario.h"
#include "util/array.h"

#define US 1000ULL
#define MS 1000000ULL

/* A recording that is fed as a file is. */
struct feeding {
	struct model model;
	struct chains chains;
};

static int feed(void *ctx, const union sevtrace_record *rec)
{
	struct feeding *f = ctx;
	int err = model_feed(&f->model, rec);

	return err ? err : chains_add(&f->chains, &f->model, rec);
}

static void begin(struct feeding *f, struct scenario *s)
{
	chains_init(&f->chains);
	model_init(&f->model);
	if (s)
		scenario_begin(s, feed, f);
}

static void end(struct feeding *f)
{
	assert_int_equal(chains_end(&f->chains, &f->model), 0);
	model_free(&f->model);
}

static void run(struct feeding *f, const char *name)
{
	begin(f, NULL);
	assert_int_equal(scenario_run(name, feed, f), 0);
	end(f);
}

static const struct chain_stage *stage(const struct chain *chain, size_t i)
{
	assert_true(i < chain->nr_stages);
	return &chain->stages[i];
}

/* Stages of an SNP launch: three commands, pages by type, the end. */
static void stages_of_snp(void **state)
{
	static const struct {
		double hold;
		uint64_t commands;
		uint32_t cmd;
		uint8_t page_type;
		bool scales;
	} expected[] = {
		{ 92 * US, 1, SEVTRACE_CMD_SNP_GCTX_CREATE, 0, false },
		{ 2002 * US, 1, SEVTRACE_CMD_SNP_LAUNCH_START, 0, false },
		{ 82 * US, 1, SEVTRACE_CMD_SNP_ACTIVATE, 0, false },
		/* Of 1.002 ms each; the n-th page takes 10 us more than the one before. */
		{ 17232 * US, 16, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, SEVTRACE_PAGE_NORMAL, true },
		{ 2014 * US, 2, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, SEVTRACE_PAGE_ZERO, true },
		{ 1002 * US, 1, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, SEVTRACE_PAGE_SECRETS, false },
		{ 1002 * US, 1, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, SEVTRACE_PAGE_CPUID, false },
		{ 3002 * US, 1, SEVTRACE_CMD_SNP_LAUNCH_FINISH, 0, false },
	};
	struct feeding f;

	(void)state;
	run(&f, "snp");
	assert_int_equal(f.chains.nr, 1);
	assert_int_equal(f.chains.chains[0].nr_stages, ARRAY_SIZE(expected));
	assert_int_equal(f.chains.chains[0].pages, 18);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct chain_stage *s = stage(&f.chains.chains[0], i);

		assert_int_equal(s->cmd, expected[i].cmd);
		assert_int_equal(s->page_type, expected[i].page_type);
		assert_int_equal(s->commands, expected[i].commands);
		assert_int_equal(s->scales, expected[i].scales);
		assert_true(s->hold == expected[i].hold);
	}
	/* Steps of a page, the mutex that is free, and the release of the page before. */
	assert_int_equal(stage(&f.chains.chains[0], 3)->samples[1].think, 9000);
	chains_free(&f.chains);
}

/* Commands of legacy guests are for runs of pages. */
static void runs_of_sev(void **state)
{
	const struct chain_stage *s;
	struct feeding f;

	(void)state;
	run(&f, "sev-es");
	assert_int_equal(f.chains.nr, 1);
	assert_int_equal(f.chains.chains[0].pages, 48);
	s = stage(&f.chains.chains[0], 2);
	assert_int_equal(s->cmd, SEVTRACE_CMD_LAUNCH_UPDATE_DATA);
	assert_int_equal(s->commands, 2);
	assert_int_equal(s->samples[0].pages, 32);
	assert_int_equal(s->samples[1].pages, 16);
	assert_int_equal(s->lead_pages, 110 * US); /* pinned and flushed */
	chains_free(&f.chains);
}

/* Thinking, the PSP and waits are the whole launch. */
static void nothing_is_lost(void **state)
{
	const struct plan_change none = { 0 };
	struct feeding f;

	(void)state;
	for (size_t i = 0; scenario_name(i); i++) {
		struct plan plan;

		if (!strcmp(scenario_name(i), "hostile"))
			continue;
		run(&f, scenario_name(i));
		assert_int_equal(plan_make(&plan, &f.chains, &none), 0);
		for (size_t j = 0; j < f.chains.nr; j++) {
			const struct chain *chain = &f.chains.chains[j];
			uint64_t all = (uint64_t)(plan.launches[j].alone + 0.5) + chain->waited;

			assert_int_equal(all, chain->duration);
			assert_true(chain->duration > 0);
		}
		plan_free(&plan);
		chains_free(&f.chains);
	}
}

static void refused(void **state)
{
	struct feeding f;

	(void)state;
	run(&f, "crowd");
	assert_int_equal(f.chains.nr, 9);
	assert_int_equal(f.chains.refused[CHAIN_NOT_FINISHED], 3);
	chains_free(&f.chains);
	run(&f, "hostile");
	assert_int_equal(f.chains.nr, 0);
	chains_free(&f.chains);
	run(&f, "host-commands");
	assert_int_equal(f.chains.nr, 0);
	assert_int_equal(f.chains.refused[CHAIN_NOT_FINISHED], 0);
	chains_free(&f.chains);
}

/* A wait for others is in none of the times, one for a free mailbox is. */
static void waits(void **state)
{
	struct feeding f;
	struct scenario s;
	const struct chain *chain;

	(void)state;
	begin(&f, &s);
	put_launch(&s, 1, 1001, "qemu", SEVTRACE_VM_SNP);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START);
	s.now += 50 * US;
	put_psp(&s, SEVTRACE_CMD_SNP_GCTX_CREATE, 3 * US, MS, 0);
	s.now += 70 * US;
	put_psp(&s, SEVTRACE_CMD_SNP_LAUNCH_START, 7 * MS, 2 * MS, 0);
	put_exit(&s, 0, 0, 7, SEVTRACE_VM_SNP);
	put_simple(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH, MS, 7,
		   SEVTRACE_VM_SNP);
	end(&f);
	assert_int_equal(f.chains.nr, 1);
	chain = &f.chains.chains[0];
	assert_int_equal(chain->waited, 7 * MS);
	assert_int_equal(stage(chain, 0)->lead, 53 * US);
	assert_int_equal(stage(chain, 1)->lead, 70 * US);
	assert_true(stage(chain, 1)->hold == 2002 * US);
	chains_free(&f.chains);
}

/* What the VMM slept between two ioctls needs no processor. */
static void asleep(void **state)
{
	union sevtrace_record rec = { .meanwhile = { .ran = 10 * MS, .duration = 100 * MS } };
	struct feeding f;
	struct scenario s;

	(void)state;
	begin(&f, &s);
	put_launch(&s, 1, 1001, "qemu", SEVTRACE_VM_SNP);
	put_simple(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_CMD_SNP_LAUNCH_START, MS, 7,
		   SEVTRACE_VM_SNP);
	s.now += 100 * MS - US;
	rec.h.ts = s.now;
	rec.h.launch = 1;
	rec.h.tid = 1001;
	rec.h.type = SEVTRACE_REC_MEANWHILE;
	rec.h.size = sizeof(rec.meanwhile);
	assert_int_equal(feed(&f, &rec), 0);
	put_simple(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH, MS, 7,
		   SEVTRACE_VM_SNP);
	end(&f);
	assert_int_equal(f.chains.nr, 1);
	assert_int_equal(stage(&f.chains.chains[0], 1)->lead_asleep, 90 * MS);
	chains_free(&f.chains);
}

/* Of many commands, some are kept; their mean is that of all. */
static void many_commands(void **state)
{
	const struct plan_change none = { 0 };
	struct feeding f;
	struct scenario s;
	struct plan plan;

	(void)state;
	begin(&f, &s);
	put_launch(&s, 1, 1001, "qemu", SEVTRACE_VM_SNP);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(&s, 0x100, 0x7f0000100000, 20000, SEVTRACE_PAGE_NORMAL, true);
	for (uint64_t i = 0; i < 20000; i++) {
		s.now += i * 10;
		put_psp(&s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0, i * 1000, 0);
	}
	put_range_end(&s, 20000, 0);
	put_exit(&s, 0, 0, 7, SEVTRACE_VM_SNP);
	put_simple(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH, MS, 7,
		   SEVTRACE_VM_SNP);
	end(&f);
	assert_int_equal(f.chains.nr, 1);
	assert_int_equal(stage(&f.chains.chains[0], 0)->nr_samples, CHAIN_MAX_SAMPLES);
	assert_int_equal(plan_make(&plan, &f.chains, &none), 0);
	assert_int_equal((uint64_t)(plan.launches[0].alone + 0.5), f.chains.chains[0].duration);
	plan_free(&plan);
	chains_free(&f.chains);
}

/* Commands of ever other kinds, and of times that no clock has. */
static void too_long(void **state)
{
	struct feeding f;
	struct scenario s;

	(void)state;
	begin(&f, &s);
	put_launch(&s, 1, 1001, "qemu", SEVTRACE_VM_SNP);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	for (uint32_t i = 0; i < 3 * CHAIN_MAX_STAGES; i++)
		put_psp(&s, i, 0, i % 7 ? US : 1ULL << 62, 0);
	put_exit(&s, 0, 0, 7, SEVTRACE_VM_SNP);
	put_simple(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH, MS, 7,
		   SEVTRACE_VM_SNP);
	end(&f);
	assert_int_equal(f.chains.nr, 0);
	assert_int_equal(f.chains.refused[CHAIN_TOO_LONG], 1);
	assert_int_equal(f.chains.nr_samples, 0);
	chains_free(&f.chains);
}

/* --- plans ------------------------------------------------------------------------------------ */

static void other_sizes(void **state)
{
	struct plan_change change = { .pages = 900 };
	struct feeding f;
	struct plan as_is, plan;

	(void)state;
	run(&f, "snp");
	assert_int_equal(plan_make(&as_is, &f.chains, &(struct plan_change){ 0 }), 0);
	assert_int_equal(plan_make(&plan, &f.chains, &change), 0);
	assert_int_equal(plan.launches[0].stages[3].commands, 800);
	assert_int_equal(plan.launches[0].stages[4].commands, 100);
	assert_int_equal(plan.launches[0].stages[5].commands, 1);
	assert_true(plan.launches[0].stages[3].hold == 50 * as_is.launches[0].stages[3].hold);
	assert_true(plan.launches[0].stages[5].hold == as_is.launches[0].stages[5].hold);
	/* Attributes are set for each page, once before the first command. */
	assert_true(plan.launches[0].stages[0].lead > as_is.launches[0].stages[0].lead);
	plan_free(&plan);

	change = (struct plan_change){ .cmd = SEVTRACE_CMD_SNP_LAUNCH_UPDATE, .hold = 0.5 };
	assert_int_equal(plan_make(&plan, &f.chains, &change), 0);
	for (size_t i = 0; i < 8; i++)
		assert_true(plan.launches[0].stages[i].hold ==
			    as_is.launches[0].stages[i].hold * (i >= 3 && i < 7 ? 0.5 : 1));
	plan_free(&plan);
	plan_free(&as_is);
	chains_free(&f.chains);
}

/* Commands of 1 to 16 pages: 100 us, and 10 us a page. */
static void larger_runs(void **state)
{
	const struct plan_change change = { .runs = 2 };
	const struct plan_change none = { 0 };
	struct feeding f;
	struct scenario s;
	struct plan as_is, plan;
	struct plan_fit fit;

	(void)state;
	begin(&f, &s);
	put_launch(&s, 1, 1001, "qemu", SEVTRACE_VM_SEV);
	put_enter(&s, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA);
	put_range(&s, 0x100, 0x7f0000100000, 136, SEVTRACE_PAGE_NORMAL, false);
	for (uint32_t pages = 1; pages <= 16; pages++) {
		put_psp(&s, SEVTRACE_CMD_LAUNCH_UPDATE_DATA, US, (98 + 10 * pages) * US, 0);
		put_step(&s, SEVTRACE_STEP_PSP, 0x100, pages, 0, (98 + 10 * pages) * US);
	}
	put_range_end(&s, 136, 0);
	put_exit(&s, 0, 0, 7, SEVTRACE_VM_SEV);
	put_simple(&s, SEVTRACE_KVM_SEV_LAUNCH_FINISH, SEVTRACE_CMD_LAUNCH_FINISH, MS, 7,
		   SEVTRACE_VM_SEV);
	end(&f);
	assert_int_equal(f.chains.nr, 1);
	assert_true(plan_fit_runs(&f.chains, &fit));
	assert_true(fit.hold_per_page > 9999 && fit.hold_per_page < 10001);
	assert_int_equal(plan_make(&as_is, &f.chains, &none), 0);
	assert_int_equal(plan_make(&plan, &f.chains, &change), 0);
	assert_int_equal(plan.launches[0].stages[0].commands, 8);
	/* Eight commands less, as many pages. */
	assert_true(as_is.launches[0].hold - plan.launches[0].hold > 800 * US - 10 &&
		    as_is.launches[0].hold - plan.launches[0].hold < 800 * US + 10);
	plan_free(&plan);
	plan_free(&as_is);
	chains_free(&f.chains);

	/* Runs of one size do not tell. */
	run(&f, "sev");
	assert_false(plan_fit_runs(&f.chains, &fit));
	chains_free(&f.chains);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stages_of_snp),   cmocka_unit_test(runs_of_sev),
		cmocka_unit_test(nothing_is_lost), cmocka_unit_test(refused),
		cmocka_unit_test(waits),	   cmocka_unit_test(asleep),
		cmocka_unit_test(many_commands),   cmocka_unit_test(too_long),
		cmocka_unit_test(other_sizes),	   cmocka_unit_test(larger_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
