// SPDX-License-Identifier: GPL-2.0-only
/*
 * repeat_trace [-s] FROM TO RECORDS: writes the records of a recording again and again, each time
 * later than the last, until there are so many: a long recording with the values of a real one.
 * Each repetition is a launch of its own; with -s all are one launch.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracefile/tracefile.h"

struct repeat {
	struct tracefile_writer *w;
	char *recs; /* of FROM */
	size_t bytes;
	size_t room;
	uint64_t first_ts;
	uint64_t last_ts;
	uint32_t launches;
	bool one_launch;
};

static int keep(void *ctx, const union sevtrace_record *rec)
{
	struct repeat *r = ctx;

	if (r->room - r->bytes < rec->h.size) {
		size_t room = r->room ? 2 * r->room : 1 << 20;
		char *recs = realloc(r->recs, room);

		if (!recs)
			return -1;
		r->recs = recs;
		r->room = room;
	}
	memcpy(r->recs + r->bytes, rec, rec->h.size);
	r->bytes += rec->h.size;
	if (!r->first_ts)
		r->first_ts = rec->h.ts;
	r->last_ts = rec->h.ts;
	if (rec->h.launch > r->launches)
		r->launches = rec->h.launch;
	return 0;
}

static int copy_host(void *ctx, const char *key, const char *value)
{
	const struct tracefile_pair pair = { key, value };
	const struct tracefile_host host = { &pair, 1 };

	return tracefile_write_host(((struct repeat *)ctx)->w, &host);
}

static int write_repeated(struct repeat *r, uint64_t nr)
{
	uint64_t period = r->last_ts - r->first_ts + 1000000;
	union {
		struct sevtrace_rec h;
		char bytes[1 << 16];
	} rec;
	int err = 0;

	for (uint32_t turn = 0; nr && !err; turn++) {
		for (const char *at = r->recs; nr && !err && at < r->recs + r->bytes; nr--) {
			memcpy(&rec.h, at, sizeof(rec.h));
			memcpy(rec.bytes, at, rec.h.size);
			rec.h.ts += turn * period;
			if (rec.h.launch && !r->one_launch)
				rec.h.launch += turn * r->launches;
			err = tracefile_write_records(r->w, &rec, rec.h.size, 1);
			at += rec.h.size;
		}
	}
	return err;
}

static int repeat(struct repeat *r, const char *from, const char *to, uint64_t nr)
{
	const struct tracefile_visitor visitor = { .record = keep, .host = copy_host };
	const struct tracefile_cpu_drops cpu = { .emitted = nr, .recorded = nr };
	const struct tracefile_drops drops = { .cpus = &cpu, .nr_cpus = 1 };
	struct tracefile_reader *reader;
	struct tracefile_state state;
	char why[256];
	int err = tracefile_open(from, &reader, why, sizeof(why));

	if (err) {
		fprintf(stderr, "repeat_trace: %s %s\n", from, why);
		return err;
	}
	err = tracefile_create(to, &r->w);
	if (!err)
		err = tracefile_read(reader, &visitor, r, &state);
	tracefile_reader_free(reader);
	if (!err && !r->bytes)
		err = -1;
	if (!err)
		err = write_repeated(r, nr);
	if (!err)
		err = tracefile_write_drops(r->w, &drops);
	if (!err)
		err = tracefile_finish(r->w);
	tracefile_close(r->w);
	return err;
}

int main(int argc, char **argv)
{
	struct repeat r = { .one_launch = argc > 1 && !strcmp(argv[1], "-s") };
	char **args = argv + r.one_launch;
	int err;

	if (argc - r.one_launch != 4) {
		fputs("usage: repeat_trace [-s] FROM TO RECORDS\n", stderr);
		return 2;
	}
	err = repeat(&r, args[1], args[2], strtoull(args[3], NULL, 10));
	if (err)
		fprintf(stderr, "repeat_trace: cannot write %s: %s\n", args[2], strerror(-err));
	free(r.recs);
	return err != 0;
}
