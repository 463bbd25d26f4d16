// SPDX-License-Identifier: GPL-2.0-only
#include "tracefile/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "util/crc32c.h"

#define KNOWN_FLAGS TRACEFILE_ZSTD
#define MAX_THREADS 16

enum { VACANT, QUEUED, TAKEN, DONE };

/*
 * Jobs form a ring: those in [first, last) are in use, those in [next, last) have not begun. The
 * positions are counters, taken modulo nr_jobs.
 */
struct tracefile_pool {
	struct tracefile_job *jobs;
	size_t nr_jobs;
	size_t first;
	size_t next;
	size_t last;
	pthread_mutex_t lock;
	pthread_cond_t queued;
	pthread_cond_t done;
	pthread_t threads[MAX_THREADS];
	size_t nr_threads; /* without the caller's */
	bool quit;
	ZSTD_DCtx *zstd; /* decompressor of the caller's thread */
};

static struct tracefile_job *job_at(struct tracefile_pool *pool, size_t n)
{
	return &pool->jobs[n % pool->nr_jobs];
}

static bool crc_matches(const struct tracefile_job *job)
{
	struct tracefile_block zeroed = job->block;
	uint32_t crc;

	zeroed.crc = 0;
	crc = crc32c(0, &zeroed, sizeof(zeroed));
	return crc32c(crc, job->stored.data, job->block.length) == job->block.crc;
}

static int decompress(struct tracefile_job *job, ZSTD_DCtx *zstd)
{
	size_t n;

	job->raw.used = 0;
	if (columns_reserve(&job->raw, job->block.raw_length))
		return -ENOMEM;
	n = ZSTD_decompressDCtx(zstd, job->raw.data, job->block.raw_length, job->stored.data,
				job->block.length);
	if (ZSTD_isError(n) && ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation)
		return -ENOMEM;
	if (ZSTD_isError(n) || n != job->block.raw_length)
		job->damage = "compressed data";
	job->payload = job->raw.data;
	return 0;
}

static int decode(struct tracefile_job *job, ZSTD_DCtx *zstd)
{
	const struct tracefile_block *b = &job->block;
	int err = 0;

	job->damage = NULL;
	job->payload = job->stored.data;
	if (!crc_matches(job)) {
		job->damage = "wrong checksum";
		return 0;
	}
	if (b->flags & ~KNOWN_FLAGS)
		return 0;
	if (b->flags & TRACEFILE_ZSTD)
		err = decompress(job, zstd);
	else if (b->raw_length != b->length)
		job->damage = "malformed block";
	if (err || job->damage || b->type != TRACEFILE_BLOCK_RECORDS)
		return err;
	err = columns_unpack(&job->columns, job->payload, b->raw_length, b->nr);
	if (err == COLUMNS_DAMAGED)
		job->damage = "malformed records";
	return err < 0 ? err : 0;
}

/* Decodes the next job. The caller holds the lock; it is released meanwhile. */
static void do_next(struct tracefile_pool *pool, ZSTD_DCtx *zstd)
{
	struct tracefile_job *job = job_at(pool, pool->next++);

	job->state = TAKEN;
	pthread_mutex_unlock(&pool->lock);
	job->err = decode(job, zstd);
	pthread_mutex_lock(&pool->lock);
	job->state = DONE;
	pthread_cond_signal(&pool->done);
}

static void *work(void *arg)
{
	struct tracefile_pool *pool = arg;
	ZSTD_DCtx *zstd = ZSTD_createDCtx();

	/* If memory is short, the other threads do the work. */
	if (!zstd)
		return NULL;
	pthread_mutex_lock(&pool->lock);
	while (!pool->quit) {
		if (pool->next == pool->last)
			pthread_cond_wait(&pool->queued, &pool->lock);
		else
			do_next(pool, zstd);
	}
	pthread_mutex_unlock(&pool->lock);
	ZSTD_freeDCtx(zstd);
	return NULL;
}

struct tracefile_pool *tracefile_pool_new(unsigned int threads)
{
	struct tracefile_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->queued, NULL);
	pthread_cond_init(&pool->done, NULL);
	pool->nr_jobs = threads > 1 ? 2 * threads + 1 : 1;
	pool->jobs = calloc(pool->nr_jobs, sizeof(*pool->jobs));
	pool->zstd = ZSTD_createDCtx();
	if (!pool->jobs || !pool->zstd) {
		tracefile_pool_free(pool);
		return NULL;
	}
	/* The pool works with fewer threads than wanted too. */
	while (pool->nr_threads + 1 < threads &&
	       !pthread_create(&pool->threads[pool->nr_threads], NULL, work, pool))
		pool->nr_threads++;
	return pool;
}

void tracefile_pool_free(struct tracefile_pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->quit = true;
	pthread_cond_broadcast(&pool->queued);
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < pool->nr_threads; i++)
		pthread_join(pool->threads[i], NULL);
	for (size_t i = 0; pool->jobs && i < pool->nr_jobs; i++) {
		free(pool->jobs[i].stored.data);
		free(pool->jobs[i].raw.data);
		columns_free(&pool->jobs[i].columns);
	}
	ZSTD_freeDCtx(pool->zstd);
	pthread_cond_destroy(&pool->done);
	pthread_cond_destroy(&pool->queued);
	pthread_mutex_destroy(&pool->lock);
	free(pool->jobs);
	free(pool);
}

struct tracefile_job *tracefile_pool_vacant(struct tracefile_pool *pool)
{
	/* Only the caller changes first and last. */
	return pool->last - pool->first < pool->nr_jobs ? job_at(pool, pool->last) : NULL;
}

void tracefile_pool_submit(struct tracefile_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	job_at(pool, pool->last++)->state = QUEUED;
	pthread_cond_signal(&pool->queued);
	pthread_mutex_unlock(&pool->lock);
}

struct tracefile_job *tracefile_pool_take(struct tracefile_pool *pool)
{
	struct tracefile_job *job = job_at(pool, pool->first);

	if (pool->first == pool->last)
		return NULL;
	pthread_mutex_lock(&pool->lock);
	while (job->state != DONE) {
		if (pool->next != pool->last)
			do_next(pool, pool->zstd);
		else
			pthread_cond_wait(&pool->done, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return job;
}

void tracefile_pool_release(struct tracefile_pool *pool)
{
	job_at(pool, pool->first++)->state = VACANT;
}
