// SPDX-License-Identifier: GPL-2.0-only
/* Writes trace files. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zstd.h>

#include "tracefile/columns.h"
#include "tracefile/format.h"
#include "tracefile/short_time.h"
#include "tracefile/tracefile.h"
#include "util/array.h"
#include "util/crc32c.h"
#include "util/replace.h"

#define BLOCK_GOAL (1020U << 10) /* records of a block when unpacked; COLUMNS_MAX_ROWS is more */
#define INDEX_GOAL 1024 /* and an INDEX block after this many others */

/* A fast level: packing into columns has done most of the work, and higher levels only gain 3 %. */
#define ZSTD_LEVEL 1

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "trace files are little endian");

/*
 * The writer collects a block in `buf` and `block`; block.type 0: none. To write it, it packs
 * records into `packed`, and encodes every block into `out`, with its header.
 */
struct tracefile_writer {
	int fd;
	struct replacement file; /* until the first block is written */
	int error; /* errno of the first failed write: the writer writes nothing after it */
	struct columns_buffer buf;
	struct columns_buffer packed;
	struct columns_buffer out;
	size_t unpacked; /* bytes of the items in buf when a reader unpacks them */
	struct columns_packer packer;
	ZSTD_CCtx *zstd;
	struct tracefile_block block;
	struct tracefile_end totals;
	struct tracefile_index_entry index[INDEX_GOAL];
	size_t nr_index; /* blocks not yet in an INDEX block */
	uint64_t index_offset; /* offset of the last INDEX block */
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

/* Appends bytes, zeros if data is NULL. The caller has reserved the room. */
static void append(struct tracefile_writer *w, const void *data, size_t size)
{
	if (!size)
		return;
	if (data)
		memcpy(w->buf.data + w->buf.used, data, size);
	else
		memset(w->buf.data + w->buf.used, 0, size);
	w->buf.used += size;
}

static size_t padding(size_t size)
{
	return -size & 7;
}

/*
 * Compresses the payload into one frame. What stands between two cuts has its own code lengths in
 * it: that of a short one is not spoilt by bytes of another kind. Returns the size, or an error of
 * Zstandard.
 */
static size_t compress(struct tracefile_writer *w, const char *payload, size_t size,
		       const uint32_t *cuts, uint32_t nr_cuts, ZSTD_outBuffer *out)
{
	size_t n;

	ZSTD_CCtx_reset(w->zstd, ZSTD_reset_session_only);
	ZSTD_CCtx_setPledgedSrcSize(w->zstd, size);
	for (uint32_t i = 0; i <= nr_cuts; i++) {
		size_t from = i ? cuts[i - 1] : 0, end = i < nr_cuts ? cuts[i] : size;
		ZSTD_inBuffer in = { payload + from, end - from, 0 };

		n = ZSTD_compressStream2(w->zstd, out, &in,
					 i < nr_cuts ? ZSTD_e_flush : ZSTD_e_end);
		if (n) /* an error, or no more room */
			return ZSTD_isError(n) ? n : size;
	}
	return out->pos;
}

/*
 * Puts header and payload into `out`. Compresses the payload if that makes it shorter. cuts: see
 * struct columns_packer.
 */
static int encode(struct tracefile_writer *w, const char *payload, size_t size,
		  const uint32_t *cuts, uint32_t nr_cuts)
{
	struct tracefile_block *b = &w->block;
	size_t bound = ZSTD_compressBound(size), n;
	ZSTD_outBuffer out;

	w->out.used = 0;
	if (columns_reserve(&w->out, sizeof(*b) + bound))
		return -ENOMEM;
	out = (ZSTD_outBuffer){ w->out.data + sizeof(*b), bound, 0 };
	n = compress(w, payload, size, cuts, nr_cuts, &out);
	if (!ZSTD_isError(n) && n < size) {
		b->flags = TRACEFILE_ZSTD;
	} else {
		b->flags = 0;
		n = size;
		memcpy(w->out.data + sizeof(*b), payload, size);
	}
	b->length = (__u32)n;
	b->raw_length = (__u32)size;
	b->crc = 0;
	memcpy(w->out.data, b, sizeof(*b));
	w->out.used = sizeof(*b) + n;
	b->crc = crc32c(0, w->out.data, w->out.used);
	memcpy(w->out.data, b, sizeof(*b));
	return 0;
}

static int pack_and_encode(struct tracefile_writer *w)
{
	int err;

	if (w->block.type != TRACEFILE_BLOCK_RECORDS)
		return encode(w, w->buf.data, w->buf.used, NULL, 0);
	w->packed.used = 0;
	err = columns_pack(&w->packer, w->buf.data, w->block.nr, &w->packed);
	return err ? err :
		     encode(w, w->packed.data, w->packed.used, w->packer.cuts, w->packer.nr_cuts);
}

static int write_block(struct tracefile_writer *w)
{
	int err = pack_and_encode(w);

	if (!err)
		err = write_all(w->fd, w->out.data, w->out.used);
	/* Now the file holds more than the one that it replaces. */
	if (!err)
		err = replace_commit(&w->file, true);
	if (err) {
		w->error = err;
		return err;
	}
	w->totals.bytes += w->out.used;
	w->totals.blocks++;
	w->buf.used = 0;
	w->unpacked = 0;
	memset(&w->block, 0, sizeof(w->block));
	return 0;
}

/* Writes the entries since the last INDEX block, so that the writer need not keep all entries. */
static int write_index(struct tracefile_writer *w)
{
	const struct tracefile_index head = { .previous = w->index_offset };
	uint64_t offset = w->totals.bytes;

	if (columns_reserve(&w->buf, sizeof(head) + sizeof(w->index)))
		return -ENOMEM;
	w->block.type = TRACEFILE_BLOCK_INDEX;
	w->block.nr = (__u32)w->nr_index;
	append(w, &head, sizeof(head));
	append(w, w->index, w->nr_index * sizeof(w->index[0]));
	w->nr_index = 0;
	w->index_offset = offset;
	return write_block(w);
}

int tracefile_flush(struct tracefile_writer *w)
{
	const struct tracefile_block *b = &w->block;
	int err;

	if (w->error || !b->type)
		return w->error;
	w->index[w->nr_index++] = tracefile_index_entry_of(b, w->totals.bytes);
	err = write_block(w);
	return err || w->nr_index < INDEX_GOAL ? err : write_index(w);
}

/*
 * Makes room for one more item in a block of this type. unpacked: bytes of the item when it is
 * read.
 */
static int begin_item(struct tracefile_writer *w, enum tracefile_block_type type, size_t size,
		      size_t unpacked)
{
	int err;

	if (size > TRACEFILE_MAX_BLOCK / 2)
		return -EMSGSIZE;
	if (w->block.type && (w->block.type != type || w->unpacked + unpacked > BLOCK_GOAL)) {
		err = tracefile_flush(w);
		if (err)
			return err;
	}
	if (w->error)
		return w->error;
	err = columns_reserve(&w->buf, size);
	if (err)
		return err;
	w->block.type = type;
	w->block.nr++;
	w->unpacked += unpacked;
	return 0;
}

/* Opens the file of a writer; only_new: nothing of the name may exist. */
static int open_file(struct tracefile_writer *w, const char *path, bool only_new)
{
	if (!only_new)
		return replace_open(&w->file, path, 0600);
	w->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return w->fd < 0 ? -errno : w->fd;
}

static int create(const char *path, bool only_new, struct tracefile_writer **out)
{
	struct tracefile_header header = { .header_size = sizeof(header),
					   .major = TRACEFILE_MAJOR,
					   .minor = TRACEFILE_MINOR };
	struct tracefile_writer *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	memcpy(header.magic, TRACEFILE_MAGIC, TRACEFILE_MAGIC_LEN);
	w->zstd = ZSTD_createCCtx();
	if (!w->zstd) {
		err = -ENOMEM;
		goto free;
	}
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
	w->fd = open_file(w, path, only_new);
	if (w->fd < 0) {
		err = w->fd;
		goto free;
	}
	err = write_all(w->fd, (const char *)&header, sizeof(header));
	if (err)
		goto close;
	w->totals.bytes = sizeof(header);
	w->packer.rounds = true;
	*out = w;
	return 0;

close:
	close(w->fd);
	if (only_new)
		unlink(path);
free:
	replace_close(&w->file);
	ZSTD_freeCCtx(w->zstd);
	free(w);
	return err;
}

int tracefile_create(const char *path, struct tracefile_writer **out)
{
	return create(path, false, out);
}

int tracefile_create_new(const char *path, struct tracefile_writer **out)
{
	return create(path, true, out);
}

int tracefile_write_host(struct tracefile_writer *w, const struct tracefile_host *host)
{
	for (size_t i = 0; i < host->nr; i++) {
		const struct tracefile_pair *pair = &host->pairs[i];
		size_t key = strlen(pair->key) + 1;
		size_t value = strlen(pair->value) + 1;
		int err = begin_item(w, TRACEFILE_BLOCK_HOST, key + value, key + value);

		if (err)
			return err;
		append(w, pair->key, key);
		append(w, pair->value, value);
	}
	return 0;
}

static void note_launch(struct tracefile_block *b, uint32_t launch)
{
	if (b->nr == 1 || launch < b->first_launch)
		b->first_launch = launch;
	if (launch > b->last_launch)
		b->last_launch = launch;
}

static void note_time(__u64 *first, __u64 *last, uint64_t ts)
{
	if (!*first || ts < *first)
		*first = ts;
	if (ts > *last)
		*last = ts;
}

void tracefile_keep_times(struct tracefile_writer *w)
{
	w->packer.rounds = false;
}

/*
 * Rounds the times of the page that was appended last, unless something in it failed: from the last
 * one to the first, as they are counted from the page's end.
 */
static void round_times(struct tracefile_writer *w, size_t size)
{
	struct sevtrace_rec_page *page =
		(struct sevtrace_rec_page *)(w->buf.data + w->buf.used - size);
	__u64 *const command[] = { &page->reclaim, &page->exec, &page->prep, &page->wait };
	uint64_t saved = 0;

	if (page->ret || page->psp_ret)
		return;
	for (size_t i = SEVTRACE_PAGE_STEPS + 1; i > 0; i--) {
		for (size_t n = 0; n < ARRAY_SIZE(command) && page->psp_step == i; n++)
			*command[n] = short_time_round(*command[n], &saved);
		if (i <= SEVTRACE_PAGE_STEPS)
			page->ns[i - 1] = short_time_round(page->ns[i - 1], &saved);
	}
}

int tracefile_write_records(struct tracefile_writer *w, const void *recs, size_t bytes, uint64_t nr)
{
	const char *at = recs;
	size_t left = bytes;

	for (; nr; nr--) {
		struct sevtrace_rec h;
		size_t known;
		int err;

		if (left < sizeof(h))
			return -EINVAL;
		memcpy(&h, at, sizeof(h));
		if (h.size < sizeof(h) || h.size > left || padding(h.size))
			return -EINVAL;
		known = columns_known_size(h.type);
		err = begin_item(w, TRACEFILE_BLOCK_RECORDS, h.size,
				 known > h.size ? known : h.size);
		if (err)
			return err;
		append(w, at, h.size);
		if (h.type == SEVTRACE_REC_PAGE && h.size >= sizeof(struct sevtrace_rec_page) &&
		    w->packer.rounds)
			round_times(w, h.size);
		note_time(&w->block.first_ts, &w->block.last_ts, h.ts);
		note_launch(&w->block, h.launch);
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
	size_t size;
	int err;

	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++)
		item.nr_buckets += hist->buckets[i] != 0;
	size = sizeof(item) + item.nr_buckets * sizeof(struct tracefile_bucket);
	err = begin_item(w, TRACEFILE_BLOCK_HIST, size, size);
	if (err)
		return err;
	append(w, &item, sizeof(item));
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
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
		err = begin_item(w, TRACEFILE_BLOCK_DROPS, sizeof(drops->cpus[i]),
				 sizeof(drops->cpus[i]));
		if (err)
			return err;
		append(w, &drops->cpus[i], sizeof(drops->cpus[i]));
	}
	for (size_t i = 0; i < drops->nr_losses; i++) {
		err = begin_item(w, TRACEFILE_BLOCK_LOSSES, sizeof(drops->losses[i]),
				 sizeof(drops->losses[i]));
		if (err)
			return err;
		append(w, &drops->losses[i], sizeof(drops->losses[i]));
	}
	return 0;
}

