// SPDX-License-Identifier: GPL-2.0-only
/* The mailbox's registers and the ivshmem server, see mailbox.h. */
#include "mailbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REGISTERS_SIZE 0x100000U

/* Register offsets: Linux drivers/crypto/ccp/sp-pci.c, pspv4 and sevv2. */
enum {
	REG_INTERRUPT_ENABLE = 0x10690,
	REG_INTERRUPT_STATUS = 0x10694,
	REG_CMDRESP = 0x10980,
	REG_BUFFER_LO = 0x109e0,
	REG_BUFFER_HI = 0x109e4,
	REG_CAPABILITY = 0x109fc,
};

/*
 * Registers that only this project's kernel change for tests has: the driver's clock in ns, 64
 * bits.
 */
enum {
	REG_RUNG = 0x20000,
	REG_TAKEN = 0x20008,
};

/* Fields: Linux include/linux/psp.h and drivers/crypto/ccp/sev-dev.h. */
#define CAPABILITY_SEV (1U << 0)
#define CMDRESP_RESPONSE (1U << 31)
#define CMDRESP_COMMAND(reg) (((reg) >> 16) & 0x7ff)
#define CMDRESP_INTERRUPT (1U << 0)
#define COMMAND_COMPLETE (1U << 1)

/* QEMU docs/specs/ivshmem-spec.txt: the protocol's version, and the peer's own id. */
#define IVSHMEM_VERSION 0
#define IVSHMEM_PEER_ID 1
#define IVSHMEM_MEMORY (-1)

static uint32_t get(const struct mailbox *mailbox, unsigned int offset)
{
	return __atomic_load_n(&mailbox->registers[offset / 4], __ATOMIC_ACQUIRE);
}

static void set(const struct mailbox *mailbox, unsigned int offset, uint32_t value)
{
	__atomic_store_n(&mailbox->registers[offset / 4], value, __ATOMIC_RELEASE);
}

static uint64_t get64(const struct mailbox *mailbox, unsigned int offset)
{
	return __atomic_load_n((const uint64_t *)&mailbox->registers[offset / 4], __ATOMIC_ACQUIRE);
}

static void set64(const struct mailbox *mailbox, unsigned int offset, uint64_t value)
{
	__atomic_store_n((uint64_t *)&mailbox->registers[offset / 4], value, __ATOMIC_RELEASE);
}

static int make_registers(struct mailbox *mailbox)
{
	void *registers;

	mailbox->shm_fd = memfd_create("psp", MFD_CLOEXEC);
	if (mailbox->shm_fd < 0 || ftruncate(mailbox->shm_fd, REGISTERS_SIZE) < 0)
		return -errno;
	registers =
		mmap(NULL, REGISTERS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, mailbox->shm_fd, 0);
	if (registers == MAP_FAILED)
		return -errno;
	mailbox->registers = registers;
	set(mailbox, REG_CAPABILITY, CAPABILITY_SEV);
	set(mailbox, REG_CMDRESP, CMDRESP_RESPONSE);
	mailbox->event_fd = eventfd(0, EFD_CLOEXEC);
	return mailbox->event_fd < 0 ? -errno : 0;
}

