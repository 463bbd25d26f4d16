// SPDX-License-Identifier: GPL-2.0-only
#include "web/snapshot.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <microhttpd.h>
#include <zlib.h>

#define PATIENCE_MS 5000 /* how long to wait for the collector */
#define MAX_TEXT (256UL << 20)
#define GZIP_WINDOW 31 /* 15 bits, with a gzip header: zlib.h, deflateInit2() */

static void drop(struct snapshot *s)
{
	for (size_t i = 0; i < WEB_FORMATS; i++) {
		for (size_t gzip = 0; gzip < 2; gzip++)
			if (s->responses[i][gzip])
				MHD_destroy_response(s->responses[i][gzip]);
		free(s->texts[i]);
		s->responses[i][0] = s->responses[i][1] = NULL;
		s->texts[i] = NULL;
	}
	s->taken = 0;
}

void snapshot_free(struct snapshot *s)
{
	drop(s);
}

/* Receives one reply; *fd is its descriptor, or -1. Returns 0 or a negative errno. */
static int receive(struct snapshot *s, struct web_reply *reply, int *fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { reply, sizeof(*reply) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	struct pollfd ready = { .fd = s->socket, .events = POLLIN };
	struct cmsghdr *cmsg;
	ssize_t size;

	*fd = -1;
	if (poll(&ready, 1, PATIENCE_MS) != 1)
		return -ETIMEDOUT;
	size = recvmsg(s->socket, &msg, MSG_CMSG_CLOEXEC);
	if (size < 0)
		return -errno;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(cmsg), sizeof(*fd));
	return size == sizeof(*reply) ? 0 : -EPROTO;
}

static int take(struct snapshot *s, const struct web_reply *reply, int fd)
{
	off_t at = 0;

	for (size_t i = 0; i < WEB_FORMATS; i++) {
		size_t size = reply->sizes[i];

		if (size > MAX_TEXT)
			return -EFBIG;
		s->texts[i] = malloc(size + 1);
		if (!s->texts[i])
			return -ENOMEM;
		if (pread(fd, s->texts[i], size, at) != (ssize_t)size)
			return -EIO;
		s->sizes[i] = size;
		at += (off_t)size;
	}
	return 0;
}

static int refresh(struct snapshot *s, const struct web_counts *counts)
{
	const struct web_request request = { .number = ++s->number, .counts = *counts };
	struct web_reply reply = { 0 };
	int fd = -1, err = 0;

	if (send(s->socket, &request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	/* Skips late replies to earlier requests. */
	while (!err && reply.number != request.number) {
		if (fd >= 0)
			close(fd);
		err = receive(s, &reply, &fd);
	}
	drop(s);
	snprintf(s->trouble, sizeof(s->trouble), "%s", reply.trouble);
	if (!err)
		err = take(s, &reply, fd);
	if (err)
		drop(s);
	if (fd >= 0)
		close(fd);
	return err;
}

/* Compresses a text; the caller frees the result. NULL: no memory. */
static char *compress_text(char *text, size_t size, size_t *packed_size)
{
	z_stream z = { 0 };
	char *packed;

	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	*packed_size = deflateBound(&z, size);
	packed = malloc(*packed_size);
	z.next_in = (unsigned char *)text;
	z.avail_in = (unsigned int)size;
	z.next_out = (unsigned char *)packed;
	z.avail_out = (unsigned int)*packed_size;
	if (packed && deflate(&z, Z_FINISH) == Z_STREAM_END) {
		*packed_size = z.total_out;
	} else {
		free(packed);
		packed = NULL;
	}
	deflateEnd(&z);
	return packed;
}

static struct MHD_Response *make(const struct snapshot *s, enum web_format format, bool gzip)
{
	static const char *const types[] = {
		[WEB_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
		[WEB_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
	};
	struct MHD_Response *response;
	char *text = s->texts[format];
	size_t size = s->sizes[format];

	if (gzip)
		text = compress_text(text, size, &size);
	if (!text)
		return NULL;
	response = MHD_create_response_from_buffer(
		size, text, gzip ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_MUST_COPY);
	if (!response) {
		if (gzip)
			free(text);
		return NULL;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, types[format]);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding");
	if (gzip)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	return response;
}

/* Asks the collector if what is known is no longer fresh. */
static int keep_fresh(struct snapshot *s, const struct web_counts *counts, uint64_t now)
{
	int err = 0;

	if (s->taken && now - s->taken <= WEB_FRESH_NS)
		return 0;
	err = refresh(s, counts);
	if (!err)
		s->taken = now;
	return err;
}

const char *snapshot_trouble(struct snapshot *s, const struct web_counts *counts, uint64_t now)
{
	return keep_fresh(s, counts, now) ? "The collector does not answer." : s->trouble;
}

struct MHD_Response *snapshot_response(struct snapshot *s, enum web_format format, bool gzip,
				       const struct web_counts *counts, uint64_t now)
{
	struct MHD_Response **response = &s->responses[format][gzip];

	if (keep_fresh(s, counts, now))
		return NULL;
	if (!*response)
		*response = make(s, format, gzip);
	return *response;
}
