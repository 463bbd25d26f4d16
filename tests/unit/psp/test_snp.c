// SPDX-License-Identifier: GPL-2.0-only
/* SNP: platform, page states, guests. test_snp_launch.c has the launch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "snp.h"

static enum page_state state_of(struct host *host, uint64_t page)
{
	return rmp_state(&host->firmware.rmp, page);
}

static uint32_t reclaim(struct host *host, uint64_t address)
{
	struct buf_snp_addr buf = { .address = address };

	return ISSUE(host, SNP_PAGE_RECLAIM, buf);
}

static uint32_t shutdown_ex(struct host *host)
{
	struct buf_snp_shutdown_ex buf = { .len = sizeof(buf), .flags = SNP_SHUTDOWN_IOMMU };

	return ISSUE(host, SNP_SHUTDOWN_EX, buf);
}

static void init_order(void **state)
{
	struct host *host = host_new(NULL);
	struct buf_snp_init_ex init = { .flags = SNP_INIT_RMP };
	struct buf_init sev = { 0 };

	(void)state;
	init.flags = 4;
	assert_status(ISSUE(host, SNP_INIT_EX, init), INVALID_PARAM);
	init.flags = 0;
	init.reserved2[47] = 1;
	assert_status(ISSUE(host, SNP_INIT_EX, init), INVALID_PARAM);
	init.reserved2[47] = 0;
	assert_status(ISSUE(host, SNP_INIT_EX, init), RMP_INIT_REQUIRED);
	assert_status(ISSUE(host, INIT, sev), SUCCESS);
	init.flags = SNP_INIT_RMP;
	assert_status(ISSUE(host, SNP_INIT_EX, init), INVALID_PLATFORM_STATE);
	assert_status(ISSUE_BARE(host, SHUTDOWN), SUCCESS);
	assert_status(ISSUE_BARE(host, SNP_DF_FLUSH), INVALID_PLATFORM_STATE);
	assert_status(ISSUE(host, SNP_INIT_EX, init), SUCCESS);
	assert_status(ISSUE(host, SNP_INIT_EX, init), INVALID_PLATFORM_STATE);
	host_free(host);
}

static void no_snp(void **state)
{
	struct host *host = host_new("snp=off");
	struct buf_snp_init_ex init = { .flags = SNP_INIT_RMP };

	(void)state;
	assert_status(ISSUE_BARE(host, SNP_INIT), INVALID_CONFIG);
	assert_status(ISSUE(host, SNP_INIT_EX, init), INVALID_CONFIG);
	host_free(host);
}

/* A list of ranges, as the kernel passes reserved memory, and the RMP's own pages. */
static void hv_fixed(void **state)
{
	struct buf_snp_init_ex init = { .flags = SNP_INIT_RMP | SNP_INIT_LIST,
					.list_paddr = HOST_OTHER };
	struct snp_range_list *list;
	struct host *host = host_new(NULL);
	struct snp_range range[] = {
		{ .base = HOST_BIG, .page_count = 2 },
		{ .base = HOST_RMP_BASE, .page_count = 1 },
		{ .base = 0xfed00000, .page_count = UINT32_MAX }, /* no RAM, not in the RMP */
	};

	(void)state;
	list = host_at(host, HOST_OTHER);
	list->count = 3;
	memcpy(list + 1, range, sizeof(range));
	range[1].reserved = 1;
	memcpy(list + 1, range, sizeof(range));
	assert_status(ISSUE(host, SNP_INIT_EX, init), INVALID_PARAM);
	range[1].reserved = 0;
	memcpy(list + 1, range, sizeof(range));
	list->count = 256;
	assert_status(ISSUE(host, SNP_INIT_EX, init), INVALID_PARAM);
	list->count = 3;
	assert_status(ISSUE(host, SNP_INIT_EX, init), SUCCESS);
	assert_int_equal(state_of(host, HOST_BIG), PAGE_HV_FIXED);
	assert_int_equal(state_of(host, HOST_BIG + PSP_PAGE_SIZE), PAGE_HV_FIXED);
	assert_int_equal(state_of(host, HOST_BIG + 2 * PSP_PAGE_SIZE), PAGE_HYPERVISOR);
	assert_int_equal(state_of(host, HOST_RMP_BASE), PAGE_FIRMWARE);
	assert_status(reclaim(host, HOST_RMP_BASE), INVALID_PAGE_STATE);
	host_free(host);
}

