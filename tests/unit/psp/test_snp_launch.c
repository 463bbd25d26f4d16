// SPDX-License-Identifier: GPL-2.0-only
/* SNP_LAUNCH_START, _UPDATE and _FINISH: the order of their checks, digests, page contents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "handlers.h"
#include "snp.h"

static void start_checks(void **state)
{
	static const struct {
		uint64_t policy;
		uint32_t flags, status;
	} cases[] = {
		{ SNP_POLICY & ~SNP_POLICY_MUST_BE_ONE, 0, SEVTRACE_PSP_POLICY_FAILURE },
		{ SNP_POLICY & ~SNP_POLICY_SMT, 0, SEVTRACE_PSP_POLICY_FAILURE },
		{ SNP_POLICY | 1ULL << 26, 0, SEVTRACE_PSP_POLICY_FAILURE },
		{ SNP_POLICY | 1ULL << 63, 0, SEVTRACE_PSP_POLICY_FAILURE },
		{ SNP_POLICY | 2 << 8, 0, SEVTRACE_PSP_POLICY_FAILURE },
		{ SNP_POLICY | 1 << 8 | 56, 0, SEVTRACE_PSP_POLICY_FAILURE },
		{ SNP_POLICY, 4, SEVTRACE_PSP_INVALID_PARAM },
		{ SNP_POLICY, SNP_START_MA, SEVTRACE_PSP_POLICY_FAILURE },
		{ SNP_POLICY | 1 << 8 | 55, 0, SEVTRACE_PSP_SUCCESS },
		{ SNP_POLICY, 0, SEVTRACE_PSP_INVALID_GUEST_STATE }, /* the second time */
	};
	struct host *host = host_new_snp();
	struct buf_snp_launch_start buf = { .gctx = HOST_CONTEXT };

	(void)state;
	assert_status(ISSUE(host, SNP_LAUNCH_START, buf), INVALID_GUEST);
	snp_make_context(host, HOST_CONTEXT);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf = (struct buf_snp_launch_start){ .gctx = HOST_CONTEXT,
						     .ma_gctx = HOST_CONTEXT,
						     .policy = cases[i].policy,
						     .flags = cases[i].flags };
		assert_int_equal(ISSUE(host, SNP_LAUNCH_START, buf), cases[i].status);
	}
	host_free(host);
}

/*
 * Tests the order of the checks: the command starts with every mistake at once, and each step mends
 * the one that was reported. The checks of the guest's state come after those of the page (SEV-SNP
 * firmware ABI, SNP_LAUNCH_UPDATE, "Actions").
 */
static void order_of_checks(void **state)
{
	struct host *host = host_new(NULL);
	struct buf_snp_init_ex init = { .flags = SNP_INIT_RMP };
	struct buf_snp_launch_start start = { .gctx = HOST_CONTEXT, .policy = SNP_POLICY };
	struct buf_snp_activate activate = { .gctx = HOST_CONTEXT, .asid = SNP_ASID };
	struct buf_snp_launch_update buf = { .gctx = HOST_CONTEXT,
					     .flags = 0 | SNP_UPDATE_HUGE,
					     .reserved2 = 1,
					     .address = HOST_PAGE };

	(void)state;
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_PARAM);
	buf.reserved2 = 0;
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_PLATFORM_STATE);
	assert_status(ISSUE(host, SNP_INIT_EX, init), SUCCESS);
	assert_status(ISSUE_BARE(host, SNP_DF_FLUSH), SUCCESS);
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_GUEST);
	snp_make_context(host, HOST_CONTEXT);
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_PAGE_STATE);
	host_make_pre_guest(host, HOST_PAGE, 9, SNP_GPA);
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_PAGE_SIZE);
	host_rmpupdate(
		host, HOST_PAGE,
		(struct rmp_entry){ .assigned = true, .immutable = true, .asid = 9, .huge = true });
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_ADDRESS);
	host_make_pre_guest(host, HOST_PAGE, 9, SNP_GPA);
	buf.flags = 0;
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_PARAM);
	buf.flags = SNP_PAGE_NORMAL << 1;
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_GUEST_STATE);
	assert_status(ISSUE(host, SNP_LAUNCH_START, start), SUCCESS);
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INACTIVE);
	assert_status(ISSUE(host, SNP_ACTIVATE, activate), SUCCESS);
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_PAGE_OWNER);
	host_make_pre_guest(host, HOST_PAGE, SNP_ASID, SNP_GPA);
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), SUCCESS);
	/* The page has been encrypted and is now the guest's. */
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_PAGE_STATE);
	host_free(host);
}

