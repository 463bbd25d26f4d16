// SPDX-License-Identifier: GPL-2.0-only
/*
 * Encrypted guest memory, see memory.h. All data goes through the firmware's scratch buffer: the
 * machine may change its memory while the firmware works, and this way the firmware encrypts
 * exactly what it has measured.
 */
#include "memory.h"

#include <openssl/crypto.h>
#include <string.h>

/*
 * Returns how many of @len bytes from @at on to take, so that later chunks begin at page
 * boundaries.
 */
static size_t chunk(uint64_t at, uint64_t len)
{
	size_t most = SCRATCH_SIZE - (size_t)(at % PSP_PAGE_SIZE);

	return len < most ? (size_t)len : most;
}

bool memory_encrypt(struct firmware *firmware, struct guest *guest, uint64_t paddr, uint64_t len,
		    struct sha256 *sha)
{
	uint8_t *scratch = firmware->scratch;

	paddr &= PSP_ADDRESS_MASK;
	while (len) {
		size_t take = chunk(paddr, len);

		if (!ram_read(firmware->ram, paddr, scratch, take) ||
		    (sha && !sha256_add(sha, scratch, take)) ||
		    !memory_store(firmware, guest, paddr, scratch, take))
			return false;
		paddr += take;
		len -= take;
	}
	return true;
}

bool memory_store(struct firmware *firmware, struct guest *guest, uint64_t paddr, void *data,
		  size_t len)
{
	bool ok;

	paddr &= PSP_ADDRESS_MASK;
	ok = psp_transform(guest->vek, true, paddr, data, len) &&
	     ram_write(firmware->ram, paddr, data, len);
	OPENSSL_cleanse(data, len);
	return ok;
}

bool memory_debug(struct firmware *firmware, struct guest *guest, bool encrypt, uint64_t src,
		  uint64_t dst, uint64_t len)
{
	uint8_t *scratch = firmware->scratch;

	src &= PSP_ADDRESS_MASK;
	dst &= PSP_ADDRESS_MASK;
	while (len) {
		uint64_t guest_side = encrypt ? dst : src;
		size_t take = chunk(guest_side, len);

		if (!ram_read(firmware->ram, src, scratch, take) ||
		    !psp_transform(guest->vek, encrypt, guest_side, scratch, take) ||
		    !ram_write(firmware->ram, dst, scratch, take))
			return false;
		src += take;
		dst += take;
		len -= take;
	}
	return true;
}
