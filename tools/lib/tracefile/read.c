// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads trace files. They are untrusted: the reader checks every length against what holds it
 * before use, and only looks at a block whose CRC is right.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tracefile/columns.h"
#include "tracefile/format.h"
#include "tracefile/pool.h"
#include "tracefile/tracefile.h"
#include "util/array.h"
#include "util/crc32c.h"
#include "util/infile.h"

#define LARGE (4 << 20) /* files from this size on are worth several threads */

struct tracefile_reader {
	FILE *file;
	struct tracefile_header header;
	/* 0: as many as there are processors if the file is large, else one */
	unsigned int threads;
};

/* Why the reader fetches no more blocks. */
enum fetch {
	FETCH_MORE,
	FETCH_END,
	FETCH_CUT,
	FETCH_IMPOSSIBLE, /* a block's length is impossible */
	FETCH_ERROR,
};

/* One pass over the file. */
struct pass {
	struct tracefile_reader *r;
	struct tracefile_pool *pool;
	enum fetch fetch;
	int fetch_err;
	const struct tracefile_visitor *visitor;
	void *ctx;
	struct tracefile_state *state;
	bool ended; /* the END block was read */
	uint32_t index_crc; /* CRC of the entries that the next INDEX block should have */
	uint64_t index; /* offset of the last INDEX block */
	uint64_t items; /* handed out so far */
	uint64_t max_items; /* what the bytes read so far may hold */
};

/* Results of a block's handler: the payload does not match its type, or has too many items. */
#define DAMAGED 1
#define TOO_MANY 2

__attribute__((format(printf, 3, 4))) static int explain(char *why, size_t size, const char *format,
							 ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, size, format, args);
	va_end(args);
	return -EINVAL;
}