/* While SNP is on, the firmware owns the IOMMU's buffers; then they become Reclaim pages. */
static void iommu_pages(void **state)
{
	struct host *host = host_new(NULL);
	struct buf_snp_init_ex init = { .flags = SNP_INIT_RMP };
	uint64_t record[] = { 0x554d4d4f49564553ULL,
			      2,
			      HOST_PAGE,
			      2 * PSP_PAGE_SIZE,
			      HOST_BIG | 1ULL << PSP_C_BIT,
			      PSP_PAGE_SIZE };

	(void)state;
	memcpy(host_at(host, HOST_RMP_BASE), record, sizeof(record));
	assert_status(ISSUE(host, SNP_INIT_EX, init), SUCCESS);
	assert_int_equal(state_of(host, HOST_PAGE), PAGE_FIRMWARE);
	assert_int_equal(state_of(host, HOST_PAGE + PSP_PAGE_SIZE), PAGE_FIRMWARE);
	assert_int_equal(state_of(host, HOST_PAGE + 2 * PSP_PAGE_SIZE), PAGE_HYPERVISOR);
	assert_int_equal(state_of(host, HOST_BIG), PAGE_FIRMWARE);
	assert_status(shutdown_ex(host), DFFLUSH_REQUIRED);
	assert_status(ISSUE_BARE(host, SNP_DF_FLUSH), SUCCESS);
	assert_status(shutdown_ex(host), SUCCESS);
	assert_int_equal(state_of(host, HOST_PAGE), PAGE_RECLAIM);
	assert_int_equal(state_of(host, HOST_BIG), PAGE_RECLAIM);
	host_free(host);
}

static void reclaiming(void **state)
{
	static const struct {
		struct rmp_entry entry;
		uint32_t status;
	} cases[] = {
		{ { .assigned = true, .immutable = true }, SEVTRACE_PSP_SUCCESS },
		{ { .assigned = true, .immutable = true, .gpa = 0x1000 }, SEVTRACE_PSP_SUCCESS },
		{ { .assigned = true, .immutable = true, .asid = 3, .gpa = 0x1000 },
		  SEVTRACE_PSP_SUCCESS },
		{ { .assigned = true, .immutable = true, .asid = 3, .validated = true },
		  SEVTRACE_PSP_SUCCESS },
		{ { .assigned = true }, SEVTRACE_PSP_SUCCESS },
		{ { 0 }, SEVTRACE_PSP_INVALID_PAGE_STATE },
		{ { .immutable = true }, SEVTRACE_PSP_INVALID_PAGE_STATE },
		{ { .assigned = true, .asid = 3 }, SEVTRACE_PSP_INVALID_PAGE_STATE },
		{ { .assigned = true, .asid = 3, .validated = true },
		  SEVTRACE_PSP_INVALID_PAGE_STATE },
		{ { .assigned = true, .immutable = true, .vmsa = true },
		  SEVTRACE_PSP_INVALID_PAGE_STATE },
	};
	struct host *host = host_new_snp();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		host_rmpupdate(host, HOST_PAGE, cases[i].entry);
		assert_int_equal(reclaim(host, HOST_PAGE), cases[i].status);
		if (!cases[i].status)
			assert_int_equal(state_of(host, HOST_PAGE), PAGE_RECLAIM);
	}
	host_free(host);
}

static void reclaim_checks(void **state)
{
	struct host *host = host_new_snp();
	const struct rmp_entry huge = { .assigned = true, .immutable = true, .huge = true };

	(void)state;
	assert_status(reclaim(host, HOST_PAGE | 2), INVALID_PARAM);
	assert_status(reclaim(host, HOST_RAM_SIZE), INVALID_ADDRESS);
	assert_status(reclaim(host, HOST_PAGE | 1), INVALID_ADDRESS);
	host_make_firmware(host, HOST_BIG);
	assert_status(reclaim(host, HOST_BIG | 1), INVALID_PAGE_SIZE);
	host_rmpupdate(host, HOST_BIG, huge);
	assert_status(reclaim(host, HOST_BIG), INVALID_PAGE_SIZE);
	assert_status(reclaim(host, HOST_BIG | 1), SUCCESS);
	assert_int_equal(state_of(host, HOST_BIG), PAGE_RECLAIM);
	host_free(host);
}

