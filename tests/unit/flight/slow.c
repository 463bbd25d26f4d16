// SPDX-License-Identifier: GPL-2.0-only
/* The flight recorder hands out launches that are slow, and only those. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flight/flight.h"
#include "flight/report.h"
#include "scenario.h"

#define MS 1000000ULL

struct seen {
	struct flight *flight;
	struct scenario s;
	size_t found;
	struct flight_report report; /* of the last one */
};

static int on_found(void *ctx, struct flight_launch *l, bool ended)
{
	struct seen *seen = ctx;

	(void)ended;
	seen->found++;
	flight_report_fill(&seen->report, seen->flight, l);
	return 0;
}

static void on_recovered(void *ctx, const struct flight_launch *l)
{
	(void)ctx;
	(void)l;
	fail();
}

static void on_dropped(void *ctx, uint32_t launch, bool ended)
{
	(void)ctx;
	(void)launch;
	(void)ended;
}

static int feed(void *ctx, const union sevtrace_record *rec)
{
	struct seen *seen = ctx;

	return flight_feed(seen->flight, &rec->h);
}

static void begin(struct seen *seen, bool failures, const struct flight_limits *slow)
{
	const struct flight_sink sink = { on_found, on_recovered, on_dropped, seen };
	const struct flight_wants wants = { .keep = 10, .failures = failures, .slow = *slow };

	*seen = (struct seen){ .flight = flight_new(&wants, &sink) };
	scenario_begin(&seen->s, feed, seen);
}

static void start(struct seen *seen, uint32_t number, uint8_t vm_type, uint64_t exec)
{
	put_launch(&seen->s, number, 1000 + number, "vmm", vm_type);
	put_simple(&seen->s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_CMD_SNP_LAUNCH_START, exec,
		   7, vm_type);
}

static void finish(struct seen *seen, uint8_t vm_type, int ret)
{
	put_enter(&seen->s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH);
	put_exit(&seen->s, ret, 0, 7, vm_type);
}

static void launch(struct seen *seen, uint32_t number, uint8_t vm_type, uint64_t exec)
{
	start(seen, number, vm_type, exec);
	finish(seen, vm_type, 0);
}

static const char *variable(struct seen *seen, const char *name)
{
	static const char *variables[FLIGHT_VARIABLES + 1];
	size_t length = strlen(name);

	flight_report_variables(&seen->report, "/x/y", variables);
	for (size_t i = 0; variables[i]; i++)
		if (!strncmp(variables[i], name, length) && variables[i][length] == '=')
			return variables[i] + length + 1;
	return "";
}

static void by_time(void **state)
{
	const struct flight_limits limits = { .launch = 50 * MS };
	char *text = NULL, expected[64];
	struct seen seen;
	size_t size;
	FILE *out;

	(void)state;
	begin(&seen, false, &limits);
	launch(&seen, 1, SEVTRACE_VM_SNP, 40 * MS);
	assert_int_equal(seen.found, 0);
	launch(&seen, 2, SEVTRACE_VM_SNP, 60 * MS);
	assert_int_equal(seen.found, 1);
	assert_int_equal(seen.report.why, FLIGHT_SLOW);
	assert_in_range(seen.report.ns, 60 * MS, 61 * MS);
	assert_string_equal(flight_report_name(&seen.report).what, "slow");
	assert_string_equal(variable(&seen, "SEVTRACE_WHY"), "slow");
	snprintf(expected, sizeof(expected), "%llu", (unsigned long long)seen.report.ns);
	assert_string_equal(variable(&seen, "SEVTRACE_SLOW_NS"), expected);
	out = open_memstream(&text, &size);
	flight_report_print(&seen.report, out);
	fclose(out);
	assert_string_equal(text,
			    "sevtrace record: slow launch: vmm[1002], snp, ASID 7: 60.0 ms\n");
	free(text);
	/* A failure is none of these, however long it took. */
	start(&seen, 3, SEVTRACE_VM_SNP, 90 * MS);
	finish(&seen, SEVTRACE_VM_SNP, -EIO);
	put_end(&seen.s, 1);
	assert_int_equal(seen.found, 1);
	assert_int_equal(flight_counts(seen.flight).failed, 1);
	assert_int_equal(flight_counts(seen.flight).slow, 1);
	assert_int_equal(flight_counts(seen.flight).ok, 2);
	flight_free(seen.flight);
	/* With failures, it is, once. */
	begin(&seen, true, &limits);
	start(&seen, 1, SEVTRACE_VM_SNP, 90 * MS);
	finish(&seen, SEVTRACE_VM_SNP, -EIO);
	put_end(&seen.s, 1);
	assert_int_equal(seen.found, 1);
	assert_int_equal(seen.report.why, FLIGHT_FAILED);
	assert_string_equal(variable(&seen, "SEVTRACE_WHY"), "failed");
	flight_free(seen.flight);
}

