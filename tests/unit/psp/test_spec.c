// SPDX-License-Identifier: GPL-2.0-only
/* Specifications on the command line: latencies, faults, platform. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <sevtrace/psp.h>

#include "faultfile.h"
#include "spec.h"

static void times(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "0", 0 },	      { "0us", 0 },
		{ "7ns", 7 },	      { "20us", 20000 },
		{ "1ms", 1000000 },   { "1.5ms", 1500000 },
		{ "2s", 2000000000 }, { "3600s", 3600000000000ULL },
	};
	static const char *const bad[] = { "",	   "1",	    "ms",    "1 ms",   "-1ms", "1m",
					   "1mss", "1e3ms", "3601s", "1.2.3s", ".",    "nan" };
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(parse_time(good[i].text, &ns));
		assert_int_equal(ns, good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse_time(bad[i], &ns))
			fail_msg("accepted as a time: \"%s\"", bad[i]);
}

static void latency(void **state)
{
	struct latencies latencies = { { 0 } };
	struct spec_error error = { "" };

	(void)state;
	assert_int_equal(latency_parse("*=1us,SNP_LAUNCH_UPDATE=1ms,INIT=0", &latencies, &error),
			 0);
	assert_int_equal(latencies.ns[SEVTRACE_CMD_SNP_LAUNCH_UPDATE], 1000000);
	assert_int_equal(latencies.ns[SEVTRACE_CMD_INIT], 0);
	assert_int_equal(latencies.ns[SEVTRACE_CMD_SHUTDOWN], 1000);
	assert_int_equal(latencies.ns[PSP_COMMANDS - 1], 1000);
}

static void latency_bad(void **state)
{
	static const struct {
		const char *spec, *names; /* texts that the message must contain */
	} bad[] = {
		{ "LAUNCH=1ms", "LAUNCH" }, { "INIT", "INIT" },		 { "INIT=", "INIT" },
		{ "INIT=5", "5" },	    { "INIT=1ms,", "" },	 { "", "" },
		{ "=1ms", "name" },	    { "INIT=1ms;X=1ms", "ms;" },
	};
	struct latencies latencies = { { 0 } };
	struct spec_error error = { "" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(latency_parse(bad[i].spec, &latencies, &error), -EINVAL);
		assert_non_null(strstr(error.text, bad[i].names));
	}
}

static int count_strikes(struct faults *faults, uint32_t command, const uint64_t *gfn, int times_,
			 uint64_t *which)
{
	int strikes = 0;

	*which = 0;
	for (int i = 0; i < times_; i++) {
		if (fault_match(faults, command, gfn)) {
			strikes++;
			*which |= 1ULL << i;
		}
	}
	return strikes;
}

static void fault_occurrences(void **state)
{
	static const struct {
		const char *spec;
		uint64_t strikes; /* bit n: the fault hits execution n, from 0 */
	} cases[] = {
		{ "cmd=INIT,status=POLICY_FAILURE", 0xfff },
		{ "cmd=INIT,nth=1,status=7", 0x001 },
		{ "cmd=INIT,nth=3,status=7", 0x004 },
		{ "cmd=INIT,every=3,status=7", 0x924 },
		{ "cmd=INIT,nth=2,every=3,status=7", 0x492 },
		{ "cmd=*,nth=12,status=7", 0x800 },
		{ "cmd=SHUTDOWN,status=7", 0 },
	};
	struct spec_error error = { "" };
	uint64_t which;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct faults faults = { 0 };

		assert_int_equal(fault_parse(cases[i].spec, &faults, &error), 0);
		count_strikes(&faults, SEVTRACE_CMD_INIT, NULL, 12, &which);
		assert_int_equal(which, cases[i].strikes);
		faults_free(&faults);
	}
}

/* nth counts only the executions on that frame. */
static void fault_frame(void **state)
{
	struct faults faults = { 0 };
	struct spec_error error = { "" };
	uint64_t gfn = 0x80, other = 0x81, which;

	(void)state;
	assert_int_equal(fault_parse("cmd=SNP_LAUNCH_UPDATE,gfn=0x80,nth=2,status=0x16", &faults,
				     &error),
			 0);
	assert_int_equal(count_strikes(&faults, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, &other, 5, &which),
			 0);
	assert_int_equal(count_strikes(&faults, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, NULL, 5, &which),
			 0);
	assert_int_equal(count_strikes(&faults, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, &gfn, 5, &which),
			 1);
	assert_int_equal(which, 2);
	faults_free(&faults);
}

static void fault_fields(void **state)
{
	struct faults faults = { 0 };
	struct spec_error error = { "" };
	const struct fault *fault;

	(void)state;
	assert_int_equal(fault_parse("cmd=INIT,status=BAD_SIGNATURE,delay=5ms,extra=0x1:0xffffffff",
				     &faults, &error),
			 0);
	assert_int_equal(fault_parse("cmd=SHUTDOWN,hang", &faults, &error), 0);
	fault = fault_match(&faults, SEVTRACE_CMD_INIT, NULL);
	assert_non_null(fault);
	assert_true(fault->has_status && fault->has_extra && !fault->hang);
	assert_int_equal(fault->status, SEVTRACE_PSP_BAD_SIGNATURE);
	assert_int_equal(fault->delay_ns, 5000000);
	assert_int_equal(fault->extra_hi, 1);
	assert_int_equal(fault->extra_lo, 0xffffffff);
	fault = fault_match(&faults, SEVTRACE_CMD_SHUTDOWN, NULL);
	assert_true(fault && fault->hang);
	faults_free(&faults);
}

