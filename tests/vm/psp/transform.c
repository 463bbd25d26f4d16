// SPDX-License-Identifier: GPL-2.0-only
/* Derives the guests' keys and encrypts memory, see transform.h. */
#include "transform.h"

#include <openssl/evp.h>
#include <string.h>

#include "abi.h"
#include "crypto.h"

#define BLOCK 16U
#define BLOCKS_PER_PAGE ((unsigned int)(PSP_PAGE_SIZE / BLOCK))

bool psp_root(uint64_t seed, uint8_t root[PSP_ROOT_SIZE])
{
	return crypto_kdf(&seed, sizeof(seed), "sevtrace-psp-root", NULL, 0, root, PSP_ROOT_SIZE);
}

bool psp_guest_key(const uint8_t root[PSP_ROOT_SIZE], const char *name, uint32_t id, void *key,
		   size_t len)
{
	return crypto_kdf(root, PSP_ROOT_SIZE, name, &id, sizeof(id), key, len);
}

/* Multiplies by x in GF(2^128) (IEEE 1619 section 5.2). */
static void next_tweak(uint64_t t[2])
{
	uint64_t carry = t[1] >> 63;

	t[1] = (t[1] << 1) | (t[0] >> 63);
	t[0] = (t[0] << 1) ^ (carry ? 0x87 : 0);
}

/* Fills @tweak for @count blocks of page @pfn, from block @first on. */
static bool page_tweaks(EVP_CIPHER_CTX *ctx, uint64_t pfn, unsigned int first, unsigned int count,
			uint64_t (*tweak)[2])
{
	uint64_t sector[2] = { pfn, 0 };
	uint64_t t[2];
	int done;

	if (EVP_EncryptUpdate(ctx, (uint8_t *)t, &done, (const uint8_t *)sector, BLOCK) != 1)
		return false;
	for (unsigned int i = 0; i < first; i++)
		next_tweak(t);
	for (unsigned int i = 0; i < count; i++) {
		memcpy(tweak[i], t, sizeof(t));
		next_tweak(t);
	}
	return true;
}

static void xor_tweaks(uint8_t *data, uint64_t (*tweak)[2], unsigned int count)
{
	const uint8_t *with = (const uint8_t *)tweak;

	for (unsigned int i = 0; i < count * BLOCK; i++)
		data[i] ^= with[i];
}

static EVP_CIPHER_CTX *ecb(const uint8_t *key, bool encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && EVP_CipherInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL, encrypt) == 1) {
		EVP_CIPHER_CTX_set_padding(ctx, 0);
		return ctx;
	}
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

bool psp_transform(const uint8_t vek[PSP_VEK_SIZE], bool encrypt, uint64_t pa, void *data,
		   size_t len)
{
	EVP_CIPHER_CTX *cipher = ecb(vek, encrypt);
	EVP_CIPHER_CTX *tweaker = ecb(vek + PSP_VEK_SIZE / 2, true);
	uint64_t tweak[BLOCKS_PER_PAGE][2];
	uint8_t *at = data;
	bool ok = cipher && tweaker && !(pa % BLOCK) && !(len % BLOCK);

	while (ok && len) {
		unsigned int first = (unsigned int)(pa % PSP_PAGE_SIZE / BLOCK);
		unsigned int count = BLOCKS_PER_PAGE - first;
		size_t run;
		int done = 0;

		if (count > len / BLOCK)
			count = (unsigned int)(len / BLOCK);
		run = (size_t)count * BLOCK;
		ok = page_tweaks(tweaker, pa / PSP_PAGE_SIZE, first, count, tweak);
		xor_tweaks(at, tweak, ok ? count : 0);
		ok = ok && EVP_CipherUpdate(cipher, at, &done, at, (int)run) == 1 &&
		     (size_t)done == run;
		xor_tweaks(at, tweak, ok ? count : 0);
		pa += run;
		at += run;
		len -= run;
	}
	EVP_CIPHER_CTX_free(tweaker);
	EVP_CIPHER_CTX_free(cipher);
	return ok;
}
