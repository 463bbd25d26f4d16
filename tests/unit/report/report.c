// SPDX-License-Identifier: GPL-2.0-only
/* Renderers: formatting, untrusted text, the width of lines, and the contents of JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/report.h"
#include "scenario.h"
#include "sev/names.h"
#include "util/array.h"

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

static void times(void **state)
{
	const struct text_style utf8 = { .utf8 = true };
	const struct text_style ascii = { .utf8 = false };
	char buf[TEXT_LEN];

	(void)state;
	assert_string_equal(text_time(&utf8, 0, buf), "0 ns");
	assert_string_equal(text_time(&utf8, 999, buf), "999 ns");
	assert_string_equal(text_time(&utf8, 1000, buf), "1.00 µs");
	assert_string_equal(text_time(&ascii, 12345, buf), "12.3 us");
	assert_string_equal(text_time(&utf8, 999499, buf), "999 µs");
	assert_string_equal(text_time(&utf8, 999600, buf), "1.00 ms");
	assert_string_equal(text_time(&utf8, 100000000000, buf), "100 s");
	for (uint64_t ns = 1; ns < 900000000000; ns = ns * 11 / 10 + 1)
		assert_true(text_columns(text_time(&utf8, ns, buf)) <= 7);
}

static void counts(void **state)
{
	char buf[TEXT_LEN];

	(void)state;
	assert_string_equal(text_count(0, buf), "0");
	assert_string_equal(text_count(999, buf), "999");
	assert_string_equal(text_count(1000, buf), "1,000");
	assert_string_equal(text_count(1234567, buf), "1,234,567");
	assert_string_equal(text_count(UINT64_MAX, buf), "18,446,744,073,709,551,615");
}

static void untrusted_text(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(text_clean(buf, sizeof(buf), "plain µs"), "plain µs");
	assert_string_equal(text_clean(buf, sizeof(buf), "\033[31mred\n"), "?[31mred?");
	assert_string_equal(text_clean(buf, sizeof(buf), "\xff\xc0\x80 \xed\xa0\x80"), "??? ???");
	assert_string_equal(text_clean(buf, sizeof(buf),
				       "\xc2\x9b"
				       "1m"),
			    "??1m");
	assert_string_equal(text_clean(buf, sizeof(buf), "cut \xe2\x82"), "cut ??");
	/* cuts no character in half */
	assert_string_equal(text_clean(buf, 4, "aaµ"), "aa");
}

static void names(void **state)
{
	char buf[NAME_LEN];

	(void)state;
	assert_string_equal(psp_status_name(0x16), "INVALID_PARAM");
	assert_string_equal(psp_command_name(0xa1), "SNP_LAUNCH_UPDATE");
	assert_string_equal(ioctl_name(101), "KVM_SEV_SNP_LAUNCH_UPDATE");
	assert_string_equal(page_type_name(6), "cpuid");
	assert_null(psp_status_name(0x8003));
	assert_string_equal(name_or_hex(NULL, 0x8003, buf), "0x8003");
	assert_string_equal(errno_name(-5), "EIO");
	assert_string_equal(errno_name(-524), "ENOTSUPP");
	assert_string_equal(errno_name(0), "");
	assert_null(errno_name(INT32_MIN));
	assert_null(errno_name(-4000));
}

static void feed_scenario(struct model *m, const char *name)
{
	assert_int_equal(scenario_run(name, feed, m), 0);
	if (scenario_lacks(name))
		assert_int_equal(model_host(m, "lacks", scenario_lacks(name)), 0);
}

/* Renders a model as text at a width. The caller frees it. */
static char *text_of_model(struct model *m, int width, bool utf8)
{
	struct tracefile_state st = { .complete = true };
	struct report report = { .model = m, .state = &st, .path = "t.data", .version = "1" };
	char *text = NULL;
	size_t size;
	struct text_style style = { open_memstream(&text, &size), width, utf8, false };

	render_text(&report, &style);
	fclose(style.out);
	return text;
}

