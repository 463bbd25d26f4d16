/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace file that a test makes by hand, block by block. */
#ifndef TRACEFILE_IMAGE_H
#define TRACEFILE_IMAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "tracefile/format.h"
#include "tracefile/tracefile.h"
#include "util/crc32c.h"

struct image {
	char *bytes;
	size_t used;
	size_t room;
};

static inline void image_put(struct image *f, const void *bytes, size_t size)
{
	if (f->used + size > f->room) {
		f->room = 2 * (f->used + size);
		f->bytes = realloc(f->bytes, f->room);
		assert_non_null(f->bytes);
	}
	if (size)
		memcpy(f->bytes + f->used, bytes, size);
	f->used += size;
}

static inline void image_start(struct image *f)
{
	struct tracefile_header header = { .header_size = sizeof(header), .major = 1 };

	f->used = 0;
	memcpy(header.magic, TRACEFILE_MAGIC, TRACEFILE_MAGIC_LEN);
	image_put(f, &header, sizeof(header));
}

/* Puts a block with its checksum; the payload stands as it is stored. */
static inline void image_stored(struct image *f, struct tracefile_block block, const void *payload)
{
	block.crc = crc32c(0, &block, sizeof(block));
	block.crc = crc32c(block.crc, payload, block.length);
	image_put(f, &block, sizeof(block));
	image_put(f, payload, block.length);
}

static inline void image_block(struct image *f, uint32_t type, uint32_t nr, const void *payload,
			       size_t size)
{
	image_stored(f,
		     (struct tracefile_block){ .type = type,
					       .length = (uint32_t)size,
					       .raw_length = (uint32_t)size,
					       .nr = nr },
		     payload);
}

/* Puts a block compressed. Returns its length. */
static inline size_t image_packed(struct image *f, uint32_t type, uint32_t nr, const void *payload,
				  size_t size)
{
	size_t room = ZSTD_compressBound(size), length;
	char *packed = malloc(room);

	assert_non_null(packed);
	length = ZSTD_compress(packed, room, payload, size, 1);
	assert_false(ZSTD_isError(length));
	image_stored(f,
		     (struct tracefile_block){ .type = type,
					       .flags = TRACEFILE_ZSTD,
					       .length = (uint32_t)length,
					       .raw_length = (uint32_t)size,
					       .nr = nr },
		     packed);
	free(packed);
	return length;
}

/* Writes it to a file. */
static inline void image_store(const struct image *f, const char *path)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(f->bytes, 1, f->used, file), f->used);
	assert_int_equal(fclose(file), 0);
}

#endif /* TRACEFILE_IMAGE_H */
