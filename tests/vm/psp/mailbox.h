/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mailbox: registers in memory shared with the machine (BAR 2 of QEMU's ivshmem-doorbell
 * device) and one interrupt, an eventfd that QEMU turns into the device's MSI-X.
 */
#ifndef PSP_MAILBOX_H
#define PSP_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

struct mailbox {
	int listen_fd, peer_fd, shm_fd, event_fd;
	uint32_t *registers;
	char *path; /* path of the socket; mailbox_close() unlinks it */
};

struct doorbell {
	uint32_t command;
	uint64_t buffer;
	uint64_t rung_ns; /* the driver's clock when it rang; 0: the driver does not report it */
	bool interrupt; /* the driver wants an interrupt when the command is done */
};

struct answer {
	uint16_t status;
	bool has_extra;
	uint32_t extra_hi, extra_lo;
};

/* Makes the registers and listens on @path. Returns -errno; mailbox_close() is then not needed. */
int mailbox_open(struct mailbox *mailbox, const char *path);
void mailbox_close(struct mailbox *mailbox);

/* Waits for QEMU and passes it the memory and the interrupt. Returns -EINTR after a signal. */
int mailbox_accept(struct mailbox *mailbox);
/* Returns whether QEMU has gone. */
bool mailbox_gone(const struct mailbox *mailbox);

/*
 * Returns whether a command is waiting, and what the registers say about it. Returns true at most
 * once for a command.
 */
bool mailbox_poll(const struct mailbox *mailbox, struct doorbell *doorbell);
void mailbox_answer(const struct mailbox *mailbox, const struct doorbell *doorbell,
		    const struct answer *answer);
/*
 * Returns the driver's clock when it took the answer to the last polled command; 0: not taken yet.
 */
uint64_t mailbox_taken_ns(const struct mailbox *mailbox);

#endif /* PSP_MAILBOX_H */
