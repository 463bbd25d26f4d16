// SPDX-License-Identifier: GPL-2.0-only
/* SNP_LAUNCH_FINISH: ABI chapter 8, "Launch", and the identity block of chapter 4. */
#include <string.h>

#include "handlers.h"

static uint32_t check_algorithms(const struct snp_id_auth *auth, bool author)
{
	if (auth->id_key_algo != SNP_ALGO_ECDSA_P384_SHA384 ||
	    (author && auth->auth_key_algo != SNP_ALGO_ECDSA_P384_SHA384))
		return SEVTRACE_PSP_INVALID_PARAM;
	return SEVTRACE_PSP_SUCCESS;
}

/* The ID key signs the block, the author key signs the ID key. */
static uint32_t check_signatures(const struct snp_id_block *block, const struct snp_id_auth *auth,
				 bool author)
{
	if (!ecc_verify(&auth->id_key, true, block, sizeof(*block), &auth->id_block_sig))
		return SEVTRACE_PSP_BAD_SIGNATURE;
	if (author && !ecc_verify(&auth->author_key, true, &auth->id_key, sizeof(auth->id_key),
				  &auth->id_key_sig))
		return SEVTRACE_PSP_BAD_SIGNATURE;
	return SEVTRACE_PSP_SUCCESS;
}

static uint32_t take_id_block(const struct firmware *firmware, struct guest *guest,
			      const struct buf_snp_launch_finish *buf)
{
	bool author = buf->flags & SNP_FINISH_AUTHOR_KEY;
	struct snp_id_block block;
	struct snp_id_auth auth;
	uint32_t status;

	if (!ram_read(firmware->ram, buf->id_block, &block, sizeof(block)) ||
	    !ram_read(firmware->ram, buf->id_auth, &auth, sizeof(auth)))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	if (memcmp(block.ld, guest->digest, sizeof(block.ld)) != 0)
		return SEVTRACE_PSP_BAD_MEASUREMENT;
	if (block.policy != guest->policy)
		return SEVTRACE_PSP_POLICY_FAILURE;
	status = check_algorithms(&auth, author);
	if (!status)
		status = check_signatures(&block, &auth, author);
	if (status)
		return status;
	guest->id_block = block;
	guest->author_key_en = author;
	if (!crypto_sha384(&auth.id_key, sizeof(auth.id_key), guest->id_key_digest) ||
	    (author &&
	     !crypto_sha384(&auth.author_key, sizeof(auth.author_key), guest->author_key_digest)))
		return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t snp_launch_finish(struct firmware *firmware, struct command *command)
{
	struct buf_snp_launch_finish buf;
	struct guest *guest;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	guest = guest_by_context(firmware, buf.gctx);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	memcpy(command->detail.digest, guest->digest, sizeof(guest->digest));
	command->detail.digest_len = sizeof(guest->digest);
	if (guest->state != SNP_GSTATE_LAUNCH || guest->imi)
		return SEVTRACE_PSP_INVALID_GUEST_STATE;
	if (!guest->asid)
		return SEVTRACE_PSP_INACTIVE;
	if (buf.flags & SNP_FINISH_ID_BLOCK) {
		status = take_id_block(firmware, guest, &buf);
		if (status)
			return status;
	}
	guest->vcek_disabled = buf.flags & SNP_FINISH_VCEK_DISABLED;
	memcpy(guest->host_data, buf.host_data, sizeof(guest->host_data));
	guest->state = SNP_GSTATE_RUNNING;
	return SEVTRACE_PSP_SUCCESS;
}
