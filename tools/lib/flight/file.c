// SPDX-License-Identifier: GPL-2.0-only
#include "flight/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_SAME_NAME 1000

void flight_limit_init(struct flight_limit *limit, uint64_t max_files, uint64_t now)
{
	*limit = (struct flight_limit){ .left = max_files,
					.credit = FLIGHT_BURST * FLIGHT_INTERVAL_NS,
					.since = now };
}

bool flight_limit_take(struct flight_limit *limit, uint64_t now)
{
	if (now > limit->since) {
		limit->credit += now - limit->since;
		limit->since = now;
	}
	if (limit->credit > FLIGHT_BURST * FLIGHT_INTERVAL_NS)
		limit->credit = FLIGHT_BURST * FLIGHT_INTERVAL_NS;
	if (!limit->left || limit->credit < FLIGHT_INTERVAL_NS) {
		limit->refused++;
		return false;
	}
	limit->left--;
	limit->credit -= FLIGHT_INTERVAL_NS;
	return true;
}

/* Writes "20261123T180455Z": some file systems and shells dislike '-' and ':' in names. */
static void name_time(uint64_t ts, char text[HOST_TIME_LEN])
{
	char *to = text;

	host_time(ts, text);
	for (const char *from = text; *from; from++)
		if (*from != '-' && *from != ':')
			*to++ = *from;
	*to = '\0';
}

int flight_file_create(struct flight_file *file, const char *dir, const struct flight_name *name)
{
	char time[HOST_TIME_LEN], whose[128] = "host", again[16] = "";
	int err = -EEXIST;

	name_time(name->ts, time);
	if (name->pid)
		snprintf(whose, sizeof(whose), "%s%spid%u-asid%u", name->guest,
			 *name->guest ? "-" : "", name->pid, name->asid);
	for (int i = 2; i <= MAX_SAME_NAME && err == -EEXIST; i++) {
		int n = snprintf(file->path, sizeof(file->path), "%s/sevtrace-%s-%s-%s%s.data", dir,
				 time, whose, name->what, again);

		if (n < 0 || (size_t)n >= sizeof(file->path))
			return -ENAMETOOLONG;
		err = tracefile_create_new(file->path, &file->writer);
		snprintf(again, sizeof(again), "-%d", i);
	}
	return err;
}

static int write_record(void *ctx, const struct sevtrace_rec *rec)
{
	return tracefile_write_records(ctx, rec, rec->size, 1);
}

/* Writes how many records the file has, and why others are missing. */
static int write_counts(struct tracefile_writer *w, const struct flight_launch *l,
			uint64_t kernel_drops)
{
	const struct tracefile_launch_drops of_launch = {
		.launch = l->number,
		.dropped = l->course.cut + l->pages.cut + kernel_drops,
	};
	struct tracefile_loss losses[2] = {
		{ .name = "records before the last ones", .count = l->course.cut + l->pages.cut },
		{ .name = "records, buffer full", .count = kernel_drops },
	};
	struct tracefile_cpu_drops *cpus = calloc(l->nr_cpus ? l->nr_cpus : 1, sizeof(*cpus));
	struct tracefile_drops drops = { cpus, l->nr_cpus, losses, 2 };
	int err;

	if (!cpus)
		return -ENOMEM;
	for (size_t i = 0; i < l->nr_cpus; i++) {
		const struct flight_cpu *cpu = &l->cpus[i];

		cpus[i] = (struct tracefile_cpu_drops){ .cpu = cpu->cpu,
							.emitted = cpu->seen,
							.recorded = cpu->seen - cpu->cut,
							.dropped = cpu->cut };
	}
	err = tracefile_write_drops(w, &drops);
	if (!err && of_launch.dropped)
		err = tracefile_write_launch_drops(w, &of_launch);
	free(cpus);
	return err;
}

int flight_file_write(struct flight_file *file, const struct host_info *host,
		      const struct flight_launch *l, uint64_t kernel_drops)
{
	struct tracefile_writer *w = file->writer;
	int err = host_write(host, w);

	file->launch = l->number;
	if (!err)
		err = flight_each(l, write_record, w);
	if (!err && l->symbols)
		err = symbols_write(l->symbols, w);
	return err ? err : write_counts(w, l, kernel_drops);
}

int flight_file_end(struct flight_file *file)
{
	int err = tracefile_finish(file->writer);

	if (err) {
		flight_file_abandon(file);
		return err;
	}
	tracefile_close(file->writer);
	file->writer = NULL;
	return 0;
}

void flight_file_abandon(struct flight_file *file)
{
	if (!file->writer)
		return;
	tracefile_close(file->writer);
	file->writer = NULL;
	unlink(file->path);
}