static void update_checks(void **state)
{
	struct host *host = host_new_snp();
	struct buf_snp_launch_update buf;
	static const size_t reserved[] = { 0, 9, 11, 12, 15, 16, 24, 28, 31 };

	(void)state;
	snp_launch(host, HOST_CONTEXT, SNP_POLICY, SNP_ASID);
	host_make_pre_guest(host, HOST_PAGE, SNP_ASID, SNP_GPA);
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		buf = snp_update_buffer(HOST_PAGE, SNP_PAGE_NORMAL);
		((uint8_t *)&buf)[reserved[i]] |= 1;
		assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_PARAM);
	}
	buf = snp_update_buffer(HOST_PAGE, 7);
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_PARAM);
	buf = snp_update_buffer(HOST_RAM_SIZE, SNP_PAGE_NORMAL);
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_ADDRESS);
	host_rmpupdate(
		host, HOST_BIG,
		(struct rmp_entry){
			.assigned = true, .immutable = true, .huge = true, .asid = SNP_ASID });
	buf = snp_update_buffer(HOST_BIG, SNP_PAGE_VMSA);
	buf.flags |= SNP_UPDATE_HUGE;
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_PAGE_SIZE);
	host_free(host);
}

/* Extends the launch digest; written from the specification alone. */
static void extend(uint8_t digest[48], uint8_t type, const uint8_t *measured, uint64_t gpa,
		   uint8_t imi, const uint8_t vmpl[3])
{
	uint8_t info[0x70] = { 0 };

	memcpy(info, digest, 48);
	if (measured)
		assert_int_equal(EVP_Digest(measured, 4096, info + 48, NULL, EVP_sha384(), NULL),
				 1);
	info[96] = 0x70;
	info[98] = type;
	info[99] = imi;
	memcpy(info + 100, vmpl, 3);
	memcpy(info + 104, &gpa, 8);
	assert_int_equal(EVP_Digest(info, sizeof(info), digest, NULL, EVP_sha384(), NULL), 1);
}

static void decrypt(struct host *host, uint64_t page, uint8_t out[PSP_PAGE_SIZE])
{
	memcpy(out, host_at(host, page), PSP_PAGE_SIZE);
	assert_true(psp_transform(host->firmware.guests[0]->vek, false, page, out, PSP_PAGE_SIZE));
}

static void digests_and_contents(void **state)
{
	static const uint8_t no_vmpl[3], zero[PSP_PAGE_SIZE];
	struct host *host = host_new_snp();
	uint8_t *page = host_at(host, HOST_PAGE), data[PSP_PAGE_SIZE], plain[PSP_PAGE_SIZE];
	uint8_t expected[48] = { 0 };
	struct snp_secrets_page secrets;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 13);
	snp_launch(host, HOST_CONTEXT, SNP_POLICY, SNP_ASID);

	memcpy(page, data, sizeof(data));
	assert_status(snp_add(host, HOST_PAGE, SNP_PAGE_NORMAL), SUCCESS);
	extend(expected, 1, data, SNP_GPA, 0, no_vmpl);
	assert_memory_equal(host->firmware.guests[0]->digest, expected, 48);
	assert_int_equal(rmp_state(&host->firmware.rmp, HOST_PAGE), PAGE_GUEST_VALID);
	assert_true(host->detail.has_gfn);
	assert_int_equal(host->detail.gfn, SNP_GPA / PSP_PAGE_SIZE);
	assert_string_equal(host->detail.page_type, "NORMAL");
	assert_memory_not_equal(page, data, 16);
	decrypt(host, HOST_PAGE, plain);
	assert_memory_equal(plain, data, sizeof(data));

	memcpy(page, data, sizeof(data));
	assert_status(snp_add(host, HOST_PAGE, SNP_PAGE_UNMEASURED), SUCCESS);
	extend(expected, 4, NULL, SNP_GPA, 0, no_vmpl);
	decrypt(host, HOST_PAGE, plain);
	assert_memory_equal(plain, data, sizeof(data));

	memcpy(page, data, sizeof(data));
	assert_status(snp_add(host, HOST_PAGE, SNP_PAGE_ZERO), SUCCESS);
	extend(expected, 3, NULL, SNP_GPA, 0, no_vmpl);
	decrypt(host, HOST_PAGE, plain);
	assert_memory_equal(plain, zero, sizeof(zero));

	memcpy(page, data, sizeof(data));
	assert_status(snp_add(host, HOST_PAGE, SNP_PAGE_SECRETS), SUCCESS);
	extend(expected, 5, NULL, SNP_GPA, 0, no_vmpl);
	decrypt(host, HOST_PAGE, (uint8_t *)&secrets);
	assert_memory_equal(secrets.vmpck, host->firmware.guests[0]->vmpck, sizeof(secrets.vmpck));

	memset(page, 0, PSP_PAGE_SIZE);
	assert_status(snp_add(host, HOST_PAGE, SNP_PAGE_CPUID), SUCCESS);
	extend(expected, 6, NULL, SNP_GPA, 0, no_vmpl);

	/* GUEST_TSC_SCALE and GUEST_TSC_OFFSET of a VMSA are encrypted, but measured as zero. */
	memcpy(page, data, sizeof(data));
	assert_status(snp_add(host, HOST_PAGE, SNP_PAGE_VMSA), SUCCESS);
	decrypt(host, HOST_PAGE, plain);
	assert_memory_equal(plain, data, sizeof(data));
	memset(data + 0x2f0, 0, 16);
	extend(expected, 2, data, SNP_GPA, 0, no_vmpl);
	assert_memory_equal(host->firmware.guests[0]->digest, expected, 48);

	assert_status(snp_finish(host, HOST_CONTEXT), SUCCESS);
	assert_int_equal(host->detail.digest_len, 48);
	assert_memory_equal(host->detail.digest, expected, 48);
	assert_status(snp_finish(host, HOST_CONTEXT), INVALID_GUEST_STATE);
	host_free(host);
}

