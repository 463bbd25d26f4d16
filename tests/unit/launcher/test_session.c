// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest owner's session against answers computed with Python's hmac and openssl enc.
 */
#include "hex.h"

#include <errno.h>
#include <openssl/evp.h>

#include "eckey.h"
#include "session.h"

static void kdf(void **state)
{
	uint8_t key[48];
	uint8_t nonce[16];
	uint8_t out[40];

	(void)state;
	count_up(key, sizeof(key), 0x80);
	count_up(nonce, sizeof(nonce), 0x10);
	assert_int_equal(sev_kdf(key, sizeof(key), "label", nonce, sizeof(nonce), out, sizeof(out)),
			 0);
	assert_hex(out, sizeof(out),
		   "e7aa872fd9163e1731821ef6ea3e96fe3a515bedf814a164cef3b73dbe259e29"
		   "8b0a78a23c9b6561");
}

static void wrap(void **state)
{
	struct sev_session_keys keys = { 0 };
	struct sev_session session = { 0 };
	uint8_t shared[48];

	(void)state;
	count_up(shared, sizeof(shared), 0x80);
	count_up(keys.nonce, sizeof(keys.nonce), 0x10);
	count_up(keys.iv, sizeof(keys.iv), 0x20);
	count_up(keys.tek, sizeof(keys.tek), 0x30);
	count_up(keys.tik, sizeof(keys.tik), 0x50);
	assert_int_equal(sev_session_wrap(&session, shared, sizeof(shared), &keys, 0x12345), 0);
	assert_hex(session.data, sizeof(session.data),
		   "101112131415161718191a1b1c1d1e1f"
		   "4c714eaa4f5ea884920c297431df5f7145ba6379152703480a77deb2f0279508"
		   "202122232425262728292a2b2c2d2e2f"
		   "6adb3381c488e7d32772dca0bc78d9ca2cbf7c0d173823d1a23726f42a9a1aaa"
		   "c81014d84726de8c655226188ae8914921e575fa646bdccd8c6d930d0775d5a4");
}

/* Makes a platform's PDH certificate with key @key. */
static void make_pdh(uint8_t *pdh, const EVP_PKEY *key)
{
	memset(pdh, 0, SEV_CERT_BYTES);
	put_le32(pdh, 1);
	put_le32(pdh + 8, 0x1003);
	put_le32(pdh + 12, 0x003);
	assert_int_equal(ec_public_write(key, pdh + 16), 0);
}

/* Computes the platform's shared secret from its key and the guest owner's certificate. */
static size_t platform_secret(EVP_PKEY *key, const uint8_t *certificate, uint8_t *secret)
{
	EVP_PKEY *owner = NULL;
	EVP_PKEY_CTX *context;
	size_t bytes = EC_COORDINATE_BYTES;

	assert_int_equal(get_le(certificate, 4), 1);
	assert_int_equal(get_le(certificate + 8, 4), 0x1003);
	assert_int_equal(ec_public_read(certificate + 16, &owner), 0);
	context = EVP_PKEY_CTX_new(key, NULL);
	assert_non_null(context);
	assert_int_equal(EVP_PKEY_derive_init(context), 1);
	assert_int_equal(EVP_PKEY_derive_set_peer(context, owner), 1);
	assert_int_equal(EVP_PKEY_derive(context, secret, &bytes), 1);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(owner);
	return bytes;
}

