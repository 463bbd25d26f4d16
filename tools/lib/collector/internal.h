/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations shared by the collector's files. */
#ifndef COLLECTOR_INTERNAL_H
#define COLLECTOR_INTERNAL_H

#include "collector/collector.h"
#include "collector/samples.h"
#include "host/events.h"
#include "sevtrace.skel.h"

/* Maps by which to wait for programs that run, see hold.c; 0: not made. */
struct collector_wait {
	int inner;
	int outer;
};

struct collector {
	struct collector_sink sink;
	struct collector_options options;
	struct sevtrace_bpf *skel;
	struct targets *targets;
	struct ring_buffer *ring;
	struct ring_buffer *copies; /* of user stacks; NULL: nobody wants them */
	struct sevtrace_counters *counters; /* by CPU */
	size_t nr_cpus;
	struct samples *samples;
	uint64_t consumed; /* records handed out */
	uint64_t dropped; /* dropped records at the last search for histograms of dead launches */
	int err; /* error of the sink during a drain */
	struct collector_wait wait;
	size_t budget; /* records that this drain may still hand out */
	/* State of modules that are loaded after the start. */
	/* programs of KVM's events, sharing the maps of skel; NULL: none */
	struct sevtrace_bpf *late;
	struct sevtrace_bpf *late_ccp; /* the same of ccp's functions */
	struct bpf_link *links[KERNEL_EVENT_COUNT]; /* links of skel's programs for ccp's events */
	size_t nr_links;
	struct event_choice choice;
	struct hooks *hooks; /* the functions that are hooked */
	bool preempts; /* the kernel does: functions need their spare programs */
	bool lost[KERNEL_EVENT_COUNT]; /* events that are chosen but cannot be recorded */
	char lacks[LACKS_LEN]; /* see collector_lacks() */
	struct bpf_link **sampling; /* the program of samples, on each CPU; NULL: none */
	size_t nr_sampling;
	bool counts_cost; /* the kernel counts what programs take until cost_fd is closed */
	int cost_fd;
	bool waiting; /* kvm_amd is not loaded yet */
	bool ccp_waits; /* ccp is not loaded yet */
	bool ccp_hooked; /* skel has the programs of ccp's functions */
};

/* Reads the counters of every CPU into c->counters, and their sum into *sum. */
int collector_update_counters(struct collector *c, struct sevtrace_counters *sum);

/* Maps the ring buffer of the loaded programs. */
int collector_map_ring(struct collector *c);

/*
 * Hand out histograms and free them: the first those of launches that are over but whose end was
 * lost, the second all.
 */
int collector_take_dead(struct collector *c);
int collector_take_all(struct collector *c);

/*
 * Keeps the programs from adding to the histograms of a launch, or of all (SEVTRACE_HOLD_ALL),
 * until collector_let_go(). On its return, no program has one in its hands. What comes meanwhile is
 * counted as a loss.
 */
int collector_hold(struct collector *c, uint32_t launch);
void collector_let_go(struct collector *c);
int collector_wait_init(struct collector_wait *wait);
void collector_wait_free(struct collector_wait *wait);

/*
 * The BPF programs of an event; NULL: it has no such program. They are attached in this order, and
 * the kernel calls the program of a function first that was attached last.
 */
enum program_kind {
	PROGRAM_EVENT, /* of a tracepoint */
	/*
	 * Of a function, by fentry and fexit, on a preemptible kernel: to wake the collector, and
	 * for the calls that the kernel left PROGRAM_ENTER and PROGRAM_EXIT out of.
	 */
	PROGRAM_WAKE_ENTER,
	PROGRAM_WAKE_EXIT,
	PROGRAM_SPARE_ENTER,
	PROGRAM_SPARE_EXIT,
	PROGRAM_EXTRA_ENTER,
	PROGRAM_EXTRA_EXIT,
	PROGRAM_ENTER, /* of a function, by fentry */
	PROGRAM_EXIT, /* by fexit */
	PROGRAM_PROBE, /* by kprobe, where the function cannot be hooked by fentry */
	PROGRAM_RETURN, /* by kretprobe */
	PROGRAM_KINDS,
};

