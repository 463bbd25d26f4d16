/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns recorded events into records, by the rules of include/sevtrace/pairing.h, which the BPF
 * programs use too.
 *
 * The programs know the VM of each event; recorded events do not tell it. So an ioctl belongs to
 * the VM of its process that has the ASID in the event; an ioctl without an ASID begins a launch.
 * An update of memory attributes belongs to the launch that its thread worked on last, else to the
 * only launch of its process.
 */
#ifndef PERFDATA_PAIRING_H
#define PERFDATA_PAIRING_H

#include "perfdata/events.h"

/* Receives the records. pairing_feed() returns a result other than 0. */
typedef int (*pairing_sink)(void *ctx, const struct sevtrace_rec *rec);

struct pairing;

/* NULL: out of memory. */
struct pairing *pairing_new(pairing_sink sink, void *ctx);
void pairing_free(struct pairing *p);

/* Takes the next event. Events have to come in order of time. Returns 0 or a negative errno. */
int pairing_feed(struct pairing *p, const struct perf_event *event);

/* Hands out the pages that were under way at the end. Returns as pairing_feed(). */
int pairing_finish(struct pairing *p);

/* Returns the number of steps of a kind that this version does not know; the records lack them. */
__u64 pairing_unknown_steps(const struct pairing *p);

/* Returns the number of launches begun so far. */
__u32 pairing_launches(const struct pairing *p);

#endif /* PERFDATA_PAIRING_H */
