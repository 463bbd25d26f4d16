// SPDX-License-Identifier: GPL-2.0-only
/* Whether a host is without SEV, by what the kernel and the processor say. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "host/cpuinfo.h"
#include "util/array.h"

#define CPUINFO "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel\t\t: 1\nmodel name\t: EPYC\n"

static char root[] = "/tmp/sevtrace-cpuinfo.XXXXXX";
static char path[sizeof(root) + sizeof("/proc/cpuinfo")];
static uint32_t eax; /* of the leaf */
static int failure;

static int made_up_cpuid(uint32_t leaf, struct cpuid_regs *regs)
{
	assert_int_equal(leaf, LEAF);
	*regs = (struct cpuid_regs){ .eax = eax };
	return failure;
}

static const struct system made_up = { .root = root, .cpuid = made_up_cpuid };

static void both_have_to_say_so(void **state)
{
	static const struct {
		const char *cpuinfo; /* NULL: there is no such file */
		uint32_t eax;
		int failure;
		bool without;
	} hosts[] = {
		{ CPUINFO "flags\t\t: fpu svm sme\n", 0, 0, true },
		{ CPUINFO "flags\t\t: fpu svm\n", 0, -ENODATA, true },
		{ CPUINFO "flags\t\t: fpu sev_es sev_snp\n", LEAF_ES, 0, true },
		/* the kernel takes the flag away where the BIOS has switched SEV off */
		{ CPUINFO "flags\t\t: fpu svm\n", LEAF_SEV, 0, false },
		{ CPUINFO "flags\t\t: fpu svm sev\n", 0, -ENODATA, false },
		{ CPUINFO "flags\t\t: sev fpu\nbugs\t\t: none\n", 0, 0, false },
		{ CPUINFO, 0, 0, false },
		{ "", 0, 0, false },
		{ NULL, 0, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		FILE *out = hosts[i].cpuinfo ? fopen(path, "w") : NULL;

		if (!hosts[i].cpuinfo) {
			remove(path);
		} else {
			assert_non_null(out);
			assert_true(fputs(hosts[i].cpuinfo, out) >= 0);
			assert_int_equal(fclose(out), 0);
		}
		eax = hosts[i].eax;
		failure = hosts[i].failure;
		assert_int_equal(host_is_without_sev(&made_up), hosts[i].without);
	}
}

static void values(void **state)
{
	static const char text[] = CPUINFO "flags\t\t: fpu sev\n\nprocessor\t: 1\nmodel\t\t: 2\n";

	(void)state;
	assert_int_equal(strncmp(cpuinfo_value(text, "model"), "1\n", 2), 0);
	assert_int_equal(strncmp(cpuinfo_value(text, "model name"), "EPYC\n", 5), 0);
	assert_null(cpuinfo_value(text, "mode"));
	assert_null(cpuinfo_value("", "model"));
	assert_true(cpuinfo_has_word(cpuinfo_value(text, "flags"), "sev"));
	assert_false(cpuinfo_has_word(cpuinfo_value(text, "flags"), "se"));
	assert_false(cpuinfo_has_word(cpuinfo_value(text, "flags"), "processor"));
}

static int make_root(void **state)
{
	char folder[sizeof(root) + sizeof("/proc")];

	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(folder, sizeof(folder), "%s/proc", root);
	snprintf(path, sizeof(path), "%s/proc/cpuinfo", root);
	return mkdir(folder, 0755);
}

static int remove_root(void **state)
{
	char folder[sizeof(root) + sizeof("/proc")];

	(void)state;
	snprintf(folder, sizeof(folder), "%s/proc", root);
	remove(path);
	remove(folder);
	return remove(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_have_to_say_so),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests_name("cpuinfo", tests, make_root, remove_root);
}
