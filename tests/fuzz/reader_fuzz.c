// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes everything that reads a trace file: reader, launch model, explanations, text, JSON,
 * the formats of export, comparisons, and what predictions simulate.
 *
 * Checksums would stop nearly every mutation, so each block's is made right first; the input is
 * otherwise taken as it is. Compression would leave nothing of what is behind it to mutate, so
 * most mutations are made to a file with its blocks decompressed.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zstd.h>

#include "diff/render.h"
#include "export/export.h"
#include "export_check.h"
#include "limits.h"
#include "predict/sim.h"
#include "tracefile/columns_format.h"
#include "tracefile/format.h"
#include "util/crc32c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

static void fix_sums(uint8_t *bytes, size_t size)
{
	struct tracefile_header header;
	struct tracefile_block block;
	size_t at;

	if (size < sizeof(header))
		return;
	memcpy(&header, bytes, sizeof(header));
	at = header.header_size;
	while (at <= size && size - at >= sizeof(block)) {
		memcpy(&block, bytes + at, sizeof(block));
		if (block.length > size - at - sizeof(block))
			return;
		block.crc = 0;
		memcpy(bytes + at, &block, sizeof(block));
		block.crc = crc32c(0, bytes + at, sizeof(block) + block.length);
		memcpy(bytes + at, &block, sizeof(block));
		at += sizeof(block) + block.length;
	}
}

/* One block of `from`, decompressed where it is compressed. Returns the bytes taken of it. */
static size_t inflate_block(const uint8_t *from, size_t left, uint8_t *to, size_t *used,
			    size_t room)
{
	struct tracefile_block block;
	size_t length, n = 0;

	if (left < sizeof(block))
		return 0;
	memcpy(&block, from, sizeof(block));
	length = block.length;
	if (length > left - sizeof(block) || room - *used < sizeof(block))
		return 0;
	if (block.flags & TRACEFILE_ZSTD)
		n = ZSTD_decompress(to + *used + sizeof(block), room - *used - sizeof(block),
				    from + sizeof(block), length);
	if (!(block.flags & TRACEFILE_ZSTD) || ZSTD_isError(n)) {
		if (length > room - *used - sizeof(block))
			return 0;
		memcpy(to + *used + sizeof(block), from + sizeof(block), length);
		n = length;
	} else {
		block.flags &= ~TRACEFILE_ZSTD;
		block.length = block.raw_length = (uint32_t)n;
	}
	memcpy(to + *used, &block, sizeof(block));
	*used += sizeof(block) + n;
	return sizeof(block) + length;
}

static size_t inflate(uint8_t *data, size_t size, size_t max_size)
{
	size_t at = sizeof(struct tracefile_header), used = at, taken;
	uint8_t *copy = malloc(max_size);

	if (!copy)
		abort();
	if (size < at) {
		free(copy);
		return size;
	}
	memcpy(copy, data, at);
	while ((taken = inflate_block(data + at, size - at, copy, &used, max_size)))
		at += taken;
	memcpy(data, copy, used);
	free(copy);
	return used;
}

/*
 * Makes the first group of a block of records as long as a block may be, which no mutation of bytes
 * does: the number stands in the block's head and in the group's.
 */
