// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unpacks the output of perf record -z. perf compresses the records of a buffer by zstd into
 * records of a type of their own. They form one zstd stream over the whole file, and a record may
 * be split between two of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "perfdata/internal.h"

/*
 * What compressed records may make when unpacked: perf's take a tenth of it. A file whose records
 * repeat without end is damaged.
 */
#define FREE_BYTES (1U << 20)
#define BYTES_PER_BYTE 64U

struct perf_unpack {
	ZSTD_DStream *stream;
	uint64_t taken; /* bytes unpacked so far */
	uint64_t given; /* bytes that they were packed in */
	size_t used; /* bytes of a record whose rest has not come yet */
	__u8 plain[2 * PERF_MAX_RECORD];
};

static struct perf_unpack *unpack_new(void)
{
	struct perf_unpack *unpack = calloc(1, sizeof(*unpack));

	if (!unpack)
		return NULL;
	unpack->stream = ZSTD_createDStream();
	if (!unpack->stream || ZSTD_isError(ZSTD_initDStream(unpack->stream))) {
		perf_unpack_free(unpack);
		return NULL;
	}
	return unpack;
}

void perf_unpack_free(struct perf_unpack *unpack)
{
	if (unpack)
		ZSTD_freeDStream(unpack->stream);
	free(unpack);
}

/* Hands on the whole records and moves the rest to the front. */
static int take_records(struct perf_file *file, struct perf_unpack *unpack, perf_record_taker take)
{
	struct perf_bytes b = { unpack->plain, unpack->used };
	struct perf_event_header header;
	int err = 0;

	while (!err && b.left >= sizeof(header)) {
		memcpy(&header, b.at, sizeof(header));
		if (header.size < sizeof(header) || header.type == PERF_RECORD_PACKED ||
		    header.type == PERF_RECORD_PACKED2)
			return -EBADMSG;
		if (header.size > b.left)
			break;
		err = take(file, &header,
			   (struct perf_bytes){ b.at + sizeof(header),
						header.size - sizeof(header) });
		perf_take(&b, header.size);
	}
	memmove(unpack->plain, b.at, b.left);
	unpack->used = b.left;
	return err;
}

int perf_unpack_records(struct perf_file *file, struct perf_bytes packed, perf_record_taker take)
{
	ZSTD_inBuffer in = { packed.at, packed.left, 0 };
	ZSTD_outBuffer out;
	int err;

	if (!file->unpack)
		file->unpack = unpack_new();
	if (!file->unpack)
		return -ENOMEM;
	file->unpack->given += packed.left;
	do {
		struct perf_unpack *unpack = file->unpack;

		out = (ZSTD_outBuffer){ unpack->plain, sizeof(unpack->plain), unpack->used };
		if (ZSTD_isError(ZSTD_decompressStream(unpack->stream, &out, &in)))
			return -EBADMSG;
		if (out.pos == unpack->used && in.pos < in.size)
			return -EBADMSG;
		unpack->taken += out.pos - unpack->used;
		if (unpack->taken > FREE_BYTES + BYTES_PER_BYTE * unpack->given)
			return -EBADMSG;
		unpack->used = out.pos;
		err = take_records(file, unpack, take);
		/* If the buffer is full, the decoder may still hold data. */
	} while (!err && (in.pos < in.size || out.pos == out.size));
	return err;
}
