// SPDX-License-Identifier: GPL-2.0-only
/* SEV and SEV-ES: commands for the platform, guests, ASIDs and launches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "host.h"

#define NO_POLICY 0U
#define ASID_SEV 100U
#define ASID_ES 1U

static uint32_t start(struct host *host, uint32_t policy)
{
	struct buf_launch_start buf = { .policy = policy };

	assert_status(ISSUE(host, LAUNCH_START, buf), SUCCESS);
	assert_int_not_equal(buf.handle, 0);
	return buf.handle;
}

static uint32_t activate(struct host *host, uint32_t handle, uint32_t asid)
{
	struct buf_activate buf = { .handle = handle, .asid = asid };

	return ISSUE(host, ACTIVATE, buf);
}

static uint32_t by_handle(struct host *host, uint32_t code, uint32_t handle)
{
	struct buf_handle buf = { .handle = handle };

	return host_issue(host, code, &buf, sizeof(buf));
}

static uint32_t update(struct host *host, uint32_t handle, uint64_t address, uint32_t len)
{
	struct buf_launch_update buf = { .handle = handle, .address = address, .len = len };

	return ISSUE(host, LAUNCH_UPDATE_DATA, buf);
}

static uint32_t measure(struct host *host, uint32_t handle)
{
	struct buf_launch_update buf = { .handle = handle, .address = HOST_OTHER, .len = 48 };

	return ISSUE(host, LAUNCH_MEASURE, buf);
}

static struct buf_platform_status platform_status(struct host *host)
{
	struct buf_platform_status buf = { 0 };

	assert_status(ISSUE(host, PLATFORM_STATUS, buf), SUCCESS);
	return buf;
}

static void platform_states(void **state)
{
	struct host *host = host_new("snp=off,fw-api=1.54");
	struct buf_init init = { 0 };
	struct buf_platform_status status = platform_status(host);
	uint32_t handle;

	(void)state;
	assert_int_equal(status.api_major, 1);
	assert_int_equal(status.api_minor, 54);
	assert_int_equal(status.state, PSTATE_UNINIT);
	assert_status(ISSUE_BARE(host, DF_FLUSH), INVALID_PLATFORM_STATE);
	assert_status(ISSUE_BARE(host, PEK_GEN), INVALID_PLATFORM_STATE);
	assert_status(by_handle(host, SEVTRACE_CMD_DECOMMISSION, 1), INVALID_PLATFORM_STATE);
	assert_status(ISSUE(host, INIT, init), SUCCESS);
	assert_status(ISSUE(host, INIT, init), INVALID_PLATFORM_STATE);
	assert_int_equal(platform_status(host).state, PSTATE_INIT);
	assert_int_equal(platform_status(host).flags, 0);
	assert_status(ISSUE_BARE(host, FACTORY_RESET), INVALID_PLATFORM_STATE);
	handle = start(host, NO_POLICY);
	status = platform_status(host);
	assert_int_equal(status.state, PSTATE_WORKING);
	assert_int_equal(status.guest_count, 1);
	assert_status(ISSUE_BARE(host, PEK_GEN), INVALID_PLATFORM_STATE);
	assert_status(by_handle(host, SEVTRACE_CMD_DECOMMISSION, handle), SUCCESS);
	assert_int_equal(platform_status(host).state, PSTATE_INIT);
	start(host, NO_POLICY);
	assert_status(ISSUE_BARE(host, SHUTDOWN), SUCCESS);
	assert_int_equal(platform_status(host).state, PSTATE_UNINIT);
	assert_status(ISSUE_BARE(host, FACTORY_RESET), SUCCESS);
	host_free(host);
}

static void init_checks(void **state)
{
	struct host *host = host_new("snp=off");
	struct buf_init init = { .flags = 2 };

	(void)state;
	assert_status(ISSUE(host, INIT, init), INVALID_CONFIG);
	init = (struct buf_init){ .reserved = 1 };
	assert_status(ISSUE(host, INIT, init), INVALID_PARAM);
	init = (struct buf_init){ .flags = CONFIG_ES, .tmr_address = HOST_TMR, .tmr_len = 4096 };
	assert_status(ISSUE(host, INIT, init), INVALID_LEN);
	init.tmr_len = TMR_SIZE;
	init.tmr_address = HOST_TMR + PSP_PAGE_SIZE;
	assert_status(ISSUE(host, INIT, init), INVALID_ADDRESS);
	init.tmr_address = HOST_RAM_SIZE;
	assert_status(ISSUE(host, INIT, init), INVALID_ADDRESS);
	init.tmr_address = HOST_TMR;
	assert_status(ISSUE(host, INIT, init), SUCCESS);
	assert_int_equal(platform_status(host).flags, PLATFORM_FLAG_ES);
	host_free(host);
}

static void unknown_commands(void **state)
{
	struct host *host = host_new("fw-api=0.15");
	struct buf_region id = { 0 };

	(void)state;
	assert_status(host_issue(host, 0, NULL, 0), INVALID_COMMAND);
	assert_status(host_issue(host, 0x7ff, NULL, 0), INVALID_COMMAND);
	assert_status(ISSUE_BARE(host, SEND_START), UNSUPPORTED);
	/* A command that this API version does not have yet. */
	assert_status(ISSUE(host, GET_ID, id), INVALID_COMMAND);
	assert_status(ISSUE_BARE(host, SNP_INIT), INVALID_COMMAND);
	host_free(host);
}

