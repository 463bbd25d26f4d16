/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory encryption as the emulator does it: in place, with a key for each guest, reversible,
 * dependent on the physical address. A full page is AES-128-XTS with the page frame number as the
 * sector number. Any run of 16-byte blocks within pages is transformed as that part of its page.
 *
 * Tests link this file to prove which bytes were encrypted, and that they were encrypted once.
 */
#ifndef PSP_TRANSFORM_H
#define PSP_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PSP_VEK_SIZE 32
#define PSP_ROOT_SIZE 32

/* The emulator's default seed. */
#define PSP_DEFAULT_SEED 0x5345565452414345ULL /* "SEVTRACE" */

/* Computes the secret from which all other secrets are derived. */
bool psp_root(uint64_t seed, uint8_t root[PSP_ROOT_SIZE]);

/*
 * Derives the key called @name of guest @id (the "guest" of the log; for SEV also the handle):
 * "vek" (32 bytes), and for a guest launched without a session "tek" and "tik" (16 bytes each).
 */
bool psp_guest_key(const uint8_t root[PSP_ROOT_SIZE], const char *name, uint32_t id, void *key,
		   size_t len);

/*
 * Encrypts or decrypts @len bytes at system physical address @pa. Returns false if @len or @pa is
 * no multiple of 16, or if libcrypto fails.
 */
bool psp_transform(const uint8_t vek[PSP_VEK_SIZE], bool encrypt, uint64_t pa, void *data,
		   size_t len);

#endif /* PSP_TRANSFORM_H */
