// SPDX-License-Identifier: GPL-2.0-only
/* Reads the parts of a perf.data file: header, events that perf opened, sections of features. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>

#include "perfdata/internal.h"
#include "util/infile.h"

#define MAX_ATTRS 65536
#define MAX_IDS (1U << 22) /* events times CPUs */
#define MAX_FORMATS (64U << 20)
#define MAX_FEATURE (1U << 20)
#define MAX_ARGS 4096

/* enum HEADER_* of Linux tools/perf/util/header.h. */
enum feature {
	FEATURE_TRACING_DATA = 1,
	FEATURE_HOSTNAME = 3,
	FEATURE_OSRELEASE = 4,
	FEATURE_VERSION = 5,
	FEATURE_ARCH = 6,
	FEATURE_NRCPUS = 7,
	FEATURE_CMDLINE = 11,
	FEATURE_CLOCK_DATA = 29,
	NR_FEATURES = 256,
};

struct header {
	char magic[8];
	__u64 size; /* 16: the header ends after this field, the file is a pipe */
	__u64 attr_size;
	struct perf_section attrs;
	struct perf_section data;
	struct perf_section event_types;
	__u64 features[NR_FEATURES / 64];
};

#define PIPE_HEADER_SIZE 16

size_t perf_file_get(struct perf_file *file, void *to, size_t size)
{
	size_t n = fread(to, 1, size, file->in);

	file->at += n;
	return n;
}

int perf_file_skip(struct perf_file *file, __u64 size)
{
	char skipped[4096];

	while (size) {
		size_t part = size < sizeof(skipped) ? (size_t)size : sizeof(skipped);

		if (perf_file_get(file, skipped, part) < part)
			return -EPIPE;
		size -= part;
	}
	return 0;
}

int perf_file_formats(struct perf_file *file, __u64 size)
{
	void *data;
	int err = 0;

	if (size > MAX_FORMATS)
		return -EBADMSG;
	data = malloc(size ? (size_t)size : 1);
	if (!data)
		return -ENOMEM;
	if (perf_file_get(file, data, (size_t)size) < size)
		err = -EPIPE;
	else if (perf_formats_parse(&file->formats, data, (size_t)size))
		err = -EBADMSG;
	else
		file->has_formats = true;
	free(data);
	return err;
}

/* Takes a length and that many bytes: a text that ends with NUL. */
static char *take_text(struct perf_bytes *b)
{
	__u32 len;
	const char *at;

	if (!perf_take_u32(b, &len))
		return NULL;
	at = perf_take(b, len);
	return at ? strndup(at, len) : NULL;
}

static void set_text(char **to, struct perf_bytes data)
{
	free(*to);
	*to = take_text(&data);
}

static void free_command(struct perf_file_info *info)
{
	for (size_t i = 0; info->command && info->command[i]; i++)
		free(info->command[i]);
	free(info->command);
	info->command = NULL;
}

static int set_command(struct perf_file_info *info, struct perf_bytes data)
{
	__u32 nr;

	if (!perf_take_u32(&data, &nr) || nr > MAX_ARGS)
		return 0;
	free_command(info);
	info->command = calloc((size_t)nr + 1, sizeof(*info->command));
	if (!info->command)
		return -ENOMEM;
	for (__u32 i = 0; i < nr; i++) {
		info->command[i] = take_text(&data);
		if (!info->command[i])
			break;
	}
	return 0;
}

/* Reads the version, the clock, and the time of day and the time of that clock at one moment. */
static void set_clock(struct perf_file_info *info, struct perf_bytes data)
{
	__u32 version, clock;
	__u64 real, ours;

	if (!perf_take_u32(&data, &version) || !perf_take_u32(&data, &clock) ||
	    !perf_take_u64(&data, &real) || !perf_take_u64(&data, &ours))
		return;
	info->clock_known = clock == CLOCK_MONOTONIC;
	info->realtime_offset = (int64_t)(real - ours);
}

int perf_feature_parse(struct perf_file *file, unsigned int feature, struct perf_bytes data)
{
	struct perf_file_info *info = &file->info;
	__u32 configured;

	switch (feature) {
	case FEATURE_HOSTNAME:
		set_text(&info->hostname, data);
		return 0;
	case FEATURE_OSRELEASE:
		set_text(&info->kernel, data);
		return 0;
	case FEATURE_VERSION:
		set_text(&info->version, data);
		return 0;
	case FEATURE_ARCH:
		set_text(&info->machine, data);
		return 0;
	case FEATURE_NRCPUS:
		if (!perf_take_u32(&data, &configured) || !perf_take_u32(&data, &info->cpus))
			info->cpus = 0;
		return 0;
	case FEATURE_CMDLINE:
		return set_command(info, data);
	case FEATURE_CLOCK_DATA:
		set_clock(info, data);
		return 0;
	default:
		return 0;
	}
}

