// SPDX-License-Identifier: GPL-2.0-only
/* Exports: quoting of untrusted text, the table of fields and its columns, buckets of metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "export/export.h"
#include "metrics/metrics.h"
#include "sev/lacks.h"
#include "sev/fields.h"
#include "stats/hist.h"
#include "util/array.h"

static char *quoted(const char *s)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	text_quote(out, s);
	fclose(out);
	return text;
}

/* Parses quoted text as a JSON reader does; checks that it is one line of printable characters. */
static void assert_quoted(const char *s, const char *expected)
{
	char *text = quoted(s);
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(value);
	assert_string_equal(json_string_value(value), expected);
	for (const char *c = text; *c; c++)
		assert_true((unsigned char)*c >= 0x20);
	json_decref(value);
	free(text);
}

static void quoting(void **state)
{
	char *text = quoted("a\"b\\c");

	(void)state;
	assert_string_equal(text, "\"a\\\"b\\\\c\"");
	free(text);
	assert_quoted("", "");
	assert_quoted("plain µs", "plain µs");
	assert_quoted("\"\\\"", "\"\\\"");
	assert_quoted("a\nb\rc\t\x7f", "a?b?c??");
	assert_quoted("\xff\xc0\x80 \xed\xa0\x80", "??? ???");
	assert_quoted("cut \xe2\x82", "cut ??");
	assert_quoted("</script>", "</script>");
}

/* Returns whether a name stands between two commas of the header. */
static bool is_column(const char *header, const char *name)
{
	char delimited[64];

	snprintf(delimited, sizeof(delimited), ",%s,", name);
	return strstr(header, delimited);
}

static void every_field_has_a_column(void **state)
{
	const struct report report = { .path = "" };
	void *csv = calloc(1, export_csv.state_size);
	char header[1024] = ",";
	FILE *out = fmemopen(header + 1, sizeof(header) - 2, "w");

	(void)state;
	assert_int_equal(export_csv.begin(csv, out, &report), 0);
	fclose(out);
	header[strcspn(header, "\n")] = ',';
	for (uint32_t type = 1; type < SEVTRACE_REC_PAGE; type++) {
		const struct record_event *event = record_event(type);

		assert_non_null(event);
		for (const struct record_field *f = event->fields; f->name; f++)
			if (!is_column(header, f->name))
				fail_msg("%s of %s has no column", f->name, event->name);
	}
	free(csv);
}

/* A name means the same in all records: a column has values of one kind. */
static void a_name_is_of_one_kind(void **state)
{
	(void)state;
	for (uint32_t a = 1; a < SEVTRACE_REC_PAGE; a++)
		for (uint32_t b = 1; b < a; b++)
			for (const struct record_field *f = record_event(a)->fields; f->name; f++)
				for (const struct record_field *g = record_event(b)->fields;
				     g->name; g++)
					if (!strcmp(f->name, g->name))
						assert_int_equal(f->kind, g->kind);
}

static void unknown_types(void **state)
{
	(void)state;
	assert_null(record_event(0));
	assert_null(record_event(SEVTRACE_REC_PAGE)); /* exports have its parts */
	assert_null(record_event(SEVTRACE_REC_END));
	assert_null(record_event(UINT32_MAX));
}

