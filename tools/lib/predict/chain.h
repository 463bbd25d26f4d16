/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A launch as a chain: it thinks, has the PSP carry out a command, thinks again. "Thinking" is all
 * that lies between two commands, in the kernel and in the VMM, without the wait for the mailbox:
 * that depends on who else launches, and is what a prediction finds out.
 *
 * A command holds the mailbox while it prepares its buffers, executes, and takes them back: all of
 * that is inside of ccp's mutex. Nested commands are a part of the outer one.
 *
 * Times are ns, CHAIN_MAX_NS at most. Memory is bounded, whatever a recording says.
 */
#ifndef PREDICT_CHAIN_H
#define PREDICT_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sevtrace/kvm_sev.h>

#include "model/model.h"
#include "predict/random.h"

#define CHAIN_MAX_NS 100000000000000ULL
#define CHAIN_MAX_STAGES 1024 /* of a launch; one with more is left out */
#define CHAIN_MAX_SAMPLES 512 /* that a stage keeps, at random, of all its commands */
#define CHAINS_MAX_SAMPLES (1U << 19) /* of all launches; further launches are left out */

#define CHAINS_ALONE \
	1.1 /* launches under way at once, on average, in a recording of one at a time */

/* One command, and what came before it. */
struct chain_sample {
	uint64_t think; /* since the command before it in the same stage */
	uint64_t asleep; /* of that, without a processor */
	uint64_t hold; /* from taking the mailbox to giving it back */
	uint32_t reclaim; /* the last part of that, in which its thread has a processor */
	uint32_t pages; /* 0: not of pages */
};

/* Commands of one kind in a row. */
struct chain_stage {
	uint32_t cmd;
	uint8_t page_type; /* enum sevtrace_page_type; 0: not of pages, or not known */
	bool scales; /* there are as many as the guest has pages */
	uint64_t commands;
	uint64_t pages;
	uint64_t lead; /* what comes before the first command and is not like what is repeated */
	uint64_t lead_asleep; /* of that, without a processor */
	uint64_t lead_pages; /* of that, the time that grows with the pages */
	double think; /* sums over all commands, those without a sample included */
	double hold;
	struct chain_sample *samples;
	size_t nr_samples;
};

struct chain {
	uint32_t launch;
	uint8_t vm_type;
	struct chain_stage *stages;
	size_t nr_stages;
	uint64_t tail; /* after the last command */
	uint64_t tail_asleep;
	uint64_t start; /* when it began */
	uint64_t duration; /* as recorded, waits included */
	uint64_t waited; /* for the mailbox */
	uint64_t pages; /* of stages that scale */
};

/* Why a launch is left out. */
enum chain_refusal {
	CHAIN_NOT_FINISHED, /* it failed, or was under way */
	CHAIN_JOINED, /* its start was not recorded */
	CHAIN_DROPPED, /* events were dropped */
	CHAIN_NO_COMMANDS, /* the recording has none of its commands */
	CHAIN_TOO_LONG, /* there is no room for it */
	CHAIN_REFUSALS
};

/* What is known of one recording. */
struct chain_recording {
	double concurrency; /* launches under way at once, on average while there was one */
	size_t launches; /* that are used */
	/* Sums over these; of the PSP's step: 0. */
	double step_ns[SEVTRACE_STEP_COUNT];
	double step_count[SEVTRACE_STEP_COUNT];
	double outside; /* of SEV ioctls */
	double duration; /* sum of the launches' */
	bool waits_unknown; /* its source of events does not tell waits for the mailbox */
	long cpus; /* 0: not known */
};

struct chain_build; /* a launch under way */

struct chains {
	struct chain *chains; /* of all recordings */
	size_t nr;
	size_t nr_samples;
	uint64_t refused[CHAIN_REFUSALS];
	struct chain_recording *recordings;
	size_t nr_recordings;
	/* From one command's end to the start of one that waited for it. */
	uint64_t handovers;
	double handover_ns; /* sum */
	/* of the current recording, by position in the model */
	struct chain_build *builds;
	size_t nr_builds;
	uint64_t last_end;
	struct random random;
};

void chains_init(struct chains *c);
void chains_free(struct chains *c);

/* Adds a record, after the model has it. Returns 0 or -ENOMEM. */
int chains_add(struct chains *c, const struct model *m, const union sevtrace_record *rec);

/* The same as a model_each, see model/model.h. */
struct chains_reading {
	struct chains *chains;
	const struct model *model;
};
int chains_each(void *ctx, const union sevtrace_record *rec);

/* Ends a recording: keeps its launches that are whole. Returns 0 or -ENOMEM. */
int chains_end(struct chains *c, const struct model *m);

/* Returns how long the mailbox holds still when it goes to a thread that sleeps: ns. */
double chains_handover(const struct chains *c);

/*
 * Tells whether the launches are of one guest type and were made one at a time, or nearly so: then
 * a prediction of several at once is of launches, and not of what launches at once did already.
 */
bool chains_alone(const struct chains *c);

#endif /* PREDICT_CHAIN_H */