/* The address that KVM gives a VMSA fits into the RMP's 39 bits. */
static void vmsa_address(void **state)
{
	static const uint8_t no_vmpl[3];
	struct host *host = host_new_snp();
	struct buf_snp_launch_update buf = snp_update_buffer(HOST_PAGE, SNP_PAGE_VMSA);
	uint8_t expected[48] = { 0 }, data[PSP_PAGE_SIZE] = { 0 };
	struct rmp_entry entry;

	(void)state;
	snp_launch(host, HOST_CONTEXT, SNP_POLICY, SNP_ASID);
	host_make_pre_guest(host, HOST_PAGE, SNP_ASID, 0xfffffffff000);
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), SUCCESS);
	extend(expected, 2, data, 0xfffffffff000, 0, no_vmpl);
	assert_memory_equal(host->firmware.guests[0]->digest, expected, 48);
	rmp_read(&host->firmware.rmp, HOST_PAGE, &entry);
	assert_true(entry.vmsa && entry.validated && !entry.immutable);
	host_free(host);
}

static void permissions_and_imi(void **state)
{
	static const uint8_t vmpl[3] = { 3, 2, 1 }; /* VMPL3, 2, 1 as PAGE_INFO has them */
	struct host *host = host_new_snp();
	struct buf_snp_launch_update buf = snp_update_buffer(HOST_PAGE, SNP_PAGE_ZERO);
	uint8_t digest[48] = { 0 }, imd[48] = { 0 };

	(void)state;
	snp_launch(host, HOST_CONTEXT, SNP_POLICY, SNP_ASID);
	host_make_pre_guest(host, HOST_PAGE, SNP_ASID, SNP_GPA);
	buf.vmpl1_perms = 1;
	buf.vmpl2_perms = 2;
	buf.vmpl3_perms = 3;
	buf.flags |= SNP_UPDATE_IMI;
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), SUCCESS);
	extend(digest, 3, NULL, SNP_GPA, 1, vmpl);
	extend(imd, 3, NULL, SNP_GPA, 1, vmpl);
	assert_memory_equal(host->firmware.guests[0]->digest, digest, 48);
	assert_memory_equal(host->firmware.guests[0]->imd, imd, 48);
	host_free(host);
}

