/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The launch model turns records into launches. A live recording and a file use the same model;
 * every output renders it.
 *
 * Times are nanoseconds. Memory grows with launches, kinds of commands and threads inside an ioctl,
 * not with records.
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

#include "model/budget.h"
#include "model/guest.h"
#include "model/profile.h"
#include "model/timeline.h"
#include "model/times.h"
#include "tracefile/tracefile.h"
#include "util/hash_index.h"

#define MODEL_MAX_LAUNCHES 65536
#define MODEL_MAX_FAILURES 64 /* the model keeps this many for each launch and counts the rest */
#define MODEL_MAX_STATUSES 64 /* the same for the statuses of each command */

enum model_result {
	MODEL_OK, /* LAUNCH_FINISH succeeded, and nothing is known to be missing in the guest */
	/* an ioctl failed and did not succeed later; not finished, or see failure_raced() */
	MODEL_FAILED,
	MODEL_INCOMPLETE, /* not finished, nothing failed */
};

/*
 * Samples of one kind: as the kernel counted them, and as rebuilt from records. Either may be NULL;
 * series_hist() chooses one.
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
	uint64_t recorded; /* number of records of the command */
	uint64_t nested; /* how many of these were issued inside another command */
	uint64_t not_asked; /* the driver returned without ringing the doorbell */
	uint64_t not_answered;
	uint64_t prep_ns;
	uint64_t reclaim_ns;
	struct model_status_count *errors; /* answers other than SUCCESS */
	size_t nr_errors;
	uint64_t other_errors; /* answers with statuses beyond MODEL_MAX_STATUSES */
	struct series wait;
	struct series exec;
};

struct model_command {
	uint32_t ioctl;
	uint64_t failed;
	uint64_t length_queries; /* failures in which user space only asked for a length */
	uint64_t parts[TIME_COUNT]; /* ns that it owns of the launch */
	struct series time;
};

/* A failed ioctl, joined with what happened inside it. */
struct model_failure {
	uint64_t ts; /* the ioctl's end */
	uint64_t start;
	uint32_t tid;
	uint32_t ioctl;
	int32_t ret;
	uint32_t fw_error; /* what user space got */
	/* the same ioctl succeeded later, or the launch finished, see failure_raced() */
	bool recovered;
	uint64_t recovered_ts; /* when that was; 0: not recovered */
	bool swallowed; /* the ioctl stopped short, but returned 0 */

	bool has_step; /* a step inside it failed */
	uint8_t step; /* enum sevtrace_step */
	bool inferred; /* no event told of the step or its errno: what came after it did */
	int32_t inner_ret;
	uint64_t gfn; /* SEVTRACE_NO_FRAME: none */
	uint64_t pfn;

	bool has_range; /* the ioctl was populating a range */
	struct sevtrace_rec_range_start range;
	uint64_t done; /* pages of the range completed */

	bool psp_asked; /* these two tell of the command that failed, else of the last one */
	bool psp_answered;
	bool has_psp;
	struct sevtrace_rec_psp psp; /* the command that failed, else the last one */

	bool has_stack;
	struct sevtrace_rec_stack stack;
	size_t stack_symbols; /* symbols that came before the stack */
};

/* Attribute updates. */
struct model_attributes {
	uint64_t updates;
	uint64_t failed;
	uint64_t pages;
	struct series wait; /* time updates waited for slots_lock */
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
	/* cleanup commands succeeded; without seen.psp, there was no other command */
	bool cleaned_up;
	bool range_open; /* seen.range has begun and not ended; seen.done counts its pages so far */
	uint8_t last_step; /* the last step that ended, or SEVTRACE_STEP_NONE */
	uint8_t page_steps[SEVTRACE_PAGE_STEPS]; /* steps of the last page, and their times */
	uint64_t page_ns[SEVTRACE_PAGE_STEPS];
	uint8_t page_psp; /* how many of them are commands */
	uint8_t nr_page_steps; /* 0: the last record was no page */
	uint64_t start;
	struct model_failure seen; /* what is known so far, in case the ioctl fails */
};

/* What the VMM called between SEV ioctls. */
struct model_call {
	uint32_t kind; /* SEVTRACE_HIST_CALL, _IOCTL_CALL or _FAULT */
	uint32_t id; /* see enum sevtrace_hist_kind */
	struct series time;
};