static void contexts(void **state)
{
	struct host *host = host_new_snp();
	struct buf_snp_addr buf = { .address = HOST_CONTEXT };

	(void)state;
	assert_status(ISSUE(host, SNP_GCTX_CREATE, buf), INVALID_PAGE_STATE);
	host_rmpupdate(host, HOST_CONTEXT, (struct rmp_entry){ .assigned = true });
	assert_status(ISSUE(host, SNP_GCTX_CREATE, buf), INVALID_PAGE_STATE);
	buf.address = HOST_CONTEXT + 8;
	assert_status(ISSUE(host, SNP_GCTX_CREATE, buf), INVALID_PARAM);
	buf.address = HOST_RAM_SIZE;
	assert_status(ISSUE(host, SNP_GCTX_CREATE, buf), INVALID_ADDRESS);
	snp_make_context(host, HOST_CONTEXT);
	assert_int_equal(state_of(host, HOST_CONTEXT), PAGE_CONTEXT);
	buf.address = HOST_CONTEXT;
	assert_status(ISSUE(host, SNP_GCTX_CREATE, buf), INVALID_PAGE_STATE);
	/* A page that only looks like a context page is refused. */
	host_rmpupdate(host, HOST_OTHER,
		       (struct rmp_entry){ .assigned = true, .immutable = true, .vmsa = true });
	buf.address = HOST_OTHER;
	assert_status(ISSUE(host, SNP_DECOMMISSION, buf), INVALID_GUEST);
	buf.address = HOST_CONTEXT;
	assert_status(ISSUE(host, SNP_DECOMMISSION, buf), SUCCESS);
	assert_int_equal(state_of(host, HOST_CONTEXT), PAGE_FIRMWARE);
	assert_status(reclaim(host, HOST_CONTEXT), SUCCESS);
	host_free(host);
}

static uint32_t activate(struct host *host, uint64_t gctx, uint32_t asid)
{
	struct buf_snp_activate buf = { .gctx = gctx, .asid = asid };

	return ISSUE(host, SNP_ACTIVATE, buf);
}

static void activation(void **state)
{
	struct host *host = host_new_snp();
	struct buf_snp_addr gone = { .address = HOST_CONTEXT };

	(void)state;
	snp_make_context(host, HOST_OTHER);
	assert_status(activate(host, HOST_PAGE, 1), INVALID_GUEST);
	assert_status(activate(host, HOST_OTHER, 1), INVALID_GUEST_STATE);
	snp_start(host, HOST_CONTEXT, SNP_POLICY);
	assert_status(activate(host, HOST_CONTEXT, 0), INVALID_ASID);
	assert_status(activate(host, HOST_CONTEXT, 100), INVALID_ASID);
	host_make_pre_guest(host, HOST_PAGE, 5, 0);
	assert_status(activate(host, HOST_CONTEXT, 5), INVALID_CONFIG);
	host_make_shared(host, HOST_PAGE);
	assert_status(activate(host, HOST_CONTEXT, 5), SUCCESS);
	assert_status(activate(host, HOST_CONTEXT, 6), ACTIVE);
	assert_status(activate(host, HOST_CONTEXT, 5), ASID_OWNED);
	assert_status(ISSUE(host, SNP_DECOMMISSION, gone), SUCCESS);
	host_make_shared(host, HOST_CONTEXT);
	snp_start(host, HOST_CONTEXT, SNP_POLICY);
	assert_status(activate(host, HOST_CONTEXT, 5), DFFLUSH_REQUIRED);
	assert_status(ISSUE_BARE(host, SNP_DF_FLUSH), SUCCESS);
	assert_status(activate(host, HOST_CONTEXT, 5), SUCCESS);
	host_free(host);
}

