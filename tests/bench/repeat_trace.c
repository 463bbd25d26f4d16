// SPDX-License-Identifier: GPL-2.0-only
/*
 * repeat_trace [-sv] FROM TO RECORDS: writes the records of a recording again and again, each time
 * later than the last, until there are so many: a long recording with the values of a real one.
 * Each repetition is a launch of its own; with -s all are one launch. With -v the times of steps
 * and commands vary by up to a sixteenth, as those of real ones do: the file is as large as theirs.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	uint64_t seed; /* 0: times do not vary */
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

/* Takes up to a sixteenth of a time away: the parts of something still fit into it. */
static void vary(struct repeat *r, __u64 *ns)
{
	r->seed ^= r->seed << 13;
	r->seed ^= r->seed >> 7;
	r->seed ^= r->seed << 17;
	*ns -= r->seed % (*ns / 16 + 1);
}

static void vary_record(struct repeat *r, union sevtrace_record *rec)
{
	if (rec->h.type == SEVTRACE_REC_STEP) {
		vary(r, &rec->step.duration);
	} else if (rec->h.type == SEVTRACE_REC_PSP) {
		vary(r, &rec->psp.exec);
	} else if (rec->h.type == SEVTRACE_REC_PAGE) {
		vary(r, &rec->page.exec);
		for (size_t i = 0; i < SEVTRACE_PAGE_STEPS; i++)
			vary(r, &rec->page.ns[i]);
	}
}

static int write_repeated(struct repeat *r, uint64_t nr)
{
	uint64_t period = r->last_ts - r->first_ts + 1000000;
	union {
		struct sevtrace_rec h;
		union sevtrace_record known;
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
			if (r->seed)
				vary_record(r, &rec.known);
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
	struct repeat r = { .one_launch = false };
	int err, option;

	while ((option = getopt(argc, argv, "sv")) != -1) {
		r.one_launch |= option == 's';
		if (option == 'v')
			r.seed = 88172645463325252ULL;
		if (option == '?')
			return 2;
	}
	if (argc - optind != 3) {
		fputs("usage: repeat_trace [-sv] FROM TO RECORDS\n", stderr);
		return 2;
	}
	err = repeat(&r, argv[optind], argv[optind + 1], strtoull(argv[optind + 2], NULL, 10));
	if (err)
		fprintf(stderr, "repeat_trace: cannot write %s: %s\n", argv[optind + 1],
			strerror(-err));
	free(r.recs);
	return err != 0;
}
