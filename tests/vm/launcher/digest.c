// SPDX-License-Identifier: GPL-2.0-only
/*
 * Launch digests and the SEV launch measurement.
 */
#include "digest.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#include "bytes.h"

/* SEV-SNP firmware ABI 8.17.2, "PAGE_INFO": 70h bytes, hashed for every page of a launch */
enum page_info {
	PAGE_INFO_DIGEST_CUR = 0x00,
	PAGE_INFO_CONTENTS = 0x30,
	PAGE_INFO_LENGTH = 0x60,
	PAGE_INFO_PAGE_TYPE = 0x62,
	PAGE_INFO_IMI_PAGE = 0x63,
	PAGE_INFO_VMPL3_PERMS = 0x64,
	PAGE_INFO_VMPL2_PERMS = 0x65,
	PAGE_INFO_VMPL1_PERMS = 0x66,
	PAGE_INFO_GPA = 0x68,
	PAGE_INFO_BYTES = 0x70
};

/* Context byte of LAUNCH_MEASURE's HMAC, SEV API 6.5.1 */
#define SEV_CONTEXT_MEASURE 0x04

static int sha384(const void *data, size_t bytes, uint8_t out[SHA384_BYTES])
{
	unsigned int length = SHA384_BYTES;

	return EVP_Digest(data, bytes, out, &length, EVP_sha384(), NULL) == 1 ? 0 : -EIO;
}

void snp_digest_init(struct snp_digest *digest)
{
	memset(digest->value, 0, sizeof(digest->value));
}

int snp_digest_page(struct snp_digest *digest, enum snp_page_type type, const uint8_t *page,
		    uint64_t gpa)
{
	uint8_t info[PAGE_INFO_BYTES] = { 0 };
	int ret;

	memcpy(info + PAGE_INFO_DIGEST_CUR, digest->value, SHA384_BYTES);
	if (type == SNP_PAGE_NORMAL || type == SNP_PAGE_VMSA) {
		ret = sha384(page, PAGE_BYTES, info + PAGE_INFO_CONTENTS);
		if (ret)
			return ret;
	}
	put_le16(info + PAGE_INFO_LENGTH, PAGE_INFO_BYTES);
	info[PAGE_INFO_PAGE_TYPE] = (uint8_t)type;
	put_le64(info + PAGE_INFO_GPA, gpa);
	return sha384(info, sizeof(info), digest->value);
}

int sev_digest_init(struct sev_digest *digest)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (!context)
		return -ENOMEM;
	if (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(context);
		return -EIO;
	}
	digest->context = context;
	return 0;
}

int sev_digest_data(struct sev_digest *digest, const void *data, size_t bytes)
{
	return EVP_DigestUpdate(digest->context, data, bytes) == 1 ? 0 : -EIO;
}

int sev_digest_final(struct sev_digest *digest, uint8_t out[SHA256_BYTES])
{
	unsigned int length = SHA256_BYTES;

	return EVP_DigestFinal_ex(digest->context, out, &length) == 1 ? 0 : -EIO;
}

void sev_digest_free(struct sev_digest *digest)
{
	EVP_MD_CTX_free(digest->context);
	digest->context = NULL;
}

int hmac_sha256(const uint8_t *key, size_t key_bytes, const struct bytes_view *parts, size_t count,
		uint8_t out[SHA256_BYTES])
{
	char name[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
	size_t length = 0;
	int ret = -EIO;

	if (!context || EVP_MAC_init(context, key, key_bytes, params) != 1)
		goto out;
	for (size_t i = 0; i < count; i++) {
		if (EVP_MAC_update(context, parts[i].data, parts[i].bytes) != 1)
			goto out;
	}
	if (EVP_MAC_final(context, out, &length, SHA256_BYTES) == 1 && length == SHA256_BYTES)
		ret = 0;
out:
	EVP_MAC_CTX_free(context);
	EVP_MAC_free(mac);
	return ret;
}

int sev_measurement(const uint8_t tik[SEV_KEY_BYTES], const struct sev_measured *measured,
		    const uint8_t digest[SHA256_BYTES], const uint8_t mnonce[SEV_NONCE_BYTES],
		    uint8_t out[SHA256_BYTES])
{
	uint8_t head[8] = { SEV_CONTEXT_MEASURE, measured->api_major, measured->api_minor,
			    measured->build };
	const struct bytes_view parts[] = {
		{ head, sizeof(head) },
		{ digest, SHA256_BYTES },
		{ mnonce, SEV_NONCE_BYTES },
	};

	put_le32(head + 4, measured->policy);
	return hmac_sha256(tik, SEV_KEY_BYTES, parts, sizeof(parts) / sizeof(parts[0]), out);
}
