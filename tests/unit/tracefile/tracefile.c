// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trace files: written records are read back; files may be truncated or damaged anywhere, newer, or
 * no trace files.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include <sevtrace/kvm_sev.h>

#include "scenario.h"
#include "stats/hist.h"
#include "tracefile/format.h"
#include "tracefile/tracefile.h"
#include "util/crc32c.h"

#define DIR_LEN 64
#define PATH_LEN 128

/* The results of reading a file. */
struct seen {
	uint64_t records;
	uint32_t crc; /* of all records */
	uint64_t hists;
	uint64_t hist_count;
	uint64_t emitted;
	uint64_t losses;
	uint64_t symbols;
	uint64_t pairs;
};

struct file {
	char dir[DIR_LEN];
	char path[PATH_LEN];
	char *bytes;
	size_t size;
};

static int see_record(void *ctx, const union sevtrace_record *rec)
{
	struct seen *seen = ctx;

	seen->records++;
	seen->crc = crc32c(seen->crc, rec, rec->h.size < sizeof(*rec) ? rec->h.size : sizeof(*rec));
	return 0;
}

static int see_hist(void *ctx, const struct sevtrace_hist_key *key,
		    const struct sevtrace_hist *hist)
{
	struct seen *seen = ctx;

	assert_int_equal(key->launch, 1);
	seen->hists++;
	seen->hist_count += hist->count;
	return 0;
}

static int see_drops(void *ctx, const struct tracefile_cpu_drops *drops)
{
	((struct seen *)ctx)->emitted += drops->emitted;
	return 0;
}

static int see_loss(void *ctx, const struct tracefile_loss *loss)
{
	((struct seen *)ctx)->losses += loss->count;
	return 0;
}

static int see_symbol(void *ctx, const struct tracefile_symbol *symbol)
{
	((struct seen *)ctx)->symbols += strlen(symbol->name);
	return 0;
}

static int see_host(void *ctx, const char *key, const char *value)
{
	((struct seen *)ctx)->pairs += strlen(key) + strlen(value);
	return 0;
}

static const struct tracefile_visitor visitor = {
	.host = see_host,
	.record = see_record,
	.hist = see_hist,
	.cpu_drops = see_drops,
	.loss = see_loss,
	.symbol = see_symbol,
};

static int write_record(void *ctx, const union sevtrace_record *rec)
{
	return tracefile_write_records(ctx, rec, rec->h.size, 1);
}

static void write_extras(struct tracefile_writer *w)
{
	const struct tracefile_pair pairs[] = { { "kernel", "6.12" }, { "empty", "" } };
	const struct tracefile_host host = { pairs, 2 };
	const struct tracefile_cpu_drops cpus[] = { { .cpu = 0, .emitted = 10, .recorded = 10 },
						    { .cpu = 5, .emitted = 7, .dropped = 7 } };
	const struct tracefile_loss losses[] = { { "histogram map full", 3 } };
	const struct tracefile_drops drops = { cpus, 2, losses, 1 };
	const struct tracefile_symbol symbols[] = { { 0x1000, 0, "a" }, { 0x2000, 1, "eight888" } };
	const struct sevtrace_hist_key key = { 1, 2, SEVTRACE_HIST_STEP, 0 };
	struct sevtrace_hist hist = { 0 };

	for (uint64_t ns = 1; ns < 1000000000; ns *= 5)
		hist_add(&hist, ns, 1, 1);
	assert_int_equal(tracefile_write_host(w, &host), 0);
	assert_int_equal(tracefile_write_hist(w, &key, &hist), 0);
	assert_int_equal(tracefile_write_drops(w, &drops), 0);
	assert_int_equal(tracefile_write_symbols(w, symbols, 2), 0);
}

static void load(struct file *f)
{
	FILE *in = fopen(f->path, "rb");
	struct stat st;

	assert_non_null(in);
	assert_int_equal(fstat(fileno(in), &st), 0);
	f->size = (size_t)st.st_size;
	f->bytes = realloc(f->bytes, f->size);
	assert_int_equal(fread(f->bytes, 1, f->size, in), f->size);
	fclose(in);
}