struct model_launch {
	uint32_t number; /* 0: PSP commands outside any launch */
	uint32_t pid;
	char comm[SEVTRACE_COMM_LEN];
	char *names[SEVTRACE_NAME_COUNT]; /* of the VMM, untrusted; NULL: it has no such name */
	uint8_t vm_type;
	uint32_t asid;
	uint64_t dropped; /* dropped records, as the kernel counted them */
	bool joined; /* began before the recording */
	bool finished;
	bool destroyed;
	bool vmm_exited; /* the VMM's exit destroyed the VM; false also if that is not known */
	uint8_t vmm_signal; /* signal that killed the VMM, or 0 */
	uint8_t vmm_status; /* status that the VMM gave to exit() */
	uint32_t last_ioctl; /* the last ioctl that returned; only valid if first_ts is not 0 */
	bool has_span; /* first_ts and last_ts are known */
	uint64_t first_ts; /* start of the first ioctl */
	uint64_t last_ts; /* time of the last record inside an ioctl */
	uint64_t finish_ts; /* end of LAUNCH_FINISH */
	uint64_t vmm_started; /* when the VMM began its program; 0: not known */
	uint64_t run_ts; /* when the guest first ran; 0: not known */
	struct model_guest guest;
	struct model_profile profile;
	uint64_t teardown_ns;
	struct model_times times;
	struct timeline timeline;
	struct times_wait *waits; /* in order of appearance */
	size_t nr_waits;
	struct model_call *calls; /* in order of appearance */
	size_t nr_calls;

	/* [private][type]: pages of ranges that ended */
	uint64_t pages[2][SEVTRACE_PAGE_TYPE_COUNT];
	uint64_t ranges[2]; /* [private]: ranges that began */
	struct model_flushes flushes[SEVTRACE_PHASE_COUNT];

	struct series steps[SEVTRACE_PHASE_COUNT][SEVTRACE_STEP_COUNT];
	/* PSP time per shared page, derived from commands that cover several pages */
	struct sevtrace_hist *psp_per_page;
	struct model_attributes attributes;
	struct model_command *commands;
	size_t nr_commands;
	struct model_psp *psp; /* in order of appearance */
	size_t nr_psp;
	struct model_failure *failures;
	size_t nr_failures;
	size_t most_failures; /* that there were at once: there is room for so many */
	uint64_t more_failures; /* number of failures beyond MODEL_MAX_FAILURES */
	uint64_t more_recovered; /* recovered ones that gave way to others */
	/* length query that was not followed by the same ioctl; NULL: none */
	struct model_failure *length_query;
	struct model_op *ops;
	size_t nr_ops;
	size_t most_ops; /* as most_failures */
	uint8_t after[SEVTRACE_STEP_COUNT]; /* step that last followed this one, plus 1; 0: none */
	struct model_budget *budget; /* the model's */
	size_t charged; /* memory that this launch has of it */
};

struct model_symbol {
	uint64_t addr;
	uint32_t pid;
	char *name;
	size_t place; /* among all symbols, as they came */
};

/* What is known of a launch beyond MODEL_MAX_LAUNCHES: enough for the verdict. */
struct model_rest {
	uint32_t number;
	bool failed; /* an ioctl failed, and did not succeed later */
	bool finished;
	uint32_t ioctl; /* that failed last */
};

struct model {
	struct model_launch **launches; /* in order of appearance, without number 0, see outside */
	size_t nr_launches;
	struct model_launch *outside;
	struct model_launch *latest; /* launch of the latest record; NULL: none yet */
	struct hash_index index; /* launches by number */
	struct model_budget budget; /* launches point to it: a model stays where it is */
	uint64_t more_launches; /* records of launches beyond MODEL_MAX_LAUNCHES */
	struct model_rest *rest; /* these launches */
	size_t nr_rest;
	struct hash_index rest_index;
	struct psp_holdings holdings; /* of all launches and the host */

	uint64_t records;
	uint64_t first_ts;
	uint64_t last_ts;

	char **host; /* key, value, key, value */
	size_t nr_host; /* pairs */
	uint32_t lacks; /* what the recording says that it lacks: a set, see sev/lacks.h */
	struct tracefile_cpu_drops *cpus;
	size_t nr_cpus;
	struct hash_index cpu_index; /* cpus by number */
	struct tracefile_loss *losses;
	size_t nr_losses;
	struct model_symbol *symbols;
	size_t nr_symbols;
	bool symbols_sorted;
	/* the kernel counted the samples: histograms have those of dropped records too */
	bool kernel_hists;
};

/* Initialises a model without a budget: model_read() gives it one. */
void model_init(struct model *m);
void model_free(struct model *m);

/*
 * Add something to the model. Return 0 or -ENOMEM. Records have to come in the order in which they
 * were written.
 */
