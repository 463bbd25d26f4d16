// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every renderer of comparisons made up so that each has something to say of every verdict, type of
 * guest, answer and lack: what they print is what render.txt holds. UPDATE=1 writes it anew: look
 * at the difference.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diff/render.h"
#include "diff/sides.h"
#include "expected.h"
#include "stats/hist.h"
#include "util/array.h"

#define EXPECTED "tests/golden/diff/render.txt"
#define US 1000ULL
#define MS 1000000ULL
#define SECOND 1000000000ULL

/* One side of a row: so many launches, their median, and as many samples of one time. */
struct made_side {
	size_t nr;
	uint64_t median;
	uint64_t samples;
};

struct made_row {
	uint32_t vm_type;
	enum compare_section section;
	uint32_t phase;
	uint32_t id;
	uint64_t waiting;
	struct made_side side[2];
	uint64_t over; /* enum compare_over */
	double p;
	double superiority;
	uint64_t verdict; /* enum compare_verdict */
};

/* A comparison in the making: its results, rows and what else is in it. */
struct made {
	const char *name;
	const char *gate; /* NULL: none */
	double limit;
	enum compare_basis basis;
	enum compare_which basis_side;
	uint32_t basis_type;
	bool rest; /* hosts, differences and errors as well */
	bool allow_empty;
	const struct compare_launches *types;
	size_t nr_types;
	const struct made_row *rows;
	size_t nr_rows;
};

#define SNP SEVTRACE_VM_SNP
#define SEV SEVTRACE_VM_SEV
#define PRIVATE SEVTRACE_PHASE_PRIVATE
#define OTHER SEVTRACE_PHASE_OTHER

static const struct made_row of_each_kind[] = {
	{ SEV,
	  COMPARE_LAUNCH,
	  0,
	  0,
	  false,
	  { { 1, SECOND, 1 }, { 2, 2 * SECOND, 2 } },
	  COMPARE_OVER_NOTHING,
	  1,
	  0.5,
	  COMPARE_UNCLEAR },
	{ SEV,
	  COMPARE_PSP,
	  0,
	  0x333,
	  true,
	  { { 3, 10, 3 }, { 0, 0, 0 } },
	  COMPARE_OVER_NOTHING,
	  1,
	  0.5,
	  COMPARE_ONLY_A },
	{ SNP,
	  COMPARE_LAUNCH,
	  0,
	  0,
	  false,
	  { { 20, SECOND, 20 }, { 20, 3 * SECOND, 20 } },
	  COMPARE_OVER_LAUNCHES,
	  1e-9,
	  1,
	  COMPARE_SLOWER },
	{ SNP,
	  COMPARE_STEP,
	  OTHER,
	  SEVTRACE_STEP_ATTRIBUTES,
	  false,
	  { { 20, 100 * US, 40 }, { 20, 104 * US, 40 } },
	  COMPARE_OVER_LAUNCHES,
	  0.001,
	  0.7,
	  COMPARE_SLOWER },
	{ SNP,
	  COMPARE_STEP,
	  PRIVATE,
	  SEVTRACE_STEP_COPY,
	  false,
	  { { 20, 100 * US, 400 }, { 20, 100 * US, 400 } },
	  COMPARE_OVER_LAUNCHES,
	  1,
	  0.5,
	  COMPARE_SAME },
	{ SNP,
	  COMPARE_STEP,
	  PRIVATE,
	  SEVTRACE_STEP_PSP,
	  false,
	  { { 20, 2 * MS, 400 }, { 20, MS, 400 } },
	  COMPARE_OVER_LAUNCHES,
	  1e-5,
	  0.01,
	  COMPARE_FASTER },
	{ SNP,
	  COMPARE_PSP,
	  0,
	  SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
	  false,
	  { { 2, MS, 200 }, { 2, 5 * MS, 200 } },
	  COMPARE_OVER_SAMPLES,
	  1e-7,
	  0.99,
	  COMPARE_SLOWER },
	{ SNP,
	  COMPARE_PSP,
	  0,
	  SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
	  true,
	  { { 2, MS, 200 }, { 2, MS + 1, 200 } },
	  COMPARE_OVER_SAMPLES,
	  0.5,
	  0.5,
	  COMPARE_SAME },
	{ SNP,
	  COMPARE_PSP,
	  0,
	  SEVTRACE_CMD_SNP_ACTIVATE,
	  false,
	  { { 2, 0, 100 }, { 2, 40 * US, 100 } },
	  COMPARE_OVER_SAMPLES,
	  0.2,
	  0.6,
	  COMPARE_UNCLEAR },
	{ SNP,
	  COMPARE_IOCTL,
	  0,
	  SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE,
	  false,
	  { { 0, 0, 0 }, { 20, 9 * MS, 80 } },
	  COMPARE_OVER_NOTHING,
	  1,
	  0.5,
	  COMPARE_ONLY_B },
	{ SNP,
	  COMPARE_IOCTL,
	  0,
	  4711,
	  false,
	  { { 9, US, 9 }, { 9, 100 * MS, 9 } },
	  COMPARE_OVER_LAUNCHES,
	  0.002,
	  0.9,
	  COMPARE_SLOWER },
	{ 99,
	  COMPARE_STEP,
	  SEVTRACE_PHASE_TEARDOWN,
	  SEVTRACE_STEP_RECLAIM,
	  false,
	  { { 9, 12 * US, 9 }, { 9, 147 * US, 9 } },
	  COMPARE_OVER_LAUNCHES,
	  0.0001,
	  0.95,
	  COMPARE_SLOWER },
};