static void shutdown(void **state)
{
	struct host *host = host_new_snp();
	struct buf_snp_shutdown_ex bad = { .len = 4 };
	struct buf_snp_addr gone = { .address = HOST_CONTEXT };

	(void)state;
	snp_launch(host, HOST_CONTEXT, SNP_POLICY, SNP_ASID);
	assert_status(shutdown_ex(host), INVALID_PLATFORM_STATE);
	assert_status(ISSUE_BARE(host, SHUTDOWN), SUCCESS);
	/* An ASID that is or was in use is not clean. */
	assert_status(shutdown_ex(host), DFFLUSH_REQUIRED);
	assert_status(ISSUE(host, SNP_DECOMMISSION, gone), SUCCESS);
	assert_status(shutdown_ex(host), DFFLUSH_REQUIRED);
	assert_status(ISSUE_BARE(host, SNP_DF_FLUSH), SUCCESS);
	assert_status(ISSUE(host, SNP_SHUTDOWN_EX, bad), INVALID_PARAM);
	assert_status(shutdown_ex(host), SUCCESS);
	assert_status(shutdown_ex(host), SUCCESS);
	assert_status(reclaim(host, HOST_CONTEXT), INVALID_PLATFORM_STATE);
	host_free(host);
}

static void status_pages(void **state)
{
	struct host *host = host_new_snp();
	struct buf_snp_addr platform = { .address = HOST_PAGE };
	struct buf_snp_guest_status guest = { .gctx = HOST_CONTEXT, .address = HOST_PAGE };
	struct snp_platform_status *out = host_at(host, HOST_PAGE);
	struct snp_guest_status *guest_out = host_at(host, HOST_PAGE);

	(void)state;
	assert_status(ISSUE(host, SNP_PLATFORM_STATUS, platform), INVALID_PAGE_STATE);
	host_make_firmware(host, HOST_PAGE);
	assert_status(ISSUE(host, SNP_PLATFORM_STATUS, platform), SUCCESS);
	assert_int_equal(state_of(host, HOST_PAGE), PAGE_RECLAIM);
	assert_int_equal(out->state, PSTATE_INIT);
	assert_int_equal(out->is_rmp_init, 1);
	assert_int_equal(out->guest_count, 0);
	platform.address = HOST_PAGE + PSP_PAGE_SIZE - 8;
	assert_status(ISSUE(host, SNP_PLATFORM_STATUS, platform), INVALID_PARAM);
	snp_launch(host, HOST_CONTEXT, SNP_POLICY, 7);
	assert_status(ISSUE(host, SNP_GUEST_STATUS, guest), INVALID_PAGE_STATE);
	host_make_firmware(host, HOST_PAGE);
	assert_status(ISSUE(host, SNP_GUEST_STATUS, guest), SUCCESS);
	assert_int_equal(guest_out->policy, SNP_POLICY);
	assert_int_equal(guest_out->asid, 7);
	assert_int_equal(guest_out->state, SNP_GSTATE_LAUNCH);
	host_free(host);
}

static void configuration(void **state)
{
	struct host *host = host_new_snp();
	struct buf_snp_config config = { .reported_tcb = 1, .flags = SNP_STATUS_MASK_CHIP_ID };
	struct buf_snp_addr platform = { .address = HOST_PAGE };
	struct snp_platform_status *out = host_at(host, HOST_PAGE);
	struct buf_snp_commit commit = { .len = 4 };

	(void)state;
	assert_status(ISSUE(host, SNP_CONFIG, config), SUCCESS);
	host_make_firmware(host, HOST_PAGE);
	assert_status(ISSUE(host, SNP_PLATFORM_STATUS, platform), SUCCESS);
	assert_int_equal(out->reported_tcb, 1);
	assert_int_equal(out->flags, SNP_STATUS_MASK_CHIP_ID);
	config.reported_tcb = out->current_tcb + 1;
	assert_status(ISSUE(host, SNP_CONFIG, config), INVALID_PARAM);
	config.reported_tcb = 0;
	config.reserved[51] = 1;
	assert_status(ISSUE(host, SNP_CONFIG, config), INVALID_PARAM);
	assert_status(ISSUE(host, SNP_COMMIT, commit), SUCCESS);
	commit.len = 8;
	assert_status(ISSUE(host, SNP_COMMIT, commit), INVALID_PARAM);
	host_free(host);
}

