/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Launches made up record by record, for cases that a test cannot produce on demand with the
 * kernel. Times are round figures, so that a test can state the expected results.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracefile/tracefile.h"

/* Receives each record. The scenario stores a result other than 0 in its error. */
typedef int (*scenario_sink)(void *ctx, const union sevtrace_record *rec);

/* The values that the next record gets. */
struct scenario {
	scenario_sink sink;
	void *ctx;
	int error;
	uint64_t now; /* ns */
	uint32_t launch;
	uint32_t tid;
	uint32_t ioctl;
	uint64_t ioctl_start;
	uint64_t range_start;
	struct sevtrace_rec_range_start range;
	uint64_t records;
};

void scenario_begin(struct scenario *s, scenario_sink sink, void *ctx);

/* Put the parts of a launch. Each moves the clock by its duration. */
void put_launch(struct scenario *s, uint32_t number, uint32_t tid, const char *comm,
		uint8_t vm_type);
void put_name(struct scenario *s, enum sevtrace_name kind, const char *name);
void put_enter(struct scenario *s, uint32_t ioctl);
void put_exit(struct scenario *s, int32_t ret, uint32_t fw_error, uint32_t asid, uint8_t vm_type);
void put_range(struct scenario *s, uint64_t gfn, uint64_t uaddr, uint64_t npages, uint8_t type,
	       bool private_pages);
void put_range_end(struct scenario *s, uint64_t done, int32_t ret);
void put_step(struct scenario *s, uint8_t step, uint64_t gfn, uint32_t npages, int32_t ret,
	      uint64_t duration);
void put_skipped_flush(struct scenario *s, uint64_t gfn, uint32_t npages);
void put_psp(struct scenario *s, uint32_t cmd, uint64_t wait, uint64_t exec, uint32_t status);
void put_psp_nested(struct scenario *s, uint32_t cmd, uint64_t exec);
void put_psp_silent(struct scenario *s, uint32_t cmd, uint64_t exec, bool asked);
void put_stack(struct scenario *s, uint32_t pid);
void put_attributes(struct scenario *s, uint64_t start, uint64_t end, int32_t ret, uint64_t wait,
		    uint64_t duration);
void put_end(struct scenario *s, uint64_t duration);
void put_simple(struct scenario *s, uint32_t ioctl, uint32_t cmd, uint64_t exec, uint32_t asid,
		uint8_t vm_type);

/* Whole launches by name. scenario_name() returns NULL if there are no more. */
const char *scenario_name(size_t i);
/* Returns what a recording of it says that it lacks; NULL: nothing. */
const char *scenario_lacks(const char *name);
int scenario_run(const char *name, scenario_sink sink, void *ctx);

#endif /* SCENARIO_H */
