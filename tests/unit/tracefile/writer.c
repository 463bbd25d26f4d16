// SPDX-License-Identifier: GPL-2.0-only
/* What the writer puts into blocks: how much, what their heads say of it, and when it gives up. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include <sevtrace/kvm_sev.h>

#include "tracefile/format.h"
#include "tracefile/tracefile.h"
#include "util/array.h"

#define BLOCK_GOAL (1020U << 10)
#define INDEX_GOAL 1024

struct fixture {
	char dir[64];
	char path[80];
	struct tracefile_writer *w;
	char *bytes;
	size_t size;
	uint64_t seen;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (!f)
		return -1;
	strcpy(f->dir, "/tmp/sevtrace-writer.XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/t.data", f->dir);
	return tracefile_create_new(f->path, &f->w);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	rmdir(f->dir);
	free(f->bytes);
	free(f);
	return 0;
}

/* Finishes the file and loads its bytes. */
static void finish(struct fixture *f)
{
	struct stat st;
	FILE *file;

	assert_int_equal(tracefile_finish(f->w), 0);
	tracefile_close(f->w);
	file = fopen(f->path, "rb");
	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	f->size = (size_t)st.st_size;
	f->bytes = malloc(f->size);
	assert_non_null(f->bytes);
	assert_int_equal(fread(f->bytes, 1, f->size, file), f->size);
	fclose(file);
}

static struct tracefile_block block_at(const struct fixture *f, uint64_t at)
{
	struct tracefile_block block;

	assert_true(at + sizeof(block) <= f->size);
	memcpy(&block, f->bytes + at, sizeof(block));
	assert_true(at + sizeof(block) + block.length <= f->size);
	return block;
}

/* The n-th block, from 0 on. */
static struct tracefile_block nth(const struct fixture *f, size_t n)
{
	uint64_t at = sizeof(struct tracefile_header);

	for (; n; n--)
		at += sizeof(struct tracefile_block) + block_at(f, at).length;
	return block_at(f, at);
}

/* Unpacks the payload of a block. Returns its size. */
static size_t unpack(const struct fixture *f, uint64_t at, void *to, size_t size)
{
	const struct tracefile_block block = block_at(f, at);
	const char *payload = f->bytes + at + sizeof(block);

	assert_in_range(block.raw_length, 0, size);
	if (block.flags)
		assert_int_equal(ZSTD_decompress(to, size, payload, block.length),
				 block.raw_length);
	else
		memcpy(to, payload, block.length);
	return block.raw_length;
}

static int see_record(void *ctx, const union sevtrace_record *rec)
{
	(void)rec;
	((struct fixture *)ctx)->seen++;
	return 0;
}

static int see_host(void *ctx, const char *key, const char *value)
{
	(void)key;
	(void)value;
	((struct fixture *)ctx)->seen++;
	return 0;
}

static int see_symbol(void *ctx, const struct tracefile_symbol *symbol)
{
	((struct fixture *)ctx)->seen += strlen(symbol->name);
	return 0;
}

static const struct tracefile_visitor counting = {
	.record = see_record,
	.host = see_host,
	.symbol = see_symbol,
};

static struct tracefile_state read_it(struct fixture *f, const struct tracefile_visitor *visitor)
{
	struct tracefile_reader *r;
	struct tracefile_state read;
	char why[256];

	assert_int_equal(tracefile_open(f->path, &r, why, sizeof(why)), 0);
	assert_int_equal(tracefile_read(r, visitor, f, &read), 0);
	tracefile_reader_free(r);
	return read;
}

static void put_record(struct fixture *f, uint32_t launch, uint64_t ts)
{
	const struct sevtrace_rec rec = {
		.ts = ts, .launch = launch, .type = SEVTRACE_REC_STEP, .size = sizeof(rec)
	};

	assert_int_equal(tracefile_write_records(f->w, &rec, sizeof(rec), 1), 0);
}

