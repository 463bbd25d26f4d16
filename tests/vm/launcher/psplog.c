// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the PSP emulator's log: it tells where in physical memory a guest's pages were encrypted.
 */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "layout.h"

/* A command's line may appear shortly after our call has returned. */
#define WAIT_US 10000
#define WAITS 500

struct pages {
	off_t start; /* offset in the log to start from */
	uint32_t guest;
	uint64_t want;
	uint64_t count;
	uint64_t *addresses;
	bool grows; /* addresses grows as needed */
	bool failed;
};

static bool is_update(const char *command, const struct pages *pages)
{
	return !strcmp(command, "LAUNCH_UPDATE_DATA") ||
	       (pages->grows && !strcmp(command, "SNP_LAUNCH_UPDATE"));
}

static bool make_room(struct pages *pages)
{
	uint64_t *more;

	if (!pages->grows || pages->count < pages->want)
		return pages->count < pages->want;
	pages->want = pages->want ? 2 * pages->want : 64;
	more = reallocarray(pages->addresses, pages->want, sizeof(*more));
	if (more)
		pages->addresses = more;
	else
		pages->failed = true;
	return more;
}

static void add_line(struct pages *pages, const json_t *line)
{
	const char *command = json_string_value(json_object_get(line, "cmd"));
	const char *paddr = json_string_value(json_object_get(line, "paddr"));
	const json_t *status = json_object_get(line, "status");
	uint64_t bytes = (uint64_t)json_integer_value(json_object_get(line, "len"));
	uint64_t address;

	if (!command || !is_update(command, pages) || !paddr || !json_is_integer(status) ||
	    json_integer_value(status) ||
	    json_integer_value(json_object_get(line, "guest")) != pages->guest)
		return;
	address = strtoull(paddr, NULL, 16);
	for (uint64_t at = 0; at < bytes && make_room(pages); at += PAGE_BYTES)
		pages->addresses[pages->count++] = address + at;
}

/* Calls each() for every whole line of interest from @start on. */
static int each_line(const char *path, off_t start, void (*each)(void *arg, const json_t *line),
		     void *arg)
{
	FILE *log = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!log)
		return -errno;
	if (fseeko(log, start, SEEK_SET)) {
		fclose(log);
		return -errno;
	}
	while (getline(&text, &size, log) > 0) {
		/* only the lines of page updates and of starts are of interest */
		json_t *line = strstr(text, "\"cmd\":\"LAUNCH_UPDATE_DATA\"") ||
					       strstr(text, "\"SNP_LAUNCH_") ?
				       json_loads(text, 0, NULL) :
				       NULL;

		/* NULL: the last line may be incomplete */
		if (line)
			each(arg, line);
		json_decref(line);
	}
	free(text);
	fclose(log);
	return 0;
}

static void each_page(void *arg, const json_t *line)
{
	add_line(arg, line);
}

static int read_log(const char *path, struct pages *pages)
{
	int ret;

	pages->count = 0;
	ret = each_line(path, pages->start, each_page, pages);
	if (ret || pages->failed)
		return ret ? ret : -ENOMEM;
	return pages->grows || pages->count == pages->want ? 0 : -ENODATA;
}

int psplog_all(const char *path, off_t start, uint32_t guest, uint64_t **addresses, uint64_t *count)
{
	struct pages pages = { .start = start, .guest = guest, .grows = true };
	int ret = read_log(path, &pages);

	*addresses = pages.addresses;
	*count = pages.count;
	return ret;
}

static void each_start(void *arg, const json_t *line)
{
	const char *command = json_string_value(json_object_get(line, "cmd"));
	uint32_t *guest = arg;

	if (!*guest && command && !strcmp(command, "SNP_LAUNCH_START") &&
	    json_integer_value(json_object_get(line, "status")) == 0)
		*guest = (uint32_t)json_integer_value(json_object_get(line, "guest"));
}

int psplog_snp_guest(const char *path, off_t start, uint32_t *guest)
{
	int ret = 0;

	*guest = 0;
	for (int i = 0; i < WAITS && !ret && !*guest; i++) {
		if (i)
			usleep(WAIT_US);
		ret = each_line(path, start, each_start, guest);
	}
	return ret || *guest ? ret : -ENODATA;
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
