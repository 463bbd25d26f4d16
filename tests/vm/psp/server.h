/* SPDX-License-Identifier: GPL-2.0-only */
/* The loop between mailbox and firmware: adds time, faults and the log. */
#ifndef PSP_SERVER_H
#define PSP_SERVER_H

#include <signal.h>
#include <stdint.h>

#include "faultfile.h"
#include "firmware.h"
#include "mailbox.h"
#include "spec.h"

struct server {
	struct mailbox *mailbox;
	struct firmware *firmware;
	struct latencies latencies;
	struct faults faults;
	struct fault_file fault_file; /* its faults come after those of the options */
	int log_fd; /* -1: no log */
	const char *ram_path; /* mapped at the first command */
	uint64_t ram_size, ram_below_4g;
	uint64_t seq; /* number of the last command */
	uint64_t lag_ns; /* how late sleeps end, on average */
	uint64_t way_ns; /* median time from doorbell to us plus from answer to driver */
};

/* Serves until QEMU goes or *@stop is set. Returns 0, or -errno after a message on stderr. */
int server_run(struct server *server, const volatile sig_atomic_t *stop);

#endif /* PSP_SERVER_H */
