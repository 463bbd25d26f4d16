// SPDX-License-Identifier: GPL-2.0-only
/* A comparison that has nothing to say of times must say so: a gate passes else. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "diff/compare.h"
#include "scenario.h"
#include "util/array.h"

/* Launches of a recording. */
struct launches {
	unsigned int finished[2]; /* of SEV, of SEV-SNP */
	unsigned int unfinished; /* of SEV-SNP */
};

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

static void put(struct scenario *s, unsigned int nr, uint32_t ioctl, uint8_t vm_type)
{
	for (unsigned int i = 0; i < nr; i++) {
		put_launch(s, s->launch + 1, 100 + i, "vmm", vm_type);
		put_enter(s, ioctl);
		s->now += 1000ULL * (i + 1);
		put_exit(s, 0, 0, 1, vm_type);
	}
}

static void add(struct comparison *c, enum compare_which which, const struct launches *from)
{
	struct scenario s;
	struct model m;

	model_init(&m);
	scenario_begin(&s, feed, &m);
	s.launch = 0;
	put(&s, from->finished[0], SEVTRACE_KVM_SEV_LAUNCH_FINISH, SEVTRACE_VM_SEV);
	put(&s, from->finished[1], SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_VM_SNP);
	put(&s, from->unfinished, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_VM_SNP);
	assert_int_equal(s.error, 0);
	assert_int_equal(compare_add(c, which, &m), 0);
	model_free(&m);
}

/* Compares without a limit and with one, and checks what each says. */
static void check(struct launches a, struct launches b, const char *without, const char *with)
{
	const char *const expected[] = { without, with };
	const double gates[] = { INFINITY, 0.05 };

	for (size_t i = 0; i < ARRAY_SIZE(gates); i++) {
		struct comparison c = { .gate = gates[i] };
		char buf[COMPARE_BASIS_LEN];
		const char *text;

		add(&c, COMPARE_A, &a);
		add(&c, COMPARE_B, &b);
		assert_int_equal(compare_judge(&c, COMPARE_MIN_CHANGE), 0);
		text = compare_basis_text(&c, buf);
		assert_int_equal(!text, !expected[i]);
		if (text)
			assert_string_equal(text, expected[i]);
		compare_free(&c);
	}
}

static const struct launches none;
static const struct launches unfinished = { .unfinished = 9 };
static const struct launches few = { .finished = { 0, 1 } };
static const struct launches sev = { .finished = { 8, 0 } };
static const struct launches snp = { .finished = { 0, 8 } };
static const struct launches both = { .finished = { 8, 8 } };

#define TWICE(text) text, text

static void no_launch(void **state)
{
	(void)state;
	check(none, none, TWICE("A has no launch"));
	check(none, snp, TWICE("A has no launch"));
	check(snp, none, TWICE("B has no launch"));
}

static void none_finished(void **state)
{
	(void)state;
	check(unfinished, snp, TWICE("no launch finished in A"));
	check(snp, unfinished, TWICE("no launch finished in B"));
}

static void no_common_type(void **state)
{
	(void)state;
	check(sev, snp, TWICE("A and B have guests of different types"));
}

static void something(void **state)
{
	(void)state;
	check(snp, snp, NULL, NULL);
	check(both, both, NULL, NULL);
	/* A type of guest that is new has nothing to be compared with. */
	check(snp, both, NULL, NULL);
}

/* A limit that was tested for one type of guest says nothing of the other. */
static void limit_of_each_type(void **state)
{
	(void)state;
	check(both, snp, NULL, "launches of SEV finished in A only");
	check(both, sev, NULL, "launches of SEV-SNP finished in A only");
}

static void limit_needs_a_test(void **state)
{
	(void)state;
	check(few, snp, NULL, "too few launches of SEV-SNP for any test");
	check(snp, few, NULL, "too few launches of SEV-SNP for any test");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_launch),	      cmocka_unit_test(none_finished),
		cmocka_unit_test(no_common_type),     cmocka_unit_test(something),
		cmocka_unit_test(limit_of_each_type), cmocka_unit_test(limit_needs_a_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
