// SPDX-License-Identifier: GPL-2.0-only
/* Certificates, and the guest owner's session: LAUNCH_START with keys, and secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "host.h"

#define CERT_BODY offsetof(struct sev_cert, sig1_usage)

static const uint8_t tk[32] = "transport encryption+integrity..";

static void export_chain(struct host *host, struct sev_cert *pdh, struct sev_cert chain[3])
{
	struct buf_two_regions buf = { .address1 = HOST_PAGE, .address2 = HOST_OTHER };

	assert_status(ISSUE(host, PDH_CERT_EXPORT, buf), INVALID_LEN);
	assert_int_equal(buf.len1, 0x824);
	assert_int_equal(buf.len2, 3 * 0x824);
	assert_status(ISSUE(host, PDH_CERT_EXPORT, buf), SUCCESS);
	memcpy(pdh, host_at(host, HOST_PAGE), sizeof(*pdh));
	memcpy(chain, host_at(host, HOST_OTHER), 3 * sizeof(*chain));
}

static void chain_verifies(void **state)
{
	struct host *host = host_new_sev();
	struct sev_cert pdh, chain[3];
	const struct sev_cert *pek = &chain[0], *oca = &chain[1], *cek = &chain[2];

	(void)state;
	export_chain(host, &pdh, chain);
	assert_int_equal(pdh.usage, CERT_PDH);
	assert_int_equal(pdh.sig1_usage, CERT_PEK);
	assert_true(ecc_verify(&pek->key, false, &pdh, CERT_BODY, &pdh.sig1));
	assert_int_equal(pek->sig1_usage, CERT_CEK);
	assert_true(ecc_verify(&cek->key, false, pek, CERT_BODY, &pek->sig1));
	assert_int_equal(pek->sig2_usage, CERT_OCA);
	assert_true(ecc_verify(&oca->key, false, pek, CERT_BODY, &pek->sig2));
	assert_true(ecc_verify(&oca->key, false, oca, CERT_BODY, &oca->sig1));
	assert_false(ecc_verify(&oca->key, false, &pdh, CERT_BODY, &pdh.sig1));
	host_free(host);
}

static void new_keys(void **state)
{
	struct host *host = host_new_sev();
	struct sev_cert pdh, chain[3], pdh2, chain2[3];

	(void)state;
	export_chain(host, &pdh, chain);
	assert_status(ISSUE_BARE(host, PDH_GEN), SUCCESS);
	export_chain(host, &pdh2, chain2);
	assert_memory_not_equal(&pdh.key, &pdh2.key, sizeof(pdh.key));
	assert_memory_equal(chain, chain2, sizeof(chain));
	assert_status(ISSUE_BARE(host, PEK_GEN), SUCCESS);
	export_chain(host, &pdh, chain);
	assert_memory_not_equal(&chain[0].key, &chain2[0].key, sizeof(chain[0].key));
	assert_memory_not_equal(&chain[1].key, &chain2[1].key, sizeof(chain[1].key));
	assert_memory_equal(&chain[2].key, &chain2[2].key, sizeof(chain[2].key));
	host_free(host);
}

/* Signs the platform's certificate request with an OCA of our own. */
static void take_ownership(struct host *host, struct sev_cert *pek, struct sev_cert *oca)
{
	const uint8_t secret[48] = { 9 };
	struct ecc_key *key = ecc_key_new(secret);
	struct buf_region csr = { .address = HOST_PAGE };

	assert_status(ISSUE(host, PEK_CSR, csr), INVALID_LEN);
	assert_status(ISSUE(host, PEK_CSR, csr), SUCCESS);
	memcpy(pek, host_at(host, HOST_PAGE), sizeof(*pek));
	*oca = *pek;
	oca->usage = CERT_OCA;
	ecc_public(key, &oca->key);
	oca->sig1_usage = CERT_OCA;
	oca->sig1_algo = CERT_ALGO_ECDSA_SHA256;
	assert_true(ecc_sign(key, false, oca, CERT_BODY, &oca->sig1));
	pek->sig1_usage = CERT_OCA;
	pek->sig1_algo = CERT_ALGO_ECDSA_SHA256;
	assert_true(ecc_sign(key, false, pek, CERT_BODY, &pek->sig1));
	ecc_key_free(key);
}

static uint32_t import(struct host *host, const struct sev_cert *pek, const struct sev_cert *oca)
{
	struct buf_two_regions buf = { .address1 = HOST_PAGE,
				       .len1 = sizeof(*pek),
				       .address2 = HOST_OTHER,
				       .len2 = sizeof(*oca) };

	memcpy(host_at(host, HOST_PAGE), pek, sizeof(*pek));
	memcpy(host_at(host, HOST_OTHER), oca, sizeof(*oca));
	return ISSUE(host, PEK_CERT_IMPORT, buf);
}

