/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU time and memory that the exporter itself takes. */
#ifndef EXPORTER_COST_H
#define EXPORTER_COST_H

#include <stdint.h>
#include <sys/types.h>

struct cost {
	uint64_t cpu_ns;
	uint64_t resident; /* bytes */
};

/* Returns the cost of a process; all zeros if it is gone. */
struct cost cost_of(pid_t pid);

/* Returns when this process was started, in seconds since 1970. */
double cost_started(void);

#endif /* EXPORTER_COST_H */
