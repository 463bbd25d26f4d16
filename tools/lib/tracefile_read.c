// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads trace files. They are untrusted: every length is checked against what holds it before it
 * is used, and a block is only looked at when its CRC is right.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crc32c.h"
#include "tracefile.h"
#include "tracefile_format.h"

struct tracefile_reader {
	FILE *file;
	struct tracefile_header header;
	char *buf; /* payload of the current block */
	size_t room;
};

/* One pass over the file. */
struct pass {
	struct tracefile_reader *r;
	const struct tracefile_visitor *visitor;
	void *ctx;
	struct tracefile_state *state;
	bool ended; /* the END block was read */
};

/* A block's handler returns this when the payload is not what its type says. */
#define DAMAGED 1

static const struct {
	enum sevtrace_record_type type;
	size_t size;
} known_records[] = {
	{ SEVTRACE_REC_LAUNCH_BEGIN, sizeof(struct sevtrace_rec_launch_begin) },
	{ SEVTRACE_REC_LAUNCH_END, sizeof(struct sevtrace_rec_launch_end) },
	{ SEVTRACE_REC_IOCTL_ENTER, sizeof(struct sevtrace_rec_ioctl_enter) },
	{ SEVTRACE_REC_IOCTL_EXIT, sizeof(struct sevtrace_rec_ioctl_exit) },
	{ SEVTRACE_REC_RANGE_START, sizeof(struct sevtrace_rec_range_start) },
	{ SEVTRACE_REC_RANGE_END, sizeof(struct sevtrace_rec_range_end) },
	{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step) },
	{ SEVTRACE_REC_PSP, sizeof(struct sevtrace_rec_psp) },
	{ SEVTRACE_REC_ATTR, sizeof(struct sevtrace_rec_attr) },
	{ SEVTRACE_REC_STACK, sizeof(struct sevtrace_rec_stack) },
};

static size_t known_size(__u16 type)
{
	for (size_t i = 0; i < sizeof(known_records) / sizeof(known_records[0]); i++)
		if (known_records[i].type == type)
			return known_records[i].size;
	return 0;
}

__attribute__((format(printf, 3, 4))) static int explain(char *why, size_t size, const char *format,
							 ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, size, format, args);
	va_end(args);
	return -EINVAL;
}

static int check_header(struct tracefile_reader *r, char *why, size_t size)
{
	struct tracefile_header *h = &r->header;

	if (fread(h, sizeof(*h), 1, r->file) != 1) {
		if (ferror(r->file)) {
			int err = -errno;

			explain(why, size, "cannot be read: %s", strerror(-err));
			return err;
		}
		return explain(why, size, "is not a sevtrace recording: it is too short");
	}
	if (memcmp(h->magic, TRACEFILE_MAGIC, TRACEFILE_MAGIC_LEN) != 0)
		return explain(why, size, "is not a sevtrace recording");
	if (h->major > TRACEFILE_MAJOR) {
		explain(why, size,
			"has format %u.%u; this sevtrace reads up to %u.x: use a newer sevtrace",
			h->major, h->minor, TRACEFILE_MAJOR);
		return -EPROTONOSUPPORT;
	}
	if (!h->major || h->header_size < sizeof(*h) || h->header_size > TRACEFILE_MAX_HEADER)
		return explain(why, size, "is damaged: its header makes no sense");
	if (fseek(r->file, h->header_size, SEEK_SET)) {
		int err = -errno;

		explain(why, size, "cannot be read: %s", strerror(-err));
		return err;
	}
	return 0;
}