static int by_id(const void *a, const void *b)
{
	const struct perf_id *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

int perf_attr_add(struct perf_file *file, const void *attr, size_t size, struct perf_bytes ids)
{
	struct perf_event_attr *attrs;
	size_t nr = ids.left / sizeof(__u64);
	struct perf_id *all;

	/* Each id is in the file once. */
	if (file->nr_attrs == MAX_ATTRS || file->nr_ids + nr > MAX_IDS ||
	    (!file->pipe && file->nr_ids + nr > file->size / sizeof(__u64)))
		return -EBADMSG;
	attrs = reallocarray(file->attrs, file->nr_attrs + 1, sizeof(*attrs));
	if (!attrs)
		return -ENOMEM;
	file->attrs = attrs;
	memset(&attrs[file->nr_attrs], 0, sizeof(*attrs));
	memcpy(&attrs[file->nr_attrs], attr, size < sizeof(*attrs) ? size : sizeof(*attrs));
	all = reallocarray(file->ids, file->nr_ids + nr + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	file->ids = all;
	for (size_t i = 0; i < nr; i++) {
		struct perf_id *id = &all[file->nr_ids++];

		perf_take_u64(&ids, &id->id);
		id->attr = (__u32)file->nr_attrs;
	}
	file->nr_attrs++;
	file->ids_sorted = false;
	return 0;
}

const struct perf_event_attr *perf_attr_of(struct perf_file *file, struct perf_bytes payload)
{
	struct perf_id key = { 0 }, *found;

	if (file->nr_attrs == 1 || !perf_sample_id(&file->attrs[0], payload, &key.id))
		return &file->attrs[0];
	if (!file->ids_sorted) {
		qsort(file->ids, file->nr_ids, sizeof(*file->ids), by_id);
		file->ids_sorted = true;
	}
	found = bsearch(&key, file->ids, file->nr_ids, sizeof(*file->ids), by_id);
	return found ? &file->attrs[found->attr] : NULL;
}

bool perf_file_recorded(const struct perf_file *file, int type)
{
	const struct perf_format *format = &file->formats.of[type];

	for (size_t i = 0; format->known && i < file->nr_attrs; i++)
		if (file->attrs[i].type == PERF_TYPE_TRACEPOINT &&
		    file->attrs[i].config == format->id)
			return true;
	return false;
}

/*
 * Reads a section into memory that the caller frees. -EBADMSG: the section is not inside the file.
 */
static int read_section(struct perf_file *file, struct perf_section section, __u64 max, void **out)
{
	*out = NULL;
	if (section.offset > file->size || section.size > file->size - section.offset ||
	    section.size > max)
		return -EBADMSG;
	*out = malloc(section.size ? (size_t)section.size : 1);
	if (!*out)
		return -ENOMEM;
	if (fseeko(file->in, (off_t)section.offset, SEEK_SET) ||
	    fread(*out, 1, (size_t)section.size, file->in) < section.size)
		return ferror(file->in) ? -EIO : -EBADMSG;
	return 0;
}

static int add_section_attr(struct perf_file *file, const __u8 *attr, size_t attr_size)
{
	struct perf_section ids;
	void *data;
	int err;

	memcpy(&ids, attr + attr_size - sizeof(ids), sizeof(ids));
	err = read_section(file, ids, MAX_IDS * sizeof(__u64), &data);
	if (!err)
		err = perf_attr_add(file, attr, attr_size - sizeof(ids),
				    (struct perf_bytes){ data, (size_t)ids.size });
	free(data);
	return err;
}

static int read_attrs(struct perf_file *file, const struct header *header)
{
	struct perf_bytes b;
	const __u8 *attr;
	void *data;
	int err;

	if (header->attr_size < PERF_ATTR_SIZE_VER0 + sizeof(struct perf_section) ||
	    header->attr_size > 4096)
		return -EBADMSG;
	err = read_section(file, header->attrs, MAX_ATTRS * 4096ULL, &data);
	b = (struct perf_bytes){ data, err ? 0 : (size_t)header->attrs.size };
	while (!err) {
		attr = perf_take(&b, (size_t)header->attr_size);
		if (!attr)
			break;
		err = add_section_attr(file, attr, (size_t)header->attr_size);
	}
	free(data);
	return err || file->nr_attrs ? err : -EBADMSG;
}

static int read_feature_section(struct perf_file *file, unsigned int feature,
				struct perf_section section)
{
	bool formats = feature == FEATURE_TRACING_DATA;
	void *data;
	int err = read_section(file, section, formats ? MAX_FORMATS : MAX_FEATURE, &data);

	if (err == -EBADMSG && !formats) {
		file->cut = true; /* no import needs these features */
		err = 0;
	} else if (!err && formats) {
		err = perf_formats_parse(&file->formats, data, (size_t)section.size);
		file->has_formats = !err;
	} else if (!err) {
		err = perf_feature_parse(file, feature,
					 (struct perf_bytes){ data, (size_t)section.size });
	}
	free(data);
	return err;
}

/*
 * Reads the sections of the features, which stand behind the data. perf writes them when it ends.
 */
static int read_features(struct perf_file *file, const struct header *header)
{
	struct perf_section table = { header->data.offset + header->data.size, 0 };
	struct perf_section section;
	struct perf_bytes b;
	void *data;
	int err;

	for (unsigned int i = 0; i < NR_FEATURES; i++)
		table.size += header->features[i / 64] >> (i % 64) & 1 ? sizeof(section) : 0;
	err = read_section(file, table, NR_FEATURES * sizeof(section), &data);
	b = (struct perf_bytes){ data, err ? 0 : (size_t)table.size };
	for (unsigned int i = 0; !err && i < NR_FEATURES; i++) {
		if (!(header->features[i / 64] >> (i % 64) & 1))
			continue;
		memcpy(&section, perf_take(&b, sizeof(section)), sizeof(section));
		err = read_feature_section(file, i, section);
	}
	free(data);
	if (err == -EBADMSG) {
		file->cut = true;
		err = 0;
	}
	return err;
}

static int read_layout(struct perf_file *file, struct header *header)
{
	int err;

	if (perf_file_get(file, (char *)header + PIPE_HEADER_SIZE,
			  sizeof(*header) - PIPE_HEADER_SIZE) < sizeof(*header) - PIPE_HEADER_SIZE)
		return -EBADMSG;
	err = read_attrs(file, header);
	if (err)
		return err;
	file->data = header->data;
	if (file->data.offset > file->size)
		return -EBADMSG;
	/* perf writes the size of the data when it ends. */
	if (!file->data.size || file->data.size > file->size - file->data.offset) {
		file->cut = true;
		file->data.size = 0;
	} else {
		err = read_features(file, header);
	}
	if (!err && fseeko(file->in, (off_t)file->data.offset, SEEK_SET))
		err = -errno;
	file->at = file->data.offset;
	return err;
}

/* Tells from the first 16 bytes what kind of file this is. */
static int identify(struct perf_file *file, const struct header *header, char *why, size_t size)
{
	static const char swapped[] = "2ELIFREP";

	if (!memcmp(header->magic, swapped, sizeof(header->magic))) {
		snprintf(why, size, "is from a machine of another byte order, which has no SEV");
		return -EINVAL;
	}
	if (memcmp(header->magic, "PERFILE2", sizeof(header->magic)) != 0) {
		snprintf(why, size, "is not a perf.data file%s",
			 memcmp(header->magic, "SEVTRACE", sizeof(header->magic)) != 0 ?
				 "" :
				 ", but a recording of sevtrace's: 'sevtrace report' reads it");
		return -EINVAL;
	}
	file->pipe = header->size == PIPE_HEADER_SIZE;
	if (!file->pipe && header->size != sizeof(*header)) {
		snprintf(why, size, "has a header of %llu bytes, which no perf writes",
			 (unsigned long long)header->size);
		return -EINVAL;
	}
	return 0;
}

static int open_stream(struct perf_file *file, const char *path, char *why, size_t size)
{
	struct stat st;
	int err = infile_open(path, &file->in);

	if (!err && fstat(fileno(file->in), &st))
		err = -errno;
	if (err == -EISDIR)
		snprintf(
			why, size,
			"is a folder, as perf record --threads writes; record without that option");
	else if (err)
		infile_explain(err, why, size);
	if (err)
		return err;
	file->size = S_ISREG(st.st_mode) ? (__u64)st.st_size : 0;
	return 0;
}

int perf_file_open(const char *path, const char *formats, struct perf_file **out, char *why,
		   size_t why_size)
{
	struct perf_file *file = calloc(1, sizeof(*file));
	struct header header;
	int err;

	*out = NULL;
	snprintf(why, why_size, "cannot be read: %s", strerror(ENOMEM));
	if (!file)
		return -ENOMEM;
	err = open_stream(file, path, why, why_size);
	if (err)
		goto fail;
	if (perf_file_get(file, &header, PIPE_HEADER_SIZE) < PIPE_HEADER_SIZE) {
		snprintf(why, why_size, "is not a perf.data file: it is too short");
		err = -EINVAL;
		goto fail;
	}
	err = identify(file, &header, why, why_size);
	if (err)
		goto fail;
	err = file->pipe ? 0 : read_layout(file, &header);
	if (err) {
		snprintf(why, why_size, "cannot be read: %s",
			 err == -EBADMSG ? "its header is damaged" : strerror(-err));
		goto fail;
	}
	if (!file->has_formats && formats) {
		err = perf_formats_read(&file->formats, formats);
		snprintf(why, why_size, "does not describe its events, and %s does neither",
			 formats);
		if (err)
			goto fail;
		file->has_formats = true;
	}
	*out = file;
	return 0;
fail:
	perf_file_free(file);
	return err;
}

const struct perf_file_info *perf_file_info(const struct perf_file *file)
{
	return &file->info;
}

void perf_file_free(struct perf_file *file)
{
	if (!file)
		return;
	if (file->in)
		fclose(file->in);
	perf_unpack_free(file->unpack);
	perf_order_free(&file->order);
	free_command(&file->info);
	free(file->info.hostname);
	free(file->info.kernel);
	free(file->info.machine);
	free(file->info.version);
	free(file->attrs);
	free(file->ids);
	free(file);
}
