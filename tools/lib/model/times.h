/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who owns the time of a launch: every nanosecond of launch_duration() belongs to the VMM outside
 * of SEV ioctls, or to one part of one ioctl. Where several threads of a launch are at work at
 * once, the one whose record comes first owns the time: it counts once.
 *
 * Records tell of time as it ends. What none of them claims inside an ioctl is TIME_BETWEEN, so
 * time of dropped records is, too.
 */
#ifndef MODEL_TIMES_H
#define MODEL_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/kvm_sev.h>
#include <sevtrace/record.h>

#include "model/timeline.h"

/* clang-format off */
/*
 * X(id, name, text): parts of an ioctl beside its steps. A step's own part is without those of the
 * command that it waits for.
 */
#define MODEL_TIMES(X) \
	X(PSP_EXEC, "psp_exec", "PSP executing") \
	X(PSP_WAIT_LAUNCHES, "psp_wait_launches", "PSP busy with other launches") \
	X(PSP_WAIT_HOST, "psp_wait_host", "PSP busy with the host's commands") \
	X(PSP_WAIT, "psp_wait", "waiting for the PSP") \
	X(PSP_PREPARE, "psp_prepare", "preparing buffers for the PSP") \
	X(PSP_RECLAIM, "psp_reclaim", "taking buffers back from the PSP") \
	X(SLOTS_LOCK, "slots_lock", "waiting for slots_lock") \
	X(BETWEEN, "between", "in the kernel between steps")
/* clang-format on */

/* clang-format off */
/* X(id, name, text): what the VMM's threads did outside of SEV ioctls. */
#define MODEL_VMM_TIMES(X) \
	X(RUNNING, "running", "running") \
	X(READY, "ready", "waiting for a processor") \
	X(ASLEEP, "asleep", "asleep")
/* clang-format on */

#define MODEL_VMM_TIME_ENUM(id, name, text) VMM_TIME_##id,
enum model_vmm_time { MODEL_VMM_TIMES(MODEL_VMM_TIME_ENUM) VMM_TIME_COUNT };
#undef MODEL_VMM_TIME_ENUM

#define MODEL_TIME_ENUM(id, name, text) TIME_##id,
enum model_time {
	TIME_STEPS_END = SEVTRACE_STEP_COUNT - 1, /* 0 to this: steps */
	MODEL_TIMES(MODEL_TIME_ENUM) TIME_COUNT
};
#undef MODEL_TIME_ENUM

#define TIMES_HOLES 16
#define TIMES_HOLDINGS 64
#define TIMES_MAX_WAITS 64 /* launches that one waited for; the time of more is in no row */

struct times_hole {
	uint64_t start;
	uint64_t end;
};

/* The time of a launch that is in no ioctl, and what is needed to go on. Times in ns. */
struct model_times {
	uint64_t outside; /* in no SEV ioctl, between the first and the last */
	uint64_t vmm[VMM_TIME_COUNT]; /* parts of that, as far as the recording tells */
	uint64_t minor_faults; /* meanwhile, of all threads */
	uint64_t major_faults;
	uint64_t overlap; /* several threads were in SEV ioctls */
	uint64_t overlap_since; /* 0: not now */
	uint64_t cursor; /* all before is claimed, but for the holes */
	struct times_hole holes[TIMES_HOLES]; /* in order of time */
	uint8_t nr_holes;
	bool begun;
	bool over; /* the launch was finished: nothing more is claimed */
};

/* Who held the PSP's mailbox of late, for those who waited. */
struct psp_holding {
	uint64_t start;
	uint64_t end;
	uint32_t launch; /* 0: the host */
};

/* How long a launch waited for another one that held the PSP. */
struct times_wait {
	uint32_t launch; /* 0: the host */
	uint64_t ns;
};

struct psp_holdings {
	struct psp_holding last[TIMES_HOLDINGS];
	uint32_t next;
	struct timeline held; /* a row for each launch by its number; 0: the host */
	uint64_t first; /* when it was held first; 0: never */
	uint64_t until; /* when it was held last */
	size_t charged; /* of the model's budget */
};

struct model_command;
struct model_launch;

/*
 * Adds a record, and notes in `holdings`, all launches', who held the mailbox. Call it after
 * figures_add() and before failure_add(). Returns 0 or -ENOMEM.
 */
int times_add(struct model_launch *l, struct psp_holdings *holdings,
	      const union sevtrace_record *rec);

/* Notes who held the mailbox, for records of launches that the model has no room for. */
int times_note_holding(struct psp_holdings *holdings, struct model_budget *budget,
		       const union sevtrace_record *rec);

const char *time_name(uint32_t part); /* "psp_exec"; of a step: its name */
const char *time_text(uint32_t part); /* "PSP executing"; of a step: what it does */

const char *vmm_time_name(uint32_t part);
const char *vmm_time_text(uint32_t part);

/* Returns how much of the time outside of ioctls the recording does not tell more of. */
uint64_t vmm_time_unknown(const struct model_times *t);

/* Returns what all parts of an ioctl own of the launch. */
uint64_t command_time(const struct model_command *c);

/*
 * Returns the time that is in no record yet: an ioctl was under way as the recording ended. With
 * the VMM's and all ioctls' parts it makes launch_duration().
 */
uint64_t launch_time_untold(const struct model_launch *l);

#endif /* MODEL_TIMES_H */
