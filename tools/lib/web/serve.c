// SPDX-License-Identifier: GPL-2.0-only
/* The process of the web server: what it may do, and its start. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "process/helper.h"
#include "process/sandbox.h"
#include "util/array.h"
#include "web/keeper.h"
#include "web/server.h"
#include "web/settings.h"

#define OPEN_FILES (WEB_MAX_CONNECTIONS + 64)

/*
 * What the C library, libmicrohttpd and GnuTLS need to answer on sockets that are there. None of
 * these opens a file, makes a connection, reaches another process or runs a program.
 */
static const int calls[] = {
	SYS_accept,
	SYS_accept4,
	SYS_brk,
	SYS_clock_getres,
	SYS_clock_gettime,
	SYS_clock_nanosleep,
	SYS_clone,
	SYS_clone3,
	SYS_close,
	SYS_dup,
	SYS_epoll_create1,
	SYS_epoll_ctl,
	SYS_epoll_pwait,
	SYS_epoll_wait,
	SYS_eventfd2,
	SYS_exit,
	SYS_exit_group,
	SYS_fcntl,
	SYS_fstat,
	SYS_futex,
	SYS_getpeername,
	SYS_getpid,
	SYS_getrandom,
	SYS_getsockname,
	SYS_getsockopt,
	SYS_gettid,
	SYS_gettimeofday,
	SYS_lseek,
	SYS_madvise,
	SYS_mmap,
	SYS_mprotect,
	SYS_mremap,
	SYS_munmap,
	SYS_nanosleep,
	SYS_newfstatat,
	SYS_pipe2,
	SYS_poll,
	SYS_ppoll,
	SYS_pread64,
	SYS_read,
	SYS_readv,
	SYS_recvfrom,
	SYS_recvmsg,
	SYS_restart_syscall,
	SYS_rseq,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_sched_getaffinity,
	SYS_sched_yield,
	SYS_sendfile,
	SYS_sendmsg,
	SYS_sendto,
	SYS_set_robust_list,
	SYS_setsockopt,
	SYS_shutdown,
	SYS_sigaltstack,
	SYS_time,
	SYS_uname,
	SYS_write,
	SYS_writev,
};

static int say(int err)
{
	fprintf(stderr, "sevtrace exporter: cannot answer requests: %s\n", strerror(-err));
	return EXIT_FAILURE;
}

int web_server(void)
{
	struct sandbox sandbox = { .files = OPEN_FILES,
				   .calls = calls,
				   .nr_calls = ARRAY_SIZE(calls) };
	struct web_config config;
	int err = web_settings_read(HELPER_FD + WEB_FILE_SETTINGS, &config, &sandbox.user);

	if (err)
		return say(err);
	close(HELPER_FD + WEB_FILE_SETTINGS);
	err = sandbox_enter(&sandbox);
	if (!err)
		err = web_serve(HELPER_FD + WEB_FILE_LISTEN, HELPER_FD + WEB_FILE_SOCKET, &config);
	web_config_free(&config);
	return err ? say(err) : EXIT_SUCCESS;
}