int tracefile_open(const char *path, struct tracefile_reader **out, char *why, size_t why_size)
{
	struct tracefile_reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r) {
		explain(why, why_size, "cannot be read: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	r->file = fopen(path, "rbe");
	if (!r->file) {
		err = -errno;
		explain(why, why_size, "cannot be opened: %s", strerror(-err));
		goto fail;
	}
	err = check_header(r, why, why_size);
	if (err)
		goto fail;
	*out = r;
	return 0;

fail:
	tracefile_reader_free(r);
	return err;
}

void tracefile_reader_free(struct tracefile_reader *r)
{
	if (!r)
		return;
	if (r->file)
		fclose(r->file);
	free(r->buf);
	free(r);
}

static int read_host(struct pass *p, const char *at, size_t left, __u32 nr)
{
	for (; nr; nr--) {
		size_t key = strnlen(at, left);
		size_t value;
		int ret = 0;

		if (key >= left)
			return DAMAGED;
		value = strnlen(at + key + 1, left - key - 1);
		if (key + 1 + value >= left)
			return DAMAGED;
		if (p->visitor->host)
			ret = p->visitor->host(p->ctx, at, at + key + 1);
		if (ret)
			return ret;
		at += key + value + 2;
		left -= key + value + 2;
	}
	return 0;
}

static int read_records(struct pass *p, const char *at, size_t left, __u32 nr)
{
	for (; nr; nr--) {
		union tracefile_record rec;
		struct sevtrace_rec h;
		size_t size;
		int ret = 0;

		if (left < sizeof(h))
			return DAMAGED;
		memcpy(&h, at, sizeof(h));
		if (h.size < sizeof(h) || h.size > left || h.size & 7)
			return DAMAGED;
		size = known_size(h.type);
		if (size && p->visitor->record) {
			memset(&rec, 0, sizeof(rec));
			memcpy(&rec, at, h.size < size ? h.size : size);
			ret = p->visitor->record(p->ctx, &rec);
		}
		if (ret)
			return ret;
		p->state->records++;
		at += h.size;
		left -= h.size;
	}
	return 0;
}

static int read_hists(struct pass *p, const char *at, size_t left, __u32 nr)
{
	for (; nr; nr--) {
		struct sevtrace_hist hist = { 0 };
		struct sevtrace_hist_key key;
		struct tracefile_bucket bucket;
		struct tracefile_hist item;
		int ret = 0;

		if (left < sizeof(item))
			return DAMAGED;
		memcpy(&item, at, sizeof(item));
		at += sizeof(item);
		left -= sizeof(item);
		if (item.nr_buckets > SEVTRACE_HIST_BUCKETS ||
		    item.nr_buckets * sizeof(bucket) > left)
			return DAMAGED;
		key = (struct sevtrace_hist_key){
			.launch = item.launch, .id = item.id, .kind = item.kind, .phase = item.phase
		};
		hist.count = item.count;
		hist.sum = item.sum;
		hist.inv_min = item.count ? ~item.min : 0;
		hist.max = item.max;
		hist.pages = item.pages;
		for (__u32 i = 0; i < item.nr_buckets; i++) {
			memcpy(&bucket, at, sizeof(bucket));
			if (bucket.bucket >= SEVTRACE_HIST_BUCKETS)
				return DAMAGED;
			hist.buckets[bucket.bucket] = bucket.count;
			at += sizeof(bucket);
			left -= sizeof(bucket);
		}
		if (p->visitor->hist)
			ret = p->visitor->hist(p->ctx, &key, &hist);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_drops(struct pass *p, const char *at, size_t left, __u32 nr)
{
	struct tracefile_cpu_drops drops;

	for (; nr; nr--, at += sizeof(drops), left -= sizeof(drops)) {
		int ret = 0;

		if (left < sizeof(drops))
			return DAMAGED;
		memcpy(&drops, at, sizeof(drops));
		if (p->visitor->cpu_drops)
			ret = p->visitor->cpu_drops(p->ctx, &drops);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_losses(struct pass *p, const char *at, size_t left, __u32 nr)
{
	struct tracefile_loss loss;

	for (; nr; nr--, at += sizeof(loss), left -= sizeof(loss)) {
		int ret = 0;

		if (left < sizeof(loss))
			return DAMAGED;
		memcpy(&loss, at, sizeof(loss));
		if (strnlen(loss.name, sizeof(loss.name)) == sizeof(loss.name))
			return DAMAGED;
		if (p->visitor->loss)
			ret = p->visitor->loss(p->ctx, &loss);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_symbols(struct pass *p, const char *at, size_t left, __u32 nr)
{
	for (; nr; nr--) {
		struct tracefile_symbol_item item;
		struct tracefile_symbol symbol;
		int ret = 0;

		if (left < sizeof(item))
			return DAMAGED;
		memcpy(&item, at, sizeof(item));
		at += sizeof(item);
		left -= sizeof(item);
		if (item.name_size > left || item.name_size & 7 ||
		    strnlen(at, item.name_size) == item.name_size)
			return DAMAGED;
		symbol = (struct tracefile_symbol){ item.addr, item.pid, at };
		if (p->visitor->symbol)
			ret = p->visitor->symbol(p->ctx, &symbol);
		if (ret)
			return ret;
		at += item.name_size;
		left -= item.name_size;
	}
	return 0;
}

static int read_end(struct pass *p, const char *at, size_t left, __u32 nr)
{
	struct tracefile_end end;

	if (nr != 1 || left < sizeof(end))
		return DAMAGED;
	memcpy(&end, at, sizeof(end));
	if (end.records != p->state->records || end.blocks != p->state->blocks)
		return DAMAGED;
	p->ended = true;
	return 0;
}

static const struct {
	enum tracefile_block_type type;
	int (*read)(struct pass *p, const char *at, size_t left, __u32 nr);
} block_types[] = {
	{ TRACEFILE_BLOCK_HOST, read_host },	 { TRACEFILE_BLOCK_RECORDS, read_records },
	{ TRACEFILE_BLOCK_HIST, read_hists },	 { TRACEFILE_BLOCK_DROPS, read_drops },
	{ TRACEFILE_BLOCK_LOSSES, read_losses }, { TRACEFILE_BLOCK_SYMBOLS, read_symbols },
	{ TRACEFILE_BLOCK_END, read_end },
};

static int read_payload(struct pass *p, const struct tracefile_block *block)
{
	if (!block->flags)
		for (size_t i = 0; i < sizeof(block_types) / sizeof(block_types[0]); i++)
			if (block_types[i].type == block->type)
				return block_types[i].read(p, p->r->buf, block->length, block->nr);
	p->state->unknown_blocks++;
	return 0;
}

__attribute__((format(printf, 2, 3))) static int stop(struct pass *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->state->text, sizeof(p->state->text), format, args);
	va_end(args);
	return 0;
}

static int damaged(struct pass *p, const char *what)
{
	p->state->damaged = true;
	return stop(p, "it is damaged at byte %" PRIu64 " (%s)", p->state->end, what);
}

/* There is a buffer also for an empty payload. */
static int grow(struct tracefile_reader *r, size_t size)
{
	char *buf;

	if (size <= r->room && r->buf)
		return 0;
	if (!size)
		size = 8;
	buf = realloc(r->buf, size);
	if (!buf)
		return -ENOMEM;
	r->buf = buf;
	r->room = size;
	return 0;
}

/* Reads what is there of `size` bytes. Returns how much, or -errno. */
static ssize_t read_some(struct tracefile_reader *r, void *to, size_t size)
{
	size_t n = fread(to, 1, size, r->file);

	if (n < size && ferror(r->file))
		return errno ? -errno : -EIO;
	return (ssize_t)n;
}

static bool crc_matches(const struct tracefile_block *block, const char *payload)
{
	struct tracefile_block zeroed = *block;
	uint32_t crc;

	zeroed.crc = 0;
	crc = crc32c(0, &zeroed, sizeof(zeroed));
	return crc32c(crc, payload, block->length) == block->crc;
}

/* Returns 1 to go on, 0 at the end, or what ended the reading. */
static int read_block(struct pass *p)
{
	struct tracefile_reader *r = p->r;
	struct tracefile_block block;
	ssize_t n = read_some(r, &block, sizeof(block));
	int ret;

	if (n < 0)
		return (int)n;
	if (!n)
		return p->ended ? 0 : stop(p, "the recorder did not finish it");
	if (p->ended)
		return damaged(p, "data after the end");
	if (n < (ssize_t)sizeof(block))
		return stop(p, "it is cut off at byte %" PRIu64, p->state->end);
	if (block.length > TRACEFILE_MAX_BLOCK || block.length & 7)
		return damaged(p, "impossible block length");
	ret = grow(r, block.length);
	if (ret)
		return ret;
	n = read_some(r, r->buf, block.length);
	if (n < 0)
		return (int)n;
	if (n < (ssize_t)block.length)
		return stop(p, "it is cut off at byte %" PRIu64, p->state->end);
	if (!crc_matches(&block, r->buf))
		return damaged(p, "wrong checksum");
	ret = read_payload(p, &block);
	if (ret == DAMAGED)
		return damaged(p, "malformed block");
	if (ret)
		return ret;
	p->state->blocks++;
	p->state->end += sizeof(block) + block.length;
	return 1;
}

int tracefile_read(struct tracefile_reader *r, const struct tracefile_visitor *visitor, void *ctx,
		   struct tracefile_state *state)
{
	struct pass p = { .r = r, .visitor = visitor, .ctx = ctx, .state = state };
	int ret;

	memset(state, 0, sizeof(*state));
	state->end = r->header.header_size;
	do
		ret = read_block(&p);
	while (ret == 1);
	if (ret || state->text[0])
		return ret;
	if (!(r->header.flags & TRACEFILE_COMPLETE))
		return stop(&p, "the recorder did not finish it");
	state->complete = true;
	return 0;
}
