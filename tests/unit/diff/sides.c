// SPDX-License-Identifier: GPL-2.0-only
/* What goes into a side of a comparison, and what is found to differ beside the times. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diff/sides.h"
#include "scenario.h"
#include "stats/hist.h"
#include "util/array.h"

#define US 1000ULL
#define SNP SEVTRACE_VM_SNP
#define HOSTNAME 0
#define KERNEL 1

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

static const struct compare_row *find(const struct comparison *c, struct compare_row key)
{
	for (size_t i = 0; i < c->nr_rows; i++)
		if (compare_same_row(&c->rows[i], &key))
			return &c->rows[i];
	return NULL;
}

#define FIND(c, ...) find(c, (struct compare_row){ __VA_ARGS__ })

/* Rows are the same if all of what makes them up is. */
static void same_rows(void **state)
{
	const struct compare_row row = {
		.vm_type = 1, .section = COMPARE_PSP, .phase = 2, .id = 3, .waiting = true
	};
	struct comparison c = { 0 };

	(void)state;
	assert_true(compare_same_row(&row, &row));
	assert_non_null(compare_find_row(&c, &row));
	for (int twice = 0; twice < 2; twice++) {
		for (size_t i = 0; i < 5; i++) {
			struct compare_row other = row;

			other.vm_type += i == 0;
			other.section += i == 1;
			other.phase += i == 2;
			other.id += i == 3;
			other.waiting = i != 4;
			assert_false(compare_same_row(&row, &other));
			assert_non_null(compare_find_row(&c, &other));
			assert_int_equal(c.nr_rows, twice ? 6 : i + 2);
			assert_ptr_equal(compare_find_row(&c, &other), &c.rows[i + 1]);
		}
	}
	assert_ptr_equal(compare_find_row(&c, &row), &c.rows[0]);
	compare_free(&c);
}

/* Errors are the same if guest, command and status are. */
static void same_errors(void **state)
{
	static const struct compare_error errors[] = {
		{ 1, 2, 3, { 0 } }, { 9, 2, 3, { 0 } }, { 1, 9, 3, { 0 } }, { 1, 2, 9, { 0 } }
	};
	struct comparison c = { 0 };

	(void)state;
	for (int twice = 0; twice < 2; twice++) {
		for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
			const struct model_status_count count = { errors[i].status, 10 + i };

			assert_int_equal(compare_add_error(&c, twice ? COMPARE_B : COMPARE_A,
							   errors[i].vm_type, errors[i].cmd,
							   &count),
					 0);
			assert_int_equal(compare_add_error(&c, COMPARE_B, errors[i].vm_type,
							   errors[i].cmd, &count),
					 0);
		}
	}
	assert_int_equal(c.nr_errors, ARRAY_SIZE(errors));
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		assert_int_equal(c.errors[i].vm_type, errors[i].vm_type);
		assert_int_equal(c.errors[i].cmd, errors[i].cmd);
		assert_int_equal(c.errors[i].status, errors[i].status);
		assert_int_equal(c.errors[i].count[COMPARE_A], 10 + i);
		assert_int_equal(c.errors[i].count[COMPARE_B], 30 + 3 * i);
	}
	compare_free(&c);
}

/* Puts a launch: ioctls, of them two of a kind, commands, a step and perhaps its end. */
static void put_one(struct scenario *s, struct model *m, uint32_t number, bool finished)
{
	const struct sevtrace_hist_key key = { .launch = number,
					       .kind = SEVTRACE_HIST_STEP,
					       .id = SEVTRACE_STEP_UNPIN,
					       .phase = SEVTRACE_PHASE_TEARDOWN };
	struct sevtrace_hist hist = { 0 };

	put_launch(s, number, 100 + number, "vmm", SNP);
	put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_CMD_SNP_LAUNCH_START, 50 * US, 1,
		   SNP);
	put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, 0, 0, 1, SNP);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(s, 0x100, 0, 3, SEVTRACE_PAGE_NORMAL, true);
	put_step(s, SEVTRACE_STEP_COPY, 0x100, 1, 0, 10 * US);
	put_step(s, SEVTRACE_STEP_COPY, 0x101, 1, 0, 30 * US);
	put_step(s, SEVTRACE_STEP_COPY, 0x102, 1, 0, 20 * US);
	put_range_end(s, 3, 0);
	put_psp(s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0, US, SEVTRACE_PSP_INVALID_PARAM);
	put_exit(s, 0, 0, 1, SNP);
	if (finished)
		put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, 0, 0, 1, SNP);
	hist_add(&hist, 700, 4, 0);
	assert_int_equal(model_hist(m, &key, &hist), 0);
}