static const struct record_field *field(uint32_t type, const char *name)
{
	for (const struct record_field *f = record_event(type)->fields; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	fail_msg("no %s", name);
	return NULL;
}

static void values(void **state)
{
	const union sevtrace_record step = { .step = { .duration = UINT64_MAX,
						       .gfn = 0x1ff,
						       .pfn = SEVTRACE_NO_FRAME,
						       .ret = -5,
						       .step = 200,
						       .ioctl = SEVTRACE_KVM_SEV_INIT2 } };
	const union sevtrace_record psp = { .psp = { .cmd = 0xa1, .status = 0x8003 } };
	char buf[RECORD_TEXT_LEN];

	(void)state;
#define STEP(name) record_text(field(SEVTRACE_REC_STEP, name), &step, buf)
	assert_string_equal(STEP("duration"), "18446744073709551615");
	assert_string_equal(STEP("gfn"), "0x1ff");
	assert_string_equal(STEP("pfn"), "none");
	assert_string_equal(STEP("ret"), "-5");
	assert_string_equal(STEP("step"), "0xc8");
	assert_string_equal(STEP("ioctl"), "KVM_SEV_INIT2");
	assert_string_equal(STEP("page_type"), "none");
#undef STEP
	assert_true(record_is_valid(field(SEVTRACE_REC_STEP, "pfn"), &step));
	assert_false(record_has_value(field(SEVTRACE_REC_STEP, "pfn"), &step));
	assert_true(record_has_value(field(SEVTRACE_REC_PSP, "cmd"), &psp));
	assert_false(record_is_valid(field(SEVTRACE_REC_PSP, "status"), &psp));
	assert_string_equal(record_text(field(SEVTRACE_REC_PSP, "cmd"), &psp, buf),
			    "SNP_LAUNCH_UPDATE");
}

/* A stack of the largest depth with the longest addresses. */
static void whole_stack(void **state)
{
	union sevtrace_record rec = { .stack = { .pid = 1 } };
	char buf[RECORD_TEXT_LEN];

	(void)state;
	memset(rec.stack.kernel, 0xff, sizeof(rec.stack.kernel));
	record_text(field(SEVTRACE_REC_STACK, "kernel"), &rec, buf);
	assert_int_equal(strlen(buf), SEVTRACE_STACK_DEPTH * 19 - 1);
	assert_string_equal(record_text(field(SEVTRACE_REC_STACK, "user"), &rec, buf), "");
}

static void bounds(void **state)
{
	(void)state;
	assert_int_equal(metrics_bound(0), 1000);
	assert_int_equal(metrics_bound(1), 2500);
	assert_int_equal(metrics_bound(2), 5000);
	assert_int_equal(metrics_bound(3), 10000);
	assert_int_equal(metrics_bound(METRICS_BOUNDS - 1), 100000000000);
	assert_true(metrics_bound(METRICS_BOUNDS) == UINT64_MAX);
}

/* Returns the index of the bound at which a sample is counted. */
static size_t counted_at(const struct sevtrace_hist *h, uint64_t n)
{
	uint64_t counts[METRICS_BOUNDS + 1];
	size_t at = 0;

	metrics_buckets(h, counts);
	while (counts[at] != n)
		assert_true(++at <= METRICS_BOUNDS);
	return at;
}

/*
 * No sample is counted under a bound that it exceeds, nor further from its own bound than promised.
 */
static void bucket_error(void **state)
{
	(void)state;
	for (uint64_t ns = 1; ns < sevtrace_hist_lower(SEVTRACE_HIST_BUCKETS - 1);
	     ns += ns / 37 + 1) {
		struct sevtrace_hist h = { 0 };
		size_t at;

		hist_add(&h, ns, 3, 0);
		at = counted_at(&h, 3);
		assert_true(ns <= metrics_bound(at));
		assert_true(!at || ns > metrics_bound(at - 1) - metrics_bound(at - 1) / 16);

		/* For a scraper, the sample must not move when a longer one arrives. */
		hist_add(&h, UINT64_MAX, 1, 0);
		assert_int_equal(counted_at(&h, 3), at);
	}
}

static void buckets_hold_all(void **state)
{
	uint64_t counts[METRICS_BOUNDS + 1];
	struct sevtrace_hist h = { 0 };
	uint64_t sum = 0;

	(void)state;
	metrics_buckets(&h, counts);
	for (size_t i = 0; i <= METRICS_BOUNDS; i++)
		assert_int_equal(counts[i], 0);
	for (uint64_t i = 0; i < 64; i++)
		hist_add(&h, 1ULL << i, 1, 0);
	metrics_buckets(&h, counts);
	for (size_t i = 0; i <= METRICS_BOUNDS; i++)
		sum += counts[i];
	assert_int_equal(sum, 64);
	/*
	 * 2^36 ns is 68.7 s. The longest sample is far over 100 s; all from 2^36 ns on share a
	 * bucket.
	 */
	assert_int_equal(counts[METRICS_BOUNDS], 64 - 36);
	memset(&h, 0, sizeof(h));
	hist_add(&h, 70000000000, 1, 0);
	assert_int_equal(counted_at(&h, 1), METRICS_BOUNDS - 1);
}

static char *metrics_of(struct model *m)
{
	struct tracefile_state st = { .complete = true };
	const struct report report = {
		.model = m, .state = &st, .path = "t.data", .version = "1\"\n\\"
	};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(export_openmetrics.end(NULL, out, &report), 0);
	fclose(out);
	return text;
}

/* Labels are escaped. A damaged file can make neither unlimited labels nor shrinking counts. */
static void hostile_metrics(void **state)
{
	struct sevtrace_hist h = { .count = 2, .max = 5, .buckets = { 9, 9, 9 } };
	struct sevtrace_hist_key key = { .launch = 1, .kind = SEVTRACE_HIST_PSP_EXEC };
	struct tracefile_loss loss = { "a\"b\\\n", 3 };
	struct model m;
	char *text;

	(void)state;
	model_init(&m);
	assert_int_equal(model_host(&m, "kernel", "6\"\n\xff"), 0);
	assert_int_equal(model_loss(&m, &loss), 0);
	for (key.id = 0x1000; key.id < 0x1010; key.id++)
		assert_int_equal(model_hist(&m, &key, &h), 0);
	text = metrics_of(&m);
	assert_non_null(strstr(text, "{version=\"1\\\"?\\\\\"} 1\n"));
	assert_non_null(strstr(text, "{kernel=\"6\\\"??\",fw_api=\"\","));
	assert_non_null(strstr(text, "{kind=\"a_b\"} 3\n"));
	assert_non_null(strstr(text, "command=\"unknown\",le=\"1e-06\"} 32\n"));
	assert_non_null(strstr(text, "_count{vm_type=\"unknown\",command=\"unknown\"} 32\n"));
	assert_null(strstr(text, "0x1000"));
	free(text);
	model_free(&m);
}

static char *sums_of(const struct metrics *m, bool strict)
{
	char *text = NULL;
	size_t size;
	struct metrics_out out = { open_memstream(&text, &size), strict, true };

	metrics_write(&out, m);
	metrics_end(&out);
	fclose(out.file);
	return text;
}

static void add_one(struct metrics *m, uint64_t ns, unsigned int parts)
{
	struct sevtrace_hist h = { 0 };
	struct model_launch l = { .number = 1, .vm_type = SEVTRACE_VM_SNP, .finished = true };
	const struct model of = { .lacks = 0 };

	hist_add(&h, ns, 1, 0);
	l.steps[0][SEVTRACE_STEP_COPY].kernel = &h;
	assert_int_equal(metrics_add(m, &of, &l, parts), 0);
}

/* What the source does not tell is absent, not 0. */
static void unseen_has_no_row(void **state)
{
	struct model_command command = { .ioctl = SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA };
	const struct model_launch l = {
		.number = 1, .vm_type = SEVTRACE_VM_SEV, .commands = &command, .nr_commands = 1
	};

	(void)state;
	for (int lacks = 0; lacks < 2; lacks++) {
		const struct model of = { .lacks = lacks ? LACK_BIT(LACK_FLUSHES) : 0 };
		struct metrics *m = metrics_new();
		char *text;

		assert_int_equal(metrics_add(m, &of, &l, METRICS_SAMPLES), 0);
		text = sums_of(m, true);
		assert_int_equal(!strstr(text, "sevtrace_clflush_pages_total{"), lacks);
		assert_int_equal(!strstr(text, "sevtrace_clflush_skipped_pages_total{"), lacks);
		free(text);
		metrics_free(m);
	}
}

/* Adding samples one by one gives the same sums as adding them apart and merging. */
static void merged_metrics(void **state)
{
	struct metrics *all = metrics_new(), *some = metrics_new(), *rest = metrics_new();
	char *a, *b;

	(void)state;
	for (uint64_t ns = 1; ns < 200000000000; ns *= 3) {
		add_one(all, ns, METRICS_OUTCOME | METRICS_SAMPLES);
		add_one(ns & 4 ? some : rest, ns, METRICS_SAMPLES);
		add_one(ns & 2 ? some : rest, ns, METRICS_OUTCOME);
	}
	assert_int_equal(metrics_merge(some, rest), 0);
	a = sums_of(all, false);
	b = sums_of(some, false);
	assert_string_equal(a, b);
	assert_non_null(strstr(a, "_count{vm_type=\"snp\",phase=\"other\",step=\"copy\"} 24\n"));
	assert_non_null(strstr(a, "sevtrace_launches_total{vm_type=\"snp\",result=\"ok\"} 24\n"));
	free(a);
	free(b);
	metrics_free(all);
	metrics_free(some);
	metrics_free(rest);
}

/* The slowest sample of a histogram tells whose it was, where the format has room for that. */
static void slowest_sample(void **state)
{
	static const struct {
		uint64_t ns;
		const char *vmm;
	} samples[] = { { 900, "quick" }, { 3200000, "a\"b\nc" }, { 40000, "other" } };
	struct metrics *m = metrics_new(), *merged = metrics_new();
	const struct model of = { .lacks = 0 };
	char *strict, *plain;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct model_launch l = { .number = 7 + (uint32_t)i, .vm_type = SEVTRACE_VM_SNP };
		char name[16];

		snprintf(name, sizeof(name), "%s", samples[i].vmm);
		l.names[SEVTRACE_NAME_VMM] = name;
		l.has_span = true;
		l.first_ts = 5;
		l.last_ts = 5 + samples[i].ns;
		assert_int_equal(metrics_add(m, &of, &l, METRICS_OUTCOME), 0);
	}
	assert_int_equal(metrics_merge(merged, m), 0);
	strict = sums_of(merged, true);
	plain = sums_of(merged, false);
	assert_non_null(strstr(
		strict, "le=\"0.005\"} 3 # {launch=\"8\",vmm=\"a\\\"b?c[0]\"} 0.003200000\n"));
	assert_non_null(strstr(strict, "le=\"0.0025\"} 2\n"));
	assert_non_null(strstr(strict, "le=\"0.01\"} 3\n"));
	assert_null(strstr(plain, " # {"));
	free(strict);
	free(plain);
	metrics_free(m);
	metrics_free(merged);
}

