// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest owner's side of a SEV or SEV-ES launch.
 */
#include "session.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "bytes.h"
#include "eckey.h"

/* SEV API appendix C.1, "SEV certificate format" */
enum sev_cert {
	CERT_VERSION = 0x000,
	CERT_PUBKEY_USAGE = 0x008,
	CERT_PUBKEY_ALGO = 0x00c,
	CERT_PUBKEY = 0x010,
	CERT_SIG1_USAGE = 0x414,
	CERT_SIG2_USAGE = 0x61c
};

#define CERT_VERSION_1 1
#define CERT_USAGE_NONE 0x1000
#define CERT_USAGE_PDH 0x1003
#define CERT_ALGO_ECDH_SHA256 0x003
#define CERT_ALGO_ECDH_SHA384 0x103

/* SEV API 6.2.1, "Launch session" */
enum sev_session_layout {
	SESSION_NONCE = 0x00,
	SESSION_WRAP_TK = 0x10,
	SESSION_WRAP_IV = 0x30,
	SESSION_WRAP_MAC = 0x40,
	SESSION_POLICY_MAC = 0x60
};

#define WRAP_TK_BYTES ((size_t)2 * SEV_KEY_BYTES)

/* Context byte of a secret packet's HMAC, SEV API 6.6.1 */
#define SEV_CONTEXT_SECRET 0x01

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

int sev_kdf(const uint8_t *key, size_t key_bytes, const char *label, const uint8_t *context,
	    size_t context_bytes, uint8_t *out, size_t bytes)
{
	uint8_t counter[4];
	uint8_t bits[4];
	uint8_t block[SHA256_BYTES];
	const struct bytes_view parts[] = {
		{ counter, sizeof(counter) },
		{ label, strlen(label) + 1 },
		{ context ? context : counter, context_bytes },
		{ bits, sizeof(bits) },
	};

	put_le32(bits, (uint32_t)(bytes * 8));
	for (size_t done = 0, i = 1; done < bytes; done += sizeof(block), i++) {
		size_t part = bytes - done < sizeof(block) ? bytes - done : sizeof(block);
		int ret;

		put_le32(counter, (uint32_t)i);
		ret = hmac_sha256(key, key_bytes, parts, ARRAY_SIZE(parts), block);
		if (ret)
			return ret;
		memcpy(out + done, block, part);
	}
	OPENSSL_cleanse(block, sizeof(block));
	return 0;
}

static int aes128_ctr(const uint8_t *key, const uint8_t *iv, const uint8_t *in, size_t bytes,
		      uint8_t *out)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int length = 0;
	int ret = -EIO;

	if (context && EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), NULL, key, iv) == 1 &&
	    EVP_EncryptUpdate(context, out, &length, in, (int)bytes) == 1 && length == (int)bytes)
		ret = 0;
	EVP_CIPHER_CTX_free(context);
	return ret;
}

static int session_macs(struct sev_session *session, const uint8_t *kik, uint32_t policy)
{
	uint8_t *data = session->data;
	uint8_t policy_le[4];
	const struct bytes_view wrapped = { data + SESSION_WRAP_TK, WRAP_TK_BYTES };
	const struct bytes_view policy_view = { policy_le, sizeof(policy_le) };
	int ret;

	put_le32(policy_le, policy);
	ret = hmac_sha256(kik, SEV_KEY_BYTES, &wrapped, 1, data + SESSION_WRAP_MAC);
	if (ret)
		return ret;
	return hmac_sha256(session->tik, SEV_KEY_BYTES, &policy_view, 1, data + SESSION_POLICY_MAC);
}

int sev_session_wrap(struct sev_session *session, const uint8_t *shared, size_t shared_bytes,
		     const struct sev_session_keys *keys, uint32_t policy)
{
	uint8_t master[SEV_KEY_BYTES];
	uint8_t kek[SEV_KEY_BYTES];
	uint8_t kik[SEV_KEY_BYTES];
	uint8_t transport[WRAP_TK_BYTES];
	uint8_t *data = session->data;
	int ret;

	memcpy(session->tek, keys->tek, SEV_KEY_BYTES);
	memcpy(session->tik, keys->tik, SEV_KEY_BYTES);
	memcpy(transport, keys->tek, SEV_KEY_BYTES);
	memcpy(transport + SEV_KEY_BYTES, keys->tik, SEV_KEY_BYTES);
	memcpy(data + SESSION_NONCE, keys->nonce, SEV_NONCE_BYTES);
	memcpy(data + SESSION_WRAP_IV, keys->iv, SEV_KEY_BYTES);

	ret = sev_kdf(shared, shared_bytes, "sev-master-secret", keys->nonce, SEV_NONCE_BYTES,
		      master, sizeof(master));
	if (!ret)
		ret = sev_kdf(master, sizeof(master), "sev-kek", NULL, 0, kek, sizeof(kek));
	if (!ret)
		ret = sev_kdf(master, sizeof(master), "sev-kik", NULL, 0, kik, sizeof(kik));
	if (!ret)
		ret = aes128_ctr(kek, keys->iv, transport, sizeof(transport),
				 data + SESSION_WRAP_TK);
	if (!ret)
		ret = session_macs(session, kik, policy);

	OPENSSL_cleanse(master, sizeof(master));
	OPENSSL_cleanse(kek, sizeof(kek));
	OPENSSL_cleanse(kik, sizeof(kik));
	OPENSSL_cleanse(transport, sizeof(transport));
	return ret;
}

