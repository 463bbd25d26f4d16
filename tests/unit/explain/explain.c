// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of `sevtrace explain`: each must be complete, and every valid query must find
 * something.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "explain/entry.h"
#include "explain/explain.h"
#include "explain/topic.h"
#include "sev/names.h"
#include "util/array.h"

static json_t *entry_of(enum topic_kind kind, uint32_t number)
{
	struct topic s = { .kind = kind, .number = number, .ioctl = EXPLAIN_ANY_IOCTL };
	struct entry entry;
	json_t *json;

	entry_fill(&entry, &s);
	json = entry_json(&entry);

	assert_non_null(json);
	return json;
}

static void assert_text(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	assert_non_null(text);
	assert_true(strlen(text) >= 3);
}

static void assert_causes(const json_t *json)
{
	const json_t *causes = json_object_get(json, "causes");
	json_t *cause;
	size_t i;

	assert_true(json_array_size(causes) > 0);
	json_array_foreach(causes, i, cause) {
		assert_text(cause, "cause");
		assert_text(cause, "hint");
		assert_text(cause, "certainty");
	}
}

/* All assigned statuses: Linux include/uapi/linux/psp-sev.h, including newer ones. */
static void every_status(void **state)
{
	static const struct {
		uint32_t first, last;
	} assigned[] = { { 0x01, 0x1d }, { 0x1f, 0x28 }, { 0x30, 0x33 }, { 0x35, 0x3f } };
	size_t count = 1, known = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(assigned); i++) {
		for (uint32_t s = assigned[i].first; s <= assigned[i].last; s++, count++) {
			json_t *json = entry_of(TOPIC_STATUS, s);

			assert_text(json, "name");
			assert_text(json, "text");
			assert_text(json, "document");
			assert_causes(json);
			json_decref(json);
		}
	}
	for (uint32_t s = 0; s < 0x10000; s++)
		known += psp_status_name(s) != NULL;
	assert_int_equal(known, count);
	/* codes seen in the field, which have no name */
	for (size_t i = 0; i < 5; i++) {
		static const uint32_t codes[] = { 0x8003, 0x8004, 0x8006, 0x9000, 0x9003 };
		json_t *json = entry_of(TOPIC_STATUS, codes[i]);

		assert_causes(json);
		assert_true(json_is_null(json_object_get(json, "document")));
		json_decref(json);
	}
}

/* The command codes of the specifications, as ranges. */
static void every_command(void **state)
{
	static const struct {
		uint32_t first, last;
	} assigned[] = {
		{ 0x01, 0x0e }, { 0x20, 0x25 }, { 0x30, 0x36 }, { 0x40, 0x44 }, { 0x50, 0x53 },
		{ 0x60, 0x61 }, { 0x81, 0x86 }, { 0x90, 0x95 }, { 0xa0, 0xa2 }, { 0xb0, 0xb2 },
		{ 0xc0, 0xc3 }, { 0xc6, 0xcb }, { 0xcd, 0xce }, { 0xd0, 0xd5 },
	};
	size_t count = 0, known = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(assigned); i++) {
		for (uint32_t c = assigned[i].first; c <= assigned[i].last; c++, count++) {
			json_t *json = entry_of(TOPIC_COMMAND, c);

			assert_text(json, "name");
			assert_text(json, "text");
			assert_text(json, "document");
			assert_true(json_object_get(json, "ioctls") ||
				    json_object_get(json, "issued_by"));
			json_decref(json);
		}
	}
	for (uint32_t c = 0; c < 0x10000; c++)
		known += psp_command_name(c) != NULL;
	assert_int_equal(known, count);
}

static void every_ioctl_and_step(void **state)
{
	size_t ioctls = 0;

	(void)state;
	for (size_t n = 0; n < ioctl_numbers.nr; n++) {
		uint32_t i = number_at(&ioctl_numbers, n);

		json_t *json;

		if (!ioctl_name(i))
			continue;
		json = entry_of(TOPIC_IOCTL, i);
		assert_text(json, "text");
		assert_text(json, "document");
		json_decref(json);
		ioctls++;
	}
	assert_int_equal(ioctls, 33);
	for (uint32_t s = 0; s < SEVTRACE_STEP_COUNT; s++) {
		json_t *json = entry_of(TOPIC_STEP, s);

		assert_text(json, "text");
		assert_true(json_array_size(json_object_get(json, "ioctls")) > 0);
		json_decref(json);
	}
}