int model_feed(struct model *m, const union sevtrace_record *rec);
int model_hist(struct model *m, const struct sevtrace_hist_key *key,
	       const struct sevtrace_hist *hist);
int model_host(struct model *m, const char *key, const char *value);
int model_cpu_drops(struct model *m, const struct tracefile_cpu_drops *drops);
int model_launch_drops(struct model *m, const struct tracefile_launch_drops *drops);
int model_loss(struct model *m, const struct tracefile_loss *loss);
int model_symbol(struct model *m, const struct tracefile_symbol *symbol);

/*
 * Reads a whole file into the model. Returns what tracefile_read() returns. A file that asks for
 * more memory than its size allows, see model/budget.h, is damaged from there on.
 */
int model_read(struct model *m, struct tracefile_reader *r, struct tracefile_state *state);

/*
 * Reads a whole file into the model, and calls each() for every record after the model has it. If
 * each() returns a value other than 0, the reading ends and returns it.
 */
typedef int (*model_each)(void *ctx, const union sevtrace_record *rec);
int model_read_each(struct model *m, struct tracefile_reader *r, struct tracefile_state *state,
		    model_each each, void *ctx);

/*
 * Drops everything known about a launch, if there is one of this number. For programs that follow a
 * live host, where new launches never stop coming. Later records of the launch create a new one.
 */
void model_forget(struct model *m, uint32_t number);

/*
 * Moves all that is known of a launch so far, except attribute updates, into a new launch and
 * returns that. `l` keeps the attribute updates; the rest of it starts anew. For the exporter,
 * which sums guests that run for months. Returns NULL if memory is short; nothing has changed then.
 */
struct model_launch *launch_split(struct model_launch *l);
void launch_free(struct model_launch *l);

/* Returns the position of a launch in m->launches, or m->nr_launches if it is not there. */
size_t model_position(const struct model *m, uint32_t number);

/* Returns the value of a host key, or NULL. */
const char *model_host_value(const struct model *m, const char *key);

/*
 * Returns the name of an address in a stack, or NULL. before: symbols that came before the stack.
 * pid: 0 for the kernel. If the address had several names, that is the last one before the stack,
 * or the first one.
 */
const char *model_symbol_name(struct model *m, size_t before, uint32_t pid, uint64_t addr);

/* Writes the name, cleaned, or else the address. Returns buf. */
char *model_address_text(struct model *m, size_t before, uint32_t pid, uint64_t addr, char *buf,
			 size_t size);

/*
 * Copies the kernel's addresses in a failure's stack but for those of tracers: where a function is
 * traced, the stack has it twice, and the tracer's code between. Ends with 0 unless it is full.
 */
void model_kernel_frames(struct model *m, const struct model_failure *f,
			 __u64 frames[SEVTRACE_STACK_DEPTH]);

/* Sums the drops over all processors. Returns false if the file has no counts. */
bool model_drops(const struct model *m, struct tracefile_cpu_drops *sum);

/* Tells whether a launch failed, one beyond MODEL_MAX_LAUNCHES included. */
bool model_failed(const struct model *m);

/* Returns how many launches beyond MODEL_MAX_LAUNCHES failed. */
size_t model_rest_failed(const struct model *m);

enum model_result launch_result(const struct model_launch *l);
/*
 * Tells whether LAUNCH_UPDATE_DATA stopped at a page that the guest had touched meanwhile.
 * LAUNCH_FINISH does not make up for that.
 */
bool failure_raced(const struct model_failure *f);
const char *result_name(enum model_result result);

/* How a launch ended. */
enum launch_ending {
	LAUNCH_FINISHED, /* the launch was finished */
	LAUNCH_OPEN, /* it was still under way when the recording ended */
	LAUNCH_ABANDONED, /* the VM was destroyed, the reason is not known */
	LAUNCH_EXITED, /* its VMM exited by itself */
	LAUNCH_KILLED, /* its VMM was killed */
};

enum launch_ending launch_ending(const struct model_launch *l);
const char *ending_name(enum launch_ending ending);

/*
 * Returns the time from the start of the first ioctl to the end of LAUNCH_FINISH, without the
 * teardown. For an unfinished launch, the time up to the last record inside an ioctl.
 */
uint64_t launch_duration(const struct model_launch *l);

/*
 * Returns what people call a launch by, untrusted: what its VMM or libvirt calls the guest, else
 * the pod; NULL: it has no such name.
 */
const char *launch_name(const struct model_launch *l);

/*
 * Writes which process launched it, "guest[57]", "qemu[57]" or "?[57]": its name or that of the
 * program, cleaned, and cut if it is long. Returns buf.
 */
