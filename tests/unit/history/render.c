// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every renderer of runs made up so that each has something to say of every lack: what they print
 * is what render.txt holds. UPDATE=1 writes it anew: look at the difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diff/sides.h"
#include "expected.h"
#include "history/render.h"
#include "stats/hist.h"
#include "util/array.h"

#define EXPECTED "tests/golden/history/render.txt"
#define US 1000ULL
#define MS 1000000ULL
#define SNP SEVTRACE_VM_SNP

/* A row: so many launches with so many samples of each of two times. */
struct made_row {
	uint32_t vm_type;
	enum compare_section section;
	uint32_t phase;
	uint32_t id;
	uint64_t waiting;
	uint64_t values[3];
	size_t nr;
	uint64_t calls;
	uint64_t ns[2];
};

static const struct made_row of_each_kind[] = {
	{ SNP,
	  COMPARE_LAUNCH,
	  0,
	  0,
	  false,
	  { 30 * MS, 40 * MS, 50 * MS },
	  3,
	  3,
	  { 30 * MS, 50 * MS } },
	{ SNP,
	  COMPARE_STEP,
	  SEVTRACE_PHASE_OTHER,
	  SEVTRACE_STEP_ATTRIBUTES,
	  false,
	  { 10 * US, 20 * US },
	  2,
	  5,
	  { 10 * US, 20 * US } },
	{ SNP,
	  COMPARE_STEP,
	  SEVTRACE_PHASE_PRIVATE,
	  SEVTRACE_STEP_COPY,
	  false,
	  { 7 * US },
	  1,
	  4000,
	  { 7 * US, 90 * US } },
	{ SNP,
	  COMPARE_PSP,
	  0,
	  SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
	  false,
	  { MS, MS },
	  2,
	  1234567,
	  { MS, 9 * MS } },
	{ SNP, COMPARE_PSP, 0, 0x333, true, { 100 }, 1, 1, { 100, 200 } },
	{ SNP,
	  COMPARE_IOCTL,
	  0,
	  SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE,
	  false,
	  { 44 * MS },
	  1,
	  10,
	  { 44 * MS, 45 * MS } },
	{ 99, COMPARE_IOCTL, 0, 4711, false, { 1 }, 1, 1, { 1, 2 } },
};

static const struct compare_launches three_types[] = {
	{ SNP, { { 3, 0, 1 }, { 0 } }, { 3075, 0 } },
	{ SEVTRACE_VM_SEV, { { 0, 12345, 0 }, { 0 } }, { 0, 0 } },
	{ 99, { { 1, 2, 3 }, { 0 } }, { 7, 0 } },
};

static void add_row(struct comparison *c, const struct made_row *made)
{
	const struct compare_row key = { .vm_type = made->vm_type,
					 .section = made->section,
					 .phase = made->phase,
					 .id = made->id,
					 .waiting = made->waiting };
	struct compare_row *row = compare_find_row(c, &key);
	struct compare_side *side;

	assert_non_null(row);
	side = &row->side[COMPARE_A];
	side->values = calloc(made->nr, sizeof(*side->values));
	side->samples = calloc(1, sizeof(*side->samples));
	assert_true(side->values && side->samples);
	memcpy(side->values, made->values, made->nr * sizeof(*side->values));
	side->nr = made->nr;
	side->calls = made->calls;
	side->median = made->values[made->nr / 2];
	for (size_t i = 0; i < 2; i++)
		hist_add(side->samples, made->ns[i], 50, 1);
}

/* Figures with everything, or with nothing. */
static void make_figures(struct comparison *c, bool whole)
{
	static const struct model_status_count errors[] = { { SEVTRACE_PSP_INVALID_PARAM, 3 },
							    { 0x8003, 1 } };

	*c = (struct comparison){ 0 };
	if (!whole)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(three_types); i++)
		*compare_find_type(c, three_types[i].vm_type) = three_types[i];
	for (size_t i = 0; i < ARRAY_SIZE(of_each_kind); i++)
		add_row(c, &of_each_kind[i]);
	assert_int_equal(compare_add_error(c, COMPARE_A, SNP, SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
					   &errors[0]),
			 0);
	assert_int_equal(compare_add_error(c, COMPARE_A, 99, 0x333, &errors[1]), 0);
}

static char strange[] = "<\"&\x1b[31m\xff", kernel[] = "kernel", version[] = "6.12.57",
	    hostname[] = "hostname", one[] = "one", fw_api[] = "fw_api", api[] = "1.55",
	    size[] = "size", big[] = "1M", started[] = "2026-11-23T18:04:11Z", name[] = "a.data",
	    none[] = "";

static struct history_pair host[] = { { fw_api, api }, { hostname, one }, { kernel, version } };
static struct history_pair labels[] = { { size, big }, { strange, strange } };