static void what_is_found(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		enum topic_kind kind;
		uint32_t number;
	} cases[] = {
		{ "0x16", 3, TOPIC_STATUS, SEVTRACE_PSP_INVALID_PARAM },
		{ "22", 3, TOPIC_STATUS, SEVTRACE_PSP_INVALID_PARAM },
		{ "-22", 1, TOPIC_ERRNO, EINVAL },
		{ "4294967274", 1, TOPIC_ERRNO, EINVAL },
		{ "-1", 2, TOPIC_ERRNO, EPERM },
		{ "4294967295", 2, TOPIC_ERRNO, EPERM },
		{ "0xffffffff", 2, TOPIC_STATUS, SEVTRACE_PSP_NO_FW_CALL },
		{ "cpuid", 1, TOPIC_PAGE_TYPE, SEVTRACE_PAGE_CPUID },
		{ "KVM_SEV_SNP_PAGE_TYPE_ZERO", 1, TOPIC_PAGE_TYPE, SEVTRACE_PAGE_ZERO },
		{ "95", 1, TOPIC_ERRNO, EOPNOTSUPP },
		{ "0xa1", 1, TOPIC_COMMAND, SEVTRACE_CMD_SNP_LAUNCH_UPDATE },
		{ "0x8003", 1, TOPIC_STATUS, 0x8003 },
		{ "EINVAL", 1, TOPIC_ERRNO, EINVAL },
		{ "-EINVAL", 1, TOPIC_ERRNO, EINVAL },
		{ "einval", 1, TOPIC_ERRNO, EINVAL },
		{ "INVALID_PARAM", 1, TOPIC_STATUS, SEVTRACE_PSP_INVALID_PARAM },
		{ "sev_ret_invalid_param", 1, TOPIC_STATUS, SEVTRACE_PSP_INVALID_PARAM },
		{ "SEV_RET_INAVLID_CONFIG", 1, TOPIC_STATUS, SEVTRACE_PSP_INVALID_CONFIG },
		{ "invalid-page-state", 1, TOPIC_STATUS, SEVTRACE_PSP_INVALID_PAGE_STATE },
		{ "NO_FW_CALL", 1, TOPIC_STATUS, SEVTRACE_PSP_NO_FW_CALL },
		{ "SNP_LAUNCH_UPDATE", 2, TOPIC_COMMAND, SEVTRACE_CMD_SNP_LAUNCH_UPDATE },
		{ "SEV_CMD_INIT_EX", 1, TOPIC_COMMAND, SEVTRACE_CMD_INIT_EX },
		{ "LAUNCH_SECRET", 2, TOPIC_IOCTL, SEVTRACE_KVM_SEV_LAUNCH_SECRET },
		{ "KVM_SEV_LAUNCH_START", 1, TOPIC_IOCTL, SEVTRACE_KVM_SEV_LAUNCH_START },
		{ "kvm_set_memory_attributes", 1, TOPIC_IOCTL, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES },
		{ "rmp_update", 1, TOPIC_STEP, SEVTRACE_STEP_RMP_UPDATE },
		{ " rmp-update ", 1, TOPIC_STEP, SEVTRACE_STEP_RMP_UPDATE },
		{ "0x8777", 0, TOPIC_STATUS, 0 },
		{ "99999999999999999999", 0, TOPIC_STATUS, 0 },
		{ "-5000", 0, TOPIC_STATUS, 0 },
		{ "0x", 0, TOPIC_STATUS, 0 },
		{ "", 0, TOPIC_STATUS, 0 },
		{ "-", 0, TOPIC_STATUS, 0 },
		{ "two words", 0, TOPIC_STATUS, 0 },
		{ "\xff\x01\x02", 0, TOPIC_STATUS, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct topic found[TOPIC_MAX];
		size_t count = topic_find(cases[i].text, found);

		if (count != cases[i].count || (count && (found[0].kind != cases[i].kind ||
							  found[0].number != cases[i].number)))
			fail_msg("'%s': %zu meanings, the first of kind %d, number 0x%x",
				 cases[i].text, count, count ? (int)found[0].kind : -1,
				 count ? found[0].number : 0);
	}
}

static void hostile_text(void **state)
{
	static char text[100000];
	struct topic found[TOPIC_MAX], answer = { 0 };
	const char *names[5];
	char why[32];

	(void)state;
	memset(text, 'A', sizeof(text) - 1);
	assert_int_equal(topic_find(text, found), 0);
	assert_int_equal(topic_nearest(text, names, 5), 0);
	assert_int_equal(topic_parse_answer(text, &answer, why, sizeof(why)), -ENOENT);
	text[5] = '=';
	assert_int_equal(topic_parse_answer(text, &answer, why, sizeof(why)), -EINVAL);
}

