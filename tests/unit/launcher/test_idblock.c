// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ID block: its layout, and that its signatures verify with the keys in the block itself.
 */
#include "hex.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "eckey.h"
#include "idblock.h"

/* Verifies R and S, little endian, as ECDSA over SHA-384 of @data with the key at @public. */
static bool verifies(const uint8_t *public, const uint8_t *signature, const void *data,
		     size_t bytes)
{
	EVP_PKEY *key = NULL;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	int length;
	bool ok;

	assert_int_equal(ec_public_read(public, &key), 0);
	ECDSA_SIG_set0(sig, BN_lebin2bn(signature, 72, NULL),
		       BN_lebin2bn(signature + 72, 72, NULL));
	length = i2d_ECDSA_SIG(sig, &der);
	assert_true(length > 0);
	assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha384(), NULL, key), 1);
	ok = EVP_DigestVerify(context, der, (size_t)length, data, bytes) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return ok;
}

static void make(struct id_block *id, bool author, enum id_block_break how)
{
	struct snp_digest digest = { 0 };

	count_up(digest.value, sizeof(digest.value), 0x20);
	assert_int_equal(id_block_make(id, &digest, 0x30000, author, how), 0);
}

static void layout(void **state)
{
	struct id_block id;

	(void)state;
	make(&id, false, ID_BLOCK_GOOD);
	assert_int_equal(id.block[0], 0x20);
	assert_int_equal(id.block[47], 0x20 + 47);
	assert_int_equal(get_le(id.block + 0x50, 4), 1);
	assert_int_equal(get_le(id.block + 0x58, 8), 0x30000);
	assert_int_equal(get_le(id.auth, 4), 1);
	assert_int_equal(get_le(id.auth + 4, 4), 0);
	assert_int_equal(get_le(id.auth + 0x240, 4), 2);
	for (size_t i = 0x644; i < ID_AUTH_BYTES; i++)
		assert_int_equal(id.auth[i], 0);
}

static void signatures(void **state)
{
	struct id_block id;

	(void)state;
	make(&id, true, ID_BLOCK_GOOD);
	assert_true(verifies(id.auth + 0x240, id.auth + 0x40, id.block, ID_BLOCK_BYTES));
	assert_true(verifies(id.auth + 0x880, id.auth + 0x680, id.auth + 0x240, 0x404));
	assert_int_equal(get_le(id.auth + 4, 4), 1);
	id.block[0] ^= 1;
	assert_false(verifies(id.auth + 0x240, id.auth + 0x40, id.block, ID_BLOCK_BYTES));
}

static void broken(void **state)
{
	struct id_block id;

	(void)state;
	make(&id, true, ID_BLOCK_BREAK_SIGNATURE);
	assert_false(verifies(id.auth + 0x240, id.auth + 0x40, id.block, ID_BLOCK_BYTES));
	assert_true(verifies(id.auth + 0x880, id.auth + 0x680, id.auth + 0x240, 0x404));
	make(&id, true, ID_BLOCK_BREAK_AUTHOR);
	assert_true(verifies(id.auth + 0x240, id.auth + 0x40, id.block, ID_BLOCK_BYTES));
	assert_false(verifies(id.auth + 0x880, id.auth + 0x680, id.auth + 0x240, 0x404));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout),
		cmocka_unit_test(signatures),
		cmocka_unit_test(broken),
	};

	return cmocka_run_group_tests_name("launcher ID block", tests, NULL, NULL);
}
