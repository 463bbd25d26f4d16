/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attaches the exporter to the kernel's tracepoints while they exist. A module cannot be unloaded
 * while programs are attached to its tracepoints. So the exporter detaches when asked to, and
 * attaches again when the module has been reloaded.
 *
 * Functions return 0 or a negative errno unless they say otherwise. Times are CLOCK_MONOTONIC ns.
 */
#ifndef EXPORTER_WATCH_H
#define EXPORTER_WATCH_H

#include <sys/types.h>

#include "collector/collector.h"
#include "exporter/page.h"
#include "exporter/tally.h"

#define WATCH_LET_GO_NS 60000000000ULL /* if it is not unloaded: time until we attach again */

struct watch {
	struct collector_options options;
	struct collector *collector; /* NULL: not attached */
	struct tally tally;
	struct sevtrace_counters base; /* sums of earlier attachments */
	struct sevtrace_counters counters; /* since the exporter's start */
	uint64_t psp_base_ns;
	struct sevtrace_psp_now psp;
	struct collector_cost cost_base; /* of earlier attachments */
	uint64_t attachments;
	char fw_api[32]; /* "": not known */
	struct event_choice choice; /* of the last attachment */
	char lacks[LACKS_LEN]; /* what it does not tell, see collector_lacks() */
	uint64_t let_go; /* when it was let go of; 0: it was not */
	ino_t module; /* inode of the module that was let go of */
	uint64_t retry; /* time of the next try to attach, at the earliest */
	char trouble[512]; /* why the last try to attach failed; "": it did not */
	void (*say)(void *ctx, const char *text); /* text: a sentence without a full stop */
	void *ctx;
};

/* say: called with messages that somebody should read. */
int watch_init(struct watch *w, const struct collector_options *options,
	       void (*say)(void *ctx, const char *text), void *ctx);
void watch_free(struct watch *w);

/*
 * Attaches if the modules are loaded. On another error than missing modules, *why receives what is
 * wrong and what to do.
 */
int watch_attach(struct watch *w, char *why, size_t why_size);

/* Returns the name of the source of events: of now, or of the last attachment. */
const char *watch_source(const struct watch *w);

/*
 * Attaches later on; the caller raises its privileges first. Reports failures by say(), and
 * sets the time of the next try.
 */
int watch_retry(struct watch *w, uint64_t now);

/*
 * Detaches, so that the modules can be unloaded. Launches are not seen until the next attachment.
 */
int watch_let_go(struct watch *w, uint64_t now);

/* Takes records that wait in the buffer. */
int watch_drain(struct watch *w);

/* Did the last drain leave records? */
bool watch_behind(const struct watch *w);

/* Does the same, adds up launches that are over, and updates counters and histograms. */
int watch_refresh(struct watch *w, uint64_t now);

/* Is it time to attach? Cheap enough to be called at any time. */
bool watch_wants(const struct watch *w, uint64_t now);

/* Fills in what is known from the kernel. */
void watch_describe(const struct watch *w, struct page *page);

#endif /* EXPORTER_WATCH_H */
