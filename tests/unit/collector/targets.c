// SPDX-License-Identifier: GPL-2.0-only
/* Where programs attach: libbpf is told of it again and again, as modules go and come back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/internal.h"

static void again_and_again(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct targets *t = targets_new();

		assert_non_null(t);
		for (uint32_t event = 0; event < KERNEL_EVENT_COUNT; event++)
			assert_false(targets_has(t, (enum kernel_event_id)event));
		targets_free(t);
	}
	targets_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
