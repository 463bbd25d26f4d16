/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exporter's web server: a process of its own, without any right, so that whoever may reach it
 * cannot reach what records. It asks the collector over a socket for the metrics by now, at most
 * once a second however many ask it, and gets a descriptor of memory that it can only read.
 *
 * Connections are limited in number and age, so what slow or hostile clients can take is bounded.
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "web/config.h"

#define WEB_MAX_CONNECTIONS 256
#define WEB_MAX_AGE_NS 10000000000ULL /* of a connection; Prometheus gives up after as long */
#define WEB_MIN_AGE_NS 1000000000ULL /* from which on one is cut when there are many */
#define WEB_FRESH_NS 1000000000ULL /* how long an answer is given again */

/* The formats an answer has, as they lie in memory one behind the other. */
enum web_format { WEB_TEXT, WEB_OPENMETRICS, WEB_FORMATS };

/* X(id, status): what is answered. */
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

/* What the server has done since it was started. */
struct web_counts {
	uint64_t answers[WEB_ANSWER_COUNT];
	uint64_t connections;
	uint64_t cut; /* connections, for their age */
};

/* What the server sends to ask for metrics. */
struct web_request {
	uint64_t number;
	struct web_counts counts;
};

/* What it gets, with a descriptor; formats whose size is 0 are not there. */
struct web_reply {
	uint64_t number; /* of the request */
	uint64_t sizes[WEB_FORMATS];
};

/*
 * Does who sends this Accept header prefer OpenMetrics to plain text? NULL: there is none.
 */
bool web_prefers_openmetrics(const char *accept);

/* Does who sends this Accept-Encoding header take gzip? */
bool web_takes_gzip(const char *encodings);

/*
 * Serves until the other end of the socket is closed. Has to run in a process without other
 * threads; the collector's end does not have to be there at once. Returns 0 or a negative errno.
 */
int web_serve(int listen_fd, int socket, const struct web_config *config);

#endif /* WEB_SERVER_H */
