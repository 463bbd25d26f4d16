// SPDX-License-Identifier: GPL-2.0-only
/*
 * The firmware must answer any mailbox contents with a status. Built with sanitizers, these tests
 * fail on any access outside the machine's memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "snp.h"

static const uint64_t addresses[] = {
	0,
	1,
	HOST_BUFFER + PSP_PAGE_SIZE - 1,
	HOST_PAGE,
	HOST_PAGE + 8,
	HOST_CONTEXT,
	HOST_OTHER,
	HOST_BIG,
	HOST_RMP_BASE,
	HOST_RMP_BASE + HOST_RMP_SIZE - 8,
	HOST_RAM_SIZE - PSP_PAGE_SIZE,
	HOST_RAM_SIZE - 1,
	HOST_RAM_SIZE,
	0xffffffff,
	0x100000000,
	1ULL << PSP_C_BIT,
	(1ULL << PSP_C_BIT) | HOST_PAGE,
	UINT64_MAX - 4095,
	UINT64_MAX,
};

/* Issues every command, with its buffer at any address. */
static void buffers_anywhere(void **state)
{
	struct host *hosts[] = { host_new_snp(), host_new_sev(), host_new(NULL) };

	(void)state;
	for (size_t h = 0; h < sizeof(hosts) / sizeof(hosts[0]); h++)
		for (uint32_t code = 0; code < PSP_COMMANDS; code++)
			for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
				struct firmware *firmware = &hosts[h]->firmware;

				firmware_peek(firmware, code, addresses[i], &hosts[h]->detail);
				assert_in_range(firmware_execute(firmware, code, addresses[i],
								 &hosts[h]->detail),
						0, 0xffff);
			}
	for (size_t h = 0; h < sizeof(hosts) / sizeof(hosts[0]); h++)
		host_free(hosts[h]);
}

static uint64_t random_state;

/* xorshift64: makes the same sequence in every run. */
static uint64_t next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Returns a word that probably has a meaning: an address, a handle, an ASID, a length, or noise. */
static uint64_t word(void)
{
	switch (next() % 6) {
	case 0:
		return addresses[next() % (sizeof(addresses) / sizeof(addresses[0]))];
	case 1:
		return next() % 8;
	case 2:
		return next() % 8 << 32 | next() % 8;
	case 3:
		return next() % 0x3000;
	case 4:
		return SNP_POLICY;
	default:
		return next();
	}
}

static void random_rmpupdate(struct host *host)
{
	const uint64_t page = addresses[next() % (sizeof(addresses) / sizeof(addresses[0]))];

	if (next() % 3 == 0)
		host_make_firmware(host, page);
	else if (next() % 2)
		host_make_pre_guest(host, page, 1 + (uint32_t)(next() % 3), next());
	else
		host_make_shared(host, page);
}

/*
 * Issues random sequences of plausible commands; each acts on the state that the earlier ones left.
 */
static void random_sequences(void **state)
{
	struct host *host = NULL;
	uint32_t succeeded = 0;

	(void)state;
	random_state = 0x9e3779b97f4a7c15ULL;
	for (size_t i = 0; i < 60000; i++) {
		const struct command_type *type = &command_types[next() % command_types_count];
		uint64_t buffer[COMMAND_BUFFER_MAX / 8];

		if (i % 3000 == 0) {
			if (host)
				host_free(host);
			host = next() % 4 ? host_new_snp() : host_new_sev();
		}
		for (size_t w = 0; w < sizeof(buffer) / sizeof(buffer[0]); w++)
			buffer[w] = word();
		random_rmpupdate(host);
		/* Issue these rarely, so that states last longer. */
		if ((type->code == SEVTRACE_CMD_SHUTDOWN || type->code == SEVTRACE_CMD_PEK_GEN ||
		     type->code == SEVTRACE_CMD_PDH_GEN) &&
		    next() % 16)
			continue;
		succeeded += host_issue(host, type->code, buffer, sizeof(buffer)) == 0;
	}
	host_free(host);
	/* If the first check refused everything, the test would be worthless. */
	assert_true(succeeded > 3000);
}

/* The machine's record of its IOMMU must not be trusted either. */
static void iommu_record(void **state)
{
	static const uint64_t records[][4] = {
		{ 0x554d4d4f49564553ULL, 65, HOST_PAGE, PSP_PAGE_SIZE },
		{ 0x554d4d4f49564553ULL, UINT64_MAX, HOST_PAGE, PSP_PAGE_SIZE },
		{ 0x554d4d4f49564553ULL, 1, UINT64_MAX, UINT64_MAX },
		{ 0x554d4d4f49564553ULL, 1, HOST_PAGE, UINT64_MAX },
		{ 0, 1, HOST_PAGE, PSP_PAGE_SIZE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct buf_snp_init_ex init = { .flags = SNP_INIT_RMP };
		struct host *host = host_new(NULL);

		memcpy(host_at(host, HOST_RMP_BASE), records[i], sizeof(records[i]));
		assert_status(ISSUE(host, SNP_INIT_EX, init), SUCCESS);
		assert_int_equal(rmp_state(&host->firmware.rmp, HOST_PAGE), PAGE_HYPERVISOR);
		host_free(host);
	}
}

/* An RMP that is not in RAM, not aligned, or too short. */
static void bad_rmp(void **state)
{
	static const struct rmp rmps[] = {
		{ .base = HOST_RAM_SIZE, .size = HOST_RMP_SIZE },
		{ .base = HOST_RAM_SIZE - PSP_PAGE_SIZE, .size = HOST_RMP_SIZE },
		{ .base = HOST_RMP_BASE, .size = RMP_BOOKKEEPING },
		{ .base = HOST_RMP_BASE + 8, .size = HOST_RMP_SIZE },
		{ .base = UINT64_MAX - 4095, .size = UINT64_MAX },
	};
	const struct platform platform = PLATFORM_DEFAULT;

	(void)state;
	for (size_t i = 0; i < sizeof(rmps) / sizeof(rmps[0]); i++) {
		struct host *host = host_new(NULL);
		struct buf_snp_init_ex init = { .flags = SNP_INIT_RMP };

		firmware_free(&host->firmware);
		assert_int_equal(firmware_init(&host->firmware, &host->ram, &rmps[i], &platform, 1),
				 0);
		assert_status(ISSUE(host, SNP_INIT_EX, init), RMP_INITIALIZATION_FAILED);
		host_free(host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffers_anywhere),
		cmocka_unit_test(random_sequences),
		cmocka_unit_test(iommu_record),
		cmocka_unit_test(bad_rmp),
	};

	return cmocka_run_group_tests_name("psp hostile input", tests, NULL, NULL);
}