/* A 2 MiB page is measured as 512 pages of 4 KiB. */
static void huge_page(void **state)
{
	static const uint8_t no_vmpl[3];
	struct host *host = host_new_snp();
	struct buf_snp_launch_update buf = snp_update_buffer(HOST_BIG, SNP_PAGE_NORMAL);
	uint8_t expected[48] = { 0 }, *memory = host_at(host, HOST_BIG);

	(void)state;
	for (size_t i = 0; i < PSP_PAGE_SIZE_2M; i++)
		memory[i] = (uint8_t)(i / 4096 + i);
	for (uint64_t at = 0; at < PSP_PAGE_SIZE_2M; at += PSP_PAGE_SIZE)
		extend(expected, 1, memory + at, SNP_GPA + at, 0, no_vmpl);
	snp_launch(host, HOST_CONTEXT, SNP_POLICY, SNP_ASID);
	host_rmpupdate(host, HOST_BIG,
		       (struct rmp_entry){ .assigned = true,
					   .immutable = true,
					   .huge = true,
					   .asid = SNP_ASID,
					   .gpa = SNP_GPA });
	buf.flags |= SNP_UPDATE_HUGE;
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), SUCCESS);
	assert_memory_equal(host->firmware.guests[0]->digest, expected, 48);
	assert_int_equal(rmp_state(&host->firmware.rmp, HOST_BIG + PSP_PAGE_SIZE),
			 PAGE_GUEST_VALID);
	host_free(host);
}

/* The details that the log has of a command that a fault kept from being executed. */
static void peeking(void **state)
{
	struct host *host = host_new_snp();
	struct buf_snp_launch_update buf = snp_update_buffer(HOST_PAGE, SNP_PAGE_NORMAL);
	struct log_detail detail;

	(void)state;
	snp_launch(host, HOST_CONTEXT, SNP_POLICY, SNP_ASID);
	host_make_pre_guest(host, HOST_PAGE, SNP_ASID, SNP_GPA);
	memcpy(host_at(host, HOST_BUFFER), &buf, sizeof(buf));
	firmware_peek(&host->firmware, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, HOST_BUFFER, &detail);
	assert_true(detail.has_gfn);
	assert_int_equal(detail.gfn, SNP_GPA / PSP_PAGE_SIZE);
	assert_int_equal(detail.paddr, HOST_PAGE);
	assert_int_equal(detail.guest, host->firmware.guests[0]->id);
	assert_int_equal(detail.asid, SNP_ASID);
	assert_int_equal(rmp_state(&host->firmware.rmp, HOST_PAGE), PAGE_PRE_GUEST);
	host_free(host);
}

/* A refused CPUID page is corrected; it stays plain and Pre-Guest, and is not measured. */
static void cpuid_mismatch(void **state)
{
	static const uint8_t zero[48];
	struct host *host = host_new_snp();
	struct snp_cpuid_page page = { .count = 2 }, *seen = host_at(host, HOST_PAGE);
	struct buf_snp_launch_update buf = snp_update_buffer(HOST_PAGE, SNP_PAGE_CPUID);

	(void)state;
	page.function[0] = (struct snp_cpuid_function){ .eax_in = 7, .ebx = 0x3 };
	page.function[1] = (struct snp_cpuid_function){ .eax_in = 0x8000001f, .ebx = 47 };
	snp_launch(host, HOST_CONTEXT, SNP_POLICY, SNP_ASID);
	memcpy(seen, &page, sizeof(page));
	host_make_pre_guest(host, HOST_PAGE, SNP_ASID, SNP_GPA);
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), INVALID_PARAM);
	assert_int_equal(seen->function[0].ebx, 1);
	assert_int_equal(seen->function[1].ebx, 51);
	assert_int_equal(rmp_state(&host->firmware.rmp, HOST_PAGE), PAGE_PRE_GUEST);
	assert_memory_equal(host->firmware.guests[0]->digest, zero, 48);
	/* With the firmware's corrections the page passes and is encrypted. */
	assert_status(ISSUE(host, SNP_LAUNCH_UPDATE, buf), SUCCESS);
	assert_int_not_equal(seen->count, 2);
	host_free(host);
}

struct identity_of_guest {
	struct snp_id_block block;
	struct snp_id_auth auth;
	struct ecc_key *id, *author;
};

static struct identity_of_guest make_identity(const uint8_t digest[48])
{
	static const uint8_t secrets[2][48] = { { 1 }, { 2 } };
	struct identity_of_guest identity = {
		.block = { .version = 1, .guest_svn = 3, .policy = SNP_POLICY },
		.auth = { .id_key_algo = 1, .auth_key_algo = 1 },
		.id = ecc_key_new(secrets[0]),
		.author = ecc_key_new(secrets[1]),
	};