static void ownership(void **state)
{
	struct host *host = host_new_sev();
	struct buf_platform_status status = { 0 };
	struct sev_cert pek, oca, bad, pdh, chain[3];

	(void)state;
	take_ownership(host, &pek, &oca);
	bad = pek;
	bad.sig1.r[0] ^= 1;
	assert_status(import(host, &bad, &oca), BAD_SIGNATURE);
	assert_status(import(host, &pek, &pek), INVALID_CERTIFICATE);
	assert_status(import(host, &oca, &oca), INVALID_CERTIFICATE);
	assert_status(import(host, &pek, &oca), SUCCESS);
	assert_status(import(host, &pek, &oca), ALREADY_OWNED);
	assert_status(ISSUE(host, PLATFORM_STATUS, status), SUCCESS);
	assert_int_equal(status.flags, PLATFORM_FLAG_ES | PLATFORM_FLAG_OWNED);
	export_chain(host, &pdh, chain);
	assert_memory_equal(&chain[1], &oca, sizeof(oca));
	assert_true(ecc_verify(&oca.key, false, &chain[0], CERT_BODY, &chain[0].sig2));
	assert_true(ecc_verify(&chain[2].key, false, &chain[0], CERT_BODY, &chain[0].sig1));
	host_free(host);
}

/* INIT_EX keeps the identity in the hypervisor's buffer, and notices if the buffer was changed. */
static void persistent_storage(void **state)
{
	struct host *host = host_new("snp=off");
	struct buf_init_ex init = { .length = sizeof(init),
				    .nv_address = HOST_BIG,
				    .nv_len = NV_SIZE };
	struct sev_cert pek, oca, pdh, chain[3];
	uint8_t *nv = host_at(host, HOST_BIG), *saved = malloc(NV_SIZE);

	(void)state;
	assert_status(ISSUE(host, INIT_EX, init), SUCCESS);
	assert_status(ISSUE_BARE(host, PEK_GEN), SUCCESS);
	take_ownership(host, &pek, &oca);
	assert_status(import(host, &pek, &oca), SUCCESS);
	memcpy(saved, nv, NV_SIZE);
	host_free(host);

	host = host_new("snp=off");
	nv = host_at(host, HOST_BIG);
	memcpy(nv, saved, NV_SIZE);
	free(saved);
	assert_status(ISSUE(host, INIT_EX, init), SUCCESS);
	export_chain(host, &pdh, chain);
	assert_memory_equal(&chain[1], &oca, sizeof(oca));
	assert_memory_equal(&chain[0].key, &pek.key, sizeof(pek.key));
	assert_true(ecc_verify(&chain[0].key, false, &pdh, CERT_BODY, &pdh.sig1));
	assert_status(ISSUE_BARE(host, SHUTDOWN), SUCCESS);
	nv[8] ^= 1;
	assert_status(ISSUE(host, INIT_EX, init), SECURE_DATA_INVALID);
	/* The driver retries once and finds the storage erased. */
	assert_status(ISSUE(host, INIT_EX, init), SUCCESS);
	host_free(host);
}

static void init_ex_checks(void **state)
{
	struct host *host = host_new("snp=off");
	const struct buf_init_ex good = { .length = sizeof(good),
					  .nv_address = HOST_BIG,
					  .nv_len = NV_SIZE };
	struct buf_init_ex init = good;

	(void)state;
	init.length--;
	assert_status(ISSUE(host, INIT_EX, init), INVALID_LEN);
	init = good;
	init.nv_address++;
	assert_status(ISSUE(host, INIT_EX, init), INVALID_ADDRESS);
	init = good;
	init.nv_len--;
	assert_status(ISSUE(host, INIT_EX, init), INVALID_LEN);
	init = good;
	init.nv_address = HOST_RAM_SIZE - PSP_PAGE_SIZE;
	assert_status(ISSUE(host, INIT_EX, init), INVALID_ADDRESS);
	init = good;
	init.flags = CONFIG_ES;
	init.tmr_address = HOST_BIG - TMR_SIZE;
	init.tmr_len = TMR_SIZE + PSP_PAGE_SIZE;
	assert_status(ISSUE(host, INIT_EX, init), INVALID_ADDRESS);
	init = (struct buf_init_ex){ .length = sizeof(init) };
	assert_status(ISSUE(host, INIT_EX, init), SUCCESS);
	host_free(host);
}

