/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The launch model: records in, launches out. The same for a live recording and a file; every
 * output is a renderer of it.
 *
 * Times are nanoseconds. Memory grows with launches, kinds of commands and threads inside an
 * ioctl, not with records.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/hist.h>
#include <sevtrace/kvm_sev.h>
#include <sevtrace/psp.h>
#include <sevtrace/record.h>

#include "tracefile/tracefile.h"

#define MODEL_MAX_LAUNCHES 65536
#define MODEL_MAX_FAILURES 64 /* kept for each launch; the rest is counted */

enum model_result {
	MODEL_OK, /* LAUNCH_FINISH succeeded, of all that was to be launched as far as is known */
	MODEL_FAILED, /* not finished, and an ioctl failed that did not succeed later */
	MODEL_INCOMPLETE, /* not finished, nothing failed */
};

/*
 * Samples of one kind, as the kernel counted them and as rebuilt from records. Either may be
 * NULL; series_hist() chooses.
 */
struct series {
	struct sevtrace_hist *kernel;
	struct sevtrace_hist *records;
};

struct model_status_count {
	uint32_t status;
	uint64_t count;
};

/* One PSP command of a launch. */
struct model_psp {
	uint32_t cmd;
	uint64_t recorded; /* records of it */
	uint64_t nested; /* of these, issued inside another command */
	uint64_t not_asked; /* the driver returned without ringing the doorbell */
	uint64_t not_answered;
	uint64_t prep_ns;
	uint64_t reclaim_ns;
	struct model_status_count *errors; /* answers other than SUCCESS */
	size_t nr_errors;
	struct series wait;
	struct series exec;
};

struct model_command {
	uint32_t ioctl;
	uint64_t failed;
	uint64_t length_queries; /* of the failed: user space only asked for a length */
	struct series time;
};

/* A failed ioctl, joined with what happened inside it. */
struct model_failure {
	uint64_t ts;
	uint32_t tid;
	uint32_t ioctl;
	int32_t ret;
	uint32_t fw_error; /* what user space got */
	bool recovered; /* the same succeeded later, or the launch finished after it, see failure_raced() */
	bool swallowed; /* the ioctl returned 0 and stopped short */

	bool has_step; /* a step inside it failed */
	uint8_t step; /* enum sevtrace_step */
	int32_t inner_ret;
	uint64_t gfn; /* SEVTRACE_NO_FRAME: none */
	uint64_t pfn;

	bool has_range; /* it was populating a range */
	struct sevtrace_rec_range_start range;
	uint64_t done; /* pages of the range completed */

	bool psp_asked; /* about the last command */
	bool psp_answered;
	bool has_psp;
	struct sevtrace_rec_psp psp; /* the command that failed, else the last one */

	bool has_stack;
	struct sevtrace_rec_stack stack;
};

/* Attribute updates. */
struct model_attributes {
	uint64_t updates;
	uint64_t failed;
	uint64_t pages;
	struct series wait; /* for slots_lock */
};

/* Cache flushes, and those skipped because the processor is coherent. */
struct model_flushes {
	uint64_t done;
	uint64_t skipped;
	uint64_t pages;
	uint64_t skipped_pages;
};

/* A thread's ioctl under way. */
struct model_op {
	uint32_t tid;
	bool entered;
	bool cleaned_up; /* commands that give something back; all the PSP was asked, if there is no seen.psp */
	bool range_open; /* seen.range has begun and not ended; seen.done counts its pages so far */
	uint8_t last_step; /* that ended, or SEVTRACE_STEP_NONE */
	uint64_t start;
	struct model_failure seen; /* what is known for the case it fails */
};

