// SPDX-License-Identifier: GPL-2.0-only
/* Predictions: figures that can be computed by hand, how sure they are, and what is warned of. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sevtrace/psp.h>

#include "predict/predict.h"
#include "scenario.h"

#define US 1000ULL
#define MS 1000000ULL

/* A recording that is fed as a file is. */
struct feeding {
	struct model model;
	struct chains *chains;
};

static int feed(void *ctx, const union sevtrace_record *rec)
{
	struct feeding *f = ctx;
	int err = model_feed(&f->model, rec);

	return err ? err : chains_add(f->chains, &f->model, rec);
}

static void end(struct feeding *f)
{
	assert_int_equal(chains_end(f->chains, &f->model), 0);
	model_free(&f->model);
}

static void add(struct chains *c, const char *name)
{
	struct feeding f = { .chains = c };

	model_init(&f.model);
	assert_int_equal(scenario_run(name, feed, &f), 0);
	end(&f);
}

/* A launch of 40 pages whose PSP takes so long for each, and whose pages take `copy` to copy. */
static void put_one(struct scenario *s, uint32_t number, uint64_t exec, uint64_t copy)
{
	put_launch(s, number, number, "qemu", SEVTRACE_VM_SNP);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(s, 0x100, 0x7f0000100000, 40, SEVTRACE_PAGE_NORMAL, true);
	for (uint64_t i = 0; i < 40; i++) {
		put_step(s, SEVTRACE_STEP_COPY, 0x100 + i, 1, 0, copy);
		put_psp(s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0, exec, 0);
	}
	put_range_end(s, 40, 0);
	put_exit(s, 0, 0, 7, SEVTRACE_VM_SNP);
	put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH, MS, 7,
		   SEVTRACE_VM_SNP);
}

/* Launches one after the other, or all at the same times. */
static void add_launches(struct chains *c, uint32_t nr, uint64_t more_exec, uint64_t copy,
			 bool at_once)
{
	struct feeding f = { .chains = c };
	struct scenario s;

	model_init(&f.model);
	scenario_begin(&s, feed, &f);
	for (uint32_t i = 0; i < nr; i++) {
		if (at_once)
			s.now = 1000 * MS;
		put_one(&s, i + 1, MS + i * more_exec, copy);
	}
	end(&f);
}

static const struct predict_request steady_request = { .launches = { 1, 8, 64 },
						       .nr_launches = 3,
						       .hosts = 2,
						       .seed = 1 };

static const struct predict_value *figure(const struct predict_result *r, size_t i,
					  enum predict_figure f)
{
	return &r->predictions[i].figures[f];
}

static void assert_near(double value, double known, double part)
{
	if (!(fabs(value - known) <= part * known))
		fail_msg("%g instead of %g", value, known);
}

static bool warns(const struct predict_result *r, const char *text)
{
	for (size_t i = 0; i < r->nr_warnings; i++)
		if (strstr(r->warnings[i].text, text))
			return true;
	return false;
}

/*
 * 104 commands that hold the mailbox for 105.378 ms. It is handed over in 10 us, or after 9 us to
 * the launch that has given it back, in turns: 9.5 us a command.
 */
static void by_hand(void **state)
{
	const double hold = 105.378 * MS, each = 104 * 9.5 * US;
	struct predict_result r;
	struct chains c;

	(void)state;
	chains_init(&c);
	add(&c, "steady");
	assert_int_equal(c.nr, 12);
	assert_int_equal(predict(&r, &c, &steady_request), 0);
	assert_near(figure(&r, 0, PREDICT_P50)->value, (double)c.chains[0].duration, 1e-9);
	assert_true(figure(&r, 0, PREDICT_WAITING)->value == 0);
	assert_near(figure(&r, 1, PREDICT_LAST)->value, 8 * (hold + each), 0.001);
	assert_near(figure(&r, 2, PREDICT_LAST)->value, 64 * (hold + each), 0.001);
	assert_near(figure(&r, 2, PREDICT_BUSY)->value, hold / (hold + each), 0.001);
	assert_near(r.per_hour.value, 3600e9 / hold, 1e-6);
	assert_int_equal(r.peak_cmd, SEVTRACE_CMD_SNP_LAUNCH_UPDATE);
	assert_near(r.peak_share, 100.2 * MS / hold, 1e-6);
	/* Half the time of the pages' commands; two hosts have half of the launches each. */
	assert_int_equal(r.nr_changed, 2);
	assert_near(r.changed[0].prediction.figures[PREDICT_LAST].value,
		    64 * (hold - 50.1 * MS + each), 0.002);
	assert_near(r.changed[1].prediction.figures[PREDICT_LAST].value, 32 * (hold + each), 0.001);
	assert_int_equal(r.nr_warnings, 0);
	predict_free(&r);
	chains_free(&c);
}