/* Heads have the least and the greatest time and launch of the block, END of the file. */
static void heads_say_what_is_in(void **state)
{
	static const struct {
		uint32_t launch;
		uint64_t ts;
	} recs[] = { { 5, 500 }, { 3, 200 }, { 9, 900 }, { 4, 400 } };
	struct fixture *f = *state;
	struct tracefile_block block;
	struct tracefile_end end;
	struct tracefile_header header;

	for (size_t i = 0; i < ARRAY_SIZE(recs); i++)
		put_record(f, recs[i].launch, recs[i].ts);
	assert_int_equal(tracefile_flush(f->w), 0);
	/* The next one knows nothing of it, and a launch may be 0. */
	put_record(f, 7, 1000);
	put_record(f, 8, 700);
	assert_int_equal(tracefile_flush(f->w), 0);
	put_record(f, 0, 300);
	finish(f);
	block = nth(f, 0);
	assert_int_equal(block.nr, 4);
	assert_int_equal(block.first_ts, 200);
	assert_int_equal(block.last_ts, 900);
	assert_int_equal(block.first_launch, 3);
	assert_int_equal(block.last_launch, 9);
	block = nth(f, 1);
	assert_int_equal(block.first_ts, 700);
	assert_int_equal(block.last_ts, 1000);
	assert_int_equal(block.first_launch, 7);
	assert_int_equal(block.last_launch, 8);
	block = nth(f, 2);
	assert_int_equal(block.first_launch, 0);
	assert_int_equal(block.last_launch, 0);
	memcpy(&header, f->bytes, sizeof(header));
	assert_int_equal(nth(f, 4).type, TRACEFILE_BLOCK_END);
	unpack(f, f->size - sizeof(block) - nth(f, 4).length, &end, sizeof(end));
	assert_int_equal(end.first_ts, 200);
	assert_int_equal(end.last_ts, 1000);
	assert_int_equal(end.records, 7);
	assert_int_equal(end.blocks, 4);
	assert_int_equal(end.bytes, f->size - sizeof(block) - nth(f, 4).length);
}

/* Writes nr blocks of a pair each. */
static void put_blocks(struct fixture *f, size_t nr)
{
	const struct tracefile_pair pair = { "k", "v" };
	const struct tracefile_host host = { &pair, 1 };

	for (size_t i = 0; i < nr; i++) {
		assert_int_equal(tracefile_write_host(f->w, &host), 0);
		assert_int_equal(tracefile_flush(f->w), 0);
	}
}

static void indices(void **state)
{
	static const struct {
		size_t blocks;
		size_t last; /* entries of the last INDEX block */
		bool two;
	} cases[] = {
		{ INDEX_GOAL - 1, INDEX_GOAL - 1, false },
		{ INDEX_GOAL, INDEX_GOAL, false },
		{ INDEX_GOAL + 1, 1, true },
		{ INDEX_GOAL + 2, 2, true },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		static char raw[sizeof(struct tracefile_index) +
				INDEX_GOAL * sizeof(struct tracefile_index_entry)];
		struct tracefile_header header;
		struct tracefile_index index;
		struct tracefile_state read;

		put_blocks(f, cases[i].blocks);
		finish(f);
		memcpy(&header, f->bytes, sizeof(header));
		assert_int_equal(block_at(f, header.index).type, TRACEFILE_BLOCK_INDEX);
		assert_int_equal(block_at(f, header.index).nr, cases[i].last);
		assert_int_equal(unpack(f, header.index, raw, sizeof(raw)),
				 sizeof(index) +
					 cases[i].last * sizeof(struct tracefile_index_entry));
		memcpy(&index, raw, sizeof(index));
		assert_int_equal(index.previous != 0, cases[i].two);
		if (cases[i].two)
			assert_int_equal(block_at(f, index.previous).nr, INDEX_GOAL);
		f->seen = 0;
		read = read_it(f, &counting);
		assert_true(read.complete);
		assert_int_equal(f->seen, cases[i].blocks);
		assert_int_equal(read.blocks, cases[i].blocks + (cases[i].two ? 3 : 2));
		free(f->bytes);
		f->bytes = NULL;
		unlink(f->path);
		assert_int_equal(tracefile_create_new(f->path, &f->w), 0);
	}
	tracefile_abandon(f->w);
}

static char *name_of(size_t length)
{
	char *name = malloc(length + 1);

	assert_non_null(name);
	memset(name, 'n', length);
	name[length] = '\0';
	return name;
}

/* Writes a pair that takes so many bytes, with both NULs. */
static int put_pair(struct fixture *f, size_t size)
{
	char *value = name_of(size - 3);
	const struct tracefile_pair pair = { "k", value };
	const struct tracefile_host host = { &pair, 1 };
	int err = tracefile_write_host(f->w, &host);

	free(value);
	return err;
}

