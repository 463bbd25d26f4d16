/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps of the BPF programs that the collector in user space reads, besides the ring buffer of
 * records and the histograms.
 */
#ifndef SEVTRACE_COLLECTOR_H
#define SEVTRACE_COLLECTOR_H

#include <sevtrace/record.h>

#define SEVTRACE_MAX_HISTS 24576
#define SEVTRACE_MAX_LAUNCHES 8192
#define SEVTRACE_MAX_TRACKED 65536
#define SEVTRACE_MAX_EXECS 4096 /* the latest of the host */
#define SEVTRACE_HOLD_ALL (~0U) /* instead of a launch: of all */

/* Selects what is recorded. All zero: everything. */
#define SEVTRACE_FILTER_IOCTLS 32
struct sevtrace_filter {
	__u64 min_ns; /* omit records of successful steps and commands that took less */
	__u32 vm_types; /* bit N: record launches of enum sevtrace_vm_type N; 0: of all types */
	__u32 nr_ioctls; /* record pages and commands of these ioctls; 0: of all */
	__u32 ioctls[SEVTRACE_FILTER_IOCTLS];
	char comm[16]; /* record launches of processes of this name; empty: of all */
	/* record only launches of processes in the control group of map filter_cgroup */
	__u8 cgroup;
	__u8 failures; /* omit records of steps and commands that succeeded */
	__u8 pad[6];
};

/* X(id, name in reports): kinds of losses other than dropped records. */
#define SEVTRACE_LOSSES(X)                                    \
	X(HIST_FULL, "samples, histogram map full")           \
	X(HIST_RACE, "minima or maxima, contended")           \
	X(LAUNCH_FULL, "launches, launch map full")           \
	X(THREAD, "events, no memory for a thread")           \
	X(TRACKED_FULL, "processes, process map full")        \
	X(UNKNOWN_STEP, "steps of a kind unknown to us")      \
	X(STACK, "stacks of failures")                        \
	X(USER_STACK, "copies of stacks not unwound")         \
	X(USER_STACK_RATE, "copies of stacks, over the rate") \
	X(PARAMETERS, "ioctls, parameters paged out")         \
	X(MISSED, "calls that the kernel left out")           \
	X(HIST_TAKEN, "samples, histogram being taken")

#define SEVTRACE_LOSS_ENUM(id, name) SEVTRACE_LOSS_##id,
enum sevtrace_loss { SEVTRACE_LOSSES(SEVTRACE_LOSS_ENUM) SEVTRACE_LOSS_COUNT };
#undef SEVTRACE_LOSS_ENUM

/* Value of the per-CPU counters. Records: emitted = recorded + dropped. */
struct sevtrace_counters {
	__u64 emitted;
	__u64 recorded;
	__u64 dropped;
	__u64 losses[SEVTRACE_LOSS_COUNT];
	/*
	 * flushes in launches that KVM skipped on a coherent processor; histograms count them too
	 */
	__u64 skipped_flushes;
	__u64 skipped_pages;
	__u64 spared; /* calls that a spare program saw, as the kernel left the first one out */
};

/* What the PSP does for traced threads: now, and in total since the programs were attached. */
struct sevtrace_psp_now {
	__u64 busy_ns; /* execution time of the commands that have ended */
	__u64 commands; /* number of commands that have ended */
	/* start of the current command's execution, CLOCK_MONOTONIC ns; 0: none runs */
	__u64 since;
	__u32 cmd; /* the current command */
	__u32 launch; /* launch of the current command */
	__u32 waiting; /* threads that wait for the mailbox */
	__u32 pad;
};

/*
 * A thread's registers and the innermost part of its user stack at a failure, or when it was
 * sampled. The collector unwinds them. A copy has launch, thread and time of the STACK or SAMPLE
 * record that is sent right after it. Copies have a ring buffer of their own, so that these large
 * items never take the room of records. They do not count as records and are never written to a
 * file.
 *
 * A copy is sent once for each distinct failure: process, ioctl, errno and step.
 */