/* Launches that differ give an interval that holds the value; more of them a narrower one. */
static void intervals(void **state)
{
	double widths[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct predict_result r;
		struct chains c;
		const struct predict_value *v;

		chains_init(&c);
		add_launches(&c, i ? 100 : 10, i ? 10 * US : 100 * US, 5 * US, false);
		assert_int_equal(predict(&r, &c, &steady_request), 0);
		for (size_t f = 0; f < PREDICT_FIGURE_COUNT; f++)
			for (size_t j = 0; j < 3; j++) {
				v = figure(&r, j, (enum predict_figure)f);
				assert_true(v->low <= v->value && v->value <= v->high);
			}
		v = figure(&r, 1, PREDICT_LAST);
		widths[i] = (v->high - v->low) / v->value;
		assert_true(r.per_hour.low < r.per_hour.value &&
			    r.per_hour.value < r.per_hour.high);
		predict_free(&r);
		chains_free(&c);
	}
	/* By statistics, a tenth of the variance. */
	assert_true(widths[0] > 0.05 && widths[0] < 0.6);
	assert_true(widths[1] < 0.6 * widths[0]);
}

static void same_again(void **state)
{
	struct predict_result a, b;
	struct chains c;

	(void)state;
	chains_init(&c);
	add_launches(&c, 10, 100 * US, 5 * US, false);
	assert_int_equal(predict(&a, &c, &steady_request), 0);
	assert_int_equal(predict(&b, &c, &steady_request), 0);
	assert_memory_equal(a.predictions, b.predictions, sizeof(a.predictions));
	predict_free(&a);
	predict_free(&b);
	chains_free(&c);
}

static void few_launches(void **state)
{
	struct predict_result r;
	struct chains c;

	(void)state;
	chains_init(&c);
	add_launches(&c, 1, 0, 5 * US, false);
	assert_int_equal(predict(&r, &c, &steady_request), 0);
	assert_true(warns(&r, "one launch was recorded"));
	assert_true(isnan(figure(&r, 1, PREDICT_P50)->low) && isnan(r.per_hour.high));
	predict_free(&r);
	chains_free(&c);

	chains_init(&c);
	add_launches(&c, 9, US, 5 * US, false);
	assert_int_equal(predict(&r, &c, &steady_request), 0);
	assert_true(warns(&r, "only 9 launches were recorded"));
	predict_free(&r);
	chains_free(&c);
}

static void other_sizes(void **state)
{
	struct predict_request q = steady_request;
	struct predict_result r;
	struct chains c;

	(void)state;
	chains_init(&c);
	add_launches(&c, 12, US, 5 * US, false);
	q.pages = 40;
	assert_int_equal(predict(&r, &c, &q), 0);
	assert_false(warns(&r, "pages are asked for"));
	predict_free(&r);
	q.pages = 4000;
	assert_int_equal(predict(&r, &c, &q), 0);
	assert_true(
		warns(&r, "guests of 4,000 pages are asked for, and of 40 to 40 were recorded"));
	assert_near(r.hold_ns, 4000 * 1.0075 * MS + MS, 0.001);
	predict_free(&r);
	chains_free(&c);
}

/* A second recording, of launches at once, whose copies take longer. */
static void growing_steps(void **state)
{
	struct predict_result r;
	struct chains c;

	(void)state;
	chains_init(&c);
	add_launches(&c, 10, US, 5 * US, false);
	add_launches(&c, 8, US, 5 * US, true);
	assert_true(c.recordings[0].concurrency < 1.01);
	assert_true(c.recordings[1].concurrency > 7.9 && c.recordings[1].concurrency < 8.01);
	assert_int_equal(predict(&r, &c, &steady_request), 0);
	assert_false(warns(&r, "copy"));
	predict_free(&r);
	add_launches(&c, 8, US, 100 * US, true);
	assert_int_equal(predict(&r, &c, &steady_request), 0);
	assert_true(warns(&r, "copy: 100 us with 8.0 launches at once, 5.00 us with fewer"));
	predict_free(&r);
	chains_free(&c);
}

/* Arrivals at half of what the PSP can do wait as in a queue; more than it can do has no answer. */
static void arrivals(void **state)
{
	struct predict_request q = {
		.launches = { PREDICT_ARRIVALS }, .nr_launches = 1, .hosts = 2, .seed = 1
	};
	struct predict_result r;
	struct chains c;

	(void)state;
	chains_init(&c);
	add(&c, "steady");
	q.rate = 0.5 * 1e9 / (105.378 * MS);
	assert_int_equal(predict(&r, &c, &q), 0);
	assert_near(figure(&r, 0, PREDICT_BUSY)->value, 0.5, 0.05);
	assert_true(isnan(figure(&r, 0, PREDICT_LAST)->value));
	/* Launches share the PSP: on average, one takes twice as long as alone. */
	assert_true(figure(&r, 0, PREDICT_P50)->value > 1.2 * (double)c.chains[0].duration);
	assert_true(figure(&r, 0, PREDICT_P50)->value < 2.2 * (double)c.chains[0].duration);
	predict_free(&r);
	q.rate *= 2.2;
	assert_int_equal(predict(&r, &c, &q), 0);
	assert_true(warns(&r, "more than the PSP can do"));
	assert_true(isnan(figure(&r, 0, PREDICT_P50)->value));
	/* Two hosts can. */
	assert_false(isnan(r.changed[r.nr_changed - 1].prediction.figures[PREDICT_P50].value));
	predict_free(&r);
	chains_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_hand),     cmocka_unit_test(intervals),
		cmocka_unit_test(same_again),  cmocka_unit_test(few_launches),
		cmocka_unit_test(other_sizes), cmocka_unit_test(growing_steps),
		cmocka_unit_test(arrivals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
