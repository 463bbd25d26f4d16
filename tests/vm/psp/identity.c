// SPDX-License-Identifier: GPL-2.0-only
/*
 * The platform's identity, see identity.h.
 *
 * Each private key is derived from the seed, the key's name and a generation counter. So only the
 * counters are stored and, once the platform is owned, the two imported certificates.
 */
#include "identity.h"

#include <stddef.h>
#include <string.h>

#define NV_MAGIC 0x4e564553U /* "SEVN" */

struct nv {
	uint32_t magic;
	uint32_t oca_generation;
	uint32_t pek_generation;
	uint32_t pdh_generation;
	uint32_t owned;
	struct sev_cert pek_cert;
	struct sev_cert oca_cert;
	uint8_t mac[SHA256_SIZE];
} __attribute__((packed));

_Static_assert(sizeof(struct nv) <= NV_SIZE, "persistent data");

/* The part of a certificate that the signature covers. */
#define CERT_BODY offsetof(struct sev_cert, sig1_usage)

static struct ecc_key *make_key(const struct firmware *firmware, const char *name,
				uint32_t generation)
{
	uint8_t secret[48];

	if (!psp_guest_key(firmware->root, name, generation, secret, sizeof(secret)))
		return NULL;
	return ecc_key_new(secret);
}

static bool replace_key(const struct firmware *firmware, struct ecc_key **key, const char *name,
			uint32_t generation)
{
	ecc_key_free(*key);
	*key = make_key(firmware, name, generation);
	return *key;
}

static void start_cert(const struct firmware *firmware, struct sev_cert *cert, uint32_t usage,
		       const struct ecc_key *key)
{
	memset(cert, 0, sizeof(*cert));
	cert->version = 1;
	cert->api_major = firmware->platform.api_major;
	cert->api_minor = firmware->platform.api_minor;
	cert->usage = usage;
	cert->algo = usage == CERT_PDH ? CERT_ALGO_ECDH_SHA256 : CERT_ALGO_ECDSA_SHA256;
	ecc_public(key, &cert->key);
	cert->sig1_usage = CERT_INVALID;
	cert->sig2_usage = CERT_INVALID;
}

static bool sign_first(struct sev_cert *cert, uint32_t usage, const struct ecc_key *key)
{
	cert->sig1_usage = usage;
	cert->sig1_algo = CERT_ALGO_ECDSA_SHA256;
	return ecc_sign(key, false, cert, CERT_BODY, &cert->sig1);
}

static bool sign_second(struct sev_cert *cert, uint32_t usage, const struct ecc_key *key)
{
	cert->sig2_usage = usage;
	cert->sig2_algo = CERT_ALGO_ECDSA_SHA256;
	return ecc_sign(key, false, cert, CERT_BODY, &cert->sig2);
}

static bool build_pdh(struct firmware *firmware)
{
	struct identity *identity = &firmware->identity;

	if (!replace_key(firmware, &identity->pdh, "pdh", identity->pdh_generation))
		return false;
	start_cert(firmware, &identity->pdh_cert, CERT_PDH, identity->pdh);
	return sign_first(&identity->pdh_cert, CERT_PEK, identity->pek);
}

/* Makes the keys from the counters, and the certificates of a platform that owns itself. */
static bool build(struct firmware *firmware)
{
	struct identity *identity = &firmware->identity;

	if (!replace_key(firmware, &identity->cek, "cek", 0) ||
	    !replace_key(firmware, &identity->oca, "oca", identity->oca_generation) ||
	    !replace_key(firmware, &identity->pek, "pek", identity->pek_generation))
		return false;
	start_cert(firmware, &identity->oca_cert, CERT_OCA, identity->oca);
	start_cert(firmware, &identity->pek_cert, CERT_PEK, identity->pek);
	identity->owned = false;
	return sign_first(&identity->oca_cert, CERT_OCA, identity->oca) &&
	       sign_first(&identity->pek_cert, CERT_CEK, identity->cek) &&
	       sign_second(&identity->pek_cert, CERT_OCA, identity->oca) && build_pdh(firmware);
}

bool identity_init(struct firmware *firmware)
{
	return build(firmware);
}

void identity_free(struct identity *identity)
{
	ecc_key_free(identity->oca);
	ecc_key_free(identity->pek);
	ecc_key_free(identity->pdh);
	ecc_key_free(identity->cek);
	memset(identity, 0, sizeof(*identity));
}

bool identity_new_pek(struct firmware *firmware)
{
	firmware->identity.oca_generation++;
	firmware->identity.pek_generation++;
	firmware->identity.pdh_generation++;
	return build(firmware);
}

bool identity_new_pdh(struct firmware *firmware)
{
	firmware->identity.pdh_generation++;
	return build_pdh(firmware);
}

void identity_cek_cert(const struct firmware *firmware, struct sev_cert *cert)
{
	start_cert(firmware, cert, CERT_CEK, firmware->identity.cek);
}

void identity_csr(const struct firmware *firmware, struct sev_cert *cert)
{
	*cert = firmware->identity.pek_cert;
	memset(&cert->sig1_usage, 0, sizeof(*cert) - CERT_BODY);
	cert->sig1_usage = CERT_INVALID;
	cert->sig2_usage = CERT_INVALID;
}