static void seal(const uint8_t key[32], const uint8_t iv[12], const void *aad, size_t aad_len,
		 const void *in, size_t len, void *out, uint8_t tag[16])
{
	const struct crypto_gcm gcm = { .key = key, .iv = iv, .aad = aad, .aad_len = aad_len };

	assert_true(crypto_gcm_seal(&gcm, in, len, out, tag));
}

static void vlek(void **state)
{
	struct host *host = host_new_snp();
	struct buf_snp_vlek_load buf = { .len = sizeof(buf), .address = HOST_PAGE };
	struct snp_wrapped_vlek wrapped = { .iv = { 1 }, .tcb = 5 };
	uint8_t key[32], stick[384] = { 3 };

	(void)state;
	assert_true(psp_guest_key(host->firmware.root, "vlek-wrap", 0, key, sizeof(key)));
	assert_status(ISSUE(host, SNP_VLEK_LOAD, buf), BAD_MEASUREMENT);
	seal(key, wrapped.iv, &wrapped.tcb, 16, stick, sizeof(stick), wrapped.vlek, wrapped.tag);
	memcpy(host_at(host, HOST_PAGE), &wrapped, sizeof(wrapped));
	assert_status(ISSUE(host, SNP_VLEK_LOAD, buf), SUCCESS);
	assert_memory_equal(host->firmware.vlek, stick, sizeof(stick));
	buf.version = 1;
	assert_status(ISSUE(host, SNP_VLEK_LOAD, buf), INVALID_PARAM);
	host_free(host);
}

/* Requests an attestation report as a guest does with its VMPCK0. */
static uint32_t request_report(struct host *host, const uint8_t vmpck[32], uint64_t seqno)
{
	struct buf_snp_guest_request buf = { .gctx = HOST_CONTEXT,
					     .request = HOST_PAGE,
					     .response = HOST_OTHER };
	struct snp_report_req req = { .report_data = { 0xaa } };
	struct snp_msg_header header = {
		.seqno = seqno,
		.algo = 1,
		.hdr_version = 1,
		.hdr_size = sizeof(header),
		.msg_type = SNP_MSG_REPORT_REQ,
		.msg_version = 1,
		.msg_size = sizeof(req),
	};
	uint8_t iv[12] = { 0 };

	memcpy(iv, &seqno, sizeof(seqno));
	seal(vmpck, iv, &header.algo, 48, &req, sizeof(req),
	     (uint8_t *)host_at(host, HOST_PAGE) + sizeof(header), header.authtag);
	memcpy(host_at(host, HOST_PAGE), &header, sizeof(header));
	return ISSUE(host, SNP_GUEST_REQUEST, buf);
}

static void read_report(struct host *host, const uint8_t vmpck[32], struct snp_report_rsp *rsp)
{
	struct snp_msg_header header;
	uint8_t iv[12] = { 0 };
	const struct crypto_gcm gcm = { .key = vmpck, .iv = iv, .aad = &header.algo, .aad_len = 48 };

	memcpy(&header, host_at(host, HOST_OTHER), sizeof(header));
	assert_int_equal(header.msg_type, SNP_MSG_REPORT_RSP);
	assert_int_equal(header.msg_size, sizeof(*rsp));
	memcpy(iv, &header.seqno, sizeof(header.seqno));
	assert_true(crypto_gcm_open(&gcm, (uint8_t *)host_at(host, HOST_OTHER) + sizeof(header),
				    sizeof(*rsp), rsp, header.authtag));
}

