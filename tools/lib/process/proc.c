// SPDX-License-Identifier: GPL-2.0-only
#include "process/proc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Inode of the initial PID namespace: PROC_PID_INIT_INO of Linux include/linux/proc_ns.h. */
#define INIT_PID_NS 0xEFFFFFFCUL

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

static int read_stat(pid_t pid, char *state, pid_t *parent)
{
	char path[64], stat[512];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return -ESRCH;
	n = fread(stat, 1, sizeof(stat) - 1, f);
	fclose(f);
	stat[n] = '\0';
	return proc_parse_stat(stat, state, parent);
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
