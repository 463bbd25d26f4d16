/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the collector share. */
#ifndef COLLECTOR_INTERNAL_H
#define COLLECTOR_INTERNAL_H

#include "collector.h"
#include "sevtrace.skel.h"

struct collector {
	struct collector_sink sink;
	struct collector_options options;
	struct sevtrace_bpf *skel;
	struct ring_buffer *ring;
	struct sevtrace_counters *counters; /* by CPU */
	size_t nr_cpus;
	uint64_t consumed; /* records handed out */
	uint64_t dropped; /* when dead histograms were last looked for */
	int err; /* of the sink, during a drain */
};

/* Reads the counters of every CPU into c->counters, and their sum. */
int collector_update_counters(struct collector *c, struct sevtrace_counters *sum);

/* Hand histograms out and free them: of launches that are over and whose end got lost; all. */
int collector_take_dead(struct collector *c);
int collector_take_all(struct collector *c);

#endif /* COLLECTOR_INTERNAL_H */