struct model_launch {
	uint32_t number; /* 0: PSP commands outside any launch */
	uint32_t pid;
	char comm[SEVTRACE_COMM_LEN];
	uint8_t vm_type;
	uint32_t asid;
	uint64_t dropped; /* records, as the kernel counted them */
	bool joined; /* began before the recording */
	bool finished;
	bool destroyed;
	bool vmm_exited; /* and that destroyed the VM; false also where nobody knows */
	uint8_t vmm_signal; /* that killed it, or 0 */
	uint8_t vmm_status; /* of its exit() */
	uint32_t last_ioctl; /* that returned, if first_ts */
	uint64_t first_ts; /* of the first ioctl's start */
	uint64_t last_ts; /* of the last record inside an ioctl */
	uint64_t finish_ts; /* of LAUNCH_FINISH's end */
	uint64_t teardown_ns;

	uint64_t pages[2][SEVTRACE_PAGE_TYPE_COUNT]; /* [private][type] of ranges that ended */
	uint64_t ranges[2]; /* [private], begun */
	struct model_flushes flushes[SEVTRACE_PHASE_COUNT];

	struct series steps[SEVTRACE_PHASE_COUNT][SEVTRACE_STEP_COUNT];
	/* PSP time of shared pages by page, derived from commands that cover a run of pages */
	struct sevtrace_hist *psp_per_page;
	struct model_attributes attributes;
	struct model_command *commands;
	size_t nr_commands;
	struct model_psp *psp; /* in order of appearance */
	size_t nr_psp;
	struct model_failure *failures;
	size_t nr_failures;
	uint64_t more_failures; /* beyond MODEL_MAX_FAILURES */
	struct model_failure *length_query; /* a length was asked for and no more since; NULL: none */
	struct model_op *ops;
	size_t nr_ops;
	uint8_t after[SEVTRACE_STEP_COUNT]; /* the step that followed this one last, plus 1; 0: none */
};

struct model_symbol {
	uint64_t addr;
	uint32_t pid;
	char *name;
};

struct model {
	struct model_launch **launches; /* in order of appearance; 0 (outside) not among them */
	size_t nr_launches;
	struct model_launch *outside;
	struct model_launch *latest; /* that a record was for; NULL: none yet */
	uint32_t *index; /* open addressing: launch number to position + 1 */
	size_t index_size;
	uint64_t more_launches; /* records of launches beyond MODEL_MAX_LAUNCHES */

	uint64_t records;
	uint64_t first_ts;
	uint64_t last_ts;

	char **host; /* key, value, key, value */
	size_t nr_host; /* pairs */
	struct tracefile_cpu_drops *cpus;
	size_t nr_cpus;
	struct tracefile_loss *losses;
	size_t nr_losses;
	struct model_symbol *symbols;
	size_t nr_symbols;
	bool symbols_sorted;
	bool kernel_hists; /* the kernel counted, so no dropped record is missing in a histogram */
};

void model_init(struct model *m);
void model_free(struct model *m);

/* 0 or -ENOMEM. Records have to come in the order they were written. */
int model_feed(struct model *m, const union sevtrace_record *rec);
int model_hist(struct model *m, const struct sevtrace_hist_key *key,
	       const struct sevtrace_hist *hist);
int model_host(struct model *m, const char *key, const char *value);
int model_cpu_drops(struct model *m, const struct tracefile_cpu_drops *drops);
int model_launch_drops(struct model *m, const struct tracefile_launch_drops *drops);
int model_loss(struct model *m, const struct tracefile_loss *loss);
int model_symbol(struct model *m, const struct tracefile_symbol *symbol);

/* Reads a whole file into the model. As tracefile_read(). */
int model_read(struct model *m, struct tracefile_reader *r, struct tracefile_state *state);

/* The same, and calls each() for every record once the model has it. Ends when that is not 0. */
typedef int (*model_each)(void *ctx, const union sevtrace_record *rec);
int model_read_each(struct model *m, struct tracefile_reader *r, struct tracefile_state *state,
		    model_each each, void *ctx);

/*
 * Drops all that is known of a launch, if there is one of this number. For who follows a live host,
 * whose launches have no end. Records of it that come later make it a new one.
 */
void model_forget(struct model *m, uint32_t number);

