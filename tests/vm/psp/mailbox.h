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
	char *path; /* of the socket; unlinked by mailbox_close() */
};

struct doorbell {
	uint32_t command;
	uint64_t buffer;
	uint64_t rung_ns; /* the driver's clock; 0: it does not tell */
	bool interrupt; /* the driver wants one when the command is done */
};

struct answer {
	uint16_t status;
	bool has_extra;
	uint32_t extra_hi, extra_lo;
};

/* Makes the registers and listens on @path. -errno; then mailbox_close() is not needed. */
int mailbox_open(struct mailbox *mailbox, const char *path);
void mailbox_close(struct mailbox *mailbox);

/* Waits for QEMU and hands it the memory and the interrupt. -EINTR: a signal came. */
int mailbox_accept(struct mailbox *mailbox);
/* True once QEMU has gone. */
bool mailbox_gone(const struct mailbox *mailbox);

/* True if a command is waiting; what the registers say about it. At most once a command. */
bool mailbox_poll(const struct mailbox *mailbox, struct doorbell *doorbell);
void mailbox_answer(const struct mailbox *mailbox, const struct doorbell *doorbell,
		    const struct answer *answer);
/* The driver's clock when it took the answer to the command polled last; 0: not yet. */
uint64_t mailbox_taken_ns(const struct mailbox *mailbox);

#endif /* PSP_MAILBOX_H */
