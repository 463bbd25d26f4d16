// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks a SEV launch: that the measurement is the one we compute, and that exactly the right bytes
 * are encrypted, once.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "launch.h"
#include "layout.h"

#define BLOCK_BYTES 16 /* block of the cipher; no block of a page may equal its plaintext */

static int digest_memory(struct launch *launch, struct sev_digest *digest)
{
	const struct plan *plan = &launch->plan;
	uint8_t page[PAGE_BYTES];
	int ret = 0;

	for (unsigned int i = 0; i < plan->range_count; i++) {
		const struct range *range = &plan->ranges[i];

		for (uint64_t k = 0; k < range->pages && !ret; k++) {
			plan_fill_page(plan, range->type, range_gfn(plan, range) + k, page);
			ret = sev_digest_data(digest, page, sizeof(page));
		}
	}
	if (!ret && launch->options->type == GUEST_SEV_ES)
		ret = sev_digest_data(digest, launch->vmsas, launch->vcpu_count * PAGE_BYTES);
	return ret;
}

static int expected_measurement(struct launch *launch, uint8_t out[SHA256_BYTES])
{
	const uint8_t *mnonce = launch->measurement + SHA256_BYTES;
	struct sev_digest digest = { NULL };
	int ret = sev_digest_init(&digest);

	if (!ret)
		ret = digest_memory(launch, &digest);
	if (!ret)
		ret = sev_digest_final(&digest, launch->result->digest);
	if (!ret)
		ret = sev_measurement(launch->session.tik, &launch->measured,
				      launch->result->digest, mnonce, out);
	launch->result->digest_bytes = SHA256_BYTES;
	sev_digest_free(&digest);
	return ret;
}

static int verify_measurement(struct launch *launch)
{
	uint8_t expected[SHA256_BYTES];
	int ret;

	if (!launch->options->check || !launch->session_open)
		return 0;
	ret = expected_measurement(launch, expected);
	if (ret)
		return launch_failed(launch, ret, "cannot compute the measurement");
	if (memcmp(expected, launch->measurement, sizeof(expected)) != 0)
		return launch_wrong(launch, &launch->result->measurement,
				    "LAUNCH_MEASURE returned another measurement than expected");
	launch->result->measurement = CHECK_OK;
	return 0;
}

int launch_wrong_page(struct launch *launch, uint64_t gfn, const char *what)
{
	char text[MESSAGE_BYTES];

	snprintf(text, sizeof(text), "gfn %#" PRIx64 ": %s", gfn, what);
	return launch_wrong(launch, &launch->result->memory, text);
}

static int verify_encrypted(struct launch *launch, uint64_t gfn, const uint8_t *memory,
			    const uint8_t *plain, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += BLOCK_BYTES) {
		if (!memcmp(memory + i, plain + i, BLOCK_BYTES))
			return launch_wrong_page(launch, gfn, "memory still holds plaintext");
	}
	return 0;
}

static int verify_decrypted(struct launch *launch, uint64_t gfn, const uint8_t *memory,
			    const uint8_t *plain, size_t bytes)
{
	uint8_t decrypted[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
	struct kvm_sev_dbg debug = {
		.src_uaddr = (uintptr_t)memory,
		.dst_uaddr = (uintptr_t)decrypted,
		.len = (uint32_t)bytes,
	};
	uint32_t fw_error;
	int ret;

	memset(decrypted, 0, sizeof(decrypted));
	ret = launch_command(launch, OP_DBG_DECRYPT, launch->sev, &debug, &fw_error);
	if (ret < 0)
		return launch_refused(launch, OP_DBG_DECRYPT, ret, fw_error, gfn);
	if (memcmp(decrypted, plain, bytes) != 0)
		return launch_wrong_page(launch, gfn,
					 "memory decrypts to something else than its plaintext");
	launch->result->pages_decrypted++;
	return 0;
}

static int verify_bytes(struct launch *launch, uint64_t gfn, const uint8_t *memory,
			const uint8_t *plain, size_t bytes)
{
	int ret = 0;

	if (launch->options->check)
		ret = verify_encrypted(launch, gfn, memory, plain, bytes);
	if (!ret && launch->options->verify_memory)
		ret = verify_decrypted(launch, gfn, memory, plain, bytes);
	return ret;
}

static int verify_memory(struct launch *launch)
{
	const struct plan *plan = &launch->plan;
	uint8_t plain[PAGE_BYTES];
	int ret = 0;

	for (uint64_t page = 0; page < plan->pages && !ret; page++) {
		uint64_t gfn;
		const uint8_t *memory = plan_page(plan, page, &gfn);

		if (plan_slot_of(plan, page)->kind == SLOT_PRIVATE)
			continue;
		plan_fill_page(plan, SNP_PAGE_NORMAL, gfn, plain);
		ret = verify_bytes(launch, gfn, memory, plain, sizeof(plain));
	}
	if (!ret && launch->options->secret) {
		secret_make(launch, plain, SECRET_BYTES);
		ret = verify_bytes(launch, plan_spare_gfn(plan), plan_spare_memory(plan), plain,
				   SECRET_BYTES);
	}
	return ret;
}

int phase_verify(struct launch *launch)
{
	int ret = verify_measurement(launch);

	if (ret || (!launch->options->check && !launch->options->verify_memory))
		return ret;
	ret = verify_memory(launch);
	if (!ret && *launch->options->layout)
		ret = layout_verify(launch, launch->plan.pages);
	if (!ret)
		launch->result->memory = CHECK_OK;
	return ret;
}
