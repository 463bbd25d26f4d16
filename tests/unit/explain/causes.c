// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of docs/return-points.md: the report must have a cause and a hint for each place that
 * can fail.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "explain/explain.h"
#include "sev/lacks.h"
#include "sev/names.h"

#define TABLE "docs/return-points.md"
#define CELLS 6
#define MAX_IOCTL 0x10003

enum { FUNCTION, IOCTL, RETURNS, STEP, INNER, CONDITION };

/* Splits a row "| a | b |" into its cells. Returns false if it is none. */
static bool split(char *line, char *cells[CELLS])
{
	size_t count = 0;

	if (strncmp(line, "| ", 2) != 0)
		return false;
	for (char *cell = strtok(line, "|\n"); cell && count < CELLS; cell = strtok(NULL, "|\n")) {
		while (*cell == ' ')
			cell++;
		for (size_t n = strlen(cell); n && cell[n - 1] == ' ';)
			cell[--n] = '\0';
		cells[count++] = cell;
	}
	return count == CELLS && strcmp(cells[FUNCTION], "function") != 0;
}

static int errno_of(const char *name)
{
	for (int error = 1; error < 1024; error++)
		if (errno_name(error) && !strcmp(errno_name(error), name))
			return error;
	fail_msg("no errno %s", name);
	return 0;
}

static uint8_t step_of(const char *name)
{
	for (uint32_t step = 0; step < SEVTRACE_STEP_COUNT; step++)
		if (!strcmp(step_name(step), name))
			return (uint8_t)step;
	fail_msg("no step %s", name);
	return 0;
}

/* Sets the firmware's part in a failure. */
static void set_psp(struct model_failure *f, bool asked, bool answered, uint32_t status)
{
	f->has_psp = true;
	f->psp.cmd = SEVTRACE_CMD_LAUNCH_START;
	f->psp.ret = f->ret;
	f->psp.asked = f->psp_asked = asked;
	f->psp.answered = f->psp_answered = answered;
	f->psp.status = status;
	f->fw_error = status;
}

static void expect_cause(const struct model_failure *f, char *cells[CELLS], uint32_t status)
{
	struct explanation why = explain_failure(f, 0);

	if (!why.cause || !why.hint)
		fail_msg("%s, %s (%s), status 0x%x: %s", cells[FUNCTION], cells[IOCTL],
			 cells[CONDITION], status, why.cause ? "no hint" : "no cause");
}

/* Checks one row for one ioctl. */
static void check_row(char *cells[CELLS], uint32_t ioctl)
{
	struct model_failure f = {
		.ioctl = ioctl,
		.ret = -errno_of(cells[RETURNS]),
		.gfn = SEVTRACE_NO_FRAME,
		.pfn = SEVTRACE_NO_FRAME,
	};

	if (strcmp(cells[STEP], "-") != 0) {
		f.has_step = true;
		f.step = step_of(cells[STEP]);
	}
	if (!strcmp(cells[INNER], "status")) {
		for (uint32_t status = 1; status < 0x40; status++) {
			set_psp(&f, true, true, status);
			if (psp_status_name(status))
				expect_cause(&f, cells, status);
		}
		return;
	}
	if (!strcmp(cells[INNER], "not asked"))
		set_psp(&f, false, false, 0);
	else if (!strcmp(cells[INNER], "no answer"))
		set_psp(&f, true, false, 0);
	else if (!strcmp(cells[INNER], "after"))
		set_psp(&f, true, true, 0);
	else if (strcmp(cells[INNER], "-") != 0)
		f.inner_ret = -errno_of(cells[INNER]);
	expect_cause(&f, cells, 0);
}

