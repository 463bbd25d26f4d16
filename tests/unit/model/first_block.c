// SPDX-License-Identifier: GPL-2.0-only
/* An honest recording whose first block has launches that take more than a budget's base. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/model.h"
#include "scenario.h"

#define LAUNCHES 400
#define PAGES 8

static int write_record(void *ctx, const union sevtrace_record *rec)
{
	return tracefile_write_records(ctx, rec, rec->h.size, 1);
}

/* Times differ from launch to launch, as real ones do: they cannot be packed to nothing. */
static uint64_t some_time(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return 1000 + *seed % 10000000;
}

static void put_launches(struct scenario *s)
{
	uint64_t seed = 88172645463325252ULL;

	for (uint32_t n = 1; n <= LAUNCHES; n++) {
		put_launch(s, n, 1000 + n, "vmm", SEVTRACE_VM_SNP);
		put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_CMD_SNP_LAUNCH_START,
			   some_time(&seed), n, SEVTRACE_VM_SNP);
		put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
		put_range(s, 0, 0x7f0000000000, PAGES, SEVTRACE_PAGE_NORMAL, true);
		for (uint64_t gfn = 0; gfn < PAGES; gfn++) {
			put_step(s, SEVTRACE_STEP_GET_PAGE, gfn, 1, 0, some_time(&seed));
			put_step(s, SEVTRACE_STEP_COPY, gfn, 1, 0, some_time(&seed));
			put_step(s, SEVTRACE_STEP_RMP_UPDATE, gfn, 1, 0, some_time(&seed));
			put_psp(s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, some_time(&seed),
				some_time(&seed), 0);
		}
		put_range_end(s, PAGES, 0);
		put_exit(s, 0, 0, n, SEVTRACE_VM_SNP);
		put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH,
			   some_time(&seed), n, SEVTRACE_VM_SNP);
	}
}

static void many_launches_in_one_block(void **state)
{
	char path[] = "/tmp/sevtrace-first-block.XXXXXX", why[128];
	struct tracefile_writer *w;
	struct tracefile_reader *reader;
	struct tracefile_state read;
	struct scenario s;
	struct model m;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(tracefile_create(path, &w), 0);
	scenario_begin(&s, write_record, w);
	put_launches(&s);
	assert_int_equal(s.error, 0);
	assert_int_equal(tracefile_finish(w), 0);
	tracefile_close(w);

	model_init(&m);
	assert_int_equal(tracefile_open(path, &reader, why, sizeof(why)), 0);
	assert_int_equal(model_read(&m, reader, &read), 0);
	assert_string_equal(read.text, "");
	assert_true(read.complete);
	assert_int_equal(m.nr_launches, LAUNCHES);
	/* Else this proves nothing. */
	assert_true(m.budget.used > MODEL_BUDGET_BASE);
	tracefile_reader_free(reader);
	model_free(&m);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_launches_in_one_block),
	};

	return cmocka_run_group_tests_name("first_block", tests, NULL, NULL);
}