/* Renders a scenario as text. */
static char *text_of(const char *name, int width, bool utf8)
{
	struct model m;
	char *text;

	model_init(&m);
	feed_scenario(&m, name);
	text = text_of_model(&m, width, utf8);
	model_free(&m);
	return text;
}

static void lines_fit(void **state)
{
	static const int widths[] = { 80, 100, 140 };

	(void)state;
	for (size_t i = 0; scenario_name(i); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(widths); j++) {
			char *text = text_of(scenario_name(i), widths[j], true);

			for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
				if (text_columns(line) > widths[j])
					fail_msg("%s: %s", scenario_name(i), line);
				if (line[strlen(line) - 1] == ' ')
					fail_msg("%s: blank at the end: %s", scenario_name(i),
						 line);
			}
			free(text);
		}
	}
}

/* A launch that ended unfinished: the report says who ended it, as far as that is known. */
static void endings(void **state)
{
	static const struct {
		struct sevtrace_rec_launch_end end;
		int32_t ret; /* of LAUNCH_START */
		const char *text; /* NULL: the report has neither text */
	} cases[] = {
		{ { .destroyed = 0 }, 0, NULL },
		{ { .destroyed = 1 },
		  0,
		  "GIVEN UP  the VM was destroyed after KVM_SEV_LAUNCH_START" },
		{ { .destroyed = 1 }, -5, NULL },
		{ { .destroyed = 1, .exiting = 1, .exit_status = 7 },
		  0,
		  "GIVEN UP  the VMM ended with status 7 after KVM_SEV_LAUNCH_START" },
		{ { .destroyed = 1, .exiting = 1, .exit_status = 7 }, -5, NULL },
		{ { .destroyed = 1, .exiting = 1, .exit_signal = 9 },
		  0,
		  "KILLED  the VMM, by signal 9 (SIGKILL), after KVM_SEV_LAUNCH_START" },
		{ { .destroyed = 1, .exiting = 1, .exit_signal = 64 },
		  -5,
		  "KILLED  the VMM, by signal 64, after KVM_SEV_LAUNCH_START" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		union sevtrace_record rec = { .launch_end = cases[i].end };
		struct scenario s;
		struct model m;
		char *text;

		model_init(&m);
		scenario_begin(&s, feed, &m);
		put_launch(&s, 1, 1, "vmm", SEVTRACE_VM_SEV);
		put_enter(&s, SEVTRACE_KVM_SEV_LAUNCH_START);
		put_exit(&s, cases[i].ret, 0, 1, SEVTRACE_VM_SEV);
		rec.h.type = SEVTRACE_REC_LAUNCH_END;
		rec.h.launch = 1;
		assert_int_equal(model_feed(&m, &rec), 0);
		text = text_of_model(&m, 140, true);
		if (cases[i].text && !strstr(text, cases[i].text))
			fail_msg("no \"%s\" in %s", cases[i].text, text);
		if (!cases[i].text)
			assert_true(!strstr(text, "GIVEN UP") && !strstr(text, "KILLED"));
		free(text);
		model_free(&m);
	}
}

/*
 * COMMAND may give up before it asks the kernel, or may launch nothing: the report distinguishes
 * them.
 */
static void nothing_recorded(void **state)
{
	static const char *const cases[][2] = { { "1", "before it asked KVM" },
						{ "0", "launched no confidential guest" } };
	struct model m;
	char *text;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		model_init(&m);
		assert_int_equal(model_host(&m, "command_status", cases[i][0]), 0);
		text = text_of_model(&m, 140, true);
		assert_non_null(strstr(text, "recorded; the command ended with status"));
		assert_non_null(strstr(text, cases[i][1]));
		free(text);
		model_free(&m);
	}
	model_init(&m);
	text = text_of_model(&m, 140, true);
	assert_non_null(strstr(text, "No launch of a confidential guest was recorded.\n"));
	assert_null(strstr(text, "why"));
	free(text);
	model_free(&m);
}

