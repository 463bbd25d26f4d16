/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Computes from the specifications what the firmware measures during a launch.
 */
#ifndef LAUNCHER_DIGEST_H
#define LAUNCHER_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA384_BYTES 48
#define SEV_NONCE_BYTES 16
#define SEV_KEY_BYTES 16

/* SEV-SNP firmware ABI, "SNP_LAUNCH_UPDATE", PAGE_TYPE */
enum snp_page_type {
	SNP_PAGE_NORMAL = 1,
	SNP_PAGE_VMSA = 2,
	SNP_PAGE_ZERO = 3,
	SNP_PAGE_UNMEASURED = 4,
	SNP_PAGE_SECRETS = 5,
	SNP_PAGE_CPUID = 6,
	SNP_PAGE_TYPES
};

/* Guest-physical address that KVM gives every initial VMSA (Linux svm/sev.c INITIAL_VMSA_GPA). */
#define SNP_VMSA_GPA 0xfffffffff000ULL

/*
 * The launch digest of an SNP guest: a chain of SHA-384, one for each page over the previous
 * digest.
 */
struct snp_digest {
	uint8_t value[SHA384_BYTES];
};

void snp_digest_init(struct snp_digest *digest);

/*
 * Extends @digest by one page as SNP_LAUNCH_UPDATE does (SEV-SNP firmware ABI 8.17.2, PAGE_INFO).
 * @page has 4096 bytes and is read only for NORMAL and VMSA pages. Returns 0 or -EIO (libcrypto).
 */
int snp_digest_page(struct snp_digest *digest, enum snp_page_type type, const uint8_t *page,
		    uint64_t gpa);

/* The launch digest of a SEV or SEV-ES guest: one SHA-256 over all plaintext in order. */
struct sev_digest {
	void *context; /* EVP_MD_CTX, owned */
};

int sev_digest_init(struct sev_digest *digest);
int sev_digest_data(struct sev_digest *digest, const void *data, size_t bytes);
int sev_digest_final(struct sev_digest *digest, uint8_t out[SHA256_BYTES]);
void sev_digest_free(struct sev_digest *digest);

/* The inputs of LAUNCH_MEASURE's HMAC besides the launch digest. */
struct sev_measured {
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t build;
	uint32_t policy;
};

/*
 * Computes LAUNCH_MEASURE's measurement (SEV API 6.5.1):
 * HMAC-SHA-256(TIK, 04 || API_MAJOR || API_MINOR || BUILD || POLICY || LD || MNONCE).
 */
int sev_measurement(const uint8_t tik[SEV_KEY_BYTES], const struct sev_measured *measured,
		    const uint8_t digest[SHA256_BYTES], const uint8_t mnonce[SEV_NONCE_BYTES],
		    uint8_t out[SHA256_BYTES]);

/* HMAC-SHA-256 over the concatenation of @count parts. 0 or -EIO. */
struct bytes_view {
	const void *data;
	size_t bytes;
};

int hmac_sha256(const uint8_t *key, size_t key_bytes, const struct bytes_view *parts, size_t count,
		uint8_t out[SHA256_BYTES]);

#endif /* LAUNCHER_DIGEST_H */