/* Both formats use the same names for samples; they describe a counter differently. */
static void strict_metrics(void **state)
{
	struct metrics *m = metrics_new();
	char *plain = sums_of(m, false), *strict = sums_of(m, true);

	(void)state;
	assert_non_null(strstr(plain, "# TYPE sevtrace_launches_total counter\n"));
	assert_non_null(strstr(strict, "# TYPE sevtrace_launches counter\n"));
	assert_non_null(strstr(strict, "# HELP sevtrace_launches Launches"));
	assert_string_equal(strstr(plain, "sevtrace_launches_total{"),
			    strstr(strict, "sevtrace_launches_total{"));
	free(plain);
	free(strict);
	metrics_free(m);
}

/* Without any records, the output is still valid for promtool, with zero launches. */
static void no_metrics(void **state)
{
	struct model m;
	char *text;

	(void)state;
	model_init(&m);
	text = metrics_of(&m);
	assert_non_null(
		strstr(text, "sevtrace_launches_total{vm_type=\"snp\",result=\"failed\"} 0\n"));
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	assert_null(strstr(text, "_bucket"));
	free(text);
	model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quoting),
		cmocka_unit_test(every_field_has_a_column),
		cmocka_unit_test(a_name_is_of_one_kind),
		cmocka_unit_test(unknown_types),
		cmocka_unit_test(values),
		cmocka_unit_test(whole_stack),
		cmocka_unit_test(bounds),
		cmocka_unit_test(bucket_error),
		cmocka_unit_test(buckets_hold_all),
		cmocka_unit_test(hostile_metrics),
		cmocka_unit_test(no_metrics),
		cmocka_unit_test(merged_metrics),
		cmocka_unit_test(unseen_has_no_row),
		cmocka_unit_test(slowest_sample),
		cmocka_unit_test(strict_metrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
