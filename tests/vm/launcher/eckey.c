// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elliptic-curve keys in AMD's formats.
 */
#include "eckey.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/params.h>
#include <string.h>

#include "bytes.h"

#define EC_OFFSET_QX 4
#define EC_OFFSET_QY (EC_OFFSET_QX + EC_COORDINATE_BYTES)
#define EC_POINT_MAX_BYTES (1 + 2 * EC_COORDINATE_BYTES)

EVP_PKEY *ec_key_new(void)
{
	return EVP_EC_gen("P-384");
}

static int write_coordinate(const EVP_PKEY *key, const char *name, uint8_t *out)
{
	BIGNUM *number = NULL;
	int ret = -EIO;

	if (EVP_PKEY_get_bn_param(key, name, &number) == 1 &&
	    BN_bn2lebinpad(number, out, EC_COORDINATE_BYTES) == EC_COORDINATE_BYTES)
		ret = 0;
	BN_free(number);
	return ret;
}

int ec_public_write(const EVP_PKEY *key, uint8_t out[EC_PUBLIC_BYTES])
{
	int ret;

	memset(out, 0, EC_PUBLIC_BYTES);
	put_le32(out, EC_CURVE_P384);
	ret = write_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, out + EC_OFFSET_QX);
	if (!ret)
		ret = write_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, out + EC_OFFSET_QY);
	return ret;
}

/* SEC 1 2.3.3, uncompressed: 04 || X || Y, big endian */
static int encode_point(const uint8_t *in, size_t field, uint8_t *point)
{
	point[0] = 4;
	for (size_t i = 0; i < field; i++) {
		point[1 + i] = in[EC_OFFSET_QX + field - 1 - i];
		point[1 + field + i] = in[EC_OFFSET_QY + field - 1 - i];
	}
	for (size_t i = field; i < EC_COORDINATE_BYTES; i++) {
		if (in[EC_OFFSET_QX + i] || in[EC_OFFSET_QY + i])
			return -EINVAL;
	}
	return 0;
}

int ec_public_read(const uint8_t in[EC_PUBLIC_BYTES], EVP_PKEY **key)
{
	uint64_t curve = get_le(in, 4);
	size_t field = curve == EC_CURVE_P256 ? 32 : 48;
	char p256[] = "P-256";
	char p384[] = "P-384";
	uint8_t point[EC_POINT_MAX_BYTES];
	OSSL_PARAM params[3];
	EVP_PKEY_CTX *context;
	int ret;

	if (curve != EC_CURVE_P256 && curve != EC_CURVE_P384)
		return -EINVAL;
	ret = encode_point(in, field, point);
	if (ret)
		return ret;
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						     curve == EC_CURVE_P256 ? p256 : p384, 0);
	params[1] =
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * field);
	params[2] = OSSL_PARAM_construct_end();

	context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (!context)
		return -ENOMEM;
	*key = NULL;
	if (EVP_PKEY_fromdata_init(context) != 1)
		ret = -EIO;
	else if (EVP_PKEY_fromdata(context, key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		ret = -EINVAL;
	EVP_PKEY_CTX_free(context);
	return ret;
}

static int signature_to_le(const uint8_t *der, size_t bytes, uint8_t *out)
{
	const unsigned char *at = der;
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)bytes);
	int ret = -EIO;

	if (!signature)
		return ret;
	memset(out, 0, EC_SIGNATURE_BYTES);
	if (BN_bn2lebinpad(ECDSA_SIG_get0_r(signature), out, EC_COORDINATE_BYTES) ==
		    EC_COORDINATE_BYTES &&
	    BN_bn2lebinpad(ECDSA_SIG_get0_s(signature), out + EC_COORDINATE_BYTES,
			   EC_COORDINATE_BYTES) == EC_COORDINATE_BYTES)
		ret = 0;
	ECDSA_SIG_free(signature);
	return ret;
}

int ec_sign_sha384(EVP_PKEY *key, const void *data, size_t bytes, uint8_t out[EC_SIGNATURE_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t der[160];
	size_t length = sizeof(der);
	int ret = -EIO;

	if (context && EVP_DigestSignInit(context, NULL, EVP_sha384(), NULL, key) == 1 &&
	    EVP_DigestSign(context, der, &length, data, bytes) == 1)
		ret = signature_to_le(der, length, out);
	EVP_MD_CTX_free(context);
	return ret;
}