static void every_return_point(void **state)
{
	FILE *in = fopen(TABLE, "re");
	char line[512], *cells[CELLS];
	size_t rows = 0;

	(void)state;
	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		bool any, found = false;

		if (!split(line, cells) || !strncmp(cells[FUNCTION], "---", 3))
			continue;
		rows++;
		any = !strcmp(cells[IOCTL], "any");
		for (uint32_t ioctl = 0; ioctl < MAX_IOCTL; ioctl++) {
			const char *name = ioctl_name(ioctl);

			if (!name || !(any ? ioctl < 0x10000 : !strcmp(name, cells[IOCTL])))
				continue;
			found = true;
			check_row(cells, ioctl);
		}
		if (!found)
			check_row(cells, (uint32_t)strtoul(cells[IOCTL], NULL, 10));
	}
	fclose(in);
	print_message("# %zu return points\n", rows);
	/* the number that the page states */
	assert_int_equal(rows, 146);
}

/* Failures of the driver are distinguished from errors of the VMM. */
static void around_the_firmware(void **state)
{
	struct model_failure f = { .ioctl = SEVTRACE_KVM_SEV_LAUNCH_START, .ret = -EFAULT };

	(void)state;
	assert_non_null(strstr(explain_failure(&f, 0).cause, "the VMM passed"));
	set_psp(&f, false, false, 0);
	assert_non_null(strstr(explain_failure(&f, 0).cause, "could not prepare"));
	set_psp(&f, true, true, 0);
	assert_non_null(strstr(explain_failure(&f, 0).cause, "did its part"));
	f.ret = -EBUSY;
	set_psp(&f, false, false, 0);
	assert_non_null(strstr(explain_failure(&f, 0).cause, "did not ask the PSP"));
	f.ret = -ENODEV;
	set_psp(&f, false, false, 0);
	assert_non_null(strstr(explain_failure(&f, 0).cause, "no PSP"));
}

/* A cause that rests on what was not seen, or was inferred, is less sure than it would be. */
static void less_is_less_sure(void **state)
{
	const uint32_t asked = LACK_BIT(LACK_PSP_PARTS), pages = LACK_BIT(LACK_PRIVATE_PAGES);
	const uint32_t others = ~(asked | LACK_BIT(LACK_PSP) | LACK_BIT(LACK_EVERYTHING));
	struct model_failure f = { .ioctl = SEVTRACE_KVM_SEV_LAUNCH_START, .ret = -ETIMEDOUT };

	(void)state;
	set_psp(&f, true, false, 0);
	assert_int_equal(explain_failure(&f, 0).sure, SURE);
	assert_int_equal(explain_failure(&f, asked).sure, LIKELY);
	assert_int_equal(explain_unseen(&f, asked | pages), asked);
	assert_int_equal(explain_unseen(&f, others), 0);
	/* an answer with a status was given by somebody */
	f.ret = -EIO;
	set_psp(&f, true, true, SEVTRACE_PSP_INVALID_GUEST_STATE);
	assert_int_equal(explain_failure(&f, asked).sure, SURE);
	assert_int_equal(explain_unseen(&f, asked), 0);

	/* what the status means depends on the page */
	f.ioctl = SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE;
	set_psp(&f, true, true, SEVTRACE_PSP_INVALID_PARAM);
	assert_int_equal(explain_failure(&f, 0).sure, LIKELY);
	assert_int_equal(explain_failure(&f, pages).sure, POSSIBLE);
	f.has_range = true;
	assert_int_equal(explain_failure(&f, pages).sure, LIKELY);

	/* an errno of the ioctl may be that of a step that nobody saw, if it has such a step */
	f = (struct model_failure){ .ioctl = SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, .ret = -EINVAL };
	assert_int_equal(explain_unseen(&f, pages), pages);
	assert_int_equal(explain_unseen(&f, LACK_BIT(LACK_UNPIN)), 0);
	f.has_step = true;
	assert_int_equal(explain_unseen(&f, pages), 0);

	f = (struct model_failure){ .ioctl = SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA,
				    .ret = -EBADF,
				    .has_step = true,
				    .step = SEVTRACE_STEP_PSP,
				    .inner_ret = -EBADF };
	assert_int_equal(explain_failure(&f, 0).sure, SURE);
	f.inferred = true;
	assert_int_equal(explain_failure(&f, 0).sure, LIKELY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_return_point),
		cmocka_unit_test(around_the_firmware),
		cmocka_unit_test(less_is_less_sure),
	};

	return cmocka_run_group_tests_name("causes", tests, NULL, NULL);
}