static const struct made_row all_same[] = {
	{ SNP,
	  COMPARE_LAUNCH,
	  0,
	  0,
	  false,
	  { { 20, SECOND, 20 }, { 20, SECOND, 20 } },
	  COMPARE_OVER_LAUNCHES,
	  1,
	  0.5,
	  COMPARE_SAME },
	{ SNP,
	  COMPARE_STEP,
	  PRIVATE,
	  SEVTRACE_STEP_COPY,
	  false,
	  { { 20, 100 * US, 400 }, { 20, 100 * US, 400 } },
	  COMPARE_OVER_LAUNCHES,
	  1,
	  0.5,
	  COMPARE_SAME },
};

static const struct made_row a_little_slower[] = {
	{ SNP,
	  COMPARE_LAUNCH,
	  0,
	  0,
	  false,
	  { { 20, 100 * MS, 20 }, { 20, 105 * MS, 20 } },
	  COMPARE_OVER_LAUNCHES,
	  0.001,
	  0.9,
	  COMPARE_SLOWER },
};

static const struct compare_launches three_types[] = {
	{ SEV, { { 1, 0, 2 }, { 2, 0, 0 } }, { 48, 96 } },
	{ SNP, { { 20, 0, 0 }, { 20, 1, 1 } }, { 0, 0 } },
	{ 99, { { 9, 1, 0 }, { 0, 12345, 0 } }, { 0, 0 } },
};
static const struct compare_launches one_type[] = {
	{ SNP, { { 20, 0, 0 }, { 20, 0, 0 } }, { 0, 0 } },
};
static const struct compare_launches only_in_a[] = {
	{ SNP, { { 20, 0, 0 }, { 0, 0, 0 } }, { 0, 0 } },
};

#define TYPES(array) .types = (array), .nr_types = ARRAY_SIZE(array)
#define ROWS(array) .rows = (array), .nr_rows = ARRAY_SIZE(array)

