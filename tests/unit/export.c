// SPDX-License-Identifier: GPL-2.0-only
/* Exports: quoting of untrusted text, the table of fields, and that every field has its column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "export.h"
#include "record_fields.h"

static char *quoted(const char *s)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	text_quote(out, s);
	fclose(out);
	return text;
}

/* What a reader of JSON makes of the quoted text; and it is one line of printing characters. */
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

/* A name between two commas of the header? */
static bool is_column(const char *header, const char *name)
{
	char delimited[64];

	snprintf(delimited, sizeof(delimited), ",%s,", name);
	return strstr(header, delimited);
}

static void every_field_has_a_column(void **state)
{
	void *csv = calloc(1, export_csv.state_size);
	char header[1024] = ",";
	FILE *out = fmemopen(header + 1, sizeof(header) - 2, "w");

	(void)state;
	assert_int_equal(export_csv.begin(csv, out), 0);
	fclose(out);
	header[strcspn(header, "\n")] = ',';
	for (uint32_t type = 1; type < RECORD_TYPES; type++) {
		const struct record_event *event = record_event(type);

		assert_non_null(event);
		for (const struct record_field *f = event->fields; f->name; f++)
			if (!is_column(header, f->name))
				fail_msg("%s of %s has no column", f->name, event->name);
	}
	free(csv);
}

/* One name means the same everywhere: a column has values of one kind. */
static void a_name_is_of_one_kind(void **state)
{
	(void)state;
	for (uint32_t a = 1; a < RECORD_TYPES; a++)
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
	assert_null(record_event(RECORD_TYPES));
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
	const union tracefile_record step = { .step = { .duration = UINT64_MAX,
							.gfn = 0x1ff,
							.pfn = SEVTRACE_NO_FRAME,
							.ret = -5,
							.step = 200,
							.ioctl = SEVTRACE_KVM_SEV_INIT2 } };
	const union tracefile_record psp = { .psp = { .cmd = 0xa1, .status = 0x8003 } };
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

/* As deep as stacks get, with the longest addresses. */
static void whole_stack(void **state)
{
	union tracefile_record rec = { .stack = { .pid = 1 } };
	char buf[RECORD_TEXT_LEN];

	(void)state;
	memset(rec.stack.kernel, 0xff, sizeof(rec.stack.kernel));
	record_text(field(SEVTRACE_REC_STACK, "kernel"), &rec, buf);
	assert_int_equal(strlen(buf), SEVTRACE_STACK_DEPTH * 19 - 1);
	assert_string_equal(record_text(field(SEVTRACE_REC_STACK, "user"), &rec, buf), "");
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
