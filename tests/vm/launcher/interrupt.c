// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes something happen while the kernel reads a chosen page. A read of the page blocks until a
 * thread of ours supplies the contents. That thread first makes a call, for example sends a signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bytes.h"
#include "layout.h"

struct trap {
	uint8_t contents[PAGE_BYTES];
	uint8_t *page;
	void (*call)(void *arg);
	void *arg;
	int fd;
};

static void on_signal(int number)
{
	(void)number;
}

static void *serve_fault(void *arg)
{
	struct trap *trap = arg;
	struct uffdio_copy copy = {
		.dst = (uintptr_t)trap->page,
		.src = (uintptr_t)trap->contents,
		.len = PAGE_BYTES,
	};
	struct uffd_msg message;

	if (read(trap->fd, &message, sizeof(message)) == sizeof(message)) {
		trap->call(trap->arg);
		ioctl(trap->fd, UFFDIO_COPY, &copy);
	}
	close(trap->fd);
	free(trap);
	return NULL;
}

static int watch(struct trap *trap)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)trap->page, .len = PAGE_BYTES },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	trap->fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (trap->fd < 0)
		return -errno;
	memcpy(trap->contents, trap->page, PAGE_BYTES);
	if (ioctl(trap->fd, UFFDIO_API, &api) || ioctl(trap->fd, UFFDIO_REGISTER, &range) ||
	    madvise(trap->page, PAGE_BYTES, MADV_DONTNEED))
		return -errno;
	return 0;
}

int trap_page(uint8_t *page, void (*call)(void *arg), void *arg)
{
	struct trap *trap = calloc(1, sizeof(*trap));
	pthread_t thread;
	int ret;

	if (!trap)
		return -ENOMEM;
	trap->page = page;
	trap->call = call;
	trap->arg = arg;
	ret = watch(trap);
	if (!ret)
		ret = -pthread_create(&thread, NULL, serve_fault, trap);
	if (!ret) {
		pthread_detach(thread);
		return 0;
	}
	if (trap->fd >= 0)
		close(trap->fd);
	free(trap);
	return ret;
}

/* Sends the signal to the thread @arg. */
static void send_signal(void *arg)
{
	syscall(SYS_tgkill, getpid(), (pid_t)(intptr_t)arg, SIGUSR1);
}

int interrupt_at(uint8_t *page)
{
	const struct sigaction action = { .sa_handler = on_signal };

	if (sigaction(SIGUSR1, &action, NULL))
		return -errno;
	return trap_page(page, send_signal,
			 (void *)(intptr_t)gettid()); /* NOLINT(performance-no-int-to-ptr) */
}