static const struct made comparisons[] = {
	{ .name = "everything, with a limit",
	  .gate = "5%",
	  .limit = 0.05,
	  TYPES(three_types),
	  ROWS(of_each_kind),
	  .rest = true },
	{ .name = "everything, without one",
	  .limit = INFINITY,
	  TYPES(three_types),
	  ROWS(of_each_kind),
	  .rest = true },
	{ .name = "too slow, none failed",
	  .gate = "5",
	  .limit = 0.05,
	  TYPES(one_type),
	  ROWS(of_each_kind) },
	{ .name = "nothing changed, with a limit",
	  .gate = "5%",
	  .limit = 0.05,
	  TYPES(one_type),
	  ROWS(all_same) },
	{ .name = "nothing changed", .limit = INFINITY, TYPES(one_type), ROWS(all_same) },
	{ .name = "slower, without a limit",
	  .limit = INFINITY,
	  TYPES(one_type),
	  ROWS(a_little_slower) },
	{ .name = "slower, by the limit",
	  .gate = "5%",
	  .limit = 0.05,
	  TYPES(one_type),
	  ROWS(a_little_slower) },
	{ .name = "no launch",
	  .gate = "5%",
	  .limit = 0.05,
	  .basis = COMPARE_NO_LAUNCH,
	  .basis_side = COMPARE_A },
	{ .name = "no launch, allowed",
	  .gate = "5%",
	  .limit = 0.05,
	  .basis = COMPARE_NO_LAUNCH,
	  .basis_side = COMPARE_B,
	  .allow_empty = true },
	{ .name = "none finished",
	  .limit = INFINITY,
	  .basis = COMPARE_NONE_FINISHED,
	  .basis_side = COMPARE_B,
	  TYPES(only_in_a) },
	{ .name = "no common type", .limit = INFINITY, .basis = COMPARE_NO_COMMON_TYPE },
	{ .name = "a type of A",
	  .gate = "5%",
	  .limit = 0.05,
	  .basis = COMPARE_TYPE_ONLY_IN_A,
	  .basis_type = SNP,
	  TYPES(only_in_a),
	  ROWS(all_same) },
	{ .name = "too few",
	  .gate = "5%",
	  .limit = 0.05,
	  .basis = COMPARE_TOO_FEW,
	  .basis_type = SEV,
	  TYPES(one_type),
	  ROWS(all_same),
	  .allow_empty = true },
};

static void fill(struct compare_side *to, const struct made_side *from)
{
	if (!from->nr)
		return;
	to->nr = from->nr;
	to->median = from->median;
	to->calls = from->samples;
	to->samples = calloc(1, sizeof(*to->samples));
	assert_non_null(to->samples);
	hist_add(to->samples, from->median, (uint32_t)from->samples, 0);
}

static void add_row(struct comparison *c, const struct made_row *made)
{
	const struct compare_row key = { .vm_type = made->vm_type,
					 .section = made->section,
					 .phase = made->phase,
					 .id = made->id,
					 .waiting = made->waiting };
	const uint64_t a = made->side[COMPARE_A].median, b = made->side[COMPARE_B].median;
	struct compare_row *row = compare_find_row(c, &key);

	assert_non_null(row);
	for (int which = COMPARE_A; which <= COMPARE_B; which++)
		fill(&row->side[which], &made->side[which]);
	if (made->side[COMPARE_A].nr && made->side[COMPARE_B].nr)
		row->change = a ? ((double)b - (double)a) / (double)a : INFINITY;
	row->over = made->over;
	row->p = made->p;
	row->superiority = made->superiority;
	row->verdict = made->verdict;
}

static void add_difference(struct comparison *c, const char *what, const char *a, const char *b)
{
	struct compare_difference *d = ARRAY_ADD(c->differences, c->nr_differences);

	assert_non_null(d);
	d->what = what;
	d->value[COMPARE_A] = strdup(a);
	d->value[COMPARE_B] = strdup(b);
}

/* Adds hosts, of which the last has everything that a format may stumble over, and the rest. */
static void add_rest(struct comparison *c)
{
	static const struct model_status_count refused[] = { { SEVTRACE_PSP_INVALID_PARAM, 3 },
							     { 0x8003, 1 } };

	assert_int_equal(compare_set_host(c, COMPARE_A, 0, "one"), 0);
	assert_int_equal(compare_set_host(c, COMPARE_B, 0, "<\"&|`\x1b\xef\xbf\xbe\xef\xbf\xbf"),
			 0);
	assert_int_equal(compare_set_host(c, COMPARE_A, 1, "6.1"), 0);
	assert_int_equal(compare_set_host(c, COMPARE_A, 2, NULL), 0);
	assert_int_equal(compare_set_host(c, COMPARE_B, 4, "0.2"), 0);
	add_difference(c, "kernel", "6.1", "not known");
	add_difference(c, "hostname", "one", "<\"&|`\x1b");
	assert_int_equal(compare_add_error(c, COMPARE_A, SNP, SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
					   &refused[0]),
			 0);
	assert_int_equal(compare_add_error(c, COMPARE_B, SNP, SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
					   &refused[0]),
			 0);
	assert_int_equal(compare_add_error(c, COMPARE_B, SNP, SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
					   &refused[0]),
			 0);
	assert_int_equal(compare_add_error(c, COMPARE_B, SNP, 0x333, &refused[1]), 0);
	assert_int_equal(compare_add_error(c, COMPARE_A, SEV, SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
					   &refused[0]),
			 0);
}

