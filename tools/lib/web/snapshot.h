/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metrics that the web server last received from the collector, in the forms that clients ask
 * for.
 */
#ifndef WEB_SNAPSHOT_H
#define WEB_SNAPSHOT_H

#include "web/server.h"

struct MHD_Response;

struct snapshot {
	int socket; /* to the collector */
	uint64_t number; /* number of the last request */
	uint64_t taken; /* when they were received, CLOCK_MONOTONIC ns; 0: there are none */
	char trouble[WEB_TROUBLE]; /* as in struct web_reply */
	char *texts[WEB_FORMATS];
	size_t sizes[WEB_FORMATS];
	struct MHD_Response *responses[WEB_FORMATS][2]; /* made on first use; [1]: with gzip */
};

/*
 * Returns the response with the metrics; it belongs to the snapshot. Asks the collector first if
 * the metrics are no longer fresh. NULL: the collector does not answer, or memory ran out.
 */
struct MHD_Response *snapshot_response(struct snapshot *s, enum web_format format, bool gzip,
				       const struct web_counts *counts, uint64_t now);

/*
 * Returns what troubles the collector, as a sentence; "" if nothing does. Asks it as
 * snapshot_response() does.
 */
const char *snapshot_trouble(struct snapshot *s, const struct web_counts *counts, uint64_t now);
void snapshot_free(struct snapshot *s);

#endif /* WEB_SNAPSHOT_H */