/* Begin the names of these kinds, before the name of the program that they stand in for. */
#define WAKE_PREFIX "wake_"
#define SPARE_PREFIX "spare_"
#define EXTRA_PREFIX "extra_"

struct programs {
	struct bpf_program *of[PROGRAM_KINDS];
};
struct programs programs_of(const struct sevtrace_bpf *skel, const struct kernel_event *event);
void programs_autoload(const struct programs *programs, bool load);

/* Has the kernel count what programs take. Warns if it does not. */
void collector_count_cost(struct collector *c);

/*
 * Tells whether what keeps an event from being recorded is its module's, and has been told of an
 * event of it before.
 */
bool collector_has_told(const struct collector *c,
			const enum kernel_event_status statuses[KERNEL_EVENT_COUNT], size_t event);

/*
 * Tells whether the event's program can wait until its module is loaded. If so, does not load it
 * now (KVM's) or does not attach it now (ccp's).
 */
bool collector_defer(struct collector *c, const struct kernel_event *event,
		     enum kernel_event_status status, const struct programs *programs);

/*
 * Chooses what is loaded of a function: its programs by fentry and fexit if it is there, else those
 * by kprobe if it has some. The collector attaches them.
 */
void hooks_choose(const struct collector *c, const struct sevtrace_bpf *skel,
		  const struct kernel_event *event, enum kernel_event_status status);

/*
 * Attaches the loaded programs of functions, and looks up whether the kernel calls them. Marks
 * events that cannot be recorded in c->lost. Returns -ENOTSUP if a needed one is among them, with
 * the reason in `why`.
 */
int hooks_attach(struct collector *c, const struct sevtrace_bpf *skel, char *why, size_t why_size);
void hooks_detach(struct collector *c);

/*
 * Has the programs loaded and attached that time the write-back of caches, where the kernel has
 * such functions; called before loading. Warns if it has none.
 */
int collector_choose_caches(const struct collector *c);

/*
 * Has an object load and attach the programs of running guests that are wanted, can be attached,
 * and are not loaded yet; called before loading. Warns of those that the kernel has no place for.
 */
int collector_choose_guests(const struct collector *c, const struct sevtrace_bpf *skel);

/*
 * Hands out a NAME record for each name of a launch's VMM. Returns 0 or what the sink returned.
 */
int collector_tell_names(struct collector *c, const struct sevtrace_rec_launch_begin *begin);

/*
 * Sample what VMMs run, if that is wanted: the first is called before loading, the second
 * afterwards. Return 0 or a negative errno.
 */
int collector_choose_samples(struct collector *c);
int collector_start_sampling(struct collector *c);
void collector_stop_sampling(struct collector *c);

/*
 * Where the events are that programs attach to. libbpf asks for it as it loads any object that was
 * opened since targets_new(), until targets_free(); NULL: out of memory.
 */
struct targets *targets_new(void);
void targets_free(struct targets *t);

/* Finds them, as kernel_events_check(). Modules that come later need another call. */
int targets_find(struct targets *t, enum kernel_event_status statuses[KERNEL_EVENT_COUNT]);

/* Tells whether the last call found it. */
bool targets_has(const struct targets *t, enum kernel_event_id event);

/* Writes c->lacks. */
void collector_sum_up(struct collector *c);

/* Prepares skel for ccp's arrival; called before skel is loaded. */
int collector_modules_prepare(struct collector *c);

/* Tells the programs which sides are recorded by functions; called before loading. */
void collector_tell_sources(const struct collector *c, struct sevtrace_bpf *skel);

/* Attaches to ccp's events, as far as possible, after a SEVTRACE_MODULE_LOADING message. */
void collector_module_loading(struct collector *c);

/*
 * Loads and attaches KVM's programs once kvm_amd is loaded. Returns 0, or a negative errno of which
 * it has warned.
 */
int collector_modules_poll(struct collector *c);

/* Detaches all programs. */
void collector_detach(struct collector *c);

#endif /* COLLECTOR_INTERNAL_H */
