// SPDX-License-Identifier: GPL-2.0-only
/*
 * The phases that only SNP launches have: start, ID block, finish.
 */
#include <string.h>

#include <sevtrace/psp.h>

#include "bytes.h"
#include "launch.h"

/* SEV-SNP firmware ABI 4.3, "Guest Policy" */
#define POLICY_MUST_BE_ONE (1ULL << 17)
#define POLICY_DEBUG (1ULL << 19)
#define POLICY_API_NEWEST 0xffffULL

static uint64_t policy_of(const struct launch *launch)
{
	uint64_t policy = launch->options->policy;

	if (launch_mistaken(launch, MISTAKE_BAD_POLICY))
		policy &= ~POLICY_MUST_BE_ONE;
	if (launch_mistaken(launch, MISTAKE_POLICY_VERSION))
		policy |= POLICY_API_NEWEST;
	return policy;
}

static int digest_vmsas(struct launch *launch)
{
	for (unsigned int i = 0; i < launch->vcpu_count; i++) {
		int ret = snp_digest_page(&launch->digest, SNP_PAGE_VMSA,
					  launch->vmsas + i * PAGE_BYTES, SNP_VMSA_GPA);

		if (ret)
			return launch_failed(launch, ret, "cannot compute SHA-384");
	}
	return 0;
}

int phase_id_block(struct launch *launch)
{
	struct snp_digest digest;
	uint64_t policy = policy_of(launch);
	enum id_block_break how = ID_BLOCK_GOOD;
	int ret;

	if (!launch->options->check)
		return 0;
	ret = digest_vmsas(launch);
	if (ret)
		return ret;
	digest = launch->digest;
	if (launch_mistaken(launch, MISTAKE_BAD_ID_BLOCK))
		digest.value[0] ^= 1;
	if (launch_mistaken(launch, MISTAKE_BAD_ID_POLICY))
		policy ^= POLICY_DEBUG;
	if (launch_mistaken(launch, MISTAKE_BAD_ID_SIGNATURE))
		how = ID_BLOCK_BREAK_SIGNATURE;
	if (launch_mistaken(launch, MISTAKE_BAD_ID_AUTHOR))
		how = ID_BLOCK_BREAK_AUTHOR;
	ret = id_block_make(&launch->id, &digest, policy, launch->options->author_key, how);
	return ret ? launch_failed(launch, ret, "cannot sign the ID block") : 0;
}

int phase_snp_start(struct launch *launch)
{
	struct uapi_kvm_sev_snp_launch_start start = { .policy = policy_of(launch) };
	int sev_fd = launch_mistaken(launch, MISTAKE_BAD_FD) ? -1 : launch->sev;

	return launch_do_command(launch, OP_SNP_START, sev_fd, &start);
}

/*
 * Notes a refused finish. If the firmware refuses the ID block for its digest, our check of the
 * digest has failed.
 */
static int finish_refused(struct launch *launch, int error, uint32_t fw_error)
{
	if (launch->options->check && fw_error == SEVTRACE_PSP_BAD_MEASUREMENT &&
	    !launch_mistaken(launch, MISTAKE_BAD_ID_BLOCK)) {
		launch_refused(launch, OP_SNP_FINISH, error, fw_error, NO_GFN);
		return launch_wrong(launch, &launch->result->measurement,
				    "the firmware has another launch digest than the ID block");
	}
	return launch_refused(launch, OP_SNP_FINISH, error, fw_error, NO_GFN);
}

int phase_snp_finish(struct launch *launch)
{
	struct launch_result *result = launch->result;
	struct uapi_kvm_sev_snp_launch_finish finish;
	uint32_t fw_error;
	int ret;

	memset(&finish, 0, sizeof(finish));
	if (launch->options->check) {
		finish.id_block_en = 1;
		finish.auth_key_en = launch->id.author;
		finish.id_block_uaddr = (uintptr_t)launch->id.block;
		finish.id_auth_uaddr = (uintptr_t)launch->id.auth;
		memcpy(result->digest, launch->digest.value, SHA384_BYTES);
		result->digest_bytes = SHA384_BYTES;
	}
	ret = launch_command(launch, OP_SNP_FINISH, launch->sev, &finish, &fw_error);
	if (ret < 0)
		return finish_refused(launch, ret, fw_error);
	launch->finished = true;
	result->pages[SNP_PAGE_VMSA] += launch->vcpu_count;
	if (launch->options->check)
		result->measurement = CHECK_OK;
	return 0;
}