/* Computes the X coordinate of the shared point, big endian. */
static int shared_secret(EVP_PKEY *own, EVP_PKEY *peer, uint8_t *out, size_t *bytes)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own, NULL);
	int ret = -EIO;

	if (context && EVP_PKEY_derive_init(context) == 1 &&
	    EVP_PKEY_derive_set_peer(context, peer) == 1 &&
	    EVP_PKEY_derive(context, out, bytes) == 1)
		ret = 0;
	EVP_PKEY_CTX_free(context);
	return ret;
}

static int read_pdh(const uint8_t *pdh, EVP_PKEY **key)
{
	uint64_t algorithm = get_le(pdh + CERT_PUBKEY_ALGO, 4);

	if (get_le(pdh + CERT_VERSION, 4) != CERT_VERSION_1 ||
	    get_le(pdh + CERT_PUBKEY_USAGE, 4) != CERT_USAGE_PDH)
		return -EINVAL;
	if (algorithm != CERT_ALGO_ECDH_SHA256 && algorithm != CERT_ALGO_ECDH_SHA384)
		return -EINVAL;
	return ec_public_read(pdh + CERT_PUBKEY, key);
}

static int write_certificate(uint8_t *certificate, const EVP_PKEY *key)
{
	memset(certificate, 0, SEV_CERT_BYTES);
	put_le32(certificate + CERT_VERSION, CERT_VERSION_1);
	put_le32(certificate + CERT_PUBKEY_USAGE, CERT_USAGE_PDH);
	put_le32(certificate + CERT_PUBKEY_ALGO, CERT_ALGO_ECDH_SHA256);
	put_le32(certificate + CERT_SIG1_USAGE, CERT_USAGE_NONE);
	put_le32(certificate + CERT_SIG2_USAGE, CERT_USAGE_NONE);
	return ec_public_write(key, certificate + CERT_PUBKEY);
}

int sev_session_open(struct sev_session *session, const uint8_t *pdh, uint32_t policy)
{
	struct sev_session_keys keys;
	uint8_t shared[EC_COORDINATE_BYTES];
	size_t shared_bytes = sizeof(shared);
	EVP_PKEY *peer = NULL;
	EVP_PKEY *own = NULL;
	int ret;

	ret = read_pdh(pdh, &peer);
	if (ret)
		return ret;
	own = ec_key_new();
	if (!own || RAND_bytes((unsigned char *)&keys, sizeof(keys)) != 1) {
		ret = -EIO;
		goto out;
	}
	ret = write_certificate(session->certificate, own);
	if (!ret)
		ret = shared_secret(own, peer, shared, &shared_bytes);
	if (!ret)
		ret = sev_session_wrap(session, shared, shared_bytes, &keys, policy);
	OPENSSL_cleanse(shared, sizeof(shared));
out:
	OPENSSL_cleanse(&keys, sizeof(keys));
	EVP_PKEY_free(own);
	EVP_PKEY_free(peer);
	return ret;
}

int sev_secret_packet(const struct sev_session *session, const uint8_t measure[SHA256_BYTES],
		      const uint8_t *secret, size_t bytes, uint8_t *packet,
		      uint8_t header[SEV_PACKET_HEADER_BYTES])
{
	uint8_t *flags = header;
	uint8_t *iv = header + 4;
	uint8_t *mac = iv + SEV_KEY_BYTES;
	const uint8_t context = SEV_CONTEXT_SECRET;
	uint8_t length[4];
	const struct bytes_view parts[] = {
		{ &context, 1 },
		{ flags, 4 },
		{ iv, SEV_KEY_BYTES },
		{ length, sizeof(length) }, /* GUEST_LENGTH */
		{ length, sizeof(length) } /* TRANS_LENGTH */,
		{ packet, bytes },
		{ measure, SHA256_BYTES },
	};
	int ret;

	put_le32(flags, 0);
	put_le32(length, (uint32_t)bytes);
	if (RAND_bytes(iv, SEV_KEY_BYTES) != 1)
		return -EIO;
	ret = aes128_ctr(session->tek, iv, secret, bytes, packet);
	if (ret)
		return ret;
	return hmac_sha256(session->tik, SEV_KEY_BYTES, parts, ARRAY_SIZE(parts), mac);
}
