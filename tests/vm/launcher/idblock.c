// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ID block of an SNP launch and its authentication.
 */
#include "idblock.h"

#include <errno.h>
#include <string.h>

#include "bytes.h"
#include "eckey.h"

/* SEV-SNP firmware ABI 8.18, "ID Block" */
enum id_block_layout {
	BLOCK_LD = 0x00,
	BLOCK_FAMILY_ID = 0x30,
	BLOCK_IMAGE_ID = 0x40,
	BLOCK_VERSION = 0x50,
	BLOCK_GUEST_SVN = 0x54,
	BLOCK_POLICY = 0x58
};

/* SEV-SNP firmware ABI 8.18, "ID Authentication Information" */
enum id_auth_layout {
	AUTH_ID_KEY_ALGO = 0x000,
	AUTH_AUTHOR_KEY_ALGO = 0x004,
	AUTH_ID_BLOCK_SIG = 0x040,
	AUTH_ID_KEY = 0x240,
	AUTH_ID_KEY_SIG = 0x680,
	AUTH_AUTHOR_KEY = 0x880
};

#define ID_BLOCK_VERSION 1
#define KEY_ALGO_ECDSA_P384_SHA384 1 /* SEV-SNP firmware ABI chapter 10 */
#define ID_NAME_BYTES 16

static int sign_block(struct id_block *id)
{
	EVP_PKEY *key = ec_key_new();
	int ret = -EIO;

	if (!key)
		return ret;
	put_le32(id->auth + AUTH_ID_KEY_ALGO, KEY_ALGO_ECDSA_P384_SHA384);
	ret = ec_sign_sha384(key, id->block, ID_BLOCK_BYTES, id->auth + AUTH_ID_BLOCK_SIG);
	if (!ret)
		ret = ec_public_write(key, id->auth + AUTH_ID_KEY);
	EVP_PKEY_free(key);
	return ret;
}

static int sign_key(struct id_block *id)
{
	EVP_PKEY *key = ec_key_new();
	int ret = -EIO;

	if (!key)
		return ret;
	put_le32(id->auth + AUTH_AUTHOR_KEY_ALGO, KEY_ALGO_ECDSA_P384_SHA384);
	ret = ec_sign_sha384(key, id->auth + AUTH_ID_KEY, EC_PUBLIC_BYTES,
			     id->auth + AUTH_ID_KEY_SIG);
	if (!ret)
		ret = ec_public_write(key, id->auth + AUTH_AUTHOR_KEY);
	EVP_PKEY_free(key);
	return ret;
}

int id_block_make(struct id_block *id, const struct snp_digest *digest, uint64_t policy,
		  bool author, enum id_block_break how)
{
	static const char family[ID_NAME_BYTES] = "sevtrace tests";
	static const char image[ID_NAME_BYTES] = "launcher";
	int ret;

	memset(id, 0, sizeof(*id));
	id->author = author;
	memcpy(id->block + BLOCK_LD, digest->value, SHA384_BYTES);
	memcpy(id->block + BLOCK_FAMILY_ID, family, ID_NAME_BYTES);
	memcpy(id->block + BLOCK_IMAGE_ID, image, ID_NAME_BYTES);
	put_le32(id->block + BLOCK_VERSION, ID_BLOCK_VERSION);
	put_le32(id->block + BLOCK_GUEST_SVN, 0);
	put_le64(id->block + BLOCK_POLICY, policy);

	ret = sign_block(id);
	if (!ret && author)
		ret = sign_key(id);
	if (how == ID_BLOCK_BREAK_SIGNATURE)
		id->auth[AUTH_ID_BLOCK_SIG] ^= 1;
	if (how == ID_BLOCK_BREAK_AUTHOR)
		id->auth[AUTH_ID_KEY_SIG] ^= 1;
	return ret;
}
