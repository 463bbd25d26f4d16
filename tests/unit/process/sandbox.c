// SPDX-License-Identifier: GPL-2.0-only
/* What a process in the sandbox can no longer do. Each attempt is a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "process/privileges.h"
#include "process/sandbox.h"
#include "util/array.h"

#define MiB (1UL << 20)

static const int calls[] = { SYS_exit_group, SYS_mmap,	    SYS_munmap,	     SYS_getpid,
			     SYS_capget,     SYS_prlimit64, SYS_prctl,	     SYS_getuid,
			     SYS_close,	     SYS_write,	    SYS_sigaltstack, SYS_sched_yield,
			     SYS_futex,	     SYS_madvise,   SYS_rt_sigaction };
static const int rooted_calls[] = { SYS_openat };

/* Runs in the sandbox; returns whether it was held. */
typedef bool (*attempt)(void);

static int in_sandbox(const struct sandbox *sandbox, attempt try)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(sandbox_enter(sandbox) ? 2 : !try());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static struct sandbox plain(void)
{
	return (struct sandbox){ .user = USER_NOBODY,
				 .calls = calls,
				 .nr_calls = ARRAY_SIZE(calls) };
}

static bool opens_nothing(void)
{
	return open("/proc/self/status", O_RDONLY) < 0 && errno == EPERM;
}

static bool has_no_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM;
}

static bool signals_nobody(void)
{
	return kill(getppid(), 0) < 0 && errno == EPERM;
}

static bool starts_nothing(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) < 0 && errno == EPERM;
}

static bool runs_nothing(void)
{
	return execl("/bin/true", "true", NULL) < 0 && errno == EPERM;
}

static bool traces_nobody(void)
{
	return syscall(SYS_ptrace, 0, 0, 0, 0) < 0 && errno == EPERM;
}

static bool loads_no_program(void)
{
	return syscall(SYS_bpf, 0, NULL, 0) < 0 && errno == EPERM;
}

static void calls_that_are_not_listed(void **state)
{
	static const attempt attempts[] = { opens_nothing,   has_no_socket, signals_nobody,
					    starts_nothing,  runs_nothing,  traces_nobody,
					    loads_no_program };
	const struct sandbox sandbox = plain();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		assert_int_equal(in_sandbox(&sandbox, attempts[i]), 0);
}

static bool gets_no_memory(void)
{
	void *small =
		mmap(NULL, 16 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *large =
		mmap(NULL, 128 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return small != MAP_FAILED && large == MAP_FAILED;
}

static void memory(void **state)
{
	struct sandbox sandbox = plain();

	(void)state;
	sandbox.memory = 64 * MiB;
	assert_int_equal(in_sandbox(&sandbox, gets_no_memory), 0);
	sandbox.memory = 0;
	assert_int_equal(in_sandbox(&sandbox, gets_no_memory), 1);
}

static bool never_ends(void)
{
	while (getpid())
		;
	return false;
}

static void processor_time(void **state)
{
	struct sandbox sandbox = plain();

	(void)state;
	sandbox.cpu_seconds = 1;
	assert_int_equal(in_sandbox(&sandbox, never_ends), 128 + SIGKILL);
}

static bool has_no_rights(void)
{
	struct rlimit core;

	if (getuid() == 0 || prctl(PR_CAPBSET_READ, 21, 0, 0, 0) > 0)
		return false;
	if (getrlimit(RLIMIT_CORE, &core) || core.rlim_max)
		return false;
	return !prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

/* Only root can become somebody else. */
static void rights(void **state)
{
	const struct sandbox sandbox = plain();

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(in_sandbox(&sandbox, has_no_rights), 0);
}

static bool sees_the_folder_only(void)
{
	return open("/inside", O_RDONLY) >= 0 && open("/proc/self/status", O_RDONLY) < 0 &&
	       errno == ENOENT;
}

static void root(void **state)
{
	char folder[] = "/tmp/sandbox-test.XXXXXX", path[64];
	struct sandbox sandbox = plain();

	(void)state;
	if (geteuid())
		skip();
	assert_non_null(mkdtemp(folder));
	chmod(folder, 0755);
	snprintf(path, sizeof(path), "%s/inside", folder);
	close(open(path, O_CREAT | O_WRONLY, 0644));
	sandbox.root = folder;
	sandbox.rooted_calls = rooted_calls;
	sandbox.nr_rooted_calls = ARRAY_SIZE(rooted_calls);
	assert_int_equal(in_sandbox(&sandbox, sees_the_folder_only), 0);
	/* Without the folder, these calls are not allowed either. */
	sandbox.root = "/nonexistent";
	assert_int_equal(in_sandbox(&sandbox, opens_nothing), 0);
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_that_are_not_listed),
		cmocka_unit_test(memory),
		cmocka_unit_test(processor_time),
		cmocka_unit_test(rights),
		cmocka_unit_test(root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
