// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PSP emulator's log: where in physical memory a guest's pages were encrypted.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "layout.h"

/* A line comes when the driver has its answer, which is before we have ours; not much later. */
#define WAIT_US 10000
#define WAITS 500

struct pages {
	off_t start; /* of what is of interest in the log */
	uint32_t guest;
	uint64_t want;
	uint64_t count;
	uint64_t *addresses;
};

static void add_line(struct pages *pages, const json_t *line)
{
	const char *command = json_string_value(json_object_get(line, "cmd"));
	const char *paddr = json_string_value(json_object_get(line, "paddr"));
	const json_t *status = json_object_get(line, "status");
	uint64_t bytes = (uint64_t)json_integer_value(json_object_get(line, "len"));
	uint64_t address;

	if (!command || strcmp(command, "LAUNCH_UPDATE_DATA") != 0 || !paddr ||
	    !json_is_integer(status) || json_integer_value(status) ||
	    json_integer_value(json_object_get(line, "guest")) != pages->guest)
		return;
	address = strtoull(paddr, NULL, 16);
	for (uint64_t at = 0; at < bytes && pages->count < pages->want; at += PAGE_BYTES)
		pages->addresses[pages->count++] = address + at;
}

static int read_log(const char *path, struct pages *pages)
{
	FILE *log = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!log)
		return -errno;
	if (fseeko(log, pages->start, SEEK_SET)) {
		fclose(log);
		return -errno;
	}
	pages->count = 0;
	while (getline(&text, &size, log) > 0) {
		json_t *line = json_loads(text, 0, NULL);

		/* the last line may be half there */
		if (line)
			add_line(pages, line);
		json_decref(line);
	}
	free(text);
	fclose(log);
	return pages->count == pages->want ? 0 : -ENODATA;
}

int psplog_end(const char *path, off_t *end)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	*end = st.st_size;
	return 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): filled by way of struct pages */
int psplog_pages(const char *path, off_t start, uint32_t guest, uint64_t want, uint64_t *addresses)
{
	struct pages pages = {
		.start = start, .guest = guest, .want = want, .addresses = addresses
	};
	int ret = read_log(path, &pages);

	for (int i = 0; i < WAITS && ret == -ENODATA; i++) {
		usleep(WAIT_US);
		ret = read_log(path, &pages);
	}
	return ret;
}