static void rows_of_launches(void **state)
{
	struct comparison c = { 0 };
	const struct compare_row *row;
	struct scenario s;
	struct model m;

	(void)state;
	model_init(&m);
	scenario_begin(&s, feed, &m);
	put_one(&s, &m, 1, true);
	put_one(&s, &m, 2, true);
	put_one(&s, &m, 3, false);
	assert_int_equal(s.error, 0);
	assert_int_equal(compare_add(&c, COMPARE_B, &m), 0);
	/* The third one was cut short: as that it counts, and the PSP's answers; no time does. */
	assert_int_equal(c.nr_types, 1);
	assert_int_equal(c.types[0].results[COMPARE_B][MODEL_OK], 2);
	assert_int_equal(c.types[0].results[COMPARE_B][MODEL_INCOMPLETE], 1);
	assert_int_equal(c.types[0].pages[COMPARE_B], 6);
	assert_int_equal(c.nr_errors, 1);
	assert_int_equal(c.errors[0].count[COMPARE_B], 3);
	row = FIND(&c, .vm_type = SNP, .section = COMPARE_LAUNCH);
	assert_int_equal(row->side[COMPARE_A].nr, 0);
	assert_int_equal(row->side[COMPARE_B].nr, 2);
	assert_int_equal(row->side[COMPARE_B].calls, 2);
	assert_int_equal(row->side[COMPARE_B].values[0], launch_duration(m.launches[0]));
	assert_int_equal(row->side[COMPARE_B].values[1], launch_duration(m.launches[1]));
	row = FIND(&c, .vm_type = SNP, .section = COMPARE_LAUNCH, .id = COMPARE_PSP_HELD);
	assert_int_equal(row->side[COMPARE_B].nr, 2);
	/* two commands, each with a microsecond before and after it */
	assert_int_equal(row->side[COMPARE_B].values[0], 50 * US + US + 4 * US);
	/* a step's value is its median, an ioctl's the sum */
	row = FIND(&c, .vm_type = SNP, .section = COMPARE_STEP, .phase = SEVTRACE_PHASE_PRIVATE,
		   .id = SEVTRACE_STEP_COPY);
	assert_int_equal(row->side[COMPARE_B].calls, 6);
	assert_in_range(row->side[COMPARE_B].values[0], 19 * US, 21 * US);
	assert_int_equal(row->side[COMPARE_B].samples->count, 6);
	assert_int_equal(compare_total(&row->side[COMPARE_B]), 60 * US);
	row = FIND(&c, .vm_type = SNP, .section = COMPARE_STEP, .phase = SEVTRACE_PHASE_TEARDOWN,
		   .id = SEVTRACE_STEP_UNPIN);
	assert_int_equal(row->side[COMPARE_B].calls, 8);
	row = FIND(&c, .vm_type = SNP, .section = COMPARE_IOCTL,
		   .id = SEVTRACE_KVM_SEV_SNP_LAUNCH_START);
	assert_int_equal(row->side[COMPARE_B].nr, 2);
	assert_int_equal(row->side[COMPARE_B].calls, 4);
	assert_int_equal(row->side[COMPARE_B].samples->count, 2);
	assert_int_equal(row->side[COMPARE_B].values[0], 50 * US + 5 * US);
	row = FIND(&c, .vm_type = SNP, .section = COMPARE_PSP, .id = SEVTRACE_CMD_SNP_LAUNCH_START);
	assert_in_range(row->side[COMPARE_B].values[1], 50 * US, 50 * US);
	row = FIND(&c, .vm_type = SNP, .section = COMPARE_PSP, .id = SEVTRACE_CMD_SNP_LAUNCH_START,
		   .waiting = true);
	assert_in_range(row->side[COMPARE_B].values[1], US, US);
	/* what did not wait has no such row */
	assert_null(FIND(&c, .vm_type = SNP, .section = COMPARE_PSP,
			 .id = SEVTRACE_CMD_SNP_LAUNCH_UPDATE, .waiting = true));
	assert_int_equal(c.nr_rows, 2 + 2 + 3 + 3);
	assert_int_equal(compare_total(&row->side[COMPARE_A]), 0);
	compare_free(&c);
	model_free(&m);
}