/* A block holds BLOCK_GOAL bytes, and more only if that is one item. */
static void sizes_of_blocks(void **state)
{
	static const struct {
		size_t first, second;
		uint32_t nr; /* items of the first block */
	} cases[] = {
		{ 1000, BLOCK_GOAL - 1000, 2 },
		{ 1000, BLOCK_GOAL - 999, 1 },
		{ BLOCK_GOAL + 1, 10, 1 },
		{ TRACEFILE_MAX_BLOCK / 2, TRACEFILE_MAX_BLOCK / 2, 1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(put_pair(f, cases[i].first), 0);
		assert_int_equal(put_pair(f, cases[i].second), 0);
		finish(f);
		assert_int_equal(nth(f, 0).nr, cases[i].nr);
		assert_int_equal(nth(f, 0).raw_length,
				 cases[i].first + (cases[i].nr == 2 ? cases[i].second : 0));
		f->seen = 0;
		assert_true(read_it(f, &counting).complete);
		assert_int_equal(f->seen, 2);
		free(f->bytes);
		f->bytes = NULL;
		unlink(f->path);
		assert_int_equal(tracefile_create_new(f->path, &f->w), 0);
	}
	assert_int_equal(put_pair(f, TRACEFILE_MAX_BLOCK / 2 + 1), -EMSGSIZE);
	assert_int_equal(put_pair(f, 10), 0);
	finish(f);
	assert_int_equal(nth(f, 0).nr, 1);
}

/* Records count with what they take when a reader has filled in what older ones lack. */
static void short_records_count_in_full(void **state)
{
	const uint32_t most = BLOCK_GOAL / sizeof(struct sevtrace_rec_stack);
	struct sevtrace_rec rec = { .type = SEVTRACE_REC_STACK, .size = sizeof(rec) };
	struct fixture *f = *state;

	for (uint32_t i = 0; i <= most; i++)
		assert_int_equal(tracefile_write_records(f->w, &rec, sizeof(rec), 1), 0);
	finish(f);
	assert_int_equal(nth(f, 0).nr, most);
	assert_int_equal(nth(f, 1).nr, 1);
	assert_true(read_it(f, &counting).complete);
	assert_int_equal(f->seen, most + 1);
}

static void another_type_is_another_block(void **state)
{
	const struct tracefile_cpu_drops cpu = { .cpu = 1 };
	const struct tracefile_loss loss = { .name = "n" };
	const struct tracefile_drops drops = { &cpu, 1, &loss, 1 };
	const struct tracefile_launch_drops launch = { .launch = 1 };
	static const uint32_t types[] = { TRACEFILE_BLOCK_HOST,	       TRACEFILE_BLOCK_RECORDS,
					  TRACEFILE_BLOCK_DROPS,       TRACEFILE_BLOCK_LOSSES,
					  TRACEFILE_BLOCK_DROPS,       TRACEFILE_BLOCK_LOSSES,
					  TRACEFILE_BLOCK_LAUNCH_DROPS };
	struct fixture *f = *state;

	assert_int_equal(put_pair(f, 10), 0);
	put_record(f, 1, 1);
	assert_int_equal(tracefile_write_drops(f->w, &drops), 0);
	assert_int_equal(tracefile_write_drops(f->w, &drops), 0);
	assert_int_equal(tracefile_write_launch_drops(f->w, &launch), 0);
	assert_int_equal(tracefile_write_launch_drops(f->w, &launch), 0);
	finish(f);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		assert_int_equal(nth(f, i).type, types[i]);
		assert_int_equal(nth(f, i).nr, types[i] == TRACEFILE_BLOCK_LAUNCH_DROPS ? 2 : 1);
	}
}

/* Names take no more room than their NUL and eight bytes' alignment ask for. */
static void names_are_padded(void **state)
{
	struct fixture *f = *state;

	for (size_t length = 0; length <= 17; length++) {
		char *name = name_of(length);
		const struct tracefile_symbol symbol = { 0x1000, 1, name };

		assert_int_equal(tracefile_write_symbols(f->w, &symbol, 1), 0);
		assert_int_equal(tracefile_flush(f->w), 0);
		free(name);
	}
	finish(f);
	for (size_t length = 0; length <= 17; length++)
		assert_int_equal(nth(f, length).raw_length,
				 sizeof(struct tracefile_symbol_item) + length / 8 * 8 + 8);
	assert_true(read_it(f, &counting).complete);
	assert_int_equal(f->seen, 17 * 18 / 2);
}

