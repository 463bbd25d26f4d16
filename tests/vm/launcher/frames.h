/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What came of a guest's pages, once nobody works on them: each is the ciphertext of its plaintext,
 * or shared and untouched. What cannot be known after calls that may have crossed is left out, by
 * the page's notes.
 */
#ifndef LAUNCHER_FRAMES_H
#define LAUNCHER_FRAMES_H

#include "guest.h"

#define FRAMES_MESSAGE_BYTES 160

struct frames {
	unsigned int ciphertext; /* pages that are encrypted as they should be */
	unsigned int untouched; /* pages whose user memory is as it was */
	unsigned int unknown; /* pages of which nothing can be said */
	unsigned int wrong;
	char message[FRAMES_MESSAGE_BYTES]; /* of the first wrong page */
};

/*
 * Looks at every page; where they are is in the PSP emulator's log, what they should be is
 * decrypted with the key that the emulator derives. 0, -EILSEQ: some page is wrong, or another
 * -errno.
 */
int frames_check(const struct guest *guest, const char *psp_log, struct frames *frames);

/* What the PSP must have measured for the first pages; for guests without VMSAs. 0 or -errno. */
int frames_measurement(const struct guest *guest, unsigned int pages, const uint8_t *nonce,
		       uint8_t *expected);

/* The key called @name that the PSP emulator derived for this guest. 0 or -EINVAL. */
int frames_key(const struct guest *guest, const char *name, void *key, size_t bytes);

#endif /* LAUNCHER_FRAMES_H */