int tracefile_write_launch_drops(struct tracefile_writer *w,
				 const struct tracefile_launch_drops *drops)
{
	int err = begin_item(w, TRACEFILE_BLOCK_LAUNCH_DROPS, sizeof(*drops), sizeof(*drops));

	if (!err)
		append(w, drops, sizeof(*drops));
	return err;
}

int tracefile_write_symbols(struct tracefile_writer *w, const struct tracefile_symbol *symbols,
			    size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		size_t size = strlen(symbols[i].name) + 1;
		size_t padded = size + padding(size);
		struct tracefile_symbol_item item = { symbols[i].addr, symbols[i].pid,
						      (__u32)padded };
		int err = begin_item(w, TRACEFILE_BLOCK_SYMBOLS, sizeof(item) + padded,
				     sizeof(item) + padded);

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
	struct tracefile_header header = { .flags = TRACEFILE_COMPLETE, .index = w->index_offset };
	const size_t at = offsetof(struct tracefile_header, flags), size = sizeof(header) - at;

	/*
	 * Sync the data first: a power cut must not leave the complete mark on a file with holes.
	 */
	if (fsync(w->fd) && errno != EINVAL && errno != EROFS)
		return -errno;
	if (pwrite(w->fd, (char *)&header + at, size, (off_t)at) != (ssize_t)size)
		return errno ? -errno : -EIO;
	return 0;
}

int tracefile_finish(struct tracefile_writer *w)
{
	int err = tracefile_flush(w);

	if (!err && w->nr_index)
		err = write_index(w);
	if (!err)
		err = columns_reserve(&w->buf, sizeof(w->totals));
	if (err)
		return err;
	w->block.type = TRACEFILE_BLOCK_END;
	w->block.nr = 1;
	append(w, &w->totals, sizeof(w->totals));
	err = write_block(w);
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
	tracefile_abandon(w);
}

void tracefile_abandon(struct tracefile_writer *w)
{
	if (!w)
		return;
	close(w->fd);
	replace_close(&w->file);
	free(w->buf.data);
	free(w->packed.data);
	free(w->out.data);
	columns_packer_free(&w->packer);
	ZSTD_freeCCtx(w->zstd);
	free(w);
}
