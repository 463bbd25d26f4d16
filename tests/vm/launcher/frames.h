/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks a guest's pages when no thread works on the guest any more. Each page must be the
 * ciphertext of its plaintext, or shared and untouched. After calls that may have crossed, the
 * state of some pages cannot be known; the page's notes tell which, and the check skips them.
 */
#ifndef LAUNCHER_FRAMES_H
#define LAUNCHER_FRAMES_H

#include "guest.h"

#define FRAMES_MESSAGE_BYTES 160

struct frames {
	unsigned int ciphertext; /* pages that are encrypted correctly */
	unsigned int untouched; /* pages whose user memory is unchanged */
	unsigned int unknown; /* pages whose state cannot be known */
	unsigned int wrong;
	char message[FRAMES_MESSAGE_BYTES]; /* describes the first wrong page */
};

/*
 * Checks every page: finds its ciphertext through the PSP emulator's log, decrypts it with the key
 * that the emulator derives, and compares it with the plaintext. Returns 0, -EILSEQ if a page is
 * wrong, or another -errno.
 */
int frames_check(const struct guest *guest, const char *psp_log, struct frames *frames);

/*
 * Computes the measurement that the PSP must have for the first @pages; for guests without VMSAs.
 * Returns 0 or -errno.
 */
int frames_measurement(const struct guest *guest, unsigned int pages, const uint8_t *nonce,
		       uint8_t *expected);

/* Derives the key called @name as the PSP emulator does for this guest. Returns 0 or -EINVAL. */
int frames_key(const struct guest *guest, const char *name, void *key, size_t bytes);

#endif /* LAUNCHER_FRAMES_H */