/* A kind of ioctl that the kernel counted no sample of has no row. */
static void rows_without_samples(void **state)
{
	const struct sevtrace_hist_key key = { 1, 50, SEVTRACE_HIST_IOCTL, 0 };
	const struct sevtrace_hist none = { 0 };
	struct comparison c = { 0 };
	struct scenario s;
	struct model m;

	(void)state;
	model_init(&m);
	scenario_begin(&s, feed, &m);
	put_launch(&s, 1, 100, "vmm", SNP);
	put_simple(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, 0, 0, 1, SNP);
	assert_int_equal(model_hist(&m, &key, &none), 0);
	assert_int_equal(m.launches[0]->nr_commands, 2);
	assert_int_equal(compare_add(&c, COMPARE_A, &m), 0);
	assert_int_equal(c.nr_rows, 2);
	compare_free(&c);
	model_free(&m);
}

static void merged_sides(void **state)
{
	const struct compare_row key = { .section = COMPARE_STEP }, other = { .id = 5 };
	struct comparison c = { 0 }, from = { .dropped = { 3, 9 } };
	struct compare_launches *type = compare_find_type(&from, SNP);
	const struct model_status_count count = { 7, 2 };
	struct compare_row *row;

	(void)state;
	assert_non_null(type);
	for (uint64_t i = 0; i <= MODEL_INCOMPLETE; i++) {
		type->results[COMPARE_A][i] = 1 + i;
		type->results[COMPARE_B][i] = 100;
	}
	type->pages[COMPARE_A] = 50;
	type->pages[COMPARE_B] = 1000;
	assert_int_equal(compare_add_error(&from, COMPARE_A, SNP, 1, &count), 0);
	assert_int_equal(compare_add_error(&from, COMPARE_A, SNP, 2, &count), 0);
	row = compare_find_row(&from, &key);
	assert_non_null(row);
	row->side[COMPARE_A].nr = 2;
	row->side[COMPARE_A].calls = 30;
	row->side[COMPARE_A].values = calloc(2, sizeof(uint64_t));
	row->side[COMPARE_A].samples = calloc(1, sizeof(struct sevtrace_hist));
	assert_true(row->side[COMPARE_A].values && row->side[COMPARE_A].samples);
	row->side[COMPARE_A].values[1] = 8;
	hist_add(row->side[COMPARE_A].samples, 1000, 30, 0);
	/* a row that only the other side has */
	assert_non_null(compare_find_row(&from, &other));
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(compare_merge(&c, COMPARE_B, &from), 0);
		assert_int_equal(c.nr_rows, 1);
		assert_int_equal(c.rows[0].side[COMPARE_A].nr, 0);
		assert_int_equal(c.rows[0].side[COMPARE_B].nr, 2 * i);
		assert_int_equal(c.rows[0].side[COMPARE_B].calls, 30 * i);
		assert_int_equal(c.rows[0].side[COMPARE_B].samples->count, 30 * i);
		for (int n = 0; n < 2 * i; n++)
			assert_int_equal(c.rows[0].side[COMPARE_B].values[n], n % 2 ? 8 : 0);
		assert_int_equal(c.dropped[COMPARE_B], 3 * i);
		assert_int_equal(c.dropped[COMPARE_A], 0);
		assert_int_equal(c.nr_types, 1);
		for (int n = 0; n <= MODEL_INCOMPLETE; n++)
			assert_int_equal(c.types[0].results[COMPARE_B][n], (1 + n) * i);
		assert_int_equal(c.types[0].results[COMPARE_A][0], 0);
		assert_int_equal(c.types[0].pages[COMPARE_B], 50 * i);
		assert_int_equal(c.nr_errors, 2);
		assert_int_equal(c.errors[1].cmd, 2);
		assert_int_equal(c.errors[1].count[COMPARE_B], 2 * i);
		assert_int_equal(c.errors[1].count[COMPARE_A], 0);
	}
	compare_free(&from);
	compare_free(&c);
}

/* A value is listed once, also as the middle one, and a part of another is another. */
static void merged_values(void **state)
{
	static const struct {
		const char *value; /* NULL: not known */
		const char *all;
	} cases[] = {
		{ NULL, NULL },
		{ "b", "b" },
		{ "b", "b" },
		{ NULL, "b" },
		{ "ab", "b, ab" },
		{ "bc", "b, ab, bc" },
		{ "ab", "b, ab, bc" },
		{ "bc", "b, ab, bc" },
		{ "a", "b, ab, bc, a" },
		{ "c", "b, ab, bc, a, c" },
	};
	struct comparison c = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct comparison from = { 0 };

		assert_int_equal(compare_set_host(&from, COMPARE_A, KERNEL, cases[i].value), 0);
		assert_int_equal(compare_merge(&c, COMPARE_A, &from), 0);
		if (cases[i].all)
			assert_string_equal(c.host[COMPARE_A][KERNEL], cases[i].all);
		else
			assert_null(c.host[COMPARE_A][KERNEL]);
		assert_null(c.host[COMPARE_A][HOSTNAME]);
		compare_free(&from);
	}
	compare_free(&c);
}

