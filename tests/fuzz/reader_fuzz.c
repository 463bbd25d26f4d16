// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes everything that reads a trace file: reader, launch model, explanations, text and JSON.
 *
 * Checksums would stop nearly every mutation, so each block's is made right first; the input is
 * otherwise taken as it is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crc32c.h"
#include "render.h"
#include "tracefile_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

static void render(struct model *m, const struct tracefile_state *state)
{
	struct report report = { m, state, "fuzz", "fuzz" };
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

static void read_all(const char *path)
{
	struct tracefile_reader *reader;
	struct tracefile_state state;
	struct model m;
	char why[128];

	if (tracefile_open(path, &reader, why, sizeof(why)))
		return;
	model_init(&m);
	if (!model_read(&m, reader, &state))
		render(&m, &state);
	model_free(&m);
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
	if (write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_all(path);
	close(fd);
	free(bytes);
	return 0;
}