static void store(const struct file *f, size_t size)
{
	FILE *out = fopen(f->path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(f->bytes, 1, size, out), size);
	fclose(out);
}

/* Writes a file with every kind of block and several blocks of records. */
static void write_file(struct file *f)
{
	struct tracefile_writer *w;

	assert_int_equal(tracefile_create(f->path, &w), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(scenario_run("sev", write_record, w), 0);
		assert_int_equal(tracefile_flush(w), 0);
	}
	write_extras(w);
	assert_int_equal(tracefile_finish(w), 0);
	tracefile_close(w);
	load(f);
}

static int setup(void **state)
{
	struct file *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/sevtrace-unit.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/t.data", f->dir);
	write_file(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct file *f = *state;

	unlink(f->path);
	rmdir(f->dir);
	free(f->bytes);
	free(f);
	return 0;
}

static int read_file(const struct file *f, struct seen *seen, struct tracefile_state *st)
{
	struct tracefile_reader *r;
	char why[256] = "";
	int ret = tracefile_open(f->path, &r, why, sizeof(why));

	memset(seen, 0, sizeof(*seen));
	memset(st, 0, sizeof(*st));
	if (ret) {
		assert_true(*why);
		return ret;
	}
	ret = tracefile_read(r, &visitor, seen, st);
	tracefile_reader_free(r);
	return ret;
}

static void reads_what_was_written(void **state)
{
	struct file *f = *state;
	struct seen expected = { 0 };
	struct tracefile_state st;
	struct seen seen;

	for (int i = 0; i < 3; i++)
		scenario_run("sev", see_record, &expected);
	assert_int_equal(read_file(f, &seen, &st), 0);
	assert_true(st.complete);
	assert_false(st.damaged);
	assert_string_equal(st.text, "");
	assert_int_equal(st.records, expected.records);
	assert_int_equal(st.end, f->size);
	assert_int_equal(seen.records, expected.records);
	assert_int_equal(seen.crc, expected.crc);
	assert_int_equal(seen.hists, 1);
	assert_int_equal(seen.hist_count, 13);
	assert_int_equal(seen.emitted, 17);
	assert_int_equal(seen.losses, 3);
	assert_int_equal(seen.symbols, 9);
	assert_int_equal(seen.pairs, strlen("kernel6.12empty"));
}

static void holds_its_secrets(void **state)
{
	struct file *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* Returns the number of records in the blocks that end at or before an offset. */
static uint64_t records_until(const struct file *f, size_t end)
{
	size_t at = sizeof(struct tracefile_header);
	uint64_t records = 0;

	while (at + sizeof(struct tracefile_block) <= end) {
		struct tracefile_block block;

		memcpy(&block, f->bytes + at, sizeof(block));
		at += sizeof(block) + block.length;
		if (at <= end && block.type == TRACEFILE_BLOCK_RECORDS)
			records += block.nr;
	}
	return records;
}

static void cut_anywhere(void **state)
{
	struct file *f = *state;

	for (size_t size = 0; size < f->size; size++) {
		struct tracefile_state st;
		struct seen seen;
		int ret;

		store(f, size);
		ret = read_file(f, &seen, &st);
		if (size < sizeof(struct tracefile_header)) {
			assert_int_equal(ret, -EINVAL);
			continue;
		}
		assert_int_equal(ret, 0);
		assert_false(st.complete);
		assert_true(*st.text);
		assert_int_equal(seen.records, records_until(f, size));
		assert_true(st.end <= size);
	}
	store(f, f->size);
}

/* Each byte in turn is made wrong: no crash, no wrong record, and never "complete". */
static void damaged_anywhere(void **state)
{
	struct file *f = *state;

	for (size_t at = 0; at < f->size; at++) {
		struct tracefile_state st;
		struct seen seen;
		int ret;

		f->bytes[at] ^= 0x55;
		store(f, f->size);
		ret = read_file(f, &seen, &st);
		f->bytes[at] ^= 0x55;
		if (at < sizeof(struct tracefile_header))
			continue; /* has no checksum: refused, or read as another version */
		assert_int_equal(ret, 0);
		assert_false(st.complete);
		assert_int_equal(seen.records, records_until(f, st.end));
		assert_true(st.end <= at);
	}
	store(f, f->size);
}

static void says_it_is_unfinished(void **state)
{
	struct file *f = *state;
	struct tracefile_writer *w;
	struct tracefile_state st;
	struct seen seen;

	assert_int_equal(tracefile_create(f->path, &w), 0);
	assert_int_equal(scenario_run("snp", write_record, w), 0);
	tracefile_close(w);
	assert_int_equal(read_file(f, &seen, &st), 0);
	assert_false(st.complete);
	assert_false(st.damaged);
	assert_string_equal(st.text, "the recorder did not finish it");
	assert_int_equal(seen.records, 187);
}

static void set_header(const struct file *f, size_t offset, const void *value, size_t size)
{
	memcpy(f->bytes + offset, value, size);
	store(f, f->size);
}

static void refuses_a_newer_major(void **state)
{
	struct file *f = *state;
	const uint16_t newer = TRACEFILE_MAJOR + 1;
	struct tracefile_reader *r;
	char why[256];

	set_header(f, offsetof(struct tracefile_header, major), &newer, sizeof(newer));
	assert_int_equal(tracefile_open(f->path, &r, why, sizeof(why)), -EPROTONOSUPPORT);
	assert_non_null(strstr(why, "use a newer sevtrace"));
}

static void takes_a_newer_minor(void **state)
{
	struct file *f = *state;
	const uint16_t newer = TRACEFILE_MINOR + 1;
	struct tracefile_state st;
	struct seen seen;

	set_header(f, offsetof(struct tracefile_header, minor), &newer, sizeof(newer));
	assert_int_equal(read_file(f, &seen, &st), 0);
	assert_true(st.complete);
}

/* Changes the type or encoding of the first block, with a correct checksum. */
static void alter_first_block(struct file *f, uint32_t type, uint32_t flags)
{
	char *at = f->bytes + sizeof(struct tracefile_header);
	struct tracefile_block block;

	memcpy(&block, at, sizeof(block));
	block.type = type;
	block.flags = flags;
	block.raw_length = block.length;
	block.crc = 0;
	memcpy(at, &block, sizeof(block));
	block.crc = crc32c(0, at, sizeof(block) + block.length);
	memcpy(at, &block, sizeof(block));
	store(f, f->size);
}

static void skips_unknown_blocks(void **state)
{
	struct file *f = *state;
	struct tracefile_state st;
	struct seen seen;
	struct seen all;

	assert_int_equal(read_file(f, &all, &st), 0);
	alter_first_block(f, 999, 0);
	assert_int_equal(read_file(f, &seen, &st), 0);
	assert_int_equal(st.unknown_blocks, 1);
	assert_int_equal(seen.records, all.records * 2 / 3);
	assert_int_equal(seen.symbols, all.symbols);
	alter_first_block(f, TRACEFILE_BLOCK_RECORDS, 1U << 31);
	assert_int_equal(read_file(f, &seen, &st), 0);
	assert_int_equal(st.unknown_blocks, 1);
}

static int put_page(void *w, uint64_t i)
{
	struct sevtrace_rec_step rec = {
		.h = { .ts = 1000000 + i * 1000,
		       .launch = 1 + i % 3,
		       .tid = 100 + i % 3,
		       .type = SEVTRACE_REC_STEP,
		       .size = sizeof(rec) },
		.duration = i * i % 977,
		.gfn = i / 3,
		.pfn = i * 7 % 1000,
		.npages = 1,
		.step = i % SEVTRACE_STEP_COUNT,
	};

	return tracefile_write_records(w, &rec, sizeof(rec), 1);
}

/*
 * Several threads return the same records in the same order as one thread, even from a damaged
 * file.
 */
static void threads_change_nothing(void **state)
{
	struct file *f = *state;
	struct tracefile_state st[4];
	struct tracefile_writer *w;
	struct tracefile_reader *r;
	struct seen seen[4];
	char why[256];

	assert_int_equal(tracefile_create(f->path, &w), 0);
	for (uint64_t i = 0; i < 200000; i++)
		assert_int_equal(put_page(w, i), 0);
	assert_int_equal(tracefile_finish(w), 0);
	tracefile_close(w);
	load(f);
	for (unsigned int damage = 0; damage < 2; damage++) {
		if (damage)
			f->bytes[f->size / 2] ^= 1;
		store(f, f->size);
		memset(seen, 0, sizeof(seen));
		for (unsigned int threads = 1; threads <= 4; threads++) {
			assert_int_equal(tracefile_open(f->path, &r, why, sizeof(why)), 0);
			tracefile_set_threads(r, threads);
			assert_int_equal(tracefile_read(r, &visitor, &seen[threads - 1],
							&st[threads - 1]),
					 0);
			tracefile_reader_free(r);
			assert_memory_equal(&seen[threads - 1], &seen[0], sizeof(seen[0]));
			assert_memory_equal(&st[threads - 1], &st[0], sizeof(st[0]));
		}
		assert_int_equal(st[0].complete, !damage);
		assert_true(damage || seen[0].records == 200000);
		assert_true(seen[0].records > 50000);
	}
}

/* The INDEX block that the header points to lists all blocks except itself and the end. */
static void has_an_index(void **state)
{
	struct file *f = *state;
	struct tracefile_header header;
	struct tracefile_index index;
	struct tracefile_block block;
	size_t at = sizeof(header), entry = 0;
	char raw[4096];
	size_t n;

	memcpy(&header, f->bytes, sizeof(header));
	assert_in_range(header.index, sizeof(header), f->size - sizeof(block));
	memcpy(&block, f->bytes + header.index, sizeof(block));
	assert_int_equal(block.type, TRACEFILE_BLOCK_INDEX);
	n = ZSTD_decompress(raw, sizeof(raw), f->bytes + header.index + sizeof(block),
			    block.length);
	assert_int_equal(n, block.raw_length);
	memcpy(&index, raw, sizeof(index));
	assert_int_equal(index.previous, 0);
	for (; at < header.index; at += sizeof(block) + block.length, entry++) {
		struct tracefile_index_entry e;

		memcpy(&block, f->bytes + at, sizeof(block));
		memcpy(&e, raw + sizeof(index) + entry * sizeof(e), sizeof(e));
		assert_int_equal(e.offset, at);
		assert_int_equal(e.type, block.type);
		assert_int_equal(e.nr, block.nr);
		assert_int_equal(e.first_ts, block.first_ts);
		assert_int_equal(e.last_ts, block.last_ts);
		assert_int_equal(e.last_launch, block.last_launch);
	}
	assert_int_equal(n, sizeof(index) + entry * sizeof(struct tracefile_index_entry));
}

/* Older records are shorter, newer ones longer, unknown ones arbitrary. */
static void records_of_other_versions(void **state)
{
	struct file *f = *state;
	struct {
		struct sevtrace_rec_ioctl_exit rec;
		uint64_t more;
	} longer = { .rec = { .h = { .type = SEVTRACE_REC_IOCTL_EXIT, .size = sizeof(longer) } } };
	struct sevtrace_rec shorter = { .type = SEVTRACE_REC_PSP, .size = sizeof(shorter) };
	struct sevtrace_rec unknown = { .type = 1000, .size = sizeof(unknown) };
	struct tracefile_writer *w;
	struct tracefile_state st;
	struct seen seen;

	assert_int_equal(tracefile_create(f->path, &w), 0);
	assert_int_equal(tracefile_write_records(w, &longer, sizeof(longer), 1), 0);
	assert_int_equal(tracefile_write_records(w, &shorter, sizeof(shorter), 1), 0);
	assert_int_equal(tracefile_write_records(w, &unknown, sizeof(unknown), 1), 0);
	assert_int_equal(tracefile_finish(w), 0);
	tracefile_close(w);
	assert_int_equal(read_file(f, &seen, &st), 0);
	assert_true(st.complete);
	assert_int_equal(st.records, 3);
	assert_int_equal(seen.records, 2);
}

static void writer_refuses_nonsense(void **state)
{
	struct file *f = *state;
	struct sevtrace_rec rec = { .size = sizeof(rec) };
	struct tracefile_writer *w;

	assert_int_equal(tracefile_create(f->path, &w), 0);
	assert_int_equal(tracefile_write_records(w, &rec, sizeof(rec) - 8, 1), -EINVAL);
	assert_int_equal(tracefile_write_records(w, &rec, sizeof(rec), 2), -EINVAL);
	rec.size = sizeof(rec) - 1;
	assert_int_equal(tracefile_write_records(w, &rec, sizeof(rec), 1), -EINVAL);
	tracefile_close(w);
}

static void says_what_is_wrong(void **state)
{
	struct file *f = *state;
	struct tracefile_writer *w;
	struct tracefile_reader *r;
	char why[256];

	memcpy(f->bytes, "PERFILE2", 8);
	store(f, f->size);
	assert_int_equal(tracefile_open(f->path, &r, why, sizeof(why)), -EINVAL);
	assert_string_equal(
		why, "is not a sevtrace recording, but of perf: 'sevtrace import' makes one of it");
	unlink(f->path);
	assert_int_equal(tracefile_open(f->path, &r, why, sizeof(why)), -ENOENT);
	assert_string_equal(why, "cannot be opened: No such file or directory");
	assert_int_equal(tracefile_open(f->dir, &r, why, sizeof(why)), -EISDIR);
	assert_int_equal(tracefile_create(f->dir, &w), -EISDIR);
}

/* A block that claims one item but has no payload. */
static void empty_block(void **state)
{
	const struct {
		struct tracefile_header header;
		struct tracefile_block block;
	} bytes = { .header = { .magic = { 'S', 'E', 'V', 'T', 'R', 'A', 'C', 'E' },
				.header_size = sizeof(struct tracefile_header),
				.major = TRACEFILE_MAJOR },
		    .block = { .type = TRACEFILE_BLOCK_HOST, .nr = 1 } };
	struct file *f = *state;
	struct tracefile_state st;
	struct seen seen;

	f->size = sizeof(bytes);
	memcpy(f->bytes, &bytes, sizeof(bytes));
	for (uint32_t type = TRACEFILE_BLOCK_HOST; type <= TRACEFILE_BLOCK_INDEX; type++) {
		alter_first_block(f, type, 0);
		assert_int_equal(read_file(f, &seen, &st), 0);
		assert_true(st.damaged);
	}
}

/* A full disk is reported. */
static void full_disk(void **state)
{
	struct tracefile_writer *w;

	(void)state;
	assert_int_equal(tracefile_create("/dev/full", &w), -ENOSPC);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(reads_what_was_written),
		FILE_TEST(holds_its_secrets),
		FILE_TEST(cut_anywhere),
		FILE_TEST(damaged_anywhere),
		FILE_TEST(says_it_is_unfinished),
		FILE_TEST(refuses_a_newer_major),
		FILE_TEST(takes_a_newer_minor),
		FILE_TEST(skips_unknown_blocks),
		FILE_TEST(threads_change_nothing),
		FILE_TEST(has_an_index),
		FILE_TEST(records_of_other_versions),
		FILE_TEST(writer_refuses_nonsense),
		FILE_TEST(says_what_is_wrong),
		FILE_TEST(empty_block),
		cmocka_unit_test(full_disk),
	};

	return cmocka_run_group_tests_name("tracefile", tests, NULL, NULL);
}
