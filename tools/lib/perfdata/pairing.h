/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recorded events to records, by the rules of include/sevtrace/pairing.h, which are the BPF
 * programs' too.
 *
 * The programs know which VM an event is of, and recorded events do not tell. An ioctl is of the
 * VM that its process has with the event's ASID; one without an ASID yet begins a launch. An update
 * of memory attributes is of the launch that its thread worked on last, else of its process's only
 * one.
 */
#ifndef PERFDATA_PAIRING_H
#define PERFDATA_PAIRING_H

#include "perfdata/events.h"

/* A result other than 0 is handed back by pairing_feed(). */
typedef int (*pairing_sink)(void *ctx, const struct sevtrace_rec *rec);

struct pairing;

/* NULL: out of memory. */
struct pairing *pairing_new(pairing_sink sink, void *ctx);
void pairing_free(struct pairing *p);

/* Events have to come in order of time. 0 or a negative errno. */
int pairing_feed(struct pairing *p, const struct perf_event *event);

/* Steps of a kind that this version does not know: not in the records. */
__u64 pairing_unknown_steps(const struct pairing *p);

/* Launches begun so far. */
__u32 pairing_launches(const struct pairing *p);

#endif /* PERFDATA_PAIRING_H */