/* What does not become shorter is stored as it is. */
static void compresses_what_becomes_shorter(void **state)
{
	struct fixture *f = *state;
	uint64_t random = 1;
	char value[2000];
	const struct tracefile_pair pair = { "k", value };
	const struct tracefile_host host = { &pair, 1 };

	for (size_t i = 0; i < sizeof(value) - 1; i++) {
		random = random * 6364136223846793005 + 1442695040888963407;
		value[i] = (char)(1 + (random >> 33) % 255);
	}
	value[sizeof(value) - 1] = '\0';
	assert_int_equal(tracefile_write_host(f->w, &host), 0);
	assert_int_equal(tracefile_flush(f->w), 0);
	assert_int_equal(put_pair(f, 2000), 0);
	finish(f);
	assert_int_equal(nth(f, 0).flags, 0);
	assert_int_equal(nth(f, 0).length, nth(f, 0).raw_length);
	assert_int_equal(nth(f, 0).raw_length, sizeof(value) + 2);
	assert_int_equal(nth(f, 1).flags, TRACEFILE_ZSTD);
	assert_in_range(nth(f, 1).length, 1, 100);
	assert_int_equal(nth(f, 1).raw_length, 2000);
	assert_true(read_it(f, &counting).complete);
	assert_int_equal(f->seen, 2);
}

static int see_hist(void *ctx, const struct sevtrace_hist_key *key,
		    const struct sevtrace_hist *hist)
{
	struct fixture *f = ctx;

	assert_int_equal(key->launch, 1);
	assert_int_equal(key->id, 2);
	assert_int_equal(key->kind, 3);
	assert_int_equal(key->phase, 4);
	assert_int_equal(hist->count, f->seen ? 0 : 2);
	assert_true(hist->inv_min == (f->seen ? 0 : ~30ULL));
	assert_int_equal(hist->sum, f->seen ? 0 : 70);
	assert_int_equal(hist->max, f->seen ? 0 : 40);
	assert_int_equal(hist->pages, f->seen ? 0 : 5);
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++)
		assert_int_equal(hist->buckets[i],
				 f->seen ? 0 : (i == 0) + (i == SEVTRACE_HIST_BUCKETS - 1));
	f->seen++;
	return 0;
}

static void histograms(void **state)
{
	static const struct tracefile_visitor visitor = { .hist = see_hist };
	const struct sevtrace_hist_key key = { 1, 2, 3, 4 };
	struct sevtrace_hist hist = {
		.count = 2, .sum = 70, .inv_min = ~30ULL, .max = 40, .pages = 5
	};
	struct fixture *f = *state;

	hist.buckets[0] = hist.buckets[SEVTRACE_HIST_BUCKETS - 1] = 1;
	assert_int_equal(tracefile_write_hist(f->w, &key, &hist), 0);
	memset(&hist, 0, sizeof(hist));
	assert_int_equal(tracefile_write_hist(f->w, &key, &hist), 0);
	finish(f);
	assert_int_equal(nth(f, 0).nr, 2);
	assert_int_equal(nth(f, 0).raw_length,
			 2 * (sizeof(struct tracefile_hist) + sizeof(struct tracefile_bucket)));
	assert_true(read_it(f, &visitor).complete);
	assert_int_equal(f->seen, 2);
}

/* A whole record, and what is left over or missing. */
static void sizes_of_records(void **state)
{
	struct fixture *f = *state;
	const struct sevtrace_rec recs[2] = { { .size = sizeof(recs[0]) },
					      { .size = sizeof(recs[0]) } };
	struct sevtrace_rec odd = recs[0];

	assert_int_equal(tracefile_write_records(f->w, recs, sizeof(recs), 2), 0);
	assert_int_equal(tracefile_write_records(f->w, recs, sizeof(recs[0]), 1), 0);
	assert_int_equal(tracefile_write_records(f->w, recs, 0, 0), 0);
	assert_int_equal(tracefile_write_records(f->w, recs, sizeof(recs), 1), -EINVAL);
	assert_int_equal(tracefile_write_records(f->w, recs, sizeof(recs) - 8, 2), -EINVAL);
	assert_int_equal(tracefile_write_records(f->w, recs, sizeof(recs), 3), -EINVAL);
	odd.size = sizeof(odd) + 8;
	assert_int_equal(tracefile_write_records(f->w, &odd, sizeof(odd), 1), -EINVAL);
	odd.size = sizeof(odd) - 8;
	assert_int_equal(tracefile_write_records(f->w, &odd, sizeof(odd), 1), -EINVAL);
	odd.size = sizeof(odd) - 1;
	assert_int_equal(tracefile_write_records(f->w, &odd, sizeof(odd), 1), -EINVAL);
	odd.size = 0;
	assert_int_equal(tracefile_write_records(f->w, &odd, sizeof(odd), 1), -EINVAL);
	finish(f);
	/* The whole ones among them were taken. */
	assert_true(read_it(f, &counting).complete);
	assert_int_equal(read_it(f, &counting).records, 3 + 1 + 1 + 2);
}