static void hosts_of_models(void **state)
{
	static const struct tracefile_cpu_drops drops = { .emitted = 5, .dropped = 4 };
	struct comparison c = { 0 };
	struct model m;

	(void)state;
	model_init(&m);
	assert_int_equal(compare_add(&c, COMPARE_A, &m), 0);
	assert_int_equal(model_host(&m, "kernel", "6.1"), 0);
	assert_int_equal(model_host(&m, "cpus", "2"), 0);
	assert_int_equal(model_cpu_drops(&m, &drops), 0);
	assert_int_equal(compare_add(&c, COMPARE_B, &m), 0);
	assert_int_equal(c.dropped[COMPARE_A], 0);
	assert_int_equal(c.dropped[COMPARE_B], 4);
	for (size_t i = 0; compare_host_key(i); i++) {
		assert_null(c.host[COMPARE_A][i]);
		assert_int_equal(c.host[COMPARE_B][i] != NULL, i == KERNEL);
	}
	assert_string_equal(c.host[COMPARE_B][KERNEL], "6.1");
	compare_free(&c);
	model_free(&m);
}

/* What differs beside the times: each by itself, and where nothing is known of both. */
static void differences(void **state)
{
	static const struct {
		const char *kernel[2];
		uint64_t results[2];
		uint64_t pages[2];
		uint64_t dropped[2];
		const char *what; /* NULL: nothing differs */
		const char *value[2];
	} cases[] = {
		{ { NULL, NULL }, { 0 }, { 0 }, { 0 }, NULL, { NULL } },
		{ { "6", "6" }, { 0 }, { 0 }, { 0 }, NULL, { NULL } },
		{ { "6", "7" }, { 0 }, { 0 }, { 0 }, "kernel", { "6", "7" } },
		{ { "6", NULL }, { 0 }, { 0 }, { 0 }, "kernel", { "6", "not known" } },
		{ { NULL, "7" }, { 0 }, { 0 }, { 0 }, "kernel", { "not known", "7" } },
		/* of a launch, so the number of launches does not matter */
		{ { NULL }, { 2, 3 }, { 20, 30 }, { 0 }, NULL, { NULL } },
		{ { NULL }, { 2, 3 }, { 20, 33 }, { 0 }, "pages a launch", { "10", "11" } },
		{ { NULL }, { 2, 3 }, { 20, 0 }, { 0 }, NULL, { NULL } },
		{ { NULL }, { 2, 3 }, { 0, 30 }, { 0 }, NULL, { NULL } },
		{ { NULL }, { 2, 0 }, { 20, 30 }, { 0 }, NULL, { NULL } },
		{ { NULL }, { 0 }, { 0 }, { 4, 0 }, "dropped events", { "4", "0" } },
		{ { NULL }, { 0 }, { 0 }, { 0, 5 }, "dropped events", { "0", "5" } },
		{ { NULL }, { 0 }, { 0 }, { 5, 5 }, "dropped events", { "5", "5" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct comparison c = { .gate = INFINITY };
		struct compare_launches *type = compare_find_type(&c, SNP);

		assert_non_null(type);
		for (int which = COMPARE_A; which <= COMPARE_B; which++) {
			compare_set_host(&c, which, KERNEL, cases[i].kernel[which]);
			type->results[which][MODEL_OK] = cases[i].results[which];
			type->pages[which] = cases[i].pages[which];
			c.dropped[which] = cases[i].dropped[which];
		}
		assert_int_equal(compare_judge(&c, COMPARE_MIN_CHANGE), 0);
		if (c.nr_differences != (cases[i].what != NULL))
			fail_msg("case %zu: %zu differences", i, c.nr_differences);
		for (int which = COMPARE_A; cases[i].what && which <= COMPARE_B; which++) {
			assert_string_equal(c.differences[0].what, cases[i].what);
			assert_string_equal(c.differences[0].value[which], cases[i].value[which]);
		}
		compare_free(&c);
	}
}

/* Adds launches that took so long to a side of a row, each of which is a sample, too. */
static void add_values(struct comparison *c, uint32_t id, enum compare_which which, size_t nr,
		       const uint64_t *values)
{
	const struct compare_row key = { .section = COMPARE_IOCTL, .id = id };
	struct compare_row *row = compare_find_row(c, &key);
	struct compare_side *side;

	assert_non_null(row);
	side = &row->side[which];
	side->values = calloc(nr, sizeof(*side->values));
	side->samples = calloc(1, sizeof(*side->samples));
	assert_true(side->values && side->samples);
	side->nr = nr;
	for (size_t i = 0; i < nr; i++) {
		side->values[i] = values[i];
		hist_add(side->samples, values[i], 1, 0);
	}
}

static void medians_and_changes(void **state)
{
	static const struct {
		size_t nr[2];
		uint64_t values[2][4];
		uint64_t median[2];
		double change;
	} cases[] = {
		{ { 3, 3 }, { { 30, 10, 20 }, { 50, 40, 10 } }, { 20, 40 }, 1 },
		{ { 4, 2 }, { { 40, 10, 30, 20 }, { 9, 4 } }, { 25, 6 }, -0.76 },
		{ { 1, 1 }, { { 0 }, { 0 } }, { 0, 0 }, 0 },
		{ { 1, 1 }, { { 0 }, { 1 } }, { 0, 1 }, INFINITY },
		{ { 1, 1 }, { { 5 }, { 0 } }, { 5, 0 }, -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct comparison c = { .gate = INFINITY };

		add_values(&c, 1, COMPARE_A, cases[i].nr[0], cases[i].values[0]);
		add_values(&c, 1, COMPARE_B, cases[i].nr[1], cases[i].values[1]);
		assert_int_equal(compare_judge(&c, COMPARE_MIN_CHANGE), 0);
		assert_int_equal(c.rows[0].side[COMPARE_A].median, cases[i].median[0]);
		assert_int_equal(c.rows[0].side[COMPARE_B].median, cases[i].median[1]);
		assert_true(c.rows[0].change == cases[i].change);
		assert_int_equal(c.rows[0].over, COMPARE_OVER_NOTHING);
		assert_true(c.rows[0].p == 1 && c.rows[0].superiority == 0.5);
		compare_free(&c);
	}
}

/* A row that only one side has is of that one, and has no change. */
static void rows_of_one_side(void **state)
{
	static const uint64_t values[60] = { 1000, 1000, 1000 };

	(void)state;
	for (int which = COMPARE_A; which <= COMPARE_B; which++) {
		struct comparison c = { .gate = INFINITY };

		add_values(&c, 1, which, ARRAY_SIZE(values), values);
		assert_int_equal(compare_judge(&c, COMPARE_MIN_CHANGE), 0);
		assert_int_equal(c.rows[0].verdict,
				 which == COMPARE_A ? COMPARE_ONLY_A : COMPARE_ONLY_B);
		assert_true(c.rows[0].change == 0);
		assert_int_equal(c.rows[0].over, COMPARE_OVER_NOTHING);
		compare_free(&c);
	}
}

/* The more rows are tested, the less one of them says; those that are not tested do not matter. */
static void corrected_for_rows(void **state)
{
	static const uint64_t a[8] = { 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007 };
	static const uint64_t b[8] = { 2000, 2001, 2002, 2003, 2004, 2005, 2006, 2007 };
	double alone = 0;

	(void)state;
	for (uint32_t rows = 1; rows <= 3; rows++) {
		struct comparison c = { .gate = INFINITY };

		for (uint32_t i = 0; i < rows; i++) {
			add_values(&c, 10 + i, COMPARE_A, 8, a);
			add_values(&c, 10 + i, COMPARE_B, 8, b);
		}
		add_values(&c, 1, COMPARE_A, 3, a);
		add_values(&c, 1, COMPARE_B, 3, b);
		assert_int_equal(compare_judge(&c, COMPARE_MIN_CHANGE), 0);
		assert_int_equal(c.rows[0].id, 1);
		assert_true(c.rows[0].p == 1);
		assert_int_equal(c.rows[0].verdict, COMPARE_UNCLEAR);
		if (rows == 1)
			alone = c.rows[1].p;
		assert_true(alone > 0 && alone < COMPARE_LEVEL);
		for (uint32_t i = 1; i <= rows; i++)
			assert_true(fabs(c.rows[i].p - rows * alone) < 1e-12);
		assert_true(c.min_change == COMPARE_MIN_CHANGE);
		compare_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_rows),	       cmocka_unit_test(same_errors),
		cmocka_unit_test(rows_of_launches),    cmocka_unit_test(rows_without_samples),
		cmocka_unit_test(merged_sides),	       cmocka_unit_test(merged_values),
		cmocka_unit_test(hosts_of_models),     cmocka_unit_test(differences),
		cmocka_unit_test(medians_and_changes), cmocka_unit_test(rows_of_one_side),
		cmocka_unit_test(corrected_for_rows),
	};

	return cmocka_run_group_tests_name("sides", tests, NULL, NULL);
}
