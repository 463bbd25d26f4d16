// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes what reads perf.data: header, formats, records, order, pairing. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "limits.h"
#include "perfdata/file.h"
#include "perfdata/pairing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_record(void *ctx, const struct sevtrace_rec *rec)
{
	uint64_t *bytes = ctx;

	/* The type of a record fits its size: the trace file's writer relies on it. */
	if (rec->size < sizeof(*rec) || rec->size % 8)
		abort();
	*bytes += rec->size;
	return 0;
}

static int on_event(void *ctx, const struct perf_event *event)
{
	return pairing_feed(ctx, event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct perf_file_state state;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	uint64_t bytes = 0;
	struct pairing *p = pairing_new(on_record, &bytes);
	struct perf_file *file;
	char path[32], why[512];

	if (fd < 0 || !p || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	limits_begin();
	if (!perf_file_open(path, NULL, &file, why, sizeof(why)) &&
	    !perf_file_check(file, why, sizeof(why)))
		perf_file_read(file, on_event, p, &state, why, sizeof(why));
	perf_file_free(file);
	pairing_free(p);
	limits_end(size);
	close(fd);
	return 0;
}