#define SEVTRACE_USER_STACK 0x8000 /* a type outside enum sevtrace_record_type */
#define SEVTRACE_STACK_COPIES (1U << 20) /* size of their buffer in bytes */
#define SEVTRACE_COPIES_PER_SECOND 16 /* on the whole host */
#define SEVTRACE_MAX_FAILURES 1024 /* distinct failures that are remembered; the oldest give way */
#define SEVTRACE_USER_STACK_BYTES 32768
#define SEVTRACE_USER_STACK_CHUNK 1024 /* bytes copied at once; `bytes` is a multiple of it */
#define SEVTRACE_USER_REGS \
	17 /* DWARF's numbers 0 to 16: System V ABI, AMD64 supplement, figure 3.36 */

struct sevtrace_user_stack {
	struct sevtrace_rec h;
	__u64 regs[SEVTRACE_USER_REGS];
	__u32 pid; /* process id */
	__u32 bytes; /* number of bytes copied, from the stack pointer upwards */
	__u64 sample; /* 1: the thread was sampled */
	__u8 stack[SEVTRACE_USER_STACK_BYTES];
};

/*
 * Type of a message that has a header only: ccp or kvm_amd is about to be initialised, and its
 * loader waits until `answered` equals `asked`. It does not count as a record either.
 */
#define SEVTRACE_MODULE_LOADING 0x8001

struct sevtrace_module_hold {
	__u32 asked;
	__u32 answered; /* written by the collector */
	__u32 missed; /* times that a module went on without an answer from the collector */
};

#define SEVTRACE_ADDRESS_NAME 256 /* bytes of a kernel address's name, its 0 included */

/* What the collector asks the program name_address; it writes addr. */
struct sevtrace_address {
	__u64 addr;
	char name[SEVTRACE_ADDRESS_NAME]; /* the answer: "FUNCTION+OFFSET/SIZE [MODULE]" */
};

/*
 * Key of the map of distinct failures. The value is the low half of the time of the first one,
 * whose user stack is copied; the records of the stacks of all of them carry it.
 */
struct sevtrace_failure {
	__u64 started; /* start time of the process: its id may be used again */
	__u64 sp; /* the user's: the same function, called from elsewhere, has another stack */
	__u32 pid;
	__u32 ioctl;
	__s32 ret;
	__u32 step; /* enum sevtrace_step */
};

/* Which writes of guests are milestones. */
#define SEVTRACE_MILESTONE_PORTS 8
struct sevtrace_milestone_ports {
	__u32 nr;
	__u16 ports[SEVTRACE_MILESTONE_PORTS];
};

/* What a guest has done since its launch, see struct sevtrace_rec_guest. */
struct sevtrace_guest {
	__u64 exits;
	__u64 given;
	__u64 to_private;
	__u64 to_shared;
	__u64 rmp_faults;
	__u64 told; /* the sum of these when the last record told of them */
	__u64 memory; /* pages in the VM's memory slots when it first ran; 0: not known */
};

/* Value of the launch map, keyed by the kernel's address of the VM. */
struct sevtrace_launch {
	__u64 destroy_start; /* ns */
	__u32 number; /* from 1 */
	__u32 pid; /* process id of the VMM */
	__u32 asid;
	__u32 outer; /* launch that the thread was working on when the teardown began */
	__u32 inside; /* threads in an ioctl, an update of attributes or the teardown of the VM */
	__u8 active; /* KVM had initialised SEV for the VM by its last ioctl */
	__u8 failed; /* an ioctl failed, and KVM had not initialised SEV then */
	__u8 finished; /* the guest may run */
	__u8 pad;
	__u32 ran; /* since then, or before the recording; a number that programs can exchange */
	__u32 pad2;
	struct sevtrace_guest guest;
};

#endif /* SEVTRACE_COLLECTOR_H */
