/* SPDX-License-Identifier: GPL-2.0-only */
/* Moves bytes between the machine's memory and encrypted guest memory. */
#ifndef PSP_MEMORY_H
#define PSP_MEMORY_H

#include "firmware.h"

/*
 * Addresses and lengths are multiples of 16 and lie in RAM. The functions return false if libcrypto
 * fails.
 */

/* Encrypts in place. Adds the plaintext to @sha unless that is NULL. */
bool memory_encrypt(struct firmware *firmware, struct guest *guest, uint64_t paddr, uint64_t len,
		    struct sha256 *sha);
/* Encrypts @data to @paddr, then clears @data. */
bool memory_store(struct firmware *firmware, struct guest *guest, uint64_t paddr, void *data,
		  size_t len);
/*
 * Copies @src to @dst: decrypts what it reads, or encrypts what it writes. The ranges may be the
 * same.
 */
bool memory_debug(struct firmware *firmware, struct guest *guest, bool encrypt, uint64_t src,
		  uint64_t dst, uint64_t len);

#endif /* PSP_MEMORY_H */
