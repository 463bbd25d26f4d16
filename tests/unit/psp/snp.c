// SPDX-License-Identifier: GPL-2.0-only
/* Steps of an SNP launch, see snp.h. */
#include "snp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct buf_snp_launch_update snp_update_buffer(uint64_t page, enum snp_page_type type)
{
	return (struct buf_snp_launch_update){
		.gctx = HOST_CONTEXT,
		.flags = (uint32_t)type << 1,
		.address = page,
	};
}

void snp_make_context(struct host *host, uint64_t gctx)
{
	struct buf_snp_addr buf = { .address = gctx };

	host_make_firmware(host, gctx);
	assert_status(ISSUE(host, SNP_GCTX_CREATE, buf), SUCCESS);
}

void snp_start(struct host *host, uint64_t gctx, uint64_t policy)
{
	struct buf_snp_launch_start buf = { .gctx = gctx, .policy = policy };

	snp_make_context(host, gctx);
	assert_status(ISSUE(host, SNP_LAUNCH_START, buf), SUCCESS);
}

void snp_launch(struct host *host, uint64_t gctx, uint64_t policy, uint32_t asid)
{
	struct buf_snp_activate buf = { .gctx = gctx, .asid = asid };

	snp_start(host, gctx, policy);
	assert_status(ISSUE(host, SNP_ACTIVATE, buf), SUCCESS);
}

uint32_t snp_add(struct host *host, uint64_t page, enum snp_page_type type)
{
	struct buf_snp_launch_update buf = snp_update_buffer(page, type);

	host_make_pre_guest(host, page, SNP_ASID, SNP_GPA);
	return ISSUE(host, SNP_LAUNCH_UPDATE, buf);
}

uint32_t snp_finish(struct host *host, uint64_t gctx)
{
	struct buf_snp_launch_finish buf = { .gctx = gctx };

	return ISSUE(host, SNP_LAUNCH_FINISH, buf);
}