static void guest_life(void **state)
{
	struct host *host = host_new_sev();
	struct buf_guest_status status = { .handle = 77 };
	uint32_t handle = start(host, POLICY_ES);

	(void)state;
	assert_status(ISSUE(host, GUEST_STATUS, status), SUCCESS);
	assert_int_equal(status.state, GSTATE_UNINIT);
	assert_status(by_handle(host, SEVTRACE_CMD_DEACTIVATE, handle), INACTIVE);
	assert_status(update(host, handle, HOST_PAGE, 4096), INACTIVE);
	assert_status(activate(host, 77, ASID_ES), INVALID_GUEST);
	assert_status(activate(host, handle, ASID_ES), SUCCESS);
	assert_status(by_handle(host, SEVTRACE_CMD_LAUNCH_FINISH, handle), INVALID_GUEST_STATE);
	assert_status(by_handle(host, SEVTRACE_CMD_DECOMMISSION, handle), ACTIVE);
	assert_status(update(host, handle, HOST_PAGE, 4096), SUCCESS);
	assert_int_equal(host->detail.guest, handle);
	assert_int_equal(host->detail.asid, ASID_ES);
	assert_status(measure(host, handle), SUCCESS);
	assert_status(measure(host, handle), INVALID_GUEST_STATE);
	assert_status(update(host, handle, HOST_PAGE, 4096), INVALID_GUEST_STATE);
	assert_status(by_handle(host, SEVTRACE_CMD_LAUNCH_FINISH, handle), SUCCESS);
	assert_int_equal(host->detail.digest_len, 32);
	status.handle = handle;
	assert_status(ISSUE(host, GUEST_STATUS, status), SUCCESS);
	assert_int_equal(status.state, GSTATE_RUNNING);
	assert_int_equal(status.asid, ASID_ES);
	assert_int_equal(status.policy, POLICY_ES);
	assert_status(by_handle(host, SEVTRACE_CMD_DEACTIVATE, handle), SUCCESS);
	assert_status(by_handle(host, SEVTRACE_CMD_DECOMMISSION, handle), SUCCESS);
	assert_status(by_handle(host, SEVTRACE_CMD_DECOMMISSION, handle), INVALID_PLATFORM_STATE);
	assert_int_not_equal(start(host, NO_POLICY), handle);
	host_free(host);
}

