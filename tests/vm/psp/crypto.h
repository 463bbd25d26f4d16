/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The algorithms of SEV firmware, on libcrypto. A function that returns bool returns false if
 * libcrypto fails, and if a check fails where the comment says so.
 */
#ifndef PSP_CRYPTO_H
#define PSP_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

#define SHA256_SIZE 32
#define SHA384_SIZE 48

bool crypto_sha384(const void *data, size_t len, uint8_t digest[SHA384_SIZE]);

/* Computes SHA-256 piece by piece. sha256_free() frees it and accepts NULL. */
struct sha256;
struct sha256 *sha256_new(void);
bool sha256_add(struct sha256 *sha, const void *data, size_t len);
bool sha256_final(struct sha256 *sha, uint8_t digest[SHA256_SIZE]);
void sha256_free(struct sha256 *sha);

struct crypto_piece {
	const void *data;
	size_t len;
};

/* Computes HMAC-SHA-256 over the concatenated pieces. */
bool crypto_hmac(const void *key, size_t key_len, const struct crypto_piece *piece, size_t pieces,
		 uint8_t mac[SHA256_SIZE]);

/*
 * Derives a key in counter mode (NIST SP 800-108) with HMAC-SHA-256. Counter and length are 32-bit
 * little-endian words, as in the SEV API's appendix on key derivation.
 */
bool crypto_kdf(const void *key, size_t key_len, const char *label, const void *context,
		size_t context_len, void *out, size_t out_len);

/* Encrypts or decrypts with AES-128-CTR in place (both are the same operation). */
bool crypto_ctr(const uint8_t key[16], const uint8_t iv[16], void *data, size_t len);

/* AES-256-GCM. crypto_gcm_open() returns false if the tag does not match. */
struct crypto_gcm {
	const uint8_t *key; /* 32 bytes */
	const uint8_t *iv; /* 12 bytes */
	const void *aad;
	size_t aad_len;
};
bool crypto_gcm_seal(const struct crypto_gcm *gcm, const void *in, size_t len, void *out,
		     uint8_t tag[16]);
bool crypto_gcm_open(const struct crypto_gcm *gcm, const void *in, size_t len, void *out,
		     const uint8_t tag[16]);

/* Compares in constant time. */
bool crypto_equal(const void *a, const void *b, size_t len);

/* A P-384 key pair. ecc_key_free() accepts NULL. */
struct ecc_key;
/* Makes the key pair whose private key is @secret reduced to the curve's order. NULL on failure. */
struct ecc_key *ecc_key_new(const uint8_t secret[48]);
void ecc_key_free(struct ecc_key *key);
void ecc_public(const struct ecc_key *key, struct ecc_pubkey *pub);
/*
 * Computes the x coordinate of the shared point, big endian. Returns false if @peer is not a point
 * of the curve.
 */
bool ecc_shared_x(const struct ecc_key *key, const struct ecc_pubkey *peer, uint8_t x[48]);
/* @sha384: use ECDSA with SHA-384, else with SHA-256. */
bool ecc_sign(const struct ecc_key *key, bool sha384, const void *data, size_t len,
	      struct ecc_signature *sig);
bool ecc_verify(const struct ecc_pubkey *pub, bool sha384, const void *data, size_t len,
		const struct ecc_signature *sig);

#endif /* PSP_CRYPTO_H */
