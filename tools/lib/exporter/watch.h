/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exporter's side to the kernel: attached to its tracepoints while they are there. Programs on
 * tracepoints of a module keep it from being unloaded, so it is let go of when asked to, and
 * attached to again when it is back.
 *
 * Functions return 0 or a negative errno unless they say otherwise. Times are CLOCK_MONOTONIC ns.
 */
#ifndef EXPORTER_WATCH_H
#define EXPORTER_WATCH_H

#include <sys/types.h>

#include "collector/collector.h"
#include "exporter/page.h"
#include "exporter/tally.h"

#define WATCH_LET_GO_NS 60000000000ULL /* without being unloaded, until it is attached again */

struct watch {
	struct collector_options options;
	struct collector *collector; /* NULL: not attached */
	struct tally tally;
	struct sevtrace_counters base; /* of earlier attachments */
	struct sevtrace_counters counters; /* since the start */
	uint64_t psp_base_ns;
	struct sevtrace_psp_now psp;
	uint64_t attachments;
	char fw_api[32]; /* empty: not known */
	uint64_t let_go; /* when; 0: it was not */
	ino_t module; /* that was let go of */
	uint64_t retry; /* not before */
	void (*say)(void *ctx, const char *text); /* a sentence without its end */
	void *ctx;
};

/* say: for what somebody should know. */
int watch_init(struct watch *w, const struct collector_options *options,
	       void (*say)(void *ctx, const char *text), void *ctx);
void watch_free(struct watch *w);

/*
 * Attaches if the modules are there. *why is set when that fails for another reason than that they
 * are not: what is wrong and what to do.
 */
int watch_attach(struct watch *w, char *why, size_t why_size);

/* The same now and then, once privileges are in effect; failures are said, and tried again. */
int watch_retry(struct watch *w, uint64_t now);

/* Lets the modules go. What is under way is not seen until they are attached again. */
int watch_let_go(struct watch *w, uint64_t now);

/* Takes what waits. */
int watch_drain(struct watch *w);

/* The same, adds up what is over, and brings counters and histograms up to date. */
int watch_refresh(struct watch *w, uint64_t now);

/* Is it time to attach? Cheap enough to be asked at any time. */
bool watch_wants(const struct watch *w, uint64_t now);

/* Fills in what the kernel tells. */
void watch_describe(const struct watch *w, struct page *page);

#endif /* EXPORTER_WATCH_H */
