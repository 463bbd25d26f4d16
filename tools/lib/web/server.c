// SPDX-License-Identifier: GPL-2.0-only
#include "web/server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "web/auth.h"
#include "web/snapshot.h"
#include "util/clock.h"

#define LOOK_MS 250 /* interval of checking the connections' ages */
#define CONNECTION_MEMORY 16384UL /* in bytes: has to hold a request's line and headers */
#define IDLE_SECONDS 5U

/* One of the slots for connections; fd -1: the slot is free. */
struct connection {
	int fd;
	uint64_t since;
};

struct web {
	const struct web_config *config;
	struct auth auth; /* auth, snapshot and counts: only for the server's thread */
	struct snapshot snapshot;
	struct web_counts counts;
	pthread_mutex_t lock; /* protects the members below */
	struct connection connections[WEB_MAX_CONNECTIONS];
	size_t nr_connections;
	uint64_t cut;
};

/* Shuts down connections that are too old; MHD then closes them. */
static void cut_old(struct web *w)
{
	uint64_t now = monotonic();
	uint64_t most;

	pthread_mutex_lock(&w->lock);
	most = w->nr_connections > WEB_MAX_CONNECTIONS / 2 ? WEB_MIN_AGE_NS : WEB_MAX_AGE_NS;
	for (size_t i = 0; i < WEB_MAX_CONNECTIONS; i++) {
		struct connection *c = &w->connections[i];

		if (c->fd < 0 || !c->since || now - c->since < most)
			continue;
		shutdown(c->fd, SHUT_RDWR);
		c->since = 0;
		w->cut++;
	}
	pthread_mutex_unlock(&w->lock);
}

static void opened(struct web *w, struct MHD_Connection *connection, void **place)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	w->counts.connections++;
	for (size_t i = 0; info && i < WEB_MAX_CONNECTIONS; i++) {
		struct connection *c = &w->connections[i];

		if (c->fd >= 0)
			continue;
		*c = (struct connection){ info->connect_fd, monotonic() };
		w->nr_connections++;
		*place = c;
		return;
	}
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **place,
			  enum MHD_ConnectionNotificationCode code)
{
	struct web *w = ctx;
	struct connection *c = *place;

	pthread_mutex_lock(&w->lock);
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		opened(w, connection, place);
	} else if (c) {
		c->fd = -1;
		w->nr_connections--;
	}
	w->counts.cut = w->cut;
	pthread_mutex_unlock(&w->lock);
}

/* Sends a short answer with one more header, which may be NULL. */
static enum MHD_Result answer(struct web *w, struct MHD_Connection *connection,
			      enum web_answer what, const char *text, const char *header,
			      const char *value)
{
#define WEB_STATUS(id, status) status,
	static const unsigned int statuses[] = { WEB_ANSWERS(WEB_STATUS) };
#undef WEB_STATUS
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	w->counts.answers[what]++;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (header)
		MHD_add_response_header(response, header, value);
	result = MHD_queue_response(connection, statuses[what], response);
	MHD_destroy_response(response);
	return result;
}

