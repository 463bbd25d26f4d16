/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the collector share. */
#ifndef COLLECTOR_INTERNAL_H
#define COLLECTOR_INTERNAL_H

#include "collector/collector.h"
#include "host/events.h"
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
	/* Of modules that came, or will come, after the start. */
	struct sevtrace_bpf *late; /* programs of KVM's events, with the maps of skel; NULL: none */
	struct bpf_link *links[KERNEL_EVENT_COUNT]; /* of skel's programs of ccp's events */
	size_t nr_links;
	bool waiting; /* for kvm_amd */
	bool ccp_waits; /* for ccp */
};

/* Reads the counters of every CPU into c->counters, and their sum. */
int collector_update_counters(struct collector *c, struct sevtrace_counters *sum);

/* Maps the ring buffer of the loaded programs. */
int collector_map_ring(struct collector *c);

/* Hand histograms out and free them: of launches that are over and whose end got lost; all. */
int collector_take_dead(struct collector *c);
int collector_take_all(struct collector *c);

/*
 * Modules that are not loaded. An event of one can wait: its program is left out (KVM's) or not
 * attached at once (ccp's).
 */
bool collector_defer(struct collector *c, const struct kernel_event *event,
		     enum kernel_event_status status, struct bpf_program *prog);

/* Prepares skel for ccp's arrival, before it is loaded. */
void collector_modules_prepare(struct collector *c);

/* SEVTRACE_MODULE_LOADING came: attaches to ccp. */
void collector_module_loading(struct collector *c);

/* Loads and attaches KVM's programs once kvm_amd is there. 0, or an errno that was warned of. */
int collector_modules_poll(struct collector *c);

/* Detaches all programs. */
void collector_detach(struct collector *c);

#endif /* COLLECTOR_INTERNAL_H */