static void hmac(const void *key, int key_len, const void *data, size_t len, uint8_t out[32])
{
	assert_non_null(HMAC(EVP_sha256(), key, key_len, data, len, out, NULL));
}

/* Implements SP 800-108 in counter mode for 16 bytes, independently of the emulator. */
static void kdf(const uint8_t *key, int key_len, const char *label, const uint8_t *nonce,
		uint8_t out[16])
{
	uint8_t text[64] = { 1, 0, 0, 0 }, mac[32];
	size_t len = 4;

	/* The label ends with a zero byte. */
	len += (size_t)snprintf((char *)text + len, sizeof(text) - len, "%s", label) + 1;
	if (nonce) {
		memcpy(text + len, nonce, 16);
		len += 16;
	}
	text[len] = 16 * 8; /* bits, little endian */
	hmac(key, key_len, text, len + 4, mac);
	memcpy(out, mac, 16);
}

static void ctr(const uint8_t *key, const uint8_t *iv, const uint8_t *in, uint8_t *out, int len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int done;

	assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, iv), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, out, &done, in, len), 1);
	EVP_CIPHER_CTX_free(ctx);
}

/* Makes a guest owner's session from the exported PDH. */
static void make_session(struct host *host, uint32_t policy, struct sev_cert *owner,
			 struct launch_session *session)
{
	const uint8_t secret[48] = { 42 };
	uint8_t shared[48], master[16], kek[16], kik[16];
	struct ecc_key *key = ecc_key_new(secret);
	struct sev_cert pdh, chain[3];

	export_chain(host, &pdh, chain);
	*owner = (struct sev_cert){ .version = 1, .usage = CERT_PDH };
	ecc_public(key, &owner->key);
	*session = (struct launch_session){ .nonce = { 5 }, .wrap_iv = { 6 } };
	assert_true(ecc_shared_x(key, &pdh.key, shared));
	kdf(shared, sizeof(shared), "sev-master-secret", session->nonce, master);
	kdf(master, sizeof(master), "sev-kek", NULL, kek);
	kdf(master, sizeof(master), "sev-kik", NULL, kik);
	ctr(kek, session->wrap_iv, tk, session->wrap_tk, sizeof(tk));
	hmac(kik, sizeof(kik), session->wrap_tk, sizeof(session->wrap_tk), session->wrap_mac);
	hmac(tk + 16, 16, &policy, sizeof(policy), session->policy_mac);
	ecc_key_free(key);
}

static uint32_t start(struct host *host, const struct sev_cert *owner,
		      const struct launch_session *session, struct buf_launch_start *buf)
{
	memcpy(host_at(host, HOST_PAGE), owner, sizeof(*owner));
	memcpy(host_at(host, HOST_OTHER), session, sizeof(*session));
	*buf = (struct buf_launch_start){
		.dh_cert_address = HOST_PAGE,
		.dh_cert_len = sizeof(*owner),
		.session_address = HOST_OTHER,
		.session_len = sizeof(*session),
	};
	return ISSUE(host, LAUNCH_START, *buf);
}

static void session_checks(void **state)
{
	struct host *host = host_new_sev();
	struct launch_session session, bad;
	struct sev_cert owner, bad_owner;
	struct buf_launch_start buf;

	(void)state;
	make_session(host, 0, &owner, &session);
	bad = session;
	bad.wrap_tk[0] ^= 1;
	assert_status(start(host, &owner, &bad, &buf), BAD_MEASUREMENT);
	bad = session;
	bad.policy_mac[0] ^= 1;
	assert_status(start(host, &owner, &bad, &buf), BAD_MEASUREMENT);
	bad = session;
	bad.nonce[0] ^= 1;
	assert_status(start(host, &owner, &bad, &buf), BAD_MEASUREMENT);
	bad_owner = owner;
	bad_owner.key.qx[0] ^= 1; /* not on the curve */
	assert_status(start(host, &bad_owner, &session, &buf), INVALID_CERTIFICATE);
	bad_owner = owner;
	bad_owner.usage = CERT_PEK;
	assert_status(start(host, &bad_owner, &session, &buf), INVALID_CERTIFICATE);
	buf.session_len--;
	buf.handle = 0;
	assert_status(ISSUE(host, LAUNCH_START, buf), INVALID_LEN);
	assert_status(start(host, &owner, &session, &buf), SUCCESS);
	/* A new PDH makes the session worthless. */
	assert_status(ISSUE_BARE(host, PDH_GEN), SUCCESS);
	assert_status(start(host, &owner, &session, &buf), BAD_MEASUREMENT);
	host_free(host);
}