static void asids(void **state)
{
	struct host *host = host_new_sev();
	uint32_t sev = start(host, NO_POLICY), es = start(host, POLICY_ES), other = start(host, 0);

	(void)state;
	assert_status(activate(host, sev, 0), INVALID_ASID);
	assert_status(activate(host, sev, ASID_SEV - 1), INVALID_ASID);
	assert_status(activate(host, sev, 510), INVALID_ASID);
	assert_status(activate(host, sev, UINT32_MAX), INVALID_ASID);
	assert_status(activate(host, es, ASID_SEV), INVALID_ASID);
	assert_status(activate(host, es, 0), INVALID_ASID);
	assert_status(activate(host, sev, ASID_SEV), SUCCESS);
	assert_status(activate(host, sev, ASID_SEV + 1), ACTIVE);
	assert_status(activate(host, other, ASID_SEV), ASID_OWNED);
	assert_status(activate(host, es, ASID_SEV - 1), SUCCESS);
	/* An ASID that was in use needs a flush; other ASIDs do not. */
	assert_status(by_handle(host, SEVTRACE_CMD_DEACTIVATE, sev), SUCCESS);
	assert_status(activate(host, other, ASID_SEV), DFFLUSH_REQUIRED);
	assert_status(activate(host, other, 509), SUCCESS);
	assert_status(ISSUE_BARE(host, DF_FLUSH), SUCCESS);
	assert_status(activate(host, sev, ASID_SEV), SUCCESS);
	host_free(host);
}

/* INIT makes every ASID dirty. */
static void flush_after_init(void **state)
{
	struct host *host = host_new("snp=off");
	struct buf_init init = { 0 };
	uint32_t handle;

	(void)state;
	assert_status(ISSUE(host, INIT, init), SUCCESS);
	handle = start(host, NO_POLICY);
	assert_status(activate(host, handle, ASID_SEV), DFFLUSH_REQUIRED);
	assert_status(ISSUE_BARE(host, DF_FLUSH), SUCCESS);
	assert_status(activate(host, handle, ASID_SEV), SUCCESS);
	host_free(host);
}

static void policies(void **state)
{
	struct host *host = host_new("snp=off,fw-api=1.55");
	struct buf_launch_start buf = { .policy = POLICY_ES };
	struct buf_init init = { 0 };

	(void)state;
	assert_status(ISSUE(host, INIT, init), SUCCESS);
	assert_status(ISSUE(host, LAUNCH_START, buf), UNSUPPORTED);
	buf.policy = 0x40;
	assert_status(ISSUE(host, LAUNCH_START, buf), POLICY_FAILURE);
	buf.policy = 2 << 16; /* API 2.0 */
	assert_status(ISSUE(host, LAUNCH_START, buf), POLICY_FAILURE);
	buf.policy = 1 << 16 | 56 << 24;
	assert_status(ISSUE(host, LAUNCH_START, buf), POLICY_FAILURE);
	buf.policy = 1 << 16 | 55 << 24;
	assert_status(ISSUE(host, LAUNCH_START, buf), SUCCESS);
	buf = (struct buf_launch_start){ .policy = 0, .reserved = 1 };
	assert_status(ISSUE(host, LAUNCH_START, buf), INVALID_PARAM);
	host_free(host);
}

