// SPDX-License-Identifier: GPL-2.0-only
/* P-384 keys in the encodings of SEV: little-endian integers in fields of 72 bytes. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"

#define P384_SIZE 48
#define POINT_SIZE (1 + 2 * P384_SIZE) /* uncompressed: 4, x, y, big endian */

struct ecc_key {
	EVP_PKEY *pkey;
	struct ecc_pubkey pub;
};

static void reverse(uint8_t *to, const uint8_t *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = from[len - 1 - i];
}

static EVP_PKEY *make_pkey(const uint8_t point[POINT_SIZE], const BIGNUM *secret)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (build && ctx &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0) &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, POINT_SIZE) &&
	    (!secret || OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, secret)))
		params = OSSL_PARAM_BLD_to_param(build);
	if (params && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pkey, secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
			      params) != 1)
		pkey = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_BLD_free(build);
	return pkey;
}

/* Sets @secret to a private key in [1, order - 1] and @point to its public key. */
static bool derive_pair(const uint8_t bytes[P384_SIZE], BIGNUM *secret, uint8_t point[POINT_SIZE])
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp384r1);
	EC_POINT *pub = group ? EC_POINT_new(group) : NULL;
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *limit = BN_new();
	bool ok;

	ok = pub && ctx && limit && BN_copy(limit, EC_GROUP_get0_order(group)) &&
	     BN_sub_word(limit, 1) && BN_bin2bn(bytes, P384_SIZE, secret) &&
	     BN_mod(secret, secret, limit, ctx) && BN_add_word(secret, 1) &&
	     EC_POINT_mul(group, pub, secret, NULL, NULL, ctx) &&
	     EC_POINT_point2oct(group, pub, POINT_CONVERSION_UNCOMPRESSED, point, POINT_SIZE,
				ctx) == POINT_SIZE;
	BN_free(limit);
	BN_CTX_free(ctx);
	EC_POINT_free(pub);
	EC_GROUP_free(group);
	return ok;
}

struct ecc_key *ecc_key_new(const uint8_t secret[P384_SIZE])
{
	struct ecc_key *key = calloc(1, sizeof(*key));
	BIGNUM *number = BN_secure_new();
	uint8_t point[POINT_SIZE];

	if (key && number && derive_pair(secret, number, point))
		key->pkey = make_pkey(point, number);
	BN_clear_free(number);
	if (!key || !key->pkey) {
		free(key);
		return NULL;
	}
	key->pub.curve = ECC_CURVE_P384;
	reverse(key->pub.qx, point + 1, P384_SIZE);
	reverse(key->pub.qy, point + 1 + P384_SIZE, P384_SIZE);
	return key;
}

void ecc_key_free(struct ecc_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

void ecc_public(const struct ecc_key *key, struct ecc_pubkey *pub)
{
	*pub = key->pub;
}

/* Returns whether the bytes above the curve's size are zero. */
static bool fits(const uint8_t field[ECC_FIELD_SIZE])
{
	static const uint8_t zero[ECC_FIELD_SIZE - P384_SIZE];

	return !memcmp(field + P384_SIZE, zero, sizeof(zero));
}

static EVP_PKEY *load_public(const struct ecc_pubkey *pub)
{
	uint8_t point[POINT_SIZE] = { POINT_CONVERSION_UNCOMPRESSED };

	if (pub->curve != ECC_CURVE_P384 || !fits(pub->qx) || !fits(pub->qy))
		return NULL;
	reverse(point + 1, pub->qx, P384_SIZE);
	reverse(point + 1 + P384_SIZE, pub->qy, P384_SIZE);
	return make_pkey(point, NULL);
}

bool ecc_shared_x(const struct ecc_key *key, const struct ecc_pubkey *peer, uint8_t x[P384_SIZE])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
	EVP_PKEY *other = load_public(peer);
	size_t len = P384_SIZE;
	bool ok;

	ok = ctx && other && EVP_PKEY_derive_init(ctx) == 1 &&
	     EVP_PKEY_derive_set_peer(ctx, other) == 1 && EVP_PKEY_derive(ctx, x, &len) == 1 &&
	     len == P384_SIZE;
	EVP_PKEY_free(other);
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool split_signature(const uint8_t *der, size_t len, struct ecc_signature *sig)
{
	ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &der, (long)len);
	bool ok;

	memset(sig, 0, sizeof(*sig));
	ok = parsed && BN_bn2lebinpad(ECDSA_SIG_get0_r(parsed), sig->r, ECC_FIELD_SIZE) > 0 &&
	     BN_bn2lebinpad(ECDSA_SIG_get0_s(parsed), sig->s, ECC_FIELD_SIZE) > 0;
	ECDSA_SIG_free(parsed);
	return ok;
}

bool ecc_sign(const struct ecc_key *key, bool sha384, const void *data, size_t len,
	      struct ecc_signature *sig)
{
	const EVP_MD *md = sha384 ? EVP_sha384() : EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[160];
	size_t der_len = sizeof(der);
	bool ok;

	ok = ctx && EVP_DigestSignInit(ctx, NULL, md, NULL, key->pkey) == 1 &&
	     EVP_DigestSign(ctx, der, &der_len, data, len) == 1 &&
	     split_signature(der, der_len, sig);
	EVP_MD_CTX_free(ctx);
	return ok;
}

/* Encodes @sig as DER in memory that the caller frees. Returns its length, or 0 on failure. */
static int join_signature(const struct ecc_signature *sig, uint8_t **der)
{
	BIGNUM *r = BN_lebin2bn(sig->r, ECC_FIELD_SIZE, NULL);
	BIGNUM *s = BN_lebin2bn(sig->s, ECC_FIELD_SIZE, NULL);
	ECDSA_SIG *joined = ECDSA_SIG_new();
	int len = 0;

	*der = NULL;
	if (r && s && joined && ECDSA_SIG_set0(joined, r, s) == 1) {
		r = NULL; /* @joined owns them now */
		s = NULL;
		len = i2d_ECDSA_SIG(joined, der);
	}
	ECDSA_SIG_free(joined);
	BN_free(r);
	BN_free(s);
	return len > 0 ? len : 0;
}

bool ecc_verify(const struct ecc_pubkey *pub, bool sha384, const void *data, size_t len,
		const struct ecc_signature *sig)
{
	const EVP_MD *md = sha384 ? EVP_sha384() : EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *pkey = load_public(pub);
	uint8_t *der = NULL;
	int der_len = join_signature(sig, &der);
	bool ok;

	ok = ctx && pkey && der_len && EVP_DigestVerifyInit(ctx, NULL, md, NULL, pkey) == 1 &&
	     EVP_DigestVerify(ctx, der, (size_t)der_len, data, len) == 1;
	OPENSSL_free(der);
	EVP_PKEY_free(pkey);
	EVP_MD_CTX_free(ctx);
	return ok;
}
