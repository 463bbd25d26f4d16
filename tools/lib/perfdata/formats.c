// SPDX-License-Identifier: GPL-2.0-only
/* Reads the layout of events from perf's copy of tracefs, or from a folder with the same files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "perfdata/internal.h"

/* Start of perf's copy: tools/perf/util/trace-event-info.c. */
static const char magic[] = "\027\010\104tracing";

#define MAX_FORMAT 65536

const void *perf_take(struct perf_bytes *b, size_t n)
{
	const void *at = b->at;

	if (n > b->left)
		return NULL;
	b->at += n;
	b->left -= n;
	return at;
}

bool perf_take_u32(struct perf_bytes *b, __u32 *value)
{
	const void *at = perf_take(b, sizeof(*value));

	if (at)
		memcpy(value, at, sizeof(*value));
	return at != NULL;
}

bool perf_take_u64(struct perf_bytes *b, __u64 *value)
{
	const void *at = perf_take(b, sizeof(*value));

	if (at)
		memcpy(value, at, sizeof(*value));
	return at != NULL;
}

/* Takes a string that ends with NUL. Returns NULL if there is none. */
static const char *take_string(struct perf_bytes *b)
{
	const __u8 *end = memchr(b->at, '\0', b->left);

	return end ? perf_take(b, (size_t)(end - b->at) + 1) : NULL;
}

/* Takes a 64-bit size and that many bytes. */
static bool take_sized(struct perf_bytes *b, struct perf_bytes *content)
{
	__u64 size;

	if (!perf_take_u64(b, &size) || size > b->left)
		return false;
	content->left = (size_t)size;
	content->at = perf_take(b, content->left);
	return true;
}

/* Gets the event's name from the first line: "name: kvm_sev_step". */
static bool name_of(struct perf_bytes text, char *name, size_t size)
{
	static const char key[] = "name: ";
	const char *at = (const char *)text.at;
	const char *eol = memchr(at, '\n', text.left);
	size_t len;

	if (!eol || text.left < sizeof(key) || strncmp(at, key, sizeof(key) - 1) != 0)
		return false;
	at += sizeof(key) - 1;
	len = (size_t)(eol - at);
	if (len >= size)
		return false;
	memcpy(name, at, len);
	name[len] = '\0';
	return true;
}

static void add_format(struct perf_formats *formats, int type, struct perf_bytes text)
{
	struct perf_format format;
	const char *missing;

	if (perf_format_parse(&perf_events[type], (const char *)text.at, text.left, &format,
			      &missing)) {
		if (missing)
			snprintf(formats->missing, sizeof(formats->missing), "%s's field '%s'",
				 perf_events[type].name, missing);
		return;
	}
	formats->of[type] = format;
	formats->by_id[format.id] = (__u8)(type + 1);
}

static int parse_system(struct perf_formats *formats, struct perf_bytes *b)
{
	const char *system = take_string(b);
	struct perf_bytes text;
	char name[64];
	__u32 count;

	if (!system || !perf_take_u32(b, &count))
		return -EINVAL;
	for (; count; count--) {
		int type;

		if (!take_sized(b, &text))
			return -EINVAL;
		type = name_of(text, name, sizeof(name)) ? perf_event_find(system, name) : -1;
		if (type >= 0)
			add_format(formats, type, text);
	}
	return 0;
}

int perf_formats_parse(struct perf_formats *formats, const void *data, size_t size)
{
	struct perf_bytes b = { data, size }, skipped;
	const void *start = perf_take(&b, sizeof(magic) - 1);
	const char *header;
	__u32 count;

	if (!start || memcmp(start, magic, sizeof(magic) - 1) != 0)
		return -EINVAL;
	/*
	 * Skips the version; byte order, size of a long, size of a page; two descriptions of the
	 * ring buffer.
	 */
	if (!take_string(&b) || !perf_take(&b, 6))
		return -EINVAL;
	for (int i = 0; i < 2; i++) {
		header = take_string(&b);
		if (!header || !take_sized(&b, &skipped))
			return -EINVAL;
	}
	if (!perf_take_u32(&b, &count))
		return -EINVAL;
	for (; count; count--)
		if (!take_sized(&b, &skipped))
			return -EINVAL;
	if (!perf_take_u32(&b, &count))
		return -EINVAL;
	for (; count; count--)
		if (parse_system(formats, &b))
			return -EINVAL;
	return 0;
}

static void read_format(struct perf_formats *formats, const char *folder, int type, char *text)
{
	char path[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s/%s/format", folder, perf_events[type].system,
		 perf_events[type].name);
	f = fopen(path, "re");
	if (!f)
		return;
	n = fread(text, 1, MAX_FORMAT, f);
	fclose(f);
	add_format(formats, type, (struct perf_bytes){ (const __u8 *)text, n });
}

int perf_formats_read(struct perf_formats *formats, const char *folder)
{
	char *text = malloc(MAX_FORMAT);
	int err = -ENOENT;

	if (!text)
		return -ENOMEM;
	for (int type = 0; type < PERF_NR_EVENTS; type++) {
		read_format(formats, folder, type, text);
		if (formats->of[type].known)
			err = 0;
	}
	free(text);
	return err;
}
