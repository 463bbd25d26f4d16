/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes the page that the exporter answers with; docs/exporter.md describes each metric. */
#ifndef EXPORTER_PAGE_H
#define EXPORTER_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/maps.h>

#include "exporter/cost.h"
#include "exporter/tally.h"
#include "metrics/metrics.h"
#include "web/server.h"

/* Number of ASIDs of a kind; -1: unknown. */
struct page_asids {
	int64_t all, used;
};

struct page {
	const char *version;
	const char *host[HOST_KEY_COUNT]; /* as for metrics_info() */
	bool attached;
	uint64_t attachments;
	struct sevtrace_counters counters; /* since the exporter's start */
	const struct tally *tally;
	unsigned int within; /* seconds in which launches that fit are done */
	unsigned int per_launch; /* maximum of launches with metrics of their own */
	struct sevtrace_psp_now psp;
	uint64_t now; /* CLOCK_MONOTONIC ns */
	struct page_asids sev, sev_es;
	struct cost collector, web;
	uint64_t map_bytes;
	bool programs_counted; /* the kernel counts the next: since the exporter's start */
	uint64_t program_runs, program_ns;
	uint64_t web_starts;
	struct web_counts answers;
	double started;
};

/* Writes the page. sums: from tally_sums(). Returns 0 or -ENOMEM. */
int page_write(const struct metrics_out *out, const struct page *page, const struct metrics *sums);

#endif /* EXPORTER_PAGE_H */