static const char *header_of(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result answer_metrics(struct web *w, struct MHD_Connection *connection)
{
	bool strict = web_prefers_openmetrics(header_of(connection, MHD_HTTP_HEADER_ACCEPT));
	bool gzip = web_takes_gzip(header_of(connection, MHD_HTTP_HEADER_ACCEPT_ENCODING));
	struct MHD_Response *response = snapshot_response(
		&w->snapshot, strict ? WEB_OPENMETRICS : WEB_TEXT, gzip, &w->counts, monotonic());

	if (!response)
		return answer(w, connection, WEB_UNAVAILABLE, "The collector does not answer.\n",
			      NULL, NULL);
	w->counts.answers[WEB_OK]++;
	return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

/* Healthy is who sees launches, or waits for the modules that make them. */
static enum MHD_Result answer_health(struct web *w, struct MHD_Connection *connection)
{
	const char *trouble = snapshot_trouble(&w->snapshot, &w->counts, monotonic());

	if (!*trouble)
		return answer(w, connection, WEB_OK, "healthy\n", NULL, NULL);
	return answer(w, connection, WEB_UNAVAILABLE, trouble, NULL, NULL);
}

static enum MHD_Result answer_page(struct web *w, struct MHD_Connection *connection,
				   const char *path)
{
	static const char page[] =
		"<!DOCTYPE html><html lang=\"en\"><title>sevtrace exporter</title>"
		"<h1>sevtrace exporter</h1><p><a href=\"metrics\">Metrics</a> of confidential guests' "
		"launches on this host</p></html>\n";

	if (!strcmp(path, "/metrics"))
		return answer_metrics(w, connection);
	if (!strcmp(path, "/"))
		return answer(w, connection, WEB_OK, page, MHD_HTTP_HEADER_CONTENT_TYPE,
			      "text/html; charset=utf-8");
	if (!strcmp(path, "/-/healthy"))
		return answer_health(w, connection);
	return answer(w, connection, WEB_NOT_FOUND, "There are / and /metrics.\n", NULL, NULL);
}

/* Returns the client's address, or NULL. */
static const struct sockaddr *address_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info ? info->client_addr : NULL;
}

/* Checks the password before the path, so that strangers do not learn which pages exist. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *path,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **state)
{
	char *name, *password = NULL;
	enum auth_verdict verdict;
	struct web *w = ctx;

	(void)version;
	(void)upload;
	(void)state;
	*upload_size = 0; /* nobody reads what clients upload */
	name = MHD_basic_auth_get_username_password(connection, &password);
	verdict = auth_check(&w->auth, address_of(connection), name, password, monotonic());
	MHD_free(name);
	MHD_free(password);
	if (verdict == AUTH_LATER)
		return answer(w, connection, WEB_LATER, "Too many wrong passwords.\n",
			      MHD_HTTP_HEADER_RETRY_AFTER, "1");
	if (verdict == AUTH_WRONG)
		return answer(w, connection, WEB_UNAUTHORIZED, "Unauthorized\n",
			      MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Basic realm=\"sevtrace\"");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer(w, connection, WEB_WRONG_METHOD, "Only GET and HEAD are answered.\n",
			      MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	return answer_page(w, connection, path);
}

/* Drops MHD's messages: clients that hang up or send nonsense are normal. */
static void say_nothing(void *ctx, const char *format, va_list args)
{
	(void)ctx;
	(void)format;
	(void)args;
}

static struct MHD_Daemon *start(struct web *w, int listen_fd)
{
	const struct web_config *config = w->config;
	const struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, config->certificate },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, config->key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
		  config->tls13 ? "NORMAL:-VERS-ALL:+VERS-TLS1.3" :
				  "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
		{ MHD_OPTION_END, 0, NULL },
	};
	const struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG;

	if (config->certificate)
		flags |= MHD_USE_TLS;
	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, w, MHD_OPTION_EXTERNAL_LOGGER,
				say_nothing, NULL, MHD_OPTION_LISTEN_SOCKET, listen_fd,
				MHD_OPTION_CONNECTION_LIMIT, (unsigned int)WEB_MAX_CONNECTIONS,
				MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
				MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
				on_connection, w, MHD_OPTION_ARRAY,
				config->certificate ? tls : none, MHD_OPTION_END);
}

int web_serve(int listen_fd, int socket, const struct web_config *config)
{
	struct pollfd end = { .fd = socket, .events = 0 };
	struct web *w = calloc(1, sizeof(*w));
	struct MHD_Daemon *daemon;

	if (!w)
		return -ENOMEM;
	w->config = w->auth.config = config;
	w->snapshot.socket = socket;
	pthread_mutex_init(&w->lock, NULL);
	for (size_t i = 0; i < WEB_MAX_CONNECTIONS; i++)
		w->connections[i].fd = -1;
	daemon = start(w, listen_fd);
	/* Waits only for the end of the socket: replies are read by the server's thread. */
	while (daemon && poll(&end, 1, LOOK_MS) <= 0)
		cut_old(w);
	if (daemon)
		MHD_stop_daemon(daemon);
	auth_free(&w->auth);
	snapshot_free(&w->snapshot);
	pthread_mutex_destroy(&w->lock);
	free(w);
	return daemon ? 0 : -EINVAL;
}