/* Replaces the file by a new one. */
static void write_faults(const char *path, const char *text)
{
	char other[64];
	FILE *out;

	snprintf(other, sizeof(other), "%s.new", path);
	out = fopen(other, "we");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(rename(other, path), 0);
}

static void fault_changes(void **state)
{
	char folder[] = "/tmp/sevtrace-faults.XXXXXX", path[48];
	struct spec_error error = { "" };
	struct fault_file file = { .path = path };
	uint64_t which;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/faults", folder);
	assert_int_equal(fault_file_refresh(&file, &error), 0);
	assert_int_equal(file.faults.count, 0);

	write_faults(path, "# a comment\n\ncmd=INIT,nth=2,status=1\ncmd=INIT,nth=3,status=2");
	assert_int_equal(fault_file_refresh(&file, &error), 0);
	assert_int_equal(file.faults.count, 2);
	assert_int_equal(count_strikes(&file.faults, SEVTRACE_CMD_INIT, NULL, 5, &which), 2);
	/* unchanged file: the counts go on */
	assert_int_equal(fault_file_refresh(&file, &error), 0);
	assert_int_equal(count_strikes(&file.faults, SEVTRACE_CMD_INIT, NULL, 5, &which), 0);
	/* new file with the same fault: the counts start again */
	write_faults(path, "cmd=INIT,nth=2,status=1\n");
	assert_int_equal(fault_file_refresh(&file, &error), 0);
	assert_int_equal(count_strikes(&file.faults, SEVTRACE_CMD_INIT, NULL, 5, &which), 1);

	write_faults(path, "cmd=INIT,status=1\ncmd=INIT\n");
	assert_int_equal(fault_file_refresh(&file, &error), -EINVAL);
	assert_non_null(strstr(error.text, "faults, line 2: "));
	assert_int_equal(file.faults.count, 1);
	unlink(path);
	assert_int_equal(fault_file_refresh(&file, &error), 0);
	assert_int_equal(file.faults.count, 0);
	fault_file_free(&file);
	rmdir(folder);
}

static void fault_bad(void **state)
{
	static const struct {
		const char *spec, *names;
	} bad[] = {
		{ "", "\"\"" },
		{ "status=7", "cmd" },
		{ "cmd=INIT", "status" },
		{ "cmd=NOTHING,status=7", "NOTHING" },
		{ "cmd=INIT,status=NOTHING", "NOTHING" },
		{ "cmd=INIT,status=0x10000", "0x10000" },
		{ "cmd=INIT,status=7,nth=0", "nth" },
		{ "cmd=INIT,status=7,every=x", "every" },
		{ "cmd=INIT,status=7,gfn=-1", "gfn" },
		{ "cmd=INIT,hang=1", "hang" },
		{ "cmd=INIT,hang,status=7", "hang" },
		{ "cmd=INIT,status", "status" },
		{ "cmd=INIT,status=0,extra=1:2", "extra" },
		{ "cmd=INIT,status=7,extra=1", "extra" },
		{ "cmd=INIT,status=7,extra=1:0x100000000", "extra" },
		{ "cmd=INIT,status=7,color=red", "color" },
	};
	struct faults faults = { 0 };
	struct spec_error error = { "" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(fault_parse(bad[i].spec, &faults, &error), -EINVAL);
		assert_non_null(strstr(error.text, bad[i].names));
	}
	assert_int_equal(faults.count, 0);
}

static void platform(void **state)
{
	struct platform platform = PLATFORM_DEFAULT;
	struct spec_error error = { "" };

	(void)state;
	assert_int_equal(
		platform_parse("fw-api=1.51,snp=off,min-sev-asid=5,max-asid=16,coherent=off",
			       &platform, &error),
		0);
	assert_int_equal(platform.api_major, 1);
	assert_int_equal(platform.api_minor, 51);
	assert_false(platform.snp);
	assert_int_equal(platform.min_sev_asid, 5);
	assert_int_equal(platform.max_asid, 16);
}

static void platform_bad(void **state)
{
	static const char *const bad[] = { "fw-api=1",	 "fw-api=1.300", "fw-api=1.2x",
					   "snp=maybe",	 "max-asid=0",	 "max-asid=1024",
					   "colour=red", "snp",		 "coherent=2" };
	struct platform platform = PLATFORM_DEFAULT;
	struct spec_error error = { "" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(platform_parse(bad[i], &platform, &error), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),	 cmocka_unit_test(latency),
		cmocka_unit_test(latency_bad),	 cmocka_unit_test(fault_occurrences),
		cmocka_unit_test(fault_frame),	 cmocka_unit_test(fault_fields),
		cmocka_unit_test(fault_changes), cmocka_unit_test(fault_bad),
		cmocka_unit_test(platform),	 cmocka_unit_test(platform_bad),
	};

	return cmocka_run_group_tests_name("psp specifications", tests, NULL, NULL);
}