/*
 * Parts what is known of a launch by now, but attribute updates, from it: the launch that is
 * returned has it, and this one begins anew. For who sums up guests that run for months. NULL: no
 * memory; nothing is changed.
 */
struct model_launch *launch_split(struct model_launch *l);
void launch_free(struct model_launch *l);

/* Where a launch stands in m->launches; m->nr_launches: it is not there. */
size_t model_position(const struct model *m, uint32_t number);

/* The value of a host key, or NULL. */
const char *model_host_value(const struct model *m, const char *key);

/* The name of a stack address, or NULL. */
const char *model_symbol_name(struct model *m, uint32_t pid, uint64_t addr);

/* Over all processors. Returns false when the file has no counts. */
bool model_drops(const struct model *m, struct tracefile_cpu_drops *sum);

/* Is there a launch that failed? */
bool model_failed(const struct model *m);

enum model_result launch_result(const struct model_launch *l);
/*
 * Did LAUNCH_UPDATE_DATA stop at a page that the guest had touched meanwhile? LAUNCH_FINISH does
 * not make that good.
 */
bool failure_raced(const struct model_failure *f);
const char *result_name(enum model_result result);

/* How a launch that was not finished ended. */
enum launch_ending {
	LAUNCH_FINISHED, /* it was */
	LAUNCH_OPEN, /* not yet when the recording ended */
	LAUNCH_ABANDONED, /* the VM was destroyed, nobody knows why */
	LAUNCH_EXITED, /* its VMM ended by itself */
	LAUNCH_KILLED, /* its VMM was killed */
};

enum launch_ending launch_ending(const struct model_launch *l);
const char *ending_name(enum launch_ending ending);

/*
 * From the first ioctl's start to LAUNCH_FINISH's end, without the teardown; of an unfinished
 * launch to the last record inside an ioctl.
 */
uint64_t launch_duration(const struct model_launch *l);

/* Pages populated by now, also those of ranges under way. */
uint64_t launch_pages_of(const struct model_launch *l, bool private_pages, uint32_t page_type);
uint64_t launch_pages(const struct model_launch *l, bool private_pages);

/*
 * Pages populated, and those to come of ranges that have begun. What user space will begin later is
 * known to nobody.
 */
uint64_t launch_pages_begun(const struct model_launch *l);

/*
 * The step that a thread's ioctl is in, as records tell only of steps that ended: what followed the
 * last one before in this launch, else what comes next in such an ioctl. SEVTRACE_STEP_NONE: not
 * known.
 */
uint32_t launch_step_under_way(const struct model_launch *l, const struct model_op *op);

/* Where the launch's histograms are from. */
enum hist_source {
	SOURCE_RECORDS, /* rebuilt from them */
	SOURCE_KERNEL,
	SOURCE_MIXED,
};

enum hist_source launch_source(const struct model_launch *l);
const char *source_name(enum hist_source source); /* "kernel" */

/* The series' histogram, never NULL: the kernel's where it counted at least as much. */
const struct sevtrace_hist *series_hist(const struct series *s);

/*
 * A step's histogram: the sum over all phases of the launch, without its teardown, or over one
 * phase. The sum is made in *buffer where it is needed; the result lives as long as both.
 */
const struct sevtrace_hist *launch_step(const struct model_launch *l, uint32_t step,
					struct sevtrace_hist *buffer);
const struct sevtrace_hist *launch_phase_step(const struct model_launch *l,
					      enum sevtrace_phase phase, uint32_t step);

/* Has the phase steps? */
bool launch_has_phase(const struct model_launch *l, enum sevtrace_phase phase);

/* Flushes of the whole launch, without its teardown. */
struct model_flushes launch_flushes(const struct model_launch *l);

/* Times the command was issued, by the better of both counts. */
uint64_t psp_count(const struct model_psp *psp);

/* The page of its range that a failure struck, counted from 1; 0: unknown. */
uint64_t failure_page(const struct model_failure *f);

#endif /* MODEL_MODEL_H */
