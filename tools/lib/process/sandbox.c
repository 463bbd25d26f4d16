// SPDX-License-Identifier: GPL-2.0-only
#include "process/sandbox.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "process/privileges.h"

#define MAX_CALLS 200 /* a jump of the filter's language reaches 255 instructions */

static int limit(int what, uint64_t most)
{
	const struct rlimit limit = { most, most };

	return setrlimit(what, &limit) ? -errno : 0;
}

/* Returns the bytes of address space that the process has now; 0: not known. */
static uint64_t address_space(void)
{
	unsigned long long pages = 0;
	FILE *in = fopen("/proc/self/statm", "re");

	if (in) {
		if (fscanf(in, "%llu", &pages) != 1)
			pages = 0;
		fclose(in);
	}
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int limit_all(const struct sandbox *s)
{
	uint64_t present = s->memory ? address_space() : 0;
	struct rusage used = { 0 };
	int err = limit(RLIMIT_CORE, 0);

	if (!err && s->files)
		err = limit(RLIMIT_NOFILE, s->files);
	if (!err && s->memory)
		err = present ? limit(RLIMIT_AS, present + s->memory) : -ESRCH;
	getrusage(RUSAGE_SELF, &used);
	if (!err && s->cpu_seconds)
		err = limit(RLIMIT_CPU, s->cpu_seconds + (uint64_t)used.ru_utime.tv_sec +
						(uint64_t)used.ru_stime.tv_sec);
	return err;
}

/* Becomes the user, if that is possible, and gives up every capability. */
static int give_up_rights(uid_t uid)
{
	const struct user user = { .uid = uid, .gid = uid };
	int err = uid == SANDBOX_KEEP_USER ? -EPERM : privileges_none(&user);

	return err == -EPERM ? privileges_none(NULL) : err;
}

/*
 * The filter: refuse another architecture and the x32 table, allow the calls that are listed, and
 * let all others fail.
 */
int sandbox_filter(const int *calls, size_t nr)
{
	struct sock_filter code[MAX_CALLS + 8];
	struct sock_fprog program = { .filter = code };
	size_t n = 0;

	if (nr > MAX_CALLS)
		return -E2BIG;
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, arch));
	code[n++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < nr; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (__u32)calls[i],
							 (__u8)(nr - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
		return -errno;
	return 0;
}

int sandbox_enter(const struct sandbox *s)
{
	int calls[MAX_CALLS], err, deathsig = 0;
	size_t nr = s->nr_calls;
	bool rooted = false;

	if (s->nr_calls + s->nr_rooted_calls > MAX_CALLS)
		return -E2BIG;
	err = limit_all(s);
	if (err)
		return err;
	/* The kernel forgets it when the process changes its user. */
	prctl(PR_GET_PDEATHSIG, &deathsig);
	if (s->root)
		rooted = !chroot(s->root) && !chdir("/");
	err = give_up_rights(s->user);
	prctl(PR_SET_PDEATHSIG, deathsig, 0, 0, 0);
	/* No core dump, and nobody of the same user may look at the process. */
	if (!err && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		err = -errno;
	if (err)
		return err;
	memcpy(calls, s->calls, s->nr_calls * sizeof(*calls));
	if (rooted && s->nr_rooted_calls) {
		memcpy(calls + nr, s->rooted_calls, s->nr_rooted_calls * sizeof(*calls));
		nr += s->nr_rooted_calls;
	}
	return sandbox_filter(calls, nr);
}
