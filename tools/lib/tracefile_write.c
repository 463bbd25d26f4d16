// SPDX-License-Identifier: GPL-2.0-only
/* Writes trace files. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crc32c.h"
#include "tracefile.h"
#include "tracefile_format.h"

#define BLOCK_GOAL (256U << 10) /* a block is written when it has grown to this */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "trace files are little endian");

/*
 * The block being collected is a header and `used - sizeof(header)` bytes of payload in buf.
 * block.type 0: none.
 */
struct tracefile_writer {
	int fd;
	int error; /* of the first failed write: nothing is written after it */
	char *buf;
	size_t used;
	size_t room;
	struct tracefile_block block;
	struct tracefile_end totals;
};

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int reserve(struct tracefile_writer *w, size_t size)
{
	size_t room = w->room;
	char *buf;

	if (size > TRACEFILE_MAX_BLOCK)
		return -EMSGSIZE;
	while (room < w->used + size)
		room = room ? room * 2 : BLOCK_GOAL;
	if (room == w->room)
		return 0;
	buf = realloc(w->buf, room);
	if (!buf)
		return -ENOMEM;
	w->buf = buf;
	w->room = room;
	return 0;
}

/* Adds bytes, zeros where data is NULL. The caller reserved the room. */
static void append(struct tracefile_writer *w, const void *data, size_t size)
{
	if (!size)
		return;
	if (data)
		memcpy(w->buf + w->used, data, size);
	else
		memset(w->buf + w->used, 0, size);
	w->used += size;
}

static size_t padding(size_t size)
{
	return -size & 7;
}

int tracefile_flush(struct tracefile_writer *w)
{
	struct tracefile_block *b = &w->block;

	if (w->error || !b->type)
		return w->error;

	append(w, NULL, padding(w->used));
	b->length = w->used - sizeof(*b);
	memcpy(w->buf, b, sizeof(*b));
	b->crc = crc32c(0, w->buf, w->used);
	memcpy(w->buf, b, sizeof(*b));

	w->error = write_all(w->fd, w->buf, w->used);
	w->totals.bytes += w->used;
	w->totals.blocks++;
	w->used = 0;
	memset(b, 0, sizeof(*b));
	return w->error;
}

/* Makes room for one more item of a block of this type. */
static int begin_item(struct tracefile_writer *w, enum tracefile_block_type type, size_t size)
{
	int err;

	if (w->block.type && (w->block.type != type || w->used + size > BLOCK_GOAL)) {
		err = tracefile_flush(w);
		if (err)
			return err;
	}
	if (w->error)
		return w->error;
	/* 8 more for the padding that ends the block */
	err = reserve(w, sizeof(w->block) + size + 8);
	if (err)
		return err;
	if (!w->block.type) {
		w->block.type = type;
		w->used = 0;
		append(w, NULL, sizeof(w->block));
	}
	w->block.nr++;
	return 0;
}

int tracefile_create(const char *path, struct tracefile_writer **out)
{
	struct tracefile_header header = { .header_size = sizeof(header),
					   .major = TRACEFILE_MAJOR,
					   .minor = TRACEFILE_MINOR };
	struct tracefile_writer *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	memcpy(header.magic, TRACEFILE_MAGIC, TRACEFILE_MAGIC_LEN);
	w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (w->fd < 0) {
		err = -errno;
		goto free;
	}
	err = write_all(w->fd, (const char *)&header, sizeof(header));
	if (err)
		goto close;
	w->totals.bytes = sizeof(header);
	*out = w;
	return 0;

close:
	close(w->fd);
free:
	free(w);
	return err;
}

int tracefile_write_host(struct tracefile_writer *w, const struct tracefile_host *host)
{
	for (size_t i = 0; i < host->nr; i++) {
		const struct tracefile_pair *pair = &host->pairs[i];
		size_t key = strlen(pair->key) + 1;
		size_t value = strlen(pair->value) + 1;
		int err = begin_item(w, TRACEFILE_BLOCK_HOST, key + value);

		if (err)
			return err;
		append(w, pair->key, key);
		append(w, pair->value, value);
	}
	return 0;
}

static void note_time(__u64 *first, __u64 *last, __u64 ts)
{
	if (!*first || ts < *first)
		*first = ts;
	if (ts > *last)
		*last = ts;
}