static void blow_up(uint8_t *data, size_t size, unsigned int which)
{
	size_t at = sizeof(struct tracefile_header);
	struct columns_group_head group;
	struct tracefile_block block;
	const size_t heads = sizeof(struct columns_head) + sizeof(group);

	while (at + sizeof(block) + heads <= size) {
		memcpy(&block, data + at, sizeof(block));
		if (block.type == TRACEFILE_BLOCK_RECORDS && !block.flags && !which--) {
			uint8_t *payload = data + at + sizeof(block);

			memcpy(&group, payload + sizeof(struct columns_head), sizeof(group));
			if (group.size)
				group.nr = block.nr = (1U << 20) / group.size;
			memcpy(payload + sizeof(struct columns_head), &group, sizeof(group));
			memcpy(data + at, &block, sizeof(block));
			return;
		}
		if (block.length > size - at - sizeof(block))
			return;
		at += sizeof(block) + block.length;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	if (seed % 64 == 1)
		blow_up(data, size, seed / 64 % 4);
	if (seed % 16)
		size = inflate(data, size, max_size);
	return LLVMFuzzerMutate(data, size, max_size);
}

static void render(struct model *m, struct tracefile_state *state)
{
	struct report report = { .model = m, .state = state, .path = "fuzz", .version = "fuzz" };
	char *text = NULL;
	size_t size;
	struct text_style style = { open_memstream(&text, &size), 80 + (int)(m->records % 60), true,
				    true };
	json_t *json = render_json(&report);
	char *dump = json ? json_dumps(json, 0) : NULL;

	/* Memory is not short here: what cannot be JSON is a bug. */
	if (!dump)
		abort();
	render_text(&report, &style);
	fclose(style.out);
	free(text);
	free(dump);
	json_decref(json);
}

/* The input against itself, which has to be alike, or against nothing. */
static void compare(const struct model *m, bool itself)
{
	const struct model empty = { 0 };
	struct comparison c = { .path = { "fuzz", "fuzz" } };
	char *text = NULL;
	size_t size;
	struct text_style style = { open_memstream(&text, &size), 80, true, true };
	json_t *json;

	if (compare_add(&c, COMPARE_A, m) || compare_add(&c, COMPARE_B, itself ? m : &empty) ||
	    compare_judge(&c, 0))
		abort();
	for (size_t i = 0; itself && i < c.nr_rows; i++)
		if (c.rows[i].verdict != COMPARE_SAME)
			abort();
	json = compare_json(&c, "fuzz");
	if (!json)
		abort();
	compare_text(&c, &style);
	compare_csv(&c, style.out);
	compare_junit(&c, "5%", style.out);
	compare_markdown(&c, NULL, style.out);
	fclose(style.out);
	free(text);
	json_decref(json);
	compare_free(&c);
}

/* Chooses by the input alone, so that a finding stays one. */
static size_t sum_of(const uint8_t *data, size_t size)
{
	size_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += data[i];
	return sum;
}

/* The input in one of the formats. */
static void export_it(const char *path, size_t choice)
{
	const struct export_format *format;
	struct tracefile_reader *reader;
	struct tracefile_state state = { 0 };
	struct model m;
	struct report report = { .model = &m, .state = &state, .path = "fuzz", .version = "fuzz" };
	char *bytes = NULL;
	size_t formats = 0, size;
	char why[128];
	int error;
	FILE *out;

	while (export_format(formats))
		formats++;
	if (tracefile_open(path, &reader, why, sizeof(why)))
		return;
	out = open_memstream(&bytes, &size);
	model_init(&m);
	choice %= formats + 1;
	format = choice < formats ? export_format(choice) : &export_text;
	error = export_read(format, reader, &report, out, &error);
	model_free(&m);
	fclose(out);
	if (!error)
		export_check(format->name, bytes, size);
	free(bytes);
	tracefile_reader_free(reader);
}

/* A model, and its launches as chains. */
struct chained {
	struct model m;
	struct chains chains;
};

static int add_to_chains(void *ctx, const union sevtrace_record *rec)
{
	struct chained *c = ctx;

	return chains_add(&c->chains, &c->m, rec);
}

/* Three launches at once. */
static void simulate(const struct chains *c)
{
	const struct plan_change change = { .pages = 1000 };
	struct plan plan;
	struct sim_setting set = { .plan = &plan,
				   .launches = 3,
				   .handover = chains_handover(c),
				   .cpus = 2,
				   .events = 1000 };
	struct sim_result result;

	if (plan_make(&plan, c, &change) || (c->nr && sim_run(&set, &result)))
		abort();
	if (c->nr && !(result.makespan >= 0 && isfinite(result.makespan)))
		abort();
	if (c->nr)
		free(result.durations);
	plan_free(&plan);
}

static void read_all(const char *path)
{
	struct tracefile_reader *reader;
	struct tracefile_state state;
	struct chained c;
	struct model *m = &c.m;
	char why[128];

	if (tracefile_open(path, &reader, why, sizeof(why)))
		return;
	model_init(m);
	chains_init(&c.chains);
	if (!model_read_each(m, reader, &state, add_to_chains, &c)) {
		render(m, &state);
		compare(m, m->records % 2);
		if (chains_end(&c.chains, m))
			abort();
		simulate(&c.chains);
	}
	model_free(m);
	chains_free(&c.chains);
	tracefile_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size + 1);
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[32];

	if (!bytes || fd < 0)
		abort();
	memcpy(bytes, data, size);
	fix_sums(bytes, size);
	limits_begin();
	if (write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_all(path);
	/* Reading back what was written takes its time. */
	if (sum_of(data, size) % 4 == 0)
		export_it(path, sum_of(data, size) / 4);
	limits_end(size);
	close(fd);
	free(bytes);
	return 0;
}
