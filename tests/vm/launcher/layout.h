/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests whose memory is laid out by --layout: shared and private memslots side by side.
 */
#ifndef LAUNCHER_LAYOUT_H
#define LAUNCHER_LAYOUT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "launch.h"

/* Launches all pages: by one call, or by one for each memslot and chunk. */
int layout_update(struct launch *launch);

/*
 * Is what came of the first @done pages, and of those behind them, what KVM promises? Private
 * pages are private and encrypted in guest_memfd, or neither, and their source is as it was.
 */
int layout_verify(struct launch *launch, uint64_t done);

/* Makes the wait for @page's contents end with a signal to this thread. 0 or -errno. */
int interrupt_at(uint8_t *page);

/*
 * Calls @call, in a thread of its own, while somebody waits for @page's contents; once. 0 or
 * -errno.
 */
int trap_page(uint8_t *page, void (*call)(void *arg), void *arg);

/* How long the PSP emulator's log is. 0 or -errno. */
int psplog_end(const char *path, off_t *end);

/*
 * The physical addresses of the first @want pages that LAUNCH_UPDATE_DATA encrypted for @guest by
 * the PSP emulator's log from @start on, which is the beginning of a line, in order; waits for the
 * log's last line. 0, -errno, or -ENODATA: it has not that many.
 */
int psplog_pages(const char *path, off_t start, uint32_t guest, uint64_t want, uint64_t *addresses);

/* All that the log has of them now, for every type of guest; the caller frees *addresses. */
int psplog_all(const char *path, off_t start, uint32_t guest, uint64_t **addresses,
	       uint64_t *count);

/*
 * The first SNP guest that was started from @start on; waits for its line. 0, -errno or -ENODATA.
 */
int psplog_snp_guest(const char *path, off_t start, uint32_t *guest);

#endif /* LAUNCHER_LAYOUT_H */
