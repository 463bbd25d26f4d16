/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exporter's web server. It runs in a process of its own without privileges, so that
 * its clients cannot reach the process that records. It asks the collector for the
 * current metrics over a socket, at most once a second, no matter how many clients ask. It receives
 * a descriptor of memory that it can only read.
 *
 * Connections are limited in number and age, so what slow or hostile clients can take is bounded.
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "web/config.h"

#define WEB_MAX_CONNECTIONS 256
#define WEB_MAX_AGE_NS 10000000000ULL /* of a connection; Prometheus' scrape timeout is as long */
#define WEB_MIN_AGE_NS 1000000000ULL /* with many connections, those older than this are cut */
#define WEB_TROUBLE 512
#define WEB_FRESH_NS 1000000000ULL /* how long an answer is reused */

/* The formats of an answer, in the order in which they are in memory. */
enum web_format { WEB_TEXT, WEB_OPENMETRICS, WEB_FORMATS };

/* X(id, status): the answers that the server gives. */
#define WEB_ANSWERS(X)       \
	X(OK, 200)           \
	X(UNAUTHORIZED, 401) \
	X(NOT_FOUND, 404)    \
	X(WRONG_METHOD, 405) \
	X(LATER, 429)        \
	X(UNAVAILABLE, 503)

#define WEB_ANSWER_ENUM(id, status) WEB_##id,
enum web_answer { WEB_ANSWERS(WEB_ANSWER_ENUM) WEB_ANSWER_COUNT };
#undef WEB_ANSWER_ENUM

/* What the server has counted since its start. */
struct web_counts {
	uint64_t answers[WEB_ANSWER_COUNT];
	uint64_t connections;
	uint64_t cut; /* connections that were cut because of their age */
};

/* Sent by the server to ask for metrics. */
struct web_request {
	uint64_t number;
	struct web_counts counts;
};

/* Sent to the server together with a descriptor; a format whose size is 0 is missing. */
struct web_reply {
	uint64_t number; /* of the request */
	char trouble[WEB_TROUBLE]; /* why nothing is seen, as a sentence; "": all is well */
	uint64_t sizes[WEB_FORMATS];
};

/* Does the sender of this Accept header prefer OpenMetrics to plain text? NULL: no header. */
bool web_prefers_openmetrics(const char *accept);

/* Does the sender of this Accept-Encoding header take gzip? */
bool web_takes_gzip(const char *encodings);

/*
 * Serves until the other end of the socket is closed. Call it in a process without other threads.
 * The collector may open its end later. Returns 0 or a negative errno.
 */
int web_serve(int listen_fd, int socket, const struct web_config *config);

#endif /* WEB_SERVER_H */