/* Makes a packet with @secret for a guest whose measurement is @measure. */
static void make_packet(struct host *host, const uint8_t measure[32], const uint8_t secret[32])
{
	struct packet_header header = { .iv = { 7 } };
	uint8_t text[1 + 4 + 16 + 4 + 4 + 32 + 32] = { 0x01 }, data[32];
	const uint32_t len = sizeof(data);

	ctr(tk, header.iv, secret, data, sizeof(data));
	memcpy(text + 5, header.iv, 16);
	memcpy(text + 21, &len, 4);
	memcpy(text + 25, &len, 4);
	memcpy(text + 29, data, 32);
	memcpy(text + 61, measure, 32);
	hmac(tk + 16, 16, text, sizeof(text), header.mac);
	memcpy(host_at(host, HOST_PAGE), &header, sizeof(header));
	memcpy(host_at(host, HOST_PAGE + 0x800), data, sizeof(data));
}

static void launched_with_session(struct host *host, uint32_t *handle, uint8_t measure[32])
{
	struct buf_launch_update buf;
	struct launch_session session;
	struct buf_activate activate;
	struct buf_launch_start start_buf;
	struct sev_cert owner;

	make_session(host, 0, &owner, &session);
	assert_status(start(host, &owner, &session, &start_buf), SUCCESS);
	*handle = start_buf.handle;
	activate = (struct buf_activate){ .handle = *handle, .asid = 100 };
	assert_status(ISSUE(host, ACTIVATE, activate), SUCCESS);
	buf = (struct buf_launch_update){ .handle = *handle, .address = HOST_OTHER, .len = 48 };
	assert_status(ISSUE(host, LAUNCH_MEASURE, buf), SUCCESS);
	memcpy(measure, host_at(host, HOST_OTHER), 32);
}

static void secret(void **state)
{
	static const uint8_t text[32] = "a disk key that nobody may see!";
	struct host *host = host_new_sev();
	struct buf_launch_secret buf;
	struct buf_dbg dbg = { .src_address = HOST_BIG, .dst_address = HOST_BIG, .len = 32 };
	uint8_t measure[32];
	uint32_t handle;

	(void)state;
	launched_with_session(host, &handle, measure);
	make_packet(host, measure, text);
	buf = (struct buf_launch_secret){
		.handle = handle,
		.hdr_address = HOST_PAGE,
		.hdr_len = sizeof(struct packet_header),
		.guest_address = HOST_BIG,
		.guest_len = 32,
		.trans_address = HOST_PAGE + 0x800,
		.trans_len = 32,
	};
	buf.trans_len = 16;
	assert_status(ISSUE(host, LAUNCH_UPDATE_SECRET, buf), INVALID_LEN);
	buf.trans_len = 32;
	buf.guest_address = HOST_BIG + 1;
	assert_status(ISSUE(host, LAUNCH_UPDATE_SECRET, buf), INVALID_ADDRESS);
	buf.guest_address = HOST_BIG;
	*(uint8_t *)host_at(host, HOST_PAGE + 0x800) ^= 1;
	assert_status(ISSUE(host, LAUNCH_UPDATE_SECRET, buf), BAD_MEASUREMENT);
	*(uint8_t *)host_at(host, HOST_PAGE + 0x800) ^= 1;
	assert_status(ISSUE(host, LAUNCH_UPDATE_SECRET, buf), SUCCESS);
	assert_memory_not_equal(host_at(host, HOST_BIG), text, sizeof(text));
	dbg.handle = handle;
	assert_status(ISSUE(host, DBG_DECRYPT, dbg), SUCCESS);
	assert_memory_equal(host_at(host, HOST_BIG), text, sizeof(text));
	host_free(host);
}

static void chip_id(void **state)
{
	struct host *host = host_new_sev();
	struct buf_region buf = { .address = HOST_PAGE, .len = 128 };
	static const uint8_t zero[64];

	(void)state;
	assert_status(ISSUE(host, GET_ID, buf), SUCCESS);
	assert_int_equal(buf.len, 64);
	assert_memory_not_equal(host_at(host, HOST_PAGE), zero, 64);
	assert_memory_equal(host_at(host, HOST_PAGE + 64), zero, 64);
	buf = (struct buf_region){ 0 };
	assert_status(ISSUE(host, GET_ID, buf), INVALID_LEN);
	assert_int_equal(buf.len, 64);
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_verifies), cmocka_unit_test(new_keys),
		cmocka_unit_test(ownership),	  cmocka_unit_test(persistent_storage),
		cmocka_unit_test(init_ex_checks), cmocka_unit_test(session_checks),
		cmocka_unit_test(secret),	  cmocka_unit_test(chip_id),
	};

	return cmocka_run_group_tests_name("psp session", tests, NULL, NULL);
}
