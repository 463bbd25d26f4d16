// SPDX-License-Identifier: GPL-2.0-only
#include "process/proc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Inode of the initial PID namespace: PROC_PID_INIT_INO of Linux include/linux/proc_ns.h. */
#define INIT_PID_NS 0xEFFFFFFCUL

/* Fields of /proc/PID/stat as proc(5) numbers them, and the size that has them all. */
#define PROC_STAT_NAME 2
#define PROC_STAT_START 22
#define PROC_STAT_GUEST 43
#define PROC_STAT_SIZE 512

int proc_parse_stat(const char *stat, char *state, pid_t *parent)
{
	/* The name before the state is in parentheses and may hold anything, even parentheses. */
	const char *p = strrchr(stat, ')');
	char *end;
	long ppid;

	if (!p || p[1] != ' ' || !p[2] || p[3] != ' ')
		return -ESRCH;
	ppid = strtol(p + 4, &end, 10);
	if (end == p + 4 || ppid < 0)
		return -ESRCH;
	*state = p[2];
	*parent = (pid_t)ppid;
	return 0;
}

/* Returns a number behind the process's name; 0: the text does not have it. */
static uint64_t parse_field(const char *stat, int wanted)
{
	const char *p = strrchr(stat, ')');

	for (int field = PROC_STAT_NAME; p && field < wanted; field++)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p, NULL, 10) : 0;
}

uint64_t proc_parse_start(const char *stat)
{
	return parse_field(stat, PROC_STAT_START);
}

uint64_t proc_parse_guest_time(const char *stat)
{
	return parse_field(stat, PROC_STAT_GUEST);
}

static int read_text(pid_t pid, char stat[PROC_STAT_SIZE])
{
	char path[64];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return -ESRCH;
	n = fread(stat, 1, PROC_STAT_SIZE - 1, f);
	fclose(f);
	stat[n] = '\0';
	return 0;
}

static int read_stat(pid_t pid, char *state, pid_t *parent)
{
	char stat[PROC_STAT_SIZE];
	int err = read_text(pid, stat);

	return err ? err : proc_parse_stat(stat, state, parent);
}

uint64_t proc_start(pid_t pid)
{
	char stat[PROC_STAT_SIZE];

	return read_text(pid, stat) ? 0 : proc_parse_start(stat);
}

static uint64_t tick_ns(void)
{
	return 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

uint64_t proc_guest_time(pid_t pid)
{
	char stat[PROC_STAT_SIZE];

	return read_text(pid, stat) ? 0 : proc_parse_guest_time(stat) * tick_ns();
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

bool proc_started_after(pid_t pid, uint64_t ts)
{
	/* The start counts the time in which the machine slept, which CLOCK_MONOTONIC does not. */
	uint64_t now = clock_ns(CLOCK_MONOTONIC), slept = clock_ns(CLOCK_BOOTTIME) - now;

	return proc_start(pid) * tick_ns() > ts + slept;
}

pid_t proc_parent(pid_t pid)
{
	pid_t parent;
	char state;

	return read_stat(pid, &state, &parent) ? 0 : parent;
}

bool proc_alive(pid_t pid)
{
	pid_t parent;
	char state;

	return !read_stat(pid, &state, &parent) && state != 'Z' && state != 'X';
}

bool proc_sees_all_pids(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) || st.st_ino == INIT_PID_NS;
}
