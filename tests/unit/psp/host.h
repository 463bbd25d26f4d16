/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine for tests of the PSP emulator's command layer: RAM with an RMP, the firmware, and the
 * hypervisor's part (command buffers, RMPUPDATE). It has no mailbox and needs no QEMU.
 */
#ifndef PSP_TEST_HOST_H
#define PSP_TEST_HOST_H

#include "firmware.h"

#define HOST_RAM_SIZE (32ULL << 20)
#define HOST_RMP_BASE 0x1000000ULL
#define HOST_RMP_SIZE (RMP_BOOKKEEPING + HOST_RAM_SIZE / PSP_PAGE_SIZE * 16)

/* Pages for tests; none overlaps another or the RMP. */
#define HOST_BUFFER 0x10000ULL /* command buffer */
#define HOST_CONTEXT 0x20000ULL
#define HOST_PAGE 0x30000ULL
#define HOST_OTHER 0x40000ULL
#define HOST_BIG 0x200000ULL /* a 2 MiB page */
#define HOST_TMR 0x400000ULL

struct host {
	struct ram ram;
	struct firmware firmware;
	struct log_detail detail; /* of the last command */
};

struct host *host_new(const char *platform);
/* Makes a machine after SNP_INIT_EX and SNP_DF_FLUSH, then INIT with SEV-ES and DF_FLUSH. */
struct host *host_new_snp(void);
/* Makes a machine after INIT with SEV-ES and DF_FLUSH, without SNP. */
struct host *host_new_sev(void);
void host_free(struct host *host);

/* Issues @code with a copy of @buffer, and copies the output back. @buffer NULL: no buffer. */
uint32_t host_issue(struct host *host, uint32_t code, void *buffer, size_t len);
#define ISSUE(host, name, buffer) host_issue(host, SEVTRACE_CMD_##name, &(buffer), sizeof(buffer))
#define ISSUE_BARE(host, name) host_issue(host, SEVTRACE_CMD_##name, NULL, 0)

/* Does the hypervisor's RMPUPDATE; the others use it to set a page's state. */
void host_rmpupdate(struct host *host, uint64_t page, struct rmp_entry entry);
void host_make_firmware(struct host *host, uint64_t page);
void host_make_pre_guest(struct host *host, uint64_t page, uint32_t asid, uint64_t gpa);
void host_make_shared(struct host *host, uint64_t page);

void *host_at(struct host *host, uint64_t gpa);

/* Fails the test with both names if the statuses differ. */
#define assert_status(got, name) \
	host_assert_status(got, SEVTRACE_PSP_##name, #got, __FILE__, __LINE__)
void host_assert_status(uint32_t got, uint32_t expected, const char *what, const char *file,
			int line);

#endif /* PSP_TEST_HOST_H */
