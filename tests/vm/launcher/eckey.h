/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Elliptic-curve keys in AMD's formats: coordinates little endian in 72 bytes.
 */
#ifndef LAUNCHER_ECKEY_H
#define LAUNCHER_ECKEY_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

/* SEV API appendix C.2 and SEV-SNP firmware ABI chapter 10: the same formats */
#define EC_CURVE_P256 1
#define EC_CURVE_P384 2
#define EC_COORDINATE_BYTES 72
#define EC_PUBLIC_BYTES 0x404 /* CURVE, QX, QY, reserved */
#define EC_SIGNATURE_BYTES 0x200 /* R, S, reserved */

/* Makes a P-384 key. The caller frees it with EVP_PKEY_free(). Returns NULL on failure. */
EVP_PKEY *ec_key_new(void);

/* Writes the public half as EC_PUBLIC_BYTES to @out. Returns 0 or -EIO. */
int ec_public_write(const EVP_PKEY *key, uint8_t out[EC_PUBLIC_BYTES]);

/*
 * Reads a public key. Returns 0, -EINVAL (unknown curve, point not on the curve), -EIO or -ENOMEM.
 */
int ec_public_read(const uint8_t in[EC_PUBLIC_BYTES], EVP_PKEY **key);

/* Signs the SHA-384 of @data. Writes R and S as EC_SIGNATURE_BYTES. Returns 0 or -EIO. */
int ec_sign_sha384(EVP_PKEY *key, const void *data, size_t bytes, uint8_t out[EC_SIGNATURE_BYTES]);

#endif /* LAUNCHER_ECKEY_H */