/* After the end nothing is taken, and the file stays as it is. */
static void nothing_after_the_end(void **state)
{
	struct fixture *f = *state;
	const struct sevtrace_rec rec = { .size = sizeof(rec) };
	uint64_t written;

	put_record(f, 1, 1);
	assert_int_equal(tracefile_finish(f->w), 0);
	written = tracefile_written(f->w);
	assert_int_equal(tracefile_write_records(f->w, &rec, sizeof(rec), 1), -EBADF);
	assert_int_equal(tracefile_flush(f->w), -EBADF);
	assert_int_equal(tracefile_finish(f->w), -EBADF);
	assert_int_equal(tracefile_written(f->w), written);
	tracefile_close(f->w);
	assert_true(read_it(f, &counting).complete);
	assert_int_equal(read_it(f, &counting).end, written);
}

/* A file can grow no more: the error comes out each time, and what was written stays. */
static void an_error_stays(void **state)
{
	struct fixture *f = *state;
	struct rlimit was, less;
	uint64_t written;
	struct tracefile_state read;

	put_blocks(f, 3);
	written = tracefile_written(f->w);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	less = (struct rlimit){ written + 1, was.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
	assert_int_equal(put_pair(f, 10), 0);
	assert_int_equal(tracefile_flush(f->w), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(tracefile_flush(f->w), -EFBIG);
	assert_int_equal(put_pair(f, 10), -EFBIG);
	assert_int_equal(tracefile_finish(f->w), -EFBIG);
	assert_int_equal(tracefile_written(f->w), written);
	tracefile_close(f->w);
	read = read_it(f, &counting);
	assert_int_equal(read.end, written);
	assert_int_equal(f->seen, 3);
	assert_false(read.complete);
	assert_false(read.damaged);
}

static void only_new_files(void **state)
{
	struct fixture *f = *state;
	struct tracefile_writer *w;
	struct stat st;

	assert_int_equal(tracefile_create_new(f->path, &w), -EEXIST);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	finish(f);
	assert_true(read_it(f, &counting).complete);
	unlink(f->path);
	assert_int_equal(tracefile_create_new("/nonexistent/t.data", &w), -ENOENT);
}

/* Another file of the name stays until there is something to replace it with. */
static void abandoned(void **state)
{
	struct fixture *f = *state;
	struct tracefile_writer *w;
	char old[96];

	put_record(f, 1, 1);
	finish(f);
	snprintf(old, sizeof(old), "%s.old", f->path);
	assert_int_equal(tracefile_create(f->path, &w), 0);
	assert_int_equal(put_pair(&(struct fixture){ .w = w }, 10), 0);
	tracefile_abandon(w);
	assert_int_equal(read_it(f, &counting).records, 1);
	assert_int_equal(access(old, F_OK), -1);
	assert_int_equal(tracefile_create(f->path, &w), 0);
	assert_int_equal(put_pair(&(struct fixture){ .w = w }, 10), 0);
	assert_int_equal(tracefile_flush(w), 0);
	tracefile_abandon(w);
	assert_int_equal(read_it(f, &counting).records, 0);
	assert_int_equal(read_it(f, &counting).blocks, 1);
	assert_int_equal(unlink(old), 0);
	tracefile_abandon(NULL);
	tracefile_close(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(heads_say_what_is_in),
		TEST(indices),
		TEST(sizes_of_blocks),
		TEST(short_records_count_in_full),
		TEST(another_type_is_another_block),
		TEST(names_are_padded),
		TEST(compresses_what_becomes_shorter),
		TEST(histograms),
		TEST(sizes_of_records),
		TEST(nothing_after_the_end),
		TEST(an_error_stays),
		TEST(only_new_files),
		TEST(abandoned),
	};

	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