/* Tells what to do with a file of another kind, by its first TRACEFILE_MAGIC_LEN bytes. */
static const char *what_else(const char *magic)
{
	static const struct {
		char magic[TRACEFILE_MAGIC_LEN];
		const char *text;
	} kinds[] = {
		{ "PERFILE2", ", but of perf: 'sevtrace import' makes one of it" },
		{ "SQLite f", "; if it is a history, 'sevtrace history' reads it" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!memcmp(magic, kinds[i].magic, sizeof(kinds[i].magic)))
			return kinds[i].text;
	return "";
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
		return explain(why, size, "is not a sevtrace recording%s", what_else(h->magic));
	if (h->major > TRACEFILE_MAJOR) {
		explain(why, size,
			"has format %u.%u; this sevtrace reads up to %u.x: use a newer sevtrace",
			h->major, h->minor, TRACEFILE_MAJOR);
		return -EPROTONOSUPPORT;
	}
	if (!h->major || h->header_size < sizeof(*h) || h->header_size > TRACEFILE_MAX_HEADER)
		return explain(why, size, "is damaged: its header makes no sense");
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
	err = infile_open(path, &r->file);
	if (err) {
		infile_explain(err, why, why_size);
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
	free(r);
}

/* Counts an item before it is handed out. */
static int count_item(struct pass *p)
{
	return ++p->items > p->max_items ? TOO_MANY : 0;
}

static int read_host(struct pass *p, const char *at, size_t left, uint32_t nr)
{
	for (; nr; nr--) {
		size_t key = strnlen(at, left);
		size_t value;
		int ret = count_item(p);

		if (key >= left)
			return DAMAGED;
		value = strnlen(at + key + 1, left - key - 1);
		if (key + 1 + value >= left)
			return DAMAGED;
		if (!ret && p->visitor->host)
			ret = p->visitor->host(p->ctx, at, at + key + 1);
		if (ret)
			return ret;
		at += key + value + 2;
		left -= key + value + 2;
	}
	return 0;
}

static int read_records(struct pass *p, struct columns *columns)
{
	const struct sevtrace_rec *rec;

	while ((rec = columns_next(columns))) {
		int ret = count_item(p);

		if (!ret && p->visitor->record && columns->known)
			ret = p->visitor->record(p->ctx, (const union sevtrace_record *)rec);
		if (ret)
			return ret;
		p->state->records++;
	}
	return 0;
}

static int read_hists(struct pass *p, const char *at, size_t left, uint32_t nr)
{
	for (; nr; nr--) {
		struct sevtrace_hist hist = { 0 };
		struct sevtrace_hist_key key;
		struct tracefile_bucket bucket;
		struct tracefile_hist item;
		int ret = count_item(p);

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
		for (uint32_t i = 0; i < item.nr_buckets; i++) {
			memcpy(&bucket, at, sizeof(bucket));
			if (bucket.bucket >= SEVTRACE_HIST_BUCKETS)
				return DAMAGED;
			hist.buckets[bucket.bucket] = bucket.count;
			at += sizeof(bucket);
			left -= sizeof(bucket);
		}
		if (!ret && p->visitor->hist)
			ret = p->visitor->hist(p->ctx, &key, &hist);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_drops(struct pass *p, const char *at, size_t left, uint32_t nr)
{
	struct tracefile_cpu_drops drops;

	for (; nr; nr--, at += sizeof(drops), left -= sizeof(drops)) {
		int ret = count_item(p);

		if (left < sizeof(drops))
			return DAMAGED;
		memcpy(&drops, at, sizeof(drops));
		if (!ret && p->visitor->cpu_drops)
			ret = p->visitor->cpu_drops(p->ctx, &drops);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_launch_drops(struct pass *p, const char *at, size_t left, uint32_t nr)
{
	struct tracefile_launch_drops drops;

	for (; nr; nr--, at += sizeof(drops), left -= sizeof(drops)) {
		int ret = count_item(p);

		if (left < sizeof(drops))
			return DAMAGED;
		memcpy(&drops, at, sizeof(drops));
		if (!ret && p->visitor->launch_drops)
			ret = p->visitor->launch_drops(p->ctx, &drops);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_losses(struct pass *p, const char *at, size_t left, uint32_t nr)
{
	struct tracefile_loss loss;

	for (; nr; nr--, at += sizeof(loss), left -= sizeof(loss)) {
		int ret = count_item(p);

		if (left < sizeof(loss))
			return DAMAGED;
		memcpy(&loss, at, sizeof(loss));
		if (strnlen(loss.name, sizeof(loss.name)) == sizeof(loss.name))
			return DAMAGED;
		if (!ret && p->visitor->loss)
			ret = p->visitor->loss(p->ctx, &loss);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_symbols(struct pass *p, const char *at, size_t left, uint32_t nr)
{
	for (; nr; nr--) {
		struct tracefile_symbol_item item;
		struct tracefile_symbol symbol;
		int ret = count_item(p);

		if (left < sizeof(item))
			return DAMAGED;
		memcpy(&item, at, sizeof(item));
		at += sizeof(item);
		left -= sizeof(item);
		if (item.name_size > left || item.name_size & 7 ||
		    strnlen(at, item.name_size) == item.name_size)
			return DAMAGED;
		symbol = (struct tracefile_symbol){ item.addr, item.pid, at };
		if (!ret && p->visitor->symbol)
			ret = p->visitor->symbol(p->ctx, &symbol);
		if (ret)
			return ret;
		at += item.name_size;
		left -= item.name_size;
	}
	return 0;
}

static int read_end(struct pass *p, const char *at, size_t left, uint32_t nr)
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

static int read_index(struct pass *p, const char *at, size_t left, uint32_t nr)
{
	struct tracefile_index index;

	if (left != sizeof(index) + nr * sizeof(struct tracefile_index_entry))
		return DAMAGED;
	memcpy(&index, at, sizeof(index));
	if (index.previous != p->index ||
	    crc32c(0, at + sizeof(index), left - sizeof(index)) != p->index_crc)
		return DAMAGED;
	p->index = p->state->end;
	p->index_crc = 0;
	return 0;
}

/* Adds a block that was read to the CRC of the entries that the next INDEX block should have. */
static void note_for_index(struct pass *p, const struct tracefile_block *b)
{
	const struct tracefile_index_entry entry = tracefile_index_entry_of(b, p->state->end);

	if (b->type != TRACEFILE_BLOCK_INDEX && b->type != TRACEFILE_BLOCK_END)
		p->index_crc = crc32c(p->index_crc, &entry, sizeof(entry));
}

static const struct {
	enum tracefile_block_type type;
	int (*read)(struct pass *p, const char *at, size_t left, uint32_t nr);
} block_types[] = {
	{ TRACEFILE_BLOCK_HOST, read_host },
	{ TRACEFILE_BLOCK_HIST, read_hists },
	{ TRACEFILE_BLOCK_DROPS, read_drops },
	{ TRACEFILE_BLOCK_LOSSES, read_losses },
	{ TRACEFILE_BLOCK_SYMBOLS, read_symbols },
	{ TRACEFILE_BLOCK_END, read_end },
	{ TRACEFILE_BLOCK_INDEX, read_index },
	{ TRACEFILE_BLOCK_LAUNCH_DROPS, read_launch_drops },
};

static int read_payload(struct pass *p, struct tracefile_job *job)
{
	const struct tracefile_block *b = &job->block;

	if (!(b->flags & ~TRACEFILE_ZSTD)) {
		if (b->type == TRACEFILE_BLOCK_RECORDS)
			return read_records(p, &job->columns);
		for (size_t i = 0; i < ARRAY_SIZE(block_types); i++)
			if (block_types[i].type == b->type)
				return block_types[i].read(p, job->payload, b->raw_length, b->nr);
	}
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

/* Reads up to `size` bytes. Returns their number, or a negative errno. */
static ssize_t read_some(struct tracefile_reader *r, void *to, size_t size)
{
	size_t n = fread(to, 1, size, r->file);

	if (n < size && ferror(r->file))
		return errno ? -errno : -EIO;
	return (ssize_t)n;
}

/* Reads the next block as it is stored. */
static enum fetch fetch_block(struct pass *p, struct tracefile_job *job)
{
	struct tracefile_block *b = &job->block;
	ssize_t n = read_some(p->r, b, sizeof(*b));

	if (n < 0)
		goto error;
	if (!n)
		return FETCH_END;
	if (n < (ssize_t)sizeof(*b))
		return FETCH_CUT;
	if (b->length > TRACEFILE_MAX_BLOCK || b->raw_length > TRACEFILE_MAX_BLOCK)
		return FETCH_IMPOSSIBLE;
	job->stored.used = 0;
	/* An empty payload has a buffer too. */
	n = columns_reserve(&job->stored, b->length + 1);
	if (n)
		goto error;
	n = read_some(p->r, job->stored.data, b->length);
	if (n < 0)
		goto error;
	return n < (ssize_t)b->length ? FETCH_CUT : FETCH_MORE;

error:
	p->fetch_err = (int)n;
	return FETCH_ERROR;
}

/* Fetches blocks while the pool has room. */
static void fetch_blocks(struct pass *p)
{
	struct tracefile_job *job;

	while (p->fetch == FETCH_MORE && (job = tracefile_pool_vacant(p->pool))) {
		p->fetch = fetch_block(p, job);
		if (p->fetch == FETCH_MORE)
			tracefile_pool_submit(p->pool);
	}
}

/*
 * Handles a decoded block. Returns 1 to go on, 0 at the end, or the result that ended the reading.
 */
static int handle_block(struct pass *p, struct tracefile_job *job)
{
	int ret;

	if (p->ended)
		return damaged(p, "data after the end");
	if (job->err)
		return job->err;
	if (job->damage)
		return damaged(p, job->damage);
	p->state->read = p->state->end + sizeof(job->block) + job->block.length;
	p->max_items = TRACEFILE_FREE_ITEMS +
		       TRACEFILE_ITEMS_PER_BYTE * (p->state->end + job->block.length);
	ret = read_payload(p, job);
	if (ret == DAMAGED)
		return damaged(p, "malformed block");
	if (ret == TOO_MANY)
		return damaged(p, "more items than its size can hold");
	if (ret)
		return ret;
	note_for_index(p, &job->block);
	p->state->blocks++;
	p->state->end = p->state->read;
	return 1;
}

/*
 * Called when all fetched blocks are handled. Sets the final state; returns the error if fetching
 * failed.
 */
static int handle_end(struct pass *p)
{
	switch (p->fetch) {
	case FETCH_ERROR:
		return p->fetch_err;
	case FETCH_CUT:
		if (!p->ended)
			return stop(p, "it is cut off at byte %" PRIu64, p->state->end);
		return damaged(p, "data after the end");
	case FETCH_IMPOSSIBLE:
		return damaged(p, p->ended ? "data after the end" : "impossible block length");
	default:
		break;
	}
	if (p->ended && p->r->header.index != p->index && p->r->header.flags & TRACEFILE_COMPLETE)
		return damaged(p, "the index is not where the header says");
	if (!p->ended || !(p->r->header.flags & TRACEFILE_COMPLETE))
		return stop(p, "the recorder did not finish it");
	p->state->complete = true;
	return 0;
}

static unsigned int choose_threads(const struct tracefile_reader *r)
{
	struct stat st;
	cpu_set_t cpus;

	if (r->threads)
		return r->threads;
	if (fstat(fileno(r->file), &st) || st.st_size < LARGE)
		return 1;
	return sched_getaffinity(0, sizeof(cpus), &cpus) ? 1 : (unsigned int)CPU_COUNT(&cpus);
}

void tracefile_set_threads(struct tracefile_reader *r, unsigned int threads)
{
	r->threads = threads;
}

int tracefile_read(struct tracefile_reader *r, const struct tracefile_visitor *visitor, void *ctx,
		   struct tracefile_state *state)
{
	struct pass p = { .r = r, .visitor = visitor, .ctx = ctx, .state = state };
	int ret = 1;

	memset(state, 0, sizeof(*state));
	state->end = r->header.header_size;
	state->read = state->end;
	if (fseek(r->file, r->header.header_size, SEEK_SET))
		return -errno;
	p.pool = tracefile_pool_new(choose_threads(r));
	if (!p.pool)
		return -ENOMEM;
	while (ret == 1) {
		struct tracefile_job *job;

		fetch_blocks(&p);
		job = tracefile_pool_take(p.pool);
		if (!job) {
			ret = handle_end(&p);
			break;
		}
		ret = handle_block(&p, job);
		tracefile_pool_release(p.pool);
	}
	tracefile_pool_free(p.pool);
	return ret;
}