static void key_sharing(void **state)
{
	struct host *host = host_new_sev();
	uint32_t first = start(host, NO_POLICY), closed = start(host, POLICY_NOKS);
	struct buf_launch_start buf = { .handle = 99 };
	uint8_t *page = host_at(host, HOST_PAGE), once[16];

	(void)state;
	assert_status(ISSUE(host, LAUNCH_START, buf), INVALID_GUEST);
	buf = (struct buf_launch_start){ .handle = first, .policy = POLICY_NODBG };
	assert_status(ISSUE(host, LAUNCH_START, buf), POLICY_FAILURE);
	buf = (struct buf_launch_start){ .handle = closed, .policy = POLICY_NOKS };
	assert_status(ISSUE(host, LAUNCH_START, buf), POLICY_FAILURE);
	buf = (struct buf_launch_start){ .handle = first };
	assert_status(ISSUE(host, LAUNCH_START, buf), SUCCESS);
	assert_int_not_equal(buf.handle, first);
	assert_status(activate(host, first, 100), SUCCESS);
	assert_status(activate(host, buf.handle, 101), SUCCESS);
	assert_status(update(host, first, HOST_PAGE, 16), SUCCESS);
	memcpy(once, page, sizeof(once));
	memset(page, 0, sizeof(once));
	assert_status(update(host, buf.handle, HOST_PAGE, 16), SUCCESS);
	assert_memory_equal(page, once, sizeof(once));
	host_free(host);
}

static void update_checks(void **state)
{
	struct host *host = host_new_sev();
	uint32_t sev = start(host, NO_POLICY), es = start(host, POLICY_ES);
	struct buf_launch_update vmsa = { .handle = sev, .address = HOST_PAGE, .len = 4096 };

	(void)state;
	assert_status(activate(host, sev, ASID_SEV), SUCCESS);
	assert_status(activate(host, es, ASID_ES), SUCCESS);
	assert_status(update(host, 99, HOST_PAGE, 16), INVALID_GUEST);
	assert_status(update(host, sev, HOST_PAGE + 8, 16), INVALID_ADDRESS);
	assert_status(update(host, sev, HOST_PAGE, 0), INVALID_LEN);
	assert_status(update(host, sev, HOST_PAGE, 17), INVALID_LEN);
	assert_status(update(host, sev, HOST_RAM_SIZE - 16, 32), INVALID_ADDRESS);
	assert_status(update(host, sev, 0, 0xfffffff0), INVALID_ADDRESS);
	assert_status(ISSUE(host, LAUNCH_UPDATE_VMSA, vmsa), UNSUPPORTED);
	vmsa.handle = es;
	vmsa.len = 4080;
	assert_status(ISSUE(host, LAUNCH_UPDATE_VMSA, vmsa), INVALID_LEN);
	vmsa.len = 4096;
	assert_status(ISSUE(host, LAUNCH_UPDATE_VMSA, vmsa), SUCCESS);
	vmsa.reserved = 1;
	assert_status(ISSUE(host, LAUNCH_UPDATE_VMSA, vmsa), INVALID_PARAM);
	host_free(host);
}

/* The command changes exactly its bytes, and DBG_DECRYPT restores them. */
static void encrypts_in_place(void **state)
{
	struct host *host = host_new_sev();
	uint32_t handle = start(host, NO_POLICY);
	const uint64_t begin = HOST_BIG + 0x7f0;
	const uint32_t len = 0x12340;
	uint8_t *memory = host_at(host, HOST_BIG), *plain = malloc(0x20000);
	struct buf_dbg dbg = { .handle = handle, .src_address = begin, .dst_address = begin };

	(void)state;
	for (size_t i = 0; i < 0x20000; i++)
		memory[i] = (uint8_t)(i * 7 + i / 256);
	memcpy(plain, memory, 0x20000);
	assert_status(activate(host, handle, ASID_SEV), SUCCESS);
	assert_status(update(host, handle, begin, len), SUCCESS);
	assert_memory_equal(memory, plain, 0x7f0);
	assert_memory_equal(memory + 0x7f0 + len, plain + 0x7f0 + len, 0x20000 - 0x7f0 - len);
	for (size_t at = 0x7f0; at < 0x7f0 + len; at += 16)
		assert_memory_not_equal(memory + at, plain + at, 16);
	dbg.len = len;
	assert_status(ISSUE(host, DBG_DECRYPT, dbg), SUCCESS);
	assert_memory_equal(memory, plain, 0x20000);
	free(plain);
	host_free(host);
}

