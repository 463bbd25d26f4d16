// SPDX-License-Identifier: GPL-2.0-only
/* Hashes, MACs and ciphers, see crypto.h. */
#include "crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/core_names.h>
#include <stdlib.h>
#include <string.h>

bool crypto_sha384(const void *data, size_t len, uint8_t digest[SHA384_SIZE])
{
	return EVP_Digest(data, len, digest, NULL, EVP_sha384(), NULL) == 1;
}

struct sha256 {
	EVP_MD_CTX *ctx;
};

struct sha256 *sha256_new(void)
{
	struct sha256 *sha = malloc(sizeof(*sha));

	if (!sha)
		return NULL;
	sha->ctx = EVP_MD_CTX_new();
	if (!sha->ctx || EVP_DigestInit_ex(sha->ctx, EVP_sha256(), NULL) != 1) {
		sha256_free(sha);
		return NULL;
	}
	return sha;
}

bool sha256_add(struct sha256 *sha, const void *data, size_t len)
{
	return EVP_DigestUpdate(sha->ctx, data, len) == 1;
}

bool sha256_final(struct sha256 *sha, uint8_t digest[SHA256_SIZE])
{
	return EVP_DigestFinal_ex(sha->ctx, digest, NULL) == 1;
}

void sha256_free(struct sha256 *sha)
{
	if (!sha)
		return;
	EVP_MD_CTX_free(sha->ctx);
	free(sha);
}

bool crypto_hmac(const void *key, size_t key_len, const struct crypto_piece *piece, size_t pieces,
		 uint8_t mac[SHA256_SIZE])
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	size_t len = 0;
	bool ok;

	ok = ctx && EVP_MAC_init(ctx, key, key_len, params) == 1;
	for (size_t i = 0; ok && i < pieces; i++)
		ok = EVP_MAC_update(ctx, piece[i].data, piece[i].len) == 1;
	ok = ok && EVP_MAC_final(ctx, mac, &len, SHA256_SIZE) == 1 && len == SHA256_SIZE;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(hmac);
	return ok;
}

bool crypto_kdf(const void *key, size_t key_len, const char *label, const void *context,
		size_t context_len, void *out, size_t out_len)
{
	static const uint8_t zero;
	uint32_t bits = (uint32_t)(out_len * 8);
	uint8_t *to = out;

	for (uint32_t i = 1; out_len; i++) {
		const struct crypto_piece piece[] = {
			{ &i, sizeof(i) },	  { label, strlen(label) }, { &zero, sizeof(zero) },
			{ context, context_len }, { &bits, sizeof(bits) },
		};
		size_t take = out_len < SHA256_SIZE ? out_len : SHA256_SIZE;
		uint8_t mac[SHA256_SIZE];

		if (!crypto_hmac(key, key_len, piece, sizeof(piece) / sizeof(piece[0]), mac))
			return false;
		memcpy(to, mac, take);
		OPENSSL_cleanse(mac, sizeof(mac));
		to += take;
		out_len -= take;
	}
	return true;
}

bool crypto_ctr(const uint8_t key[16], const uint8_t iv[16], void *data, size_t len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int done = 0;
	bool ok;

	ok = ctx && EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, iv) == 1 &&
	     EVP_EncryptUpdate(ctx, data, &done, data, (int)len) == 1 && (size_t)done == len;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static EVP_CIPHER_CTX *gcm_start(const struct crypto_gcm *gcm, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int done;

	if (ctx &&
	    EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, gcm->key, gcm->iv, encrypt) == 1 &&
	    (!gcm->aad_len || EVP_CipherUpdate(ctx, NULL, &done, gcm->aad, (int)gcm->aad_len) == 1))
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

bool crypto_gcm_seal(const struct crypto_gcm *gcm, const void *in, size_t len, void *out,
		     uint8_t tag[16])
{
	EVP_CIPHER_CTX *ctx = gcm_start(gcm, 1);
	int done = 0, rest = 0;
	bool ok;

	ok = ctx && EVP_EncryptUpdate(ctx, out, &done, in, (int)len) == 1 &&
	     EVP_EncryptFinal_ex(ctx, (uint8_t *)out + done, &rest) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, tag) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

bool crypto_gcm_open(const struct crypto_gcm *gcm, const void *in, size_t len, void *out,
		     const uint8_t tag[16])
{
	EVP_CIPHER_CTX *ctx = gcm_start(gcm, 0);
	uint8_t expected[16];
	int done = 0, rest = 0;
	bool ok;

	memcpy(expected, tag, sizeof(expected));
	ok = ctx && EVP_DecryptUpdate(ctx, out, &done, in, (int)len) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, sizeof(expected), expected) == 1 &&
	     EVP_DecryptFinal_ex(ctx, (uint8_t *)out + done, &rest) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