static void answers(void **state)
{
	static const struct {
		const char *text;
		int err, ret;
		uint32_t status;
	} cases[] = {
		{ "ret=-5,fw=22", 0, -5, 22 },
		{ "ret=-5 fw_error=0x16", 0, -5, 22 },
		{ "RET=EIO;FW=INVALID_PARAM", 0, -5, 22 },
		{ "ret=1, fw_error=7", 0, 1, 7 },
		{ "fw=-1,ret=-22", 0, -22, SEVTRACE_PSP_NO_FW_CALL },
		{ "22", -ENOENT, 0, 0 },
		{ "ret=", -EINVAL, 0, 0 },
		{ "ret=foo", -EINVAL, 0, 0 },
		{ "ret=INVALID_PARAM", -EINVAL, 0, 0 },
		{ "fw=99999999999", -EINVAL, 0, 0 },
		{ "x=1", -EINVAL, 0, 0 },
		{ "ret=-5,junk", -EINVAL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct topic answer = { .kind = TOPIC_ANSWER };
		char why[128];
		int err = topic_parse_answer(cases[i].text, &answer, why, sizeof(why));

		if (err != cases[i].err ||
		    (!err && (answer.ret != cases[i].ret || answer.status != cases[i].status)))
			fail_msg("'%s': %d, ret %d, status 0x%x", cases[i].text, err, answer.ret,
				 answer.status);
	}
}

/* The explanations for combinations of return value and status. */
static void readings(void **state)
{
	struct topic answer = { .kind = TOPIC_ANSWER, .has_ret = true, .has_status = true };

	(void)state;
	answer.ret = -EIO;
	assert_non_null(strstr(topic_reading(&answer), "hides the cause"));
	answer.status = SEVTRACE_PSP_INVALID_PARAM;
	assert_non_null(strstr(topic_reading(&answer), "asked and refused"));
	answer.ret = -EINVAL;
	answer.status = SEVTRACE_PSP_NO_FW_CALL;
	assert_non_null(strstr(topic_reading(&answer), "before it asked"));
	answer.ret = 1;
	assert_non_null(strstr(topic_reading(&answer), "QEMU"));
	answer.ret = -ETIMEDOUT;
	answer.status = 0;
	assert_non_null(strstr(topic_reading(&answer), "did not answer"));
}

static bool has_step(const struct cause *causes, size_t count, int step, int error)
{
	for (size_t i = 0; i < count; i++)
		if (causes[i].step == step && causes[i].error == error)
			return true;
	return false;
}

/* EIO of SNP_LAUNCH_UPDATE replaces the errno of any step; EIO of another ioctl does not. */
static void hidden_causes(void **state)
{
	struct cause_query query = { SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, EIO, 0 };
	struct cause causes[64];
	size_t count = explain_causes(&query, causes, 64);

	(void)state;
	assert_true(has_step(causes, count, SEVTRACE_STEP_GET_PAGE, EEXIST));
	assert_true(has_step(causes, count, SEVTRACE_STEP_CHECK_ATTRS, EINVAL));
	assert_true(has_step(causes, count, SEVTRACE_STEP_COPY, EFAULT));
	assert_true(has_step(causes, count, SEVTRACE_STEP_RMP_UPDATE, 0));
	assert_false(has_step(causes, count, SEVTRACE_STEP_PIN, EINVAL));
	query.ioctl = SEVTRACE_KVM_SEV_LAUNCH_FINISH;
	assert_int_equal(explain_causes(&query, causes, 64), 0);
}

/* Causes of the ioctl itself hide causes that fit any ioctl. */
static void own_causes_first(void **state)
{
	struct cause_query query = { SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, 0,
				     SEVTRACE_PSP_BAD_MEASUREMENT };
	struct cause causes[64];

	(void)state;
	assert_int_equal(explain_causes(&query, causes, 64), 1);
	assert_int_equal(causes[0].ioctl, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH);
	assert_non_null(strstr(causes[0].why->cause, "ID block"));
	query.ioctl = EXPLAIN_ANY_IOCTL;
	assert_true(explain_causes(&query, causes, 64) > 2);
	assert_int_equal(explain_causes(&query, causes, 1), 1);
}

static void nearest(void **state)
{
	const char *names[5];

	(void)state;
	assert_true(topic_nearest("INVALID_PARM", names, 5) > 0);
	assert_string_equal(names[0], "INVALID_PARAM");
	assert_true(topic_nearest("snp_lunch_update", names, 1) == 1);
	assert_string_equal(names[0], "SNP_LAUNCH_UPDATE");
	assert_true(topic_nearest("EINVALL", names, 5) > 0);
	assert_string_equal(names[0], "EINVAL");
	assert_int_equal(topic_nearest("frobnicate", names, 5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status),
		cmocka_unit_test(every_command),
		cmocka_unit_test(every_ioctl_and_step),
		cmocka_unit_test(what_is_found),
		cmocka_unit_test(hostile_text),
		cmocka_unit_test(answers),
		cmocka_unit_test(readings),
		cmocka_unit_test(hidden_causes),
		cmocka_unit_test(own_causes_first),
		cmocka_unit_test(nearest),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