static void debug_checks(void **state)
{
	struct host *host = host_new_sev();
	uint32_t open = start(host, NO_POLICY), closed = start(host, POLICY_NODBG);
	struct buf_dbg dbg = {
		.handle = closed, .src_address = HOST_PAGE, .dst_address = HOST_OTHER, .len = 16
	};

	(void)state;
	assert_status(ISSUE(host, DBG_DECRYPT, dbg), POLICY_FAILURE);
	assert_status(ISSUE(host, DBG_ENCRYPT, dbg), POLICY_FAILURE);
	dbg.handle = open;
	assert_status(ISSUE(host, DBG_DECRYPT, dbg), INACTIVE);
	assert_status(activate(host, open, ASID_SEV), SUCCESS);
	dbg.len = 8;
	assert_status(ISSUE(host, DBG_DECRYPT, dbg), INVALID_LEN);
	dbg.len = 16;
	dbg.src_address = HOST_RAM_SIZE;
	assert_status(ISSUE(host, DBG_DECRYPT, dbg), INVALID_ADDRESS);
	dbg.src_address = HOST_PAGE;
	dbg.dst_address = HOST_RAM_SIZE;
	assert_status(ISSUE(host, DBG_ENCRYPT, dbg), INVALID_ADDRESS);
	host_free(host);
}

/* Computes the measurement from the specification, without any code of the emulator. */
static void expected_measure(struct host *host, uint32_t handle, uint32_t policy,
			     const uint8_t *data, size_t len, const uint8_t mnonce[16],
			     uint8_t out[32])
{
	uint8_t tik[16], text[4 + 4 + 32 + 16] = { 0x04, 1, 55, PSP_BUILD };

	memcpy(text + 4, &policy, 4);
	assert_int_equal(EVP_Digest(data, len, text + 8, NULL, EVP_sha256(), NULL), 1);
	memcpy(text + 40, mnonce, 16);
	assert_true(psp_guest_key(host->firmware.root, "tik", handle, tik, sizeof(tik)));
	assert_non_null(HMAC(EVP_sha256(), tik, sizeof(tik), text, sizeof(text), out, NULL));
}

static void measurement(void **state)
{
	struct host *host = host_new_sev();
	uint32_t handle = start(host, POLICY_ES);
	struct buf_launch_update buf = { .handle = handle, .address = HOST_OTHER };
	const uint8_t *out = host_at(host, HOST_OTHER);
	uint8_t data[0x3010], expected[32];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i ^ i / 256);
	memcpy(host_at(host, HOST_BIG), data, sizeof(data));
	assert_status(activate(host, handle, ASID_ES), SUCCESS);
	assert_status(update(host, handle, HOST_BIG, 0x2000), SUCCESS);
	assert_status(update(host, handle, HOST_BIG + 0x2000, 0x10), SUCCESS);
	memmove(host_at(host, HOST_PAGE), data + 0x2010, 0x1000);
	buf.address = HOST_PAGE;
	buf.len = 4096;
	assert_status(ISSUE(host, LAUNCH_UPDATE_VMSA, buf), SUCCESS);
	buf = (struct buf_launch_update){ .handle = handle, .address = HOST_OTHER, .len = 47 };
	assert_status(ISSUE(host, LAUNCH_MEASURE, buf), INVALID_LEN);
	assert_int_equal(buf.len, 48);
	assert_status(ISSUE(host, LAUNCH_MEASURE, buf), SUCCESS);
	expected_measure(host, handle, POLICY_ES, data, sizeof(data), out + 32, expected);
	assert_memory_equal(out, expected, sizeof(expected));
	host_free(host);
}

static uint32_t attest(struct host *host, uint32_t handle, struct buf_attestation *buf)
{
	*buf = (struct buf_attestation){
		.handle = handle, .address = HOST_OTHER, .mnonce = { 1, 2, 3 }, .len = buf->len
	};
	return ISSUE(host, ATTESTATION_REPORT, *buf);
}

