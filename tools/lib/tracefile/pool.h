/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decodes blocks of a trace file, several at a time if there are processors for it, and hands them
 * back in their order in the file.
 */
#ifndef TRACEFILE_POOL_H
#define TRACEFILE_POOL_H

#include <stddef.h>

#include "tracefile/columns.h"
#include "tracefile/format.h"

/* A block. The reader fills in block and stored. */
struct tracefile_job {
	struct tracefile_block block;
	struct columns_buffer stored; /* the payload as it is in the file */

	/* Results. */
	int err; /* -ENOMEM: the block could not be decoded */
	const char *damage; /* the damage of the block; NULL: none */
	const char *payload; /* decompressed, block.raw_length bytes */
	struct columns_buffer raw;
	struct columns columns; /* the records of a RECORDS block */
	int state;
};

struct tracefile_pool;

/* threads: 1 or more, including the caller's. Returns NULL if memory is short. */
struct tracefile_pool *tracefile_pool_new(unsigned int threads);

/* Waits for blocks that are being decoded, then frees the pool. */
void tracefile_pool_free(struct tracefile_pool *pool);

/* Returns a job to fill in before tracefile_pool_submit(); NULL: all are in use. */
struct tracefile_job *tracefile_pool_vacant(struct tracefile_pool *pool);
void tracefile_pool_submit(struct tracefile_pool *pool);

/*
 * Returns the oldest job, decoded. The caller gives it back by tracefile_pool_release(). NULL:
 * there is none.
 */
struct tracefile_job *tracefile_pool_take(struct tracefile_pool *pool);
void tracefile_pool_release(struct tracefile_pool *pool);

#endif /* TRACEFILE_POOL_H */
