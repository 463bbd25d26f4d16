/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metrics as the web server got them last from the collector, in the forms that clients ask
 * for.
 */
#ifndef WEB_SNAPSHOT_H
#define WEB_SNAPSHOT_H

#include "web/server.h"

struct MHD_Response;

struct snapshot {
	int socket; /* to the collector */
	uint64_t number; /* of the last request */
	uint64_t taken; /* CLOCK_MONOTONIC ns; 0: there is none */
	char *texts[WEB_FORMATS];
	size_t sizes[WEB_FORMATS];
	struct MHD_Response *responses[WEB_FORMATS][2]; /* made when first asked for; [1]: gzip */
};

/*
 * The response with the metrics, which is the snapshot's. Asks the collector if what is there is
 * not fresh. NULL: it does not answer, or there is no memory.
 */
struct MHD_Response *snapshot_response(struct snapshot *s, enum web_format format, bool gzip,
				       const struct web_counts *counts, uint64_t now);
void snapshot_free(struct snapshot *s);

#endif /* WEB_SNAPSHOT_H */
