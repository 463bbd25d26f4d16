// SPDX-License-Identifier: GPL-2.0-only
/* Which launches a page tells of in full, and what its data says of the others. */
#include "recording_page/recording_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario.h"

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

/* 40 launches: the n-th takes n ms, every 13th from the first on fails. */
static void put_launches(struct scenario *s)
{
	for (uint32_t n = 1; n <= 40; n++) {
		bool fails = n % 13 == 1;

		put_launch(s, n, 100 + n, "vmm", SEVTRACE_VM_SEV);
		put_enter(s, SEVTRACE_KVM_SEV_LAUNCH_START);
		put_psp(s, SEVTRACE_CMD_LAUNCH_START, 0, n * 1000000ULL, 0);
		put_exit(s, fails ? -5 : 0, 0, n, SEVTRACE_VM_SEV);
		if (!fails)
			put_simple(s, SEVTRACE_KVM_SEV_LAUNCH_FINISH, SEVTRACE_CMD_LAUNCH_FINISH,
				   1000, n, SEVTRACE_VM_SEV);
		put_end(s, 1000);
	}
}

static void failed_and_longest(void **state)
{
	struct tracefile_state file = { .complete = true };
	struct model m;
	struct report report = { .model = &m, .state = &file, .path = "t", .version = "1" };
	struct scenario s;
	size_t nr = 0;
	bool *full;

	(void)state;
	model_init(&m);
	scenario_begin(&s, feed, &m);
	put_launches(&s);
	assert_int_equal(s.error, 0);
	full = recording_page_choose(&report);
	assert_non_null(full);
	for (size_t i = 0; i < m.nr_launches; i++) {
		uint32_t n = m.launches[i]->number;

		nr += full[i];
		/* 1, 14, 27 and 40 failed; the 28 longest of the others are those from 10 on. */
		assert_int_equal(full[i], n >= 10 || n == 1);
	}
	assert_int_equal(nr, RECORDING_PAGE_LAUNCHES);
	free(full);
	model_free(&m);
}

/* Returns the page's data, which the caller frees. */
static json_t *data_of(const struct report *report, const bool *full, const struct detail *detail)
{
	static const char begin[] = "<script type=\"application/json\" id=\"data\">";
	char *text = NULL, *data, *end;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	json_t *json;

	assert_int_equal(recording_page(report, full, detail, NULL, 0, out), 0);
	fclose(out);
	data = strstr(text, begin);
	assert_non_null(data);
	data += strlen(begin);
	end = strstr(data, "</script>");
	assert_non_null(end);
	*end = '\0';
	json = json_loads(data, 0, NULL);
	free(text);
	assert_non_null(json);
	return json;
}

static void others_have_a_row(void **state)
{
	struct tracefile_state file = { .complete = true };
	struct detail detail = { .slowest = 3 };
	struct model m;
	struct report report = { .model = &m, .state = &file, .path = "<b>t</b>", .version = "1" };
	struct scenario s;
	json_t *data;
	bool *full;

	(void)state;
	model_init(&m);
	scenario_begin(&s, feed, &m);
	put_launches(&s);
	full = recording_page_choose(&report);
	data = data_of(&report, full, &detail);
	assert_int_equal(json_array_size(json_object_get(data, "launches")), 40);
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(data, "report"), "launches")),
		RECORDING_PAGE_LAUNCHES);
	assert_string_equal(json_string_value(json_object_get(data, "file")), "<b>t</b>");
	assert_string_equal(json_string_value(json_object_get(data, "made")),
			    "1970-01-01T00:00:00Z");
	assert_int_equal(json_array_size(json_object_get(data, "bounds")), DETAIL_ROWS + 1);
	json_decref(data);
	free(full);
	model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failed_and_longest),
		cmocka_unit_test(others_have_a_row),
	};

	return cmocka_run_group_tests_name("recording_page", tests, NULL, NULL);
}
