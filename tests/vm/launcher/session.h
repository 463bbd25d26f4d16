/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest owner's side of a SEV or SEV-ES launch: session, keys, secret packets.
 */
#ifndef LAUNCHER_SESSION_H
#define LAUNCHER_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"

#define SEV_CERT_BYTES 0x824 /* SEV API appendix C.1 */
#define SEV_SESSION_BYTES 0x80 /* SEV API 6.2.1, "Launch session" */
#define SEV_PACKET_HEADER_BYTES 52 /* SEV API 6.6.1: FLAGS, IV, MAC */

struct sev_session {
	uint8_t certificate[SEV_CERT_BYTES]; /* ours, for LAUNCH_START */
	uint8_t data[SEV_SESSION_BYTES]; /* ours, for LAUNCH_START */
	uint8_t tek[SEV_KEY_BYTES];
	uint8_t tik[SEV_KEY_BYTES];
};

/* The random values of a session; tests set them, sev_session_open() draws them. */
struct sev_session_keys {
	uint8_t nonce[SEV_NONCE_BYTES];
	uint8_t iv[SEV_KEY_BYTES];
	uint8_t tek[SEV_KEY_BYTES];
	uint8_t tik[SEV_KEY_BYTES];
};

/*
 * Derives @bytes from @key (NIST SP 800-108 counter mode with HMAC-SHA-256; like the PSP, uses a
 * 32-bit little-endian counter and length). @context may be empty. Returns 0 or -EIO.
 */
int sev_kdf(const uint8_t *key, size_t key_bytes, const char *label, const uint8_t *context,
	    size_t context_bytes, uint8_t *out, size_t bytes);

/* Fills session->data from the secret that is shared with the platform. Returns 0 or -EIO. */
int sev_session_wrap(struct sev_session *session, const uint8_t *shared, size_t shared_bytes,
		     const struct sev_session_keys *keys, uint32_t policy);

/*
 * Opens a session with the platform that has the PDH certificate @pdh (SEV_CERT_BYTES). Returns 0,
 * -EINVAL (the certificate is not a usable PDH), -EIO or -ENOMEM.
 */
int sev_session_open(struct sev_session *session, const uint8_t *pdh, uint32_t policy);

/*
 * Encrypts @bytes of @secret (a multiple of 16) to @packet and writes the packet's header for
 * LAUNCH_SECRET. @measure is LAUNCH_MEASURE's measurement. Returns 0 or -EIO.
 */
int sev_secret_packet(const struct sev_session *session, const uint8_t measure[SHA256_BYTES],
		      const uint8_t *secret, size_t bytes, uint8_t *packet,
		      uint8_t header[SEV_PACKET_HEADER_BYTES]);

#endif /* LAUNCHER_SESSION_H */