static void make(struct comparison *c, const struct made *from)
{
	*c = (struct comparison){ .path = { "dir/a.data", "b<c>&\"d\"|`e`\x1b.data" },
				  .min_change = 0.05,
				  .gate = from->limit,
				  .allow_empty = from->allow_empty,
				  .basis = from->basis,
				  .basis_side = from->basis_side,
				  .basis_type = from->basis_type };
	for (size_t i = 0; i < from->nr_types; i++) {
		struct compare_launches *type = compare_find_type(c, from->types[i].vm_type);

		assert_non_null(type);
		*type = from->types[i];
	}
	for (size_t i = 0; i < from->nr_rows; i++)
		add_row(c, &from->rows[i]);
	if (from->rest)
		add_rest(c);
}

static void render(const struct comparison *c, const char *gate, FILE *out)
{
	const struct text_style plain = { .out = out, .width = 100 };
	const struct text_style colored = { .out = out, .width = 100, .utf8 = true, .color = true };
	json_t *json = compare_json(c, "VERSION");
	char *text;

	assert_non_null(json);
	text = json_dumps(json, JSON_INDENT(1));
	assert_non_null(text);
	fputs("--- text\n", out);
	compare_text(c, &plain);
	fputs("--- text in colours\n", out);
	compare_text(c, &colored);
	fputs("--- answers of A alone\n", out);
	compare_text_errors(c, SNP, false, &plain);
	fputs("--- CSV\n", out);
	compare_csv(c, out);
	fprintf(out, "--- JSON\n%s\n--- JUnit\n", text);
	compare_junit(c, gate, out);
	fputs("--- Markdown\n", out);
	compare_markdown(c, gate, out);
	free(text);
	json_decref(json);
}

static void prints_what_it_did(void **state)
{
	const char *update = getenv("UPDATE");
	char *got = NULL, *expected;
	size_t size = 0;
	FILE *out = open_memstream(&got, &size);

	(void)state;
	assert_non_null(out);
	for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++) {
		struct comparison c;

		make(&c, &comparisons[i]);
		fprintf(out, "======== %s\n", comparisons[i].name);
		render(&c, comparisons[i].gate, out);
		compare_free(&c);
	}
	assert_int_equal(fclose(out), 0);
	if (update && !strcmp(update, "1")) {
		FILE *file = fopen(EXPECTED, "w");

		assert_non_null(file);
		fwrite(got, 1, size, file);
		fclose(file);
	}
	expected = expected_load(EXPECTED);
	expected_same(EXPECTED, expected, got);
	free(expected);
	free(got);
}

static void percents(void **state)
{
	static const struct {
		double change;
		const char *text;
	} cases[] = {
		{ 0, "+0.0%" },	  { 0.0804, "+8.0%" }, { -0.5, "-50.0%" },  { 9.999, "+999.9%" },
		{ 10, "+1000%" }, { 999, "+99900%" },  { 1000, "> x1000" }, { INFINITY, "> x1000" },
	};
	char buf[COMPARE_PERCENT_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(compare_percent(cases[i].change, buf), cases[i].text);
}

/* What is slower by exactly the limit passes, and only what is slower can be too slow. */
static void limits(void **state)
{
	const struct comparison c = { .gate = 0.25 };
	struct compare_row row = { .verdict = COMPARE_SLOWER, .change = 0.25 };

	(void)state;
	assert_false(compare_too_slow(&c, &row));
	row.change = 0.26;
	assert_true(compare_too_slow(&c, &row));
	for (int verdict = COMPARE_SAME; verdict <= COMPARE_ONLY_B; verdict++) {
		row.verdict = verdict;
		assert_int_equal(compare_too_slow(&c, &row), verdict == COMPARE_SLOWER);
	}
}

/* Failed launches of all types count, on their own side. */
static void failed_launches(void **state)
{
	struct comparison c;

	(void)state;
	make(&c, &comparisons[0]);
	assert_int_equal(compare_failed(&c, COMPARE_A), 1);
	assert_int_equal(compare_failed(&c, COMPARE_B), 12346);
	compare_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_what_it_did),
		cmocka_unit_test(percents),
		cmocka_unit_test(limits),
		cmocka_unit_test(failed_launches),
	};

	return cmocka_run_group_tests_name("render", tests, NULL, NULL);
}