	memcpy(identity.block.ld, digest, 48);
	ecc_public(identity.id, &identity.auth.id_key);
	ecc_public(identity.author, &identity.auth.author_key);
	assert_true(ecc_sign(identity.id, true, &identity.block, sizeof(identity.block),
			     &identity.auth.id_block_sig));
	assert_true(ecc_sign(identity.author, true, &identity.auth.id_key,
			     sizeof(identity.auth.id_key), &identity.auth.id_key_sig));
	return identity;
}

static uint32_t finish_with(struct host *host, const struct identity_of_guest *identity,
			    uint64_t flags)
{
	struct buf_snp_launch_finish buf = { .gctx = HOST_CONTEXT,
					     .id_block = HOST_PAGE,
					     .id_auth = HOST_OTHER,
					     .flags = SNP_FINISH_ID_BLOCK | flags };

	memcpy(host_at(host, HOST_PAGE), &identity->block, sizeof(identity->block));
	memcpy(host_at(host, HOST_OTHER), &identity->auth, sizeof(identity->auth));
	return ISSUE(host, SNP_LAUNCH_FINISH, buf);
}

static void id_block(void **state)
{
	struct host *host = host_new_snp();
	struct identity_of_guest good, bad;

	(void)state;
	snp_launch(host, HOST_CONTEXT, SNP_POLICY, SNP_ASID);
	assert_status(snp_add(host, HOST_BIG, SNP_PAGE_NORMAL), SUCCESS);
	good = make_identity(host->firmware.guests[0]->digest);
	bad = good;
	bad.block.ld[47] ^= 1;
	assert_status(finish_with(host, &bad, 0), BAD_MEASUREMENT);
	bad = good;
	bad.block.policy |= SNP_POLICY_DEBUG;
	assert_status(finish_with(host, &bad, 0), POLICY_FAILURE);
	bad = good;
	bad.auth.id_key_algo = 2;
	assert_status(finish_with(host, &bad, 0), INVALID_PARAM);
	bad = good;
	bad.block.guest_svn++;
	assert_status(finish_with(host, &bad, 0), BAD_SIGNATURE);
	bad = good;
	bad.auth.id_key_sig.s[0] ^= 1;
	assert_status(finish_with(host, &bad, SNP_FINISH_AUTHOR_KEY), BAD_SIGNATURE);
	assert_status(finish_with(host, &good, 8), INVALID_PARAM);
	assert_status(finish_with(host, &good, SNP_FINISH_AUTHOR_KEY), SUCCESS);
	assert_true(host->firmware.guests[0]->author_key_en);
	assert_int_equal(host->firmware.guests[0]->id_block.guest_svn, 3);
	ecc_key_free(good.id);
	ecc_key_free(good.author);
	host_free(host);
}

static void finish_checks(void **state)
{
	struct host *host = host_new_snp();
	struct buf_snp_launch_finish buf = { .gctx = HOST_CONTEXT,
					     .flags = SNP_FINISH_ID_BLOCK,
					     .id_block = HOST_RAM_SIZE };
	struct buf_snp_activate activate = { .gctx = HOST_CONTEXT, .asid = SNP_ASID };

	(void)state;
	assert_status(snp_finish(host, HOST_CONTEXT), INVALID_GUEST);
	snp_start(host, HOST_CONTEXT, SNP_POLICY);
	assert_status(snp_finish(host, HOST_CONTEXT), INACTIVE);
	assert_status(ISSUE(host, SNP_ACTIVATE, activate), SUCCESS);
	assert_status(ISSUE(host, SNP_LAUNCH_FINISH, buf), INVALID_ADDRESS);
	assert_status(snp_finish(host, HOST_CONTEXT), SUCCESS);
	assert_status(snp_add(host, HOST_PAGE, SNP_PAGE_NORMAL), INVALID_GUEST_STATE);
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_checks),	  cmocka_unit_test(order_of_checks),
		cmocka_unit_test(update_checks),  cmocka_unit_test(digests_and_contents),
		cmocka_unit_test(vmsa_address),	  cmocka_unit_test(permissions_and_imi),
		cmocka_unit_test(huge_page),	  cmocka_unit_test(peeking),
		cmocka_unit_test(cpuid_mismatch), cmocka_unit_test(id_block),
		cmocka_unit_test(finish_checks),
	};

	return cmocka_run_group_tests_name("psp snp launch", tests, NULL, NULL);
}
