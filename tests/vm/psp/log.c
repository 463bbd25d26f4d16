// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log, see log.h. A line has only numbers and names of our own, so nothing needs escaping.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "names.h"

struct text {
	char *at;
	size_t size, used;
};

static void __attribute__((format(printf, 2, 3))) add(struct text *text, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text->at + text->used, text->size - text->used, format, args);
	va_end(args);
	if (len > 0)
		text->used += (size_t)len < text->size - text->used ? (size_t)len :
								      text->size - text->used - 1;
}

static void add_name(struct text *text, const char *key, const char *name, uint32_t code)
{
	if (name)
		add(text, ",\"%s\":\"%s\"", key, name);
	else
		add(text, ",\"%s\":\"%#x\"", key, code);
}

static void add_detail(struct text *text, const struct log_detail *detail)
{
	if (detail->has_paddr)
		add(text, ",\"paddr\":\"%#" PRIx64 "\"", detail->paddr);
	if (detail->len)
		add(text, ",\"len\":%" PRIu64, detail->len);
	if (detail->has_gfn)
		add(text, ",\"gfn\":\"%#" PRIx64 "\"", detail->gfn);
	if (detail->page_type)
		add(text, ",\"page_type\":\"%s\"", detail->page_type);
	if (detail->guest)
		add(text, ",\"guest\":%" PRIu32, detail->guest);
	if (detail->asid)
		add(text, ",\"asid\":%" PRIu32, detail->asid);
	if (detail->digest_len) {
		add(text, ",\"digest\":\"");
		for (size_t i = 0; i < detail->digest_len; i++)
			add(text, "%02x", detail->digest[i]);
		add(text, "\"");
	}
}

size_t log_format(const struct log_line *line, char *buffer, size_t size)
{
	const uint64_t psp_ns = line->end_ns - line->start_ns;
	struct text text = { .size = size };

	text.at = buffer;
	add(&text, "{\"seq\":%" PRIu64 ",\"t_ns\":%" PRIu64 ",\"end_ns\":%" PRIu64, line->seq,
	    line->start_ns, line->end_ns);
	add(&text, ",\"psp_ns\":%" PRIu64 ",\"exec_ns\":%" PRIu64, psp_ns,
	    line->driver_ns ? line->driver_ns : psp_ns);
	add_name(&text, "cmd", psp_command_name(line->command), line->command);
	add(&text, ",\"code\":%" PRIu32, line->command);
	if (line->buffer)
		add(&text, ",\"buf\":\"%#" PRIx64 "\"", line->buffer);
	add_detail(&text, &line->detail);
	if (line->answered) {
		add(&text, ",\"status\":%" PRIu32, line->status);
		add_name(&text, "status_name", psp_status_name(line->status), line->status);
	} else {
		add(&text, ",\"status\":null,\"status_name\":null");
	}
	if (line->fault)
		add(&text, ",\"fault\":\"%s\"", line->fault);
	if (line->has_extra)
		add(&text, ",\"extra\":\"%#x:%#x\"", line->extra_hi, line->extra_lo);
	add(&text, "}\n");
	return text.used;
}

int log_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0)
		fprintf(stderr, "psp: cannot open the log %s: %s\n", path, strerror(errno));
	return fd;
}

int log_write(int fd, const struct log_line *line)
{
	char text[LOG_LINE_MAX];
	size_t len;
	ssize_t written;

	if (fd < 0)
		return 0;
	len = log_format(line, text, sizeof(text));
	do
		written = write(fd, text, len);
	while (written < 0 && errno == EINTR);
	if (written < 0)
		return -errno;
	return (size_t)written == len ? 0 : -EIO;
}