static int listen_on(struct mailbox *mailbox, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	mailbox->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (mailbox->listen_fd < 0 ||
	    bind(mailbox->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	mailbox->path = strdup(path);
	if (!mailbox->path) {
		unlink(path);
		return -ENOMEM;
	}
	return listen(mailbox->listen_fd, 1) < 0 ? -errno : 0;
}

int mailbox_open(struct mailbox *mailbox, const char *path)
{
	int ret;

	*mailbox = (struct mailbox){ .listen_fd = -1, .peer_fd = -1, .shm_fd = -1, .event_fd = -1 };
	ret = make_registers(mailbox);
	if (!ret)
		ret = listen_on(mailbox, path);
	if (ret)
		mailbox_close(mailbox);
	return ret;
}

void mailbox_close(struct mailbox *mailbox)
{
	const int fds[] = { mailbox->listen_fd, mailbox->peer_fd, mailbox->shm_fd,
			    mailbox->event_fd };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (mailbox->registers)
		munmap(mailbox->registers, REGISTERS_SIZE);
	if (mailbox->path)
		unlink(mailbox->path);
	free(mailbox->path);
	*mailbox = (struct mailbox){ .listen_fd = -1, .peer_fd = -1, .shm_fd = -1, .event_fd = -1 };
}

/* Sends one message of the ivshmem protocol: a number, and a file descriptor if @fd >= 0. */
static int send_number(int socket, int64_t number, int fd)
{
	union {
		char buffer[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { .iov_base = &number, .iov_len = sizeof(number) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (fd >= 0) {
		struct cmsghdr *header;

		message.msg_control = control.buffer;
		message.msg_controllen = sizeof(control.buffer);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	if (sent < 0)
		return -errno;
	return sent == sizeof(number) ? 0 : -EIO;
}

int mailbox_accept(struct mailbox *mailbox)
{
	const struct {
		int64_t number;
		int fd;
	} greeting[] = {
		{ IVSHMEM_VERSION, -1 },
		{ IVSHMEM_PEER_ID, -1 },
		{ IVSHMEM_MEMORY, mailbox->shm_fd },
		{ IVSHMEM_PEER_ID, mailbox->event_fd }, /* the peer's only vector */
	};
	int ret = 0;

	mailbox->peer_fd = accept4(mailbox->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (mailbox->peer_fd < 0)
		return -errno;
	for (size_t i = 0; !ret && i < sizeof(greeting) / sizeof(greeting[0]); i++)
		ret = send_number(mailbox->peer_fd, greeting[i].number, greeting[i].fd);
	return ret;
}

bool mailbox_gone(const struct mailbox *mailbox)
{
	char byte;
	ssize_t got = recv(mailbox->peer_fd, &byte, sizeof(byte), MSG_DONTWAIT);

	return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

bool mailbox_poll(const struct mailbox *mailbox, struct doorbell *doorbell)
{
	uint32_t reg = get(mailbox, REG_CMDRESP);

	if (reg & CMDRESP_RESPONSE)
		return false;
	doorbell->command = CMDRESP_COMMAND(reg);
	doorbell->interrupt = reg & CMDRESP_INTERRUPT;
	doorbell->buffer = get(mailbox, REG_BUFFER_LO) | (uint64_t)get(mailbox, REG_BUFFER_HI)
								 << 32;
	doorbell->rung_ns = get64(mailbox, REG_RUNG);
	set64(mailbox, REG_RUNG, 0);
	set64(mailbox, REG_TAKEN, 0);
	return true;
}

void mailbox_answer(const struct mailbox *mailbox, const struct doorbell *doorbell,
		    const struct answer *answer)
{
	const uint64_t one = 1;

	if (answer->has_extra) {
		set(mailbox, REG_BUFFER_HI, answer->extra_hi);
		set(mailbox, REG_BUFFER_LO, answer->extra_lo);
	}
	/*
	 * The driver acknowledges by writing the status back, which cannot clear a bit in plain
	 * memory.
	 */
	set(mailbox, REG_INTERRUPT_STATUS, COMMAND_COMPLETE);
	set(mailbox, REG_CMDRESP, CMDRESP_RESPONSE | answer->status);
	if (!doorbell->interrupt || !(get(mailbox, REG_INTERRUPT_ENABLE) & COMMAND_COMPLETE))
		return;
	/* The counter cannot overflow. If the write fails, the driver times out and reports it. */
	if (write(mailbox->event_fd, &one, sizeof(one)) < 0)
		return;
}

uint64_t mailbox_taken_ns(const struct mailbox *mailbox)
{
	return get64(mailbox, REG_TAKEN);
}
