// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/cost.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Indexes of fields of /proc/PID/stat, proc(5), counted from the field after the name. */
enum { STAT_UTIME = 11, STAT_STIME = 12, STAT_STARTTIME = 19, STAT_RSS = 21, STAT_FIELDS };

static int read_stat(pid_t pid, unsigned long long fields[STAT_FIELDS])
{
	char path[64], line[1024] = "";
	char *rest, *saved = NULL;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	in = fopen(path, "re");
	if (!in)
		return -errno;
	rest = fgets(line, sizeof(line), in);
	fclose(in);
	/* Searches for the last bracket: the name itself may contain spaces and brackets. */
	rest = rest ? strrchr(line, ')') : NULL;
	rest = rest ? strtok_r(rest + 1, " ", &saved) : NULL;
	for (size_t i = 0; i < STAT_FIELDS; i++) {
		if (!rest || (i && sscanf(rest, "%llu", &fields[i]) != 1 && i >= STAT_UTIME))
			return -EIO;
		rest = strtok_r(NULL, " ", &saved);
	}
	return 0;
}

static uint64_t ticks_to_ns(unsigned long long ticks)
{
	return ticks * (1000000000ULL / (unsigned long long)sysconf(_SC_CLK_TCK));
}

struct cost cost_of(pid_t pid)
{
	unsigned long long fields[STAT_FIELDS] = { 0 };
	struct cost cost = { 0 };

	if (pid > 0 && !read_stat(pid, fields)) {
		cost.cpu_ns = ticks_to_ns(fields[STAT_UTIME] + fields[STAT_STIME]);
		cost.resident = fields[STAT_RSS] * (uint64_t)sysconf(_SC_PAGESIZE);
	}
	return cost;
}

double cost_started(void)
{
	unsigned long long fields[STAT_FIELDS] = { 0 };
	struct timespec now, up;
	double since_boot;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	if (read_stat(getpid(), fields))
		return (double)now.tv_sec;
	since_boot = (double)ticks_to_ns(fields[STAT_STARTTIME]) / 1e9;
	return (double)(now.tv_sec - up.tv_sec) + (double)(now.tv_nsec - up.tv_nsec) / 1e9 +
	       since_boot;
}
