// SPDX-License-Identifier: GPL-2.0-only
/*
 * Launch digests against answers computed with Python's hashlib and hmac from the layouts in the
 * specifications.
 */
#include "hex.h"

#include "digest.h"

static void snp_chain(void **state)
{
	uint8_t page[PAGE_BYTES];
	struct snp_digest digest;

	(void)state;
	test_page(page);
	snp_digest_init(&digest);
	assert_int_equal(snp_digest_page(&digest, SNP_PAGE_NORMAL, page, 0x1000), 0);
	assert_hex(digest.value, SHA384_BYTES,
		   "0008ec48544088b72890fe9c997274f54b71b8667527c0a48ddf10053cce7020"
		   "f95a9b43650c800db58b39bbaaa198a2");
	assert_int_equal(snp_digest_page(&digest, SNP_PAGE_ZERO, page, 0x2000), 0);
	assert_hex(digest.value, SHA384_BYTES,
		   "c74143e13c66358d0535791a474f19f233b8539fd861c69e6fc93b9f21624ef9"
		   "6968f90cacedebb15158559cfdf127bc");
	assert_int_equal(snp_digest_page(&digest, SNP_PAGE_SECRETS, page, 0x3000), 0);
	assert_int_equal(snp_digest_page(&digest, SNP_PAGE_CPUID, page, 0x4000), 0);
	assert_int_equal(snp_digest_page(&digest, SNP_PAGE_UNMEASURED, page, 0x5000), 0);
	assert_int_equal(snp_digest_page(&digest, SNP_PAGE_VMSA, page, SNP_VMSA_GPA), 0);
	assert_hex(digest.value, SHA384_BYTES,
		   "ccbbe29099190a03e9422f344d97cb0aca34d69e07257180a8bc704b9d6a973b"
		   "c092d1280a727a0119cd2949b2e6390c");
}

static void snp_contents_of_unmeasured_pages_do_not_count(void **state)
{
	uint8_t page[PAGE_BYTES];
	struct snp_digest one;
	struct snp_digest other;

	(void)state;
	test_page(page);
	for (int type = SNP_PAGE_NORMAL; type < SNP_PAGE_TYPES; type++) {
		bool measured = type == SNP_PAGE_NORMAL || type == SNP_PAGE_VMSA;

		snp_digest_init(&one);
		snp_digest_init(&other);
		assert_int_equal(snp_digest_page(&one, (enum snp_page_type)type, page, 0), 0);
		page[77] ^= 1;
		assert_int_equal(snp_digest_page(&other, (enum snp_page_type)type, page, 0), 0);
		if (measured)
			assert_memory_not_equal(&one, &other, sizeof(one));
		else
			assert_memory_equal(&one, &other, sizeof(one));
	}
}

static void sev_stream(void **state)
{
	uint8_t page[PAGE_BYTES];
	uint8_t out[SHA256_BYTES];
	struct sev_digest digest;

	(void)state;
	test_page(page);
	assert_int_equal(sev_digest_init(&digest), 0);
	assert_int_equal(sev_digest_data(&digest, page, PAGE_BYTES), 0);
	assert_int_equal(sev_digest_data(&digest, page, 100), 0);
	assert_int_equal(sev_digest_final(&digest, out), 0);
	sev_digest_free(&digest);
	assert_hex(out, sizeof(out),
		   "eaa4f2085f94fa7cf414449a0ef8758508c1be92131a7311284d5a8808b30fe4");
}

static void sev_measure(void **state)
{
	const struct sev_measured measured = {
		.api_major = 1,
		.api_minor = 55,
		.build = 24,
		.policy = 5,
	};
	uint8_t tik[SEV_KEY_BYTES];
	uint8_t digest[SHA256_BYTES];
	uint8_t nonce[SEV_NONCE_BYTES];
	uint8_t out[SHA256_BYTES];

	(void)state;
	count_up(tik, sizeof(tik), 0);
	count_up(digest, sizeof(digest), 0);
	count_up(nonce, sizeof(nonce), 0x40);
	assert_int_equal(sev_measurement(tik, &measured, digest, nonce, out), 0);
	assert_hex(out, sizeof(out),
		   "2d47d23cd0d6d28301737e5189bc7943ee6cdbf4f33d216863facefdfdf2ba51");
}

/* RFC 4231, test cases 1 and 2 */
static void hmac_rfc4231(void **state)
{
	const struct bytes_view hi = { "Hi There", 8 };
	const struct bytes_view want[] = { { "what do ya want ", 16 }, { "for nothing?", 12 } };
	uint8_t key[20];
	uint8_t out[SHA256_BYTES];

	(void)state;
	memset(key, 0x0b, sizeof(key));
	assert_int_equal(hmac_sha256(key, sizeof(key), &hi, 1, out), 0);
	assert_hex(out, sizeof(out),
		   "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	assert_int_equal(hmac_sha256((const uint8_t *)"Jefe", 4, want, 2, out), 0);
	assert_hex(out, sizeof(out),
		   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snp_chain),
		cmocka_unit_test(snp_contents_of_unmeasured_pages_do_not_count),
		cmocka_unit_test(sev_stream),
		cmocka_unit_test(sev_measure),
		cmocka_unit_test(hmac_rfc4231),
	};

	return cmocka_run_group_tests_name("launcher digest", tests, NULL, NULL);
}