static void attestation(void **state)
{
	struct host *host = host_new_sev();
	uint32_t handle = start(host, NO_POLICY);
	struct attestation_report report;
	struct buf_attestation buf = { 0 };
	struct ecc_signature sig = { 0 };
	uint8_t digest[32];

	(void)state;
	assert_status(activate(host, handle, ASID_SEV), SUCCESS);
	assert_status(attest(host, handle, &buf), INVALID_GUEST_STATE);
	assert_int_equal(EVP_Digest(host_at(host, HOST_PAGE), 64, digest, NULL, EVP_sha256(), NULL),
			 1);
	assert_status(update(host, handle, HOST_PAGE, 64), SUCCESS);
	assert_status(measure(host, handle), SUCCESS);
	assert_status(attest(host, handle, &buf), INVALID_LEN);
	assert_int_equal(buf.len, sizeof(report));
	assert_status(attest(host, handle, &buf), SUCCESS);
	memcpy(&report, host_at(host, HOST_OTHER), sizeof(report));
	assert_memory_equal(report.launch_digest, digest, sizeof(digest));
	assert_memory_equal(report.mnonce, buf.mnonce, sizeof(buf.mnonce));
	memcpy(&sig, report.signature, sizeof(report.signature));
	assert_true(ecc_verify(&host->firmware.identity.pek_cert.key, false, &report,
			       offsetof(struct attestation_report, sig_usage), &sig));
	host_free(host);
}

/* On an SNP host a legacy command writes only to pages that the hypervisor has given up. */
static void legacy_on_snp_host(void **state)
{
	struct host *host = host_new_snp();
	struct buf_platform_status status = { 0 };
	uint32_t handle = start(host, NO_POLICY);

	(void)state;
	assert_status(activate(host, handle, ASID_SEV), SUCCESS);
	assert_status(update(host, handle, HOST_PAGE, 8192), INVALID_PAGE_STATE);
	host_make_firmware(host, HOST_PAGE);
	assert_status(update(host, handle, HOST_PAGE, 8192), INVALID_PAGE_STATE);
	host_make_firmware(host, HOST_PAGE + PSP_PAGE_SIZE);
	assert_status(update(host, handle, HOST_PAGE, 8192), SUCCESS);
	assert_status(measure(host, handle), INVALID_PAGE_STATE);
	host_make_firmware(host, HOST_OTHER);
	assert_status(measure(host, handle), SUCCESS);
	/* The driver has not prepared the command buffer. */
	memcpy(host_at(host, HOST_BUFFER), &status, sizeof(status));
	assert_status(firmware_execute(&host->firmware, SEVTRACE_CMD_PLATFORM_STATUS, HOST_BUFFER,
				       &host->detail),
		      INVALID_PAGE_STATE);
	host_free(host);
}

static void too_many_guests(void **state)
{
	struct host *host = host_new_sev();
	struct buf_launch_start buf = { 0 };

	(void)state;
	for (size_t i = 0; i < GUESTS_MAX; i++)
		start(host, NO_POLICY);
	assert_status(ISSUE(host, LAUNCH_START, buf), RESOURCE_LIMIT);
	assert_int_equal(platform_status(host).guest_count, GUESTS_MAX);
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(platform_states),
		cmocka_unit_test(init_checks),
		cmocka_unit_test(unknown_commands),
		cmocka_unit_test(guest_life),
		cmocka_unit_test(asids),
		cmocka_unit_test(flush_after_init),
		cmocka_unit_test(policies),
		cmocka_unit_test(key_sharing),
		cmocka_unit_test(update_checks),
		cmocka_unit_test(encrypts_in_place),
		cmocka_unit_test(debug_checks),
		cmocka_unit_test(measurement),
		cmocka_unit_test(attestation),
		cmocka_unit_test(legacy_on_snp_host),
		cmocka_unit_test(too_many_guests),
	};

	return cmocka_run_group_tests_name("psp sev", tests, NULL, NULL);
}