/*
 * Returns the signature of @cert by an OCA, which may be the first or the second one. NULL: it has
 * none.
 */
static const struct ecc_signature *oca_signature(const struct sev_cert *cert)
{
	if (cert->sig1_usage == CERT_OCA && cert->sig1_algo == CERT_ALGO_ECDSA_SHA256)
		return &cert->sig1;
	if (cert->sig2_usage == CERT_OCA && cert->sig2_algo == CERT_ALGO_ECDSA_SHA256)
		return &cert->sig2;
	return NULL;
}

static uint32_t check_cert(const struct sev_cert *cert, uint32_t usage, const struct sev_cert *oca)
{
	const struct ecc_signature *sig = oca_signature(cert);

	if (cert->version != 1 || cert->usage != usage || cert->algo != CERT_ALGO_ECDSA_SHA256 ||
	    cert->key.curve != ECC_CURVE_P384 || !sig)
		return SEVTRACE_PSP_INVALID_CERTIFICATE;
	if (!ecc_verify(&oca->key, false, cert, CERT_BODY, sig))
		return SEVTRACE_PSP_BAD_SIGNATURE;
	return SEVTRACE_PSP_SUCCESS;
}

static bool take_over(struct firmware *firmware, const struct sev_cert *pek,
		      const struct sev_cert *oca)
{
	struct identity *identity = &firmware->identity;
	const struct ecc_signature *sig = oca_signature(pek);

	/* The PEK keeps the chip's signature; the second one becomes the new owner's. */
	identity->pek_cert.sig2 = *sig;
	identity->pek_cert.sig2_usage = CERT_OCA;
	identity->pek_cert.sig2_algo = CERT_ALGO_ECDSA_SHA256;
	identity->oca_cert = *oca;
	identity->owned = true;
	return identity_new_pdh(firmware);
}

uint32_t identity_import(struct firmware *firmware, const struct sev_cert *pek,
			 const struct sev_cert *oca)
{
	uint32_t status;

	status = check_cert(oca, CERT_OCA, oca);
	if (status)
		return status;
	status = check_cert(pek, CERT_PEK, oca);
	if (status)
		return status;
	if (memcmp(pek, &firmware->identity.pek_cert, CERT_BODY) != 0)
		return SEVTRACE_PSP_INVALID_CERTIFICATE;
	return take_over(firmware, pek, oca) ? SEVTRACE_PSP_SUCCESS :
					       SEVTRACE_PSP_HWSEV_RET_PLATFORM;
}

static bool nv_mac(const struct firmware *firmware, const struct nv *nv, uint8_t mac[SHA256_SIZE])
{
	const struct crypto_piece piece = { nv, offsetof(struct nv, mac) };
	uint8_t key[32];

	return psp_guest_key(firmware->root, "nv", 0, key, sizeof(key)) &&
	       crypto_hmac(key, sizeof(key), &piece, 1, mac);
}

static bool is_blank(const uint8_t *nv)
{
	for (size_t i = 1; i < sizeof(struct nv); i++)
		if (nv[i] != nv[0])
			return false;
	return nv[0] == 0 || nv[0] == 0xff;
}

uint32_t identity_load(struct firmware *firmware)
{
	struct identity *identity = &firmware->identity;
	uint8_t mac[SHA256_SIZE];
	struct nv nv;

	if (!firmware->nv_address)
		return SEVTRACE_PSP_SUCCESS;
	if (!ram_read(firmware->ram, firmware->nv_address, &nv, sizeof(nv)))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	if (is_blank((const uint8_t *)&nv))
		return build(firmware) ? identity_save(firmware) : SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	if (nv.magic != NV_MAGIC || !nv_mac(firmware, &nv, mac) ||
	    !crypto_equal(mac, nv.mac, sizeof(mac))) {
		memset(ram_at(firmware->ram, firmware->nv_address, NV_SIZE), 0, NV_SIZE);
		return SEVTRACE_PSP_SECURE_DATA_INVALID;
	}
	identity->oca_generation = nv.oca_generation;
	identity->pek_generation = nv.pek_generation;
	identity->pdh_generation = nv.pdh_generation;
	if (!build(firmware))
		return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	if (nv.owned) {
		identity->owned = true;
		identity->pek_cert = nv.pek_cert;
		identity->oca_cert = nv.oca_cert;
	}
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t identity_save(struct firmware *firmware)
{
	const struct identity *identity = &firmware->identity;
	struct nv nv = {
		.magic = NV_MAGIC,
		.oca_generation = identity->oca_generation,
		.pek_generation = identity->pek_generation,
		.pdh_generation = identity->pdh_generation,
		.owned = identity->owned,
		.pek_cert = identity->pek_cert,
		.oca_cert = identity->oca_cert,
	};

	if (!firmware->nv_address)
		return SEVTRACE_PSP_SUCCESS;
	if (!nv_mac(firmware, &nv, nv.mac))
		return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	return write_out(firmware, firmware->nv_address, &nv, sizeof(nv));
}
