/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests whose memory --layout describes: shared and private memslots side by side.
 */
#ifndef LAUNCHER_LAYOUT_H
#define LAUNCHER_LAYOUT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "launch.h"

/* Launches all pages, in one call or in one for each memslot and chunk. */
int layout_update(struct launch *launch);

/*
 * Checks what KVM promises for the first @done pages and for those behind them. A private page is
 * private and encrypted in guest_memfd, or neither; its source is unchanged.
 */
int layout_verify(struct launch *launch, uint64_t done);

/* Makes the first read of @page end with a signal to this thread. Returns 0 or -errno. */
int interrupt_at(uint8_t *page);

/*
 * Calls @call in a separate thread while a read of @page waits for the contents; once. Returns 0 or
 * -errno.
 */
int trap_page(uint8_t *page, void (*call)(void *arg), void *arg);

/* Gets the current length of the PSP emulator's log. Returns 0 or -errno. */
int psplog_end(const char *path, off_t *end);

/*
 * Reads from the PSP emulator's log the physical addresses of the first @want pages that
 * LAUNCH_UPDATE_DATA encrypted for @guest, in order. @start is the beginning of the line to start
 * at. Waits for the last line that is needed. Returns 0, -errno, or -ENODATA if the log has fewer
 * pages.
 */
int psplog_pages(const char *path, off_t start, uint32_t guest, uint64_t want, uint64_t *addresses);

/* Reads all addresses that the log has now, for any type of guest. The caller frees *addresses. */
int psplog_all(const char *path, off_t start, uint32_t guest, uint64_t **addresses,
	       uint64_t *count);

/*
 * Finds the first SNP guest that was started after @start in the log; waits for its line. Returns
 * 0, -errno or -ENODATA.
 */
int psplog_snp_guest(const char *path, off_t start, uint32_t *guest);

#endif /* LAUNCHER_LAYOUT_H */