int tracefile_write_records(struct tracefile_writer *w, const void *recs, size_t bytes, uint64_t nr)
{
	const char *at = recs;
	size_t left = bytes;

	for (; nr; nr--) {
		struct sevtrace_rec h;
		int err;

		if (left < sizeof(h))
			return -EINVAL;
		memcpy(&h, at, sizeof(h));
		if (h.size < sizeof(h) || h.size > left || padding(h.size))
			return -EINVAL;
		err = begin_item(w, TRACEFILE_BLOCK_RECORDS, h.size);
		if (err)
			return err;
		append(w, at, h.size);
		note_time(&w->block.first_ts, &w->block.last_ts, h.ts);
		note_time(&w->totals.first_ts, &w->totals.last_ts, h.ts);
		w->totals.records++;
		at += h.size;
		left -= h.size;
	}
	return left ? -EINVAL : 0;
}

int tracefile_write_hist(struct tracefile_writer *w, const struct sevtrace_hist_key *key,
			 const struct sevtrace_hist *hist)
{
	struct tracefile_hist item = {
		.launch = key->launch,
		.id = key->id,
		.kind = key->kind,
		.phase = key->phase,
		.count = hist->count,
		.sum = hist->sum,
		.min = hist->count ? ~hist->inv_min : 0,
		.max = hist->max,
		.pages = hist->pages,
	};
	int err;

	for (__u32 i = 0; i < SEVTRACE_HIST_BUCKETS; i++)
		item.nr_buckets += hist->buckets[i] != 0;
	err = begin_item(w, TRACEFILE_BLOCK_HIST,
			 sizeof(item) + item.nr_buckets * sizeof(struct tracefile_bucket));
	if (err)
		return err;
	append(w, &item, sizeof(item));
	for (__u32 i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
		struct tracefile_bucket bucket = { i, hist->buckets[i] };

		if (bucket.count)
			append(w, &bucket, sizeof(bucket));
	}
	return 0;
}

int tracefile_write_drops(struct tracefile_writer *w, const struct tracefile_drops *drops)
{
	int err;

	for (size_t i = 0; i < drops->nr_cpus; i++) {
		err = begin_item(w, TRACEFILE_BLOCK_DROPS, sizeof(drops->cpus[i]));
		if (err)
			return err;
		append(w, &drops->cpus[i], sizeof(drops->cpus[i]));
	}
	for (size_t i = 0; i < drops->nr_losses; i++) {
		err = begin_item(w, TRACEFILE_BLOCK_LOSSES, sizeof(drops->losses[i]));
		if (err)
			return err;
		append(w, &drops->losses[i], sizeof(drops->losses[i]));
	}
	return 0;
}

int tracefile_write_symbols(struct tracefile_writer *w, const struct tracefile_symbol *symbols,
			    size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		size_t size = strlen(symbols[i].name) + 1;
		size_t padded = size + padding(size);
		struct tracefile_symbol_item item = { symbols[i].addr, symbols[i].pid,
						      (__u32)padded };
		int err = begin_item(w, TRACEFILE_BLOCK_SYMBOLS, sizeof(item) + padded);

		if (err)
			return err;
		append(w, &item, sizeof(item));
		append(w, symbols[i].name, size);
		append(w, NULL, padded - size);
	}
	return 0;
}

static int mark_complete(struct tracefile_writer *w)
{
	__u32 flags = TRACEFILE_COMPLETE;

	/* The data first: a power cut must not leave a complete mark on a file with holes. */
	if (fsync(w->fd) && errno != EINVAL && errno != EROFS)
		return -errno;
	if (pwrite(w->fd, &flags, sizeof(flags), offsetof(struct tracefile_header, flags)) !=
	    sizeof(flags))
		return errno ? -errno : -EIO;
	return 0;
}

int tracefile_finish(struct tracefile_writer *w)
{
	struct tracefile_end totals;
	int err = tracefile_flush(w);

	if (err)
		return err;
	totals = w->totals;
	err = begin_item(w, TRACEFILE_BLOCK_END, sizeof(totals));
	if (err)
		return err;
	append(w, &totals, sizeof(totals));
	err = tracefile_flush(w);
	if (!err)
		err = mark_complete(w);
	w->error = err ? err : -EBADF;
	return err;
}

uint64_t tracefile_written(const struct tracefile_writer *w)
{
	return w->totals.bytes;
}

void tracefile_close(struct tracefile_writer *w)
{
	if (!w)
		return;
	if (!w->error)
		(void)tracefile_flush(w);
	close(w->fd);
	free(w->buf);
	free(w);
}
