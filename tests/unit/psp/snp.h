/* SPDX-License-Identifier: GPL-2.0-only */
/* Steps of an SNP launch that several tests use. */
#ifndef PSP_TEST_SNP_H
#define PSP_TEST_SNP_H

#include "host.h"

/* SMT is allowed, the bit that must be one is set, API 0.0. */
#define SNP_POLICY 0x30000ULL
#define SNP_ASID 1U
#define SNP_GPA 0x80000000ULL

/* Returns the buffer of a command for @page. */
struct buf_snp_launch_update snp_update_buffer(uint64_t page, enum snp_page_type type);

/* Makes a context page at @gctx; the others also launch and activate its guest. */
void snp_make_context(struct host *host, uint64_t gctx);
void snp_start(struct host *host, uint64_t gctx, uint64_t policy);
void snp_launch(struct host *host, uint64_t gctx, uint64_t policy, uint32_t asid);

/* Makes @page a Pre-Guest page at SNP_GPA and adds it. */
uint32_t snp_add(struct host *host, uint64_t page, enum snp_page_type type);

uint32_t snp_finish(struct host *host, uint64_t gctx);

#endif /* PSP_TEST_SNP_H */