static const struct history_run runs[] = {
	{ .id = 1,
	  .added = 1763921051,
	  .started = started,
	  .file = name,
	  .complete = true,
	  .events = 8106,
	  .host = host,
	  .nr_host = ARRAY_SIZE(host),
	  .labels = labels,
	  .nr_labels = ARRAY_SIZE(labels) },
	{ .id = 1234567, .started = none, .file = strange, .events = 5, .dropped = 12345 },
	{ .id = 2, .added = -1, .started = none, .file = name, .labels = labels, .nr_labels = 1 },
};

static void print_json(json_t *json, FILE *out)
{
	char *text;

	assert_non_null(json);
	text = json_dumps(json, JSON_INDENT(1));
	assert_non_null(text);
	fprintf(out, "%s\n", text);
	free(text);
	json_decref(json);
}

static void render_table(FILE *out)
{
	const struct text_style styles[] = {
		{ .out = out, .width = 100 },
		{ .out = out, .width = 100, .utf8 = true, .color = true }
	};
	struct history_table *t = history_table_new(), *empty = history_table_new();
	struct comparison whole, nothing;

	assert_true(t && empty);
	make_figures(&whole, true);
	make_figures(&nothing, false);
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		const struct history_figures f = { &runs[i], i == 1 ? &whole : &nothing };

		assert_int_equal(history_table_add(t, &f), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(styles); i++) {
		fputs("--- table\n", out);
		history_table_print(t, &styles[i]);
	}
	fputs("--- table without a run\n", out);
	history_table_print(empty, &styles[0]);
	history_table_free(t);
	history_table_free(empty);
	history_table_free(NULL);
	compare_free(&whole);
}

static void render(const struct history_run *run, bool whole, FILE *out)
{
	const struct text_style plain = { .out = out, .width = 100 };
	const struct text_style colored = { .out = out, .width = 100, .utf8 = true, .color = true };
	struct comparison c;
	const struct history_figures f = { run, &c };

	make_figures(&c, whole);
	fputs("--- text\n", out);
	history_text(&f, -1, &plain);
	fputs("--- text in colours, with a percentile\n", out);
	history_text(&f, 99.9, &colored);
	fputs("--- text with the shortest times\n", out);
	history_text(&f, 0, &plain);
	fputs("--- JSON\n", out);
	print_json(history_json(&f, false, 50), out);
	fputs("--- JSON with series\n", out);
	print_json(history_json(&f, true, -1), out);
	fputs("--- JSON of series\n", out);
	print_json(history_series_json(&c), out);
	fputs("--- CSV\n", out);
	history_csv_heading(out);
	history_csv(&f, out);
	compare_free(&c);
}

static void prints_what_it_did(void **state)
{
	const char *update = getenv("UPDATE");
	char *got = NULL, *expected;
	size_t room = 0;
	FILE *out = open_memstream(&got, &room);

	(void)state;
	assert_non_null(out);
	render_table(out);
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		fprintf(out, "======== run %lld\n", (long long)runs[i].id);
		render(&runs[i], i == 0, out);
	}
	assert_int_equal(fclose(out), 0);
	if (update && !strcmp(update, "1")) {
		FILE *file = fopen(EXPECTED, "w");

		assert_non_null(file);
		fwrite(got, 1, room, file);
		fclose(file);
	}
	expected = expected_load(EXPECTED);
	expected_same(EXPECTED, expected, got);
	free(expected);
	free(got);
}

/* The percentile that is asked for, 0 included; none below it. */
static void percentiles(void **state)
{
	static const struct {
		double percent;
		uint64_t ns; /* of the launches; 0: no such member */
	} cases[] = { { -1, 0 }, { -0.1, 0 }, { 0, 30 * MS }, { 100, 50 * MS } };
	struct comparison c;
	const struct history_figures f = { &runs[0], &c };

	(void)state;
	make_figures(&c, true);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *json = history_json(&f, true, cases[i].percent), *ns;

		assert_non_null(json);
		ns = json_object_get(json_array_get(json_object_get(json, "series"), 0),
				     "percentile_ns");
		assert_int_equal(ns != NULL, cases[i].ns != 0);
		if (ns)
			assert_int_equal(json_integer_value(ns), cases[i].ns);
		json_decref(json);
	}
	compare_free(&c);
}

static void rows_of_launches(void **state)
{
	struct comparison c;

	(void)state;
	make_figures(&c, true);
	assert_ptr_equal(history_launch_row(&c, SNP), &c.rows[0]);
	assert_null(history_launch_row(&c, 99));
	assert_null(history_launch_row(&c, SEVTRACE_VM_SEV));
	compare_free(&c);
}

static void times(void **state)
{
	char buf[HISTORY_TIME_LEN];

	(void)state;
	assert_string_equal(history_time(0, buf), "1970-01-01T00:00:00Z");
	assert_string_equal(history_time(1763921051, buf), "2025-11-23T18:04:11Z");
	assert_string_equal(history_time(INT64_MAX, buf), "?");
	assert_string_equal(history_time(INT64_MIN, buf), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_what_it_did),
		cmocka_unit_test(percentiles),
		cmocka_unit_test(rows_of_launches),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests_name("render", tests, NULL, NULL);
}