static void ascii_is_ascii(void **state)
{
	(void)state;
	for (size_t i = 0; scenario_name(i); i++) {
		char *text = text_of(scenario_name(i), 100, false);

		for (const char *s = text; *s; s++)
			assert_true(*s == '\n' || (*s >= ' ' && *s < 0x7f));
		free(text);
	}
}

static void failure_block(void **state)
{
	char *text = text_of("snp-failed-page", 100, true);

	(void)state;
	assert_non_null(strstr(text, "FAILED  KVM_SEV_SNP_LAUNCH_UPDATE returned -5 (EIO)"));
	assert_non_null(strstr(text, "step psp"));
	assert_non_null(strstr(text, "GFN 0x104"));
	assert_non_null(strstr(text, "page 5 of 8"));
	assert_non_null(strstr(text, "0x1a INVALID_PAGE_STATE"));
	free(text);
}

static void skipped_is_said(void **state)
{
	char *text = text_of("sev-coherent", 100, true);

	(void)state;
	assert_non_null(strstr(text, "skipped  for 48 pages"));
	assert_non_null(strstr(text, "* derived"));
	free(text);
}

/* What cannot be known is "-", and at each table that it touches it is said what is not seen. */
static void unseen_is_said(void **state)
{
	char *text = text_of("few-functions", 80, true);

	(void)state;
	assert_non_null(strstr(text, "  48+ pages  "));
	assert_non_null(strstr(text, "48+ shared pages encrypted in place: 48 normal, - vmsa\n"));
	assert_non_null(strstr(text, "  vmsa_sync              -        -"));
	assert_non_null(strstr(text, "\n  not seen: VMSAs\n"));
	assert_non_null(strstr(text, "not seen: the parts of a PSP command's time"));
	assert_non_null(strstr(text, "asked, no answer (inferred)"));
	assert_non_null(strstr(text, "(likely; not seen: the parts"));
	/* the second guest has no VMSAs, and no page yet */
	assert_non_null(strstr(text, "ASID 101  0 pages"));
	free(text);

	text = text_of("unseen-pages", 80, true);
	assert_non_null(strstr(text, "  - pages  "));
	assert_non_null(strstr(text, "\n  - private pages\n"));
	assert_non_null(strstr(text, "- of it waiting for slots_lock"));
	assert_non_null(strstr(text, "additional error words -"));
	assert_non_null(strstr(text, "(possible; not seen: private pages)"));
	free(text);
}

static void losses_not_known(void **state)
{
	char *text = text_of("sev", 100, true);

	(void)state;
	assert_non_null(strstr(text, "losses unknown"));
	free(text);
}

static json_t *json_of(const char *name)
{
	struct tracefile_state st = { .complete = true };
	struct model m;
	struct report report = { .model = &m, .state = &st, .path = "t.data", .version = "1" };
	json_t *json;

	model_init(&m);
	feed_scenario(&m, name);
	json = render_json(&report);
	assert_non_null(json);
	model_free(&m);
	return json;
}

/* What cannot be known is null, never 0, and what could have told is listed. */
static void unseen_is_null(void **state)
{
	json_t *json = json_of("few-functions");
	json_t *shared, *vmsa, *sync, *prepare, *seen, *second, *failure;
	json_int_t normal, pages;

	(void)state;
	assert_int_equal(json_unpack(json, "{s:[{s:{s:o,s:{s:I,s:o}},s:{s:o},s:{s:{s:o}},s:o}]}",
				     "launches", "pages", "shared", &shared, "by_type", "normal",
				     &normal, "vmsa", &vmsa, "steps", "vmsa_sync", &sync, "psp",
				     "LAUNCH_START", "prepare_sum_ns", &prepare, "not_seen", &seen),
			 0);
	assert_true(json_is_null(shared) && json_is_null(vmsa) && json_is_null(sync));
	assert_true(json_is_null(prepare));
	assert_int_equal(normal, 48);
	assert_int_equal(json_array_size(seen), 3);
	second = json_array_get(json_object_get(json, "launches"), 1);
	assert_int_equal(json_unpack(second, "{s:{s:I},s:[o]}", "pages", "shared", &pages,
				     "failures", &failure),
			 0);
	assert_int_equal(pages, 0);
	assert_string_equal(json_string_value(json_object_get(failure, "certainty")), "likely");
	assert_int_equal(json_array_size(json_object_get(failure, "not_seen")), 1);
	assert_true(json_is_false(json_object_get(failure, "inferred")));
	json_decref(json);
}

