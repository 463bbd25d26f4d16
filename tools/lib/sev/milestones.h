/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Milestones: firmware, kernel and init of a guest write values to an I/O port to tell how far they
 * are. Who records says which ports these are, and may name the values.
 */
#ifndef SEV_MILESTONES_H
#define SEV_MILESTONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/maps.h>

#define MILESTONES_MAX 64
#define MILESTONE_NAME_LEN 24 /* its 0 included */

struct milestone {
	uint32_t value;
	uint16_t port;
	char name[MILESTONE_NAME_LEN];
};

struct milestones {
	struct milestone rows[MILESTONES_MAX];
	size_t nr;
	struct sevtrace_milestone_ports ports; /* each once */
};

/*
 * Parses "PORT[:VALUE=NAME][,...]", where an item without a port, "VALUE=NAME", is of the port
 * before it: "0xf4:1=firmware,2=kernel,0x80". Returns 0, or -EINVAL: it is no such text, or has
 * more ports or names than there is room for.
 */
int milestones_parse(const char *text, struct milestones *m);

/* Returns the name of a value at a port, or NULL. */
const char *milestone_name(const struct milestones *m, uint16_t port, uint32_t value);

#endif /* SEV_MILESTONES_H */
