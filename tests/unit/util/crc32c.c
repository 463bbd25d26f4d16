// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/crc32c.h"

static void known_sum(void **state)
{
	(void)state;
	/* RFC 3720, appendix B.4: 32 bytes of zeros; and the usual check string. */
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(0, (char[32]){ 0 }, 32), 0x8a9136aa);
	assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(known_sum) };

	return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