static void json_failure(void **state)
{
	json_t *json = json_of("snp-failed-page");
	const char *result;
	const char *step;
	const char *gfn;
	const char *status;
	int fw_error;
	int inner;

	(void)state;
	assert_int_equal(json_unpack(json, "{s:[{s:s,s:[{s:s,s:s,s:s,s:i,s:i}]}]}", "launches",
				     "result", &result, "failures", "step", &step, "gfn", &gfn,
				     "status", &status, "fw_error", &fw_error, "inner_ret", &inner),
			 0);
	assert_string_equal(result, "failed");
	assert_string_equal(step, "psp");
	assert_string_equal(gfn, "0x104");
	assert_string_equal(status, "INVALID_PAGE_STATE");
	assert_int_equal(fw_error, 0x1a);
	assert_int_equal(inner, -5);
	json_decref(json);
}

static void json_figures(void **state)
{
	json_t *json = json_of("snp");
	json_int_t count;
	json_int_t sum;
	json_int_t normal;
	json_int_t events;

	(void)state;
	assert_int_equal(json_unpack(json, "{s:I,s:[{s:{s:{s:I}},s:{s:{s:I,s:{s:I}}}}]}", "events",
				     &events, "launches", "pages", "by_type", "normal", &normal,
				     "psp", "SNP_LAUNCH_UPDATE", "count", &count, "exec", "sum_ns",
				     &sum),
			 0);
	assert_int_equal(events, 187);
	assert_int_equal(normal, 16);
	assert_int_equal(count, 20);
	assert_int_equal(sum, 21210000);
	/* not counted must not read as 0 */
	assert_true(json_is_null(json_object_get(json, "dropped")));
	json_decref(json);
}

/* Names from a file may contain anything; the output must still be JSON. */
static void json_of_hostile_names(void **state)
{
	struct tracefile_state st = { .complete = true };
	struct model m;
	struct report report = { .model = &m, .state = &st, .path = "t.data", .version = "1" };
	struct scenario s;
	json_t *json;
	char *text;

	(void)state;
	model_init(&m);
	scenario_begin(&s, feed, &m);
	put_launch(&s, 1, 1, "\xff\"\\\n", 99);
	assert_int_equal(model_host(&m, "\xfe", "\xfd"), 0);
	json = render_json(&report);
	assert_non_null(json);
	text = json_dumps(json, 0);
	assert_non_null(text);
	assert_non_null(strstr(text, "\"vm_type\": \"0x63\""));
	free(text);
	json_decref(json);
	model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(counts),
		cmocka_unit_test(untrusted_text),
		cmocka_unit_test(endings),
		cmocka_unit_test(nothing_recorded),
		cmocka_unit_test(names),
		cmocka_unit_test(lines_fit),
		cmocka_unit_test(ascii_is_ascii),
		cmocka_unit_test(failure_block),
		cmocka_unit_test(skipped_is_said),
		cmocka_unit_test(losses_not_known),
		cmocka_unit_test(unseen_is_said),
		cmocka_unit_test(unseen_is_null),
		cmocka_unit_test(json_failure),
		cmocka_unit_test(json_figures),
		cmocka_unit_test(json_of_hostile_names),
	};

	return cmocka_run_group_tests_name("render", tests, NULL, NULL);
}