static void open_with_platform(void **state)
{
	EVP_PKEY *key = ec_key_new();
	uint8_t pdh[SEV_CERT_BYTES];
	uint8_t secret[EC_COORDINATE_BYTES];
	struct sev_session session = { 0 };
	struct sev_session again = { 0 };
	struct sev_session_keys keys = { 0 };
	size_t bytes;

	(void)state;
	assert_non_null(key);
	make_pdh(pdh, key);
	assert_int_equal(sev_session_open(&session, pdh, 5), 0);
	bytes = platform_secret(key, session.certificate, secret);
	assert_int_equal(bytes, 48);

	/* wrapping the same keys with the platform's secret gives the same session */
	memcpy(keys.nonce, session.data, sizeof(keys.nonce));
	memcpy(keys.iv, session.data + 0x30, sizeof(keys.iv));
	memcpy(keys.tek, session.tek, sizeof(keys.tek));
	memcpy(keys.tik, session.tik, sizeof(keys.tik));
	assert_int_equal(sev_session_wrap(&again, secret, bytes, &keys, 5), 0);
	assert_memory_equal(again.data, session.data, SEV_SESSION_BYTES);
	EVP_PKEY_free(key);
}

static void refuse_other_certificates(void **state)
{
	EVP_PKEY *key = ec_key_new();
	uint8_t pdh[SEV_CERT_BYTES];
	struct sev_session session = { 0 };

	(void)state;
	assert_non_null(key);
	make_pdh(pdh, key);
	put_le32(pdh + 8, 0x1002); /* a PEK */
	assert_int_equal(sev_session_open(&session, pdh, 0), -EINVAL);
	make_pdh(pdh, key);
	put_le32(pdh + 16, 3); /* no such curve */
	assert_int_equal(sev_session_open(&session, pdh, 0), -EINVAL);
	make_pdh(pdh, key);
	pdh[20] ^= 1; /* not on the curve */
	assert_int_equal(sev_session_open(&session, pdh, 0), -EINVAL);
	make_pdh(pdh, key);
	pdh[20 + 71] = 1; /* a coordinate too long */
	assert_int_equal(sev_session_open(&session, pdh, 0), -EINVAL);
	memset(pdh, 0, sizeof(pdh));
	assert_int_equal(sev_session_open(&session, pdh, 0), -EINVAL);
	EVP_PKEY_free(key);
}

static void secret_packet(void **state)
{
	struct sev_session session = { 0 };
	uint8_t measure[SHA256_BYTES];
	uint8_t secret[64];
	uint8_t packet[64];
	uint8_t plain[64];
	uint8_t header[SEV_PACKET_HEADER_BYTES];
	uint8_t mac[SHA256_BYTES];
	uint8_t joined[1 + 4 + 16 + 4 + 4 + 64 + 32] = { 1 };
	const struct bytes_view view = { joined, sizeof(joined) };
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int length = 0;

	(void)state;
	count_up(session.tek, sizeof(session.tek), 1);
	count_up(session.tik, sizeof(session.tik), 2);
	count_up(measure, sizeof(measure), 3);
	count_up(secret, sizeof(secret), 4);
	assert_int_equal(
		sev_secret_packet(&session, measure, secret, sizeof(secret), packet, header), 0);

	assert_int_equal(
		EVP_DecryptInit_ex(cipher, EVP_aes_128_ctr(), NULL, session.tek, header + 4), 1);
	assert_int_equal(EVP_DecryptUpdate(cipher, plain, &length, packet, sizeof(packet)), 1);
	assert_memory_equal(plain, secret, sizeof(secret));
	EVP_CIPHER_CTX_free(cipher);

	memcpy(joined + 5, header + 4, 16);
	joined[21] = sizeof(secret);
	joined[25] = sizeof(secret);
	memcpy(joined + 29, packet, sizeof(packet));
	memcpy(joined + 93, measure, sizeof(measure));
	assert_int_equal(hmac_sha256(session.tik, sizeof(session.tik), &view, 1, mac), 0);
	assert_memory_equal(header + 20, mac, sizeof(mac));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kdf),
		cmocka_unit_test(wrap),
		cmocka_unit_test(open_with_platform),
		cmocka_unit_test(refuse_other_certificates),
		cmocka_unit_test(secret_packet),
	};

	return cmocka_run_group_tests_name("launcher session", tests, NULL, NULL);
}