static void guest_request(void **state)
{
	struct host *host = host_new_snp();
	struct snp_report_rsp rsp;
	struct ecc_pubkey pub;
	uint8_t vmpck[32], secret[48];
	struct ecc_key *vcek;

	(void)state;
	snp_launch(host, HOST_CONTEXT, SNP_POLICY, SNP_ASID);
	assert_status(snp_add(host, HOST_BIG, SNP_PAGE_NORMAL), SUCCESS);
	assert_true(psp_guest_key(host->firmware.root, "vmpck0", host->detail.guest, vmpck, 32));
	assert_status(request_report(host, vmpck, 1), INVALID_PAGE_STATE);
	host_make_firmware(host, HOST_OTHER);
	assert_status(request_report(host, vmpck, 1), INVALID_GUEST_STATE);
	assert_status(snp_finish(host, HOST_CONTEXT), SUCCESS);
	assert_status(request_report(host, vmpck, 2), INVALID_PARAM);
	assert_status(request_report(host, vmpck, 1), SUCCESS);
	read_report(host, vmpck, &rsp);
	assert_int_equal(rsp.status, SEVTRACE_PSP_SUCCESS);
	assert_int_equal(rsp.report.report_data[0], 0xaa);
	assert_memory_equal(rsp.report.measurement, host->firmware.guests[0]->digest, 48);
	assert_true(psp_guest_key(host->firmware.root, "vcek", 0, secret, sizeof(secret)));
	vcek = ecc_key_new(secret);
	ecc_public(vcek, &pub);
	ecc_key_free(vcek);
	assert_true(ecc_verify(&pub, true, &rsp.report, offsetof(struct snp_report, signature),
			       &rsp.report.signature));
	assert_status(request_report(host, vmpck, 1), INVALID_PARAM);
	vmpck[0] ^= 1;
	assert_status(request_report(host, vmpck, 3), BAD_MEASUREMENT);
	host_free(host);
}

static uint32_t dbg(struct host *host, uint32_t code, uint64_t src, uint64_t dst)
{
	struct buf_snp_dbg buf = { .gctx = HOST_CONTEXT, .src_address = src, .dst_address = dst };

	return host_issue(host, code, &buf, sizeof(buf));
}

static void debugging(void **state)
{
	struct host *host = host_new_snp();
	uint8_t *page = host_at(host, HOST_PAGE), plain[PSP_PAGE_SIZE];

	(void)state;
	memset(plain, 0x5a, sizeof(plain));
	memcpy(page, plain, sizeof(plain));
	snp_launch(host, HOST_CONTEXT, SNP_POLICY | SNP_POLICY_DEBUG, SNP_ASID);
	assert_status(snp_add(host, HOST_PAGE, SNP_PAGE_NORMAL), SUCCESS);
	assert_memory_not_equal(page, plain, 16);
	assert_status(dbg(host, SEVTRACE_CMD_SNP_DBG_DECRYPT, HOST_PAGE, HOST_OTHER),
		      INVALID_PAGE_STATE);
	host_make_firmware(host, HOST_OTHER);
	assert_status(dbg(host, SEVTRACE_CMD_SNP_DBG_DECRYPT, HOST_PAGE, HOST_OTHER), SUCCESS);
	assert_memory_equal(host_at(host, HOST_OTHER), plain, sizeof(plain));
	host_make_pre_guest(host, HOST_BIG, SNP_ASID + 1, 0);
	assert_status(dbg(host, SEVTRACE_CMD_SNP_DBG_DECRYPT, HOST_BIG, HOST_OTHER),
		      INVALID_PAGE_OWNER);
	host->firmware.guests[0]->policy = SNP_POLICY;
	assert_status(dbg(host, SEVTRACE_CMD_SNP_DBG_DECRYPT, HOST_PAGE, HOST_OTHER),
		      POLICY_FAILURE);
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_order),	 cmocka_unit_test(no_snp),
		cmocka_unit_test(hv_fixed),	 cmocka_unit_test(iommu_pages),
		cmocka_unit_test(reclaiming),	 cmocka_unit_test(reclaim_checks),
		cmocka_unit_test(contexts),	 cmocka_unit_test(activation),
		cmocka_unit_test(shutdown),	 cmocka_unit_test(status_pages),
		cmocka_unit_test(configuration), cmocka_unit_test(vlek),
		cmocka_unit_test(guest_request), cmocka_unit_test(debugging),
	};

	return cmocka_run_group_tests_name("psp snp", tests, NULL, NULL);
}