/* Types are compared with themselves, and only when there are some. */
static void by_percentile(void **state)
{
	const struct flight_limits limits = { .percentile = 90 };
	struct seen seen;
	uint32_t number = 0;

	(void)state;
	begin(&seen, false, &limits);
	for (size_t i = 0; i + 1 < FLIGHT_LEARN; i++)
		launch(&seen, ++number, SEVTRACE_VM_SNP, 10 * MS);
	launch(&seen, ++number, SEVTRACE_VM_SNP, 500 * MS);
	assert_int_equal(seen.found, 0);
	launch(&seen, ++number, SEVTRACE_VM_SEV, 500 * MS);
	launch(&seen, ++number, SEVTRACE_VM_SNP, 5 * MS);
	assert_int_equal(seen.found, 0);
	launch(&seen, ++number, SEVTRACE_VM_SNP, 100 * MS);
	assert_int_equal(seen.found, 1);
	assert_int_equal(seen.report.pid, 1000 + number);
	/* What becomes usual is slow no more. */
	for (size_t i = 0; i < 10 * (size_t)FLIGHT_LEARN; i++)
		launch(&seen, ++number, SEVTRACE_VM_SNP, 100 * MS);
	seen.found = 0;
	launch(&seen, ++number, SEVTRACE_VM_SNP, 100 * MS);
	assert_int_equal(seen.found, 0);
	flight_free(seen.flight);
}

static void by_command(void **state)
{
	const struct flight_limits limits = { .command = 20 * MS };
	struct seen seen;

	(void)state;
	begin(&seen, true, &limits);
	launch(&seen, 1, SEVTRACE_VM_SNP, 19 * MS);
	assert_int_equal(seen.found, 0);
	launch(&seen, 2, SEVTRACE_VM_SNP, 20 * MS);
	assert_int_equal(seen.found, 1);
	assert_int_equal(seen.report.why, FLIGHT_SLOW_COMMAND);
	assert_int_equal(seen.report.ns, 20 * MS);
	assert_string_equal(flight_report_name(&seen.report).what, "slow-SNP_LAUNCH_START");
	assert_string_equal(variable(&seen, "SEVTRACE_PSP_COMMAND"), "SNP_LAUNCH_START");
	/* Given up by its VMM, and under way at the end. */
	start(&seen, 3, SEVTRACE_VM_SNP, 30 * MS);
	put_end(&seen.s, 1);
	assert_int_equal(seen.found, 2);
	start(&seen, 4, SEVTRACE_VM_SNP, 40 * MS);
	assert_int_equal(seen.found, 2);
	assert_int_equal(flight_finish(seen.flight), 0);
	assert_int_equal(seen.found, 3);
	assert_int_equal(seen.report.ns, 40 * MS);
	flight_free(seen.flight);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_time),
		cmocka_unit_test(by_percentile),
		cmocka_unit_test(by_command),
	};

	return cmocka_run_group_tests_name("flight_slow", tests, NULL, NULL);
}