#define LAUNCH_VMM_NAME 20 /* bytes of a name, at most */
#define LAUNCH_VMM_LEN (LAUNCH_VMM_NAME + sizeof("[4294967295]"))
char *launch_vmm(const struct model_launch *l, char buf[LAUNCH_VMM_LEN]);

/* Return the pages populated so far, including those of ranges under way. */
uint64_t launch_pages_of(const struct model_launch *l, bool private_pages, uint32_t page_type);
uint64_t launch_pages(const struct model_launch *l, bool private_pages);

/*
 * Returns the pages populated so far, plus the rest of the ranges that have begun. Nobody knows
 * what user space will begin later.
 */
uint64_t launch_pages_begun(const struct model_launch *l);

/*
 * Returns the step that a thread's ioctl is in. Records only tell of steps that ended. Among pages,
 * whose steps are recorded together, this is the one that took longest in the last page. Else it is
 * the step that last followed the ended one in this launch, else the next step of such an ioctl.
 * SEVTRACE_STEP_NONE: not known.
 */
uint32_t launch_step_under_way(const struct model_launch *l, const struct model_op *op);

/* The source of a launch's histograms. */
enum hist_source {
	SOURCE_RECORDS, /* rebuilt from records */
	SOURCE_KERNEL,
	SOURCE_MIXED,
};

enum hist_source launch_source(const struct model_launch *l);
const char *source_name(enum hist_source source); /* "kernel" */

/*
 * Returns the series' histogram, never NULL: the kernel's if it counted at least as much as the
 * records.
 */
const struct sevtrace_hist *series_hist(const struct series *s);

/*
 * Return a step's histogram: launch_step() over all phases of the launch except its teardown,
 * launch_phase_step() over one phase. launch_step() uses *buffer if it has to add histograms up;
 * the result lives as long as both l and *buffer.
 */
const struct sevtrace_hist *launch_step(const struct model_launch *l, uint32_t step,
					struct sevtrace_hist *buffer);
const struct sevtrace_hist *launch_phase_step(const struct model_launch *l,
					      enum sevtrace_phase phase, uint32_t step);

/* Tells whether the launch has steps in this phase. */
bool launch_has_phase(const struct model_launch *l, enum sevtrace_phase phase);

/* Returns the flushes of the whole launch, without its teardown. */
struct model_flushes launch_flushes(const struct model_launch *l);

/*
 * Return what a launch leaves unknown: FIGURE_..., those of private or shared pages alone, and
 * steps (bits by number). launch_lacks() returns those of the recording's lacks that leave any of
 * the given ones unknown.
 */
uint32_t launch_unknown_figures(const struct model *m, const struct model_launch *l);
uint32_t launch_unknown_steps(const struct model *m, const struct model_launch *l);
uint32_t launch_unknown_pages(const struct model *m, const struct model_launch *l,
			      bool private_pages);
uint32_t launch_lacks(const struct model *m, const struct model_launch *l, uint32_t figures,
		      uint32_t steps);

/*
 * Tells whether these flushes of a launch cannot be known. Those of one kind may be where others
 * are not: they are counted.
 */
bool launch_flushes_unknown(const struct model *m, const struct model_launch *l,
			    const struct model_flushes *flushes);

/* Returns how often the command was issued, by the larger of both counts. */
uint64_t psp_count(const struct model_psp *psp);

/* Returns how long it took until a failure was made good; 0: it was not. */
uint64_t failure_cost(const struct model_failure *f);

/* Returns the page at which a failure struck, counted from 1 in its range; 0: not known. */
uint64_t failure_page(const struct model_failure *f);

/*
 * Return the time from the VMM's exec to its first SEV ioctl, and that from the end
 * of the launch to the guest's first entry. Return whether the recording tells.
 */
bool launch_before(const struct model_launch *l, uint64_t *ns);
bool launch_until_run(const struct model_launch *l, uint64_t *ns);

/* Tells whether the recording followed the guest after its launch. */
bool launch_guest_known(const struct model_launch *l);

/* Returns what the guest did at l->guest.now. The name of GUEST_STATE_UNKNOWN is NULL. */
enum guest_state launch_guest_state(const struct model_launch *l);
const char *guest_state_name(enum guest_state state);

/*
 * Returns how fast the guest was given memory, from its first entry to the last page: bytes a
 * second; 0: it was given none, or that is not known.
 */
uint64_t launch_guest_rate(const struct model_launch *l);

#endif /* MODEL_MODEL_H */
