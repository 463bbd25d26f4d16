/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records that the BPF programs write to the ring buffer. Trace files hold them, and the launch
 * model reads them.
 *
 * Numbers are little endian; fields are packed from 8 bytes down without holes. New types get new
 * numbers at the end, and a record may grow at its end: a reader takes the part of `size` bytes
 * that it knows and skips unknown types. No record ever holds page contents or command payloads.
 *
 * Times are CLOCK_MONOTONIC nanoseconds. ts is the END of what the record describes, ts - duration
 * its start.
 */
#ifndef SEVTRACE_RECORD_H
#define SEVTRACE_RECORD_H

#define SEVTRACE_NO_FRAME (~0ULL) /* a GFN or PFN that does not apply or is not known */
#define SEVTRACE_NO_SLOT (-1) /* the range is in no memslot */
#define SEVTRACE_COMM_LEN 16
#define SEVTRACE_NAME_LEN 128
#define SEVTRACE_STACK_DEPTH 24
#define SEVTRACE_PAGE_STEPS 8

/* What else is to be said of a step. */
#define SEVTRACE_MARK_SKIPPED 1 /* clflush: nothing was flushed, as the processor is coherent */
#define SEVTRACE_MARK_INFERRED 2 /* no event told of it or of its errno: what came after it did */

/* clang-format off */
/* X(number, ID, member): every type of record; its struct is struct sevtrace_rec_<member>. */
#define SEVTRACE_RECORDS(X) \
	X(1, LAUNCH_BEGIN, launch_begin) \
	X(2, LAUNCH_END, launch_end) \
	X(3, IOCTL_ENTER, ioctl_enter) \
	X(4, IOCTL_EXIT, ioctl_exit) \
	X(5, RANGE_START, range_start) \
	X(6, RANGE_END, range_end) \
	X(7, STEP, step) \
	X(8, PSP, psp) \
	X(9, ATTR, attr) \
	X(10, STACK, stack) \
	X(11, PAGE, page) \
	X(12, MEANWHILE, meanwhile) \
	X(13, RUN, run) \
	X(14, GUEST, guest) \
	X(15, MILESTONE, milestone) \
	X(16, SAMPLE, sample) \
	X(17, NAME, name)

/* X(ID, key, text): what a VMM may be called by; their order is that of numbers in files. */
#define SEVTRACE_NAMES(X) \
	X(VMM, "name", "named") \
	X(DOMAIN, "domain", "libvirt domain") \
	X(POD, "pod", "pod") \
	X(CONTAINER, "container", "container") \
	X(UNIT, "unit", "unit")
/* clang-format on */

#define SEVTRACE_RECORD_ENUM(number, id, member) SEVTRACE_REC_##id = (number),
enum sevtrace_record_type {
	SEVTRACE_RECORDS(SEVTRACE_RECORD_ENUM) SEVTRACE_REC_END, /* the last type plus 1 */
};
#undef SEVTRACE_RECORD_ENUM

#define SEVTRACE_NAME_ENUM(id, key, text) SEVTRACE_NAME_##id,
enum sevtrace_name { SEVTRACE_NAMES(SEVTRACE_NAME_ENUM) SEVTRACE_NAME_COUNT };
#undef SEVTRACE_NAME_ENUM

/*
 * Forbids holes in structs: a hole would hold bytes of kernel memory, and compilers differ in them.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/*
 * Header of every record. launch: the collector's number of the launch, 0 if the event belongs to
 * none. tid: thread id of the task.
 */
struct sevtrace_rec {
	__u64 ts;
	__u32 launch;
	__u32 tid;
	__u16 type;
	__u16 size; /* bytes of the whole record, a multiple of 8 */
	__u32 cpu;
};

/*
 * A VM's first SEV event. joined: the VM existed before the recording, so the recording does not
 * have its start.
 */
struct sevtrace_rec_launch_begin {
	struct sevtrace_rec h;
	char comm[SEVTRACE_COMM_LEN];
	__u32 pid; /* process id of the VMM */
	__u8 vm_type; /* enum sevtrace_vm_type */
	__u8 joined;
	__u8 pad[2];
	__u64 started; /* when the VMM began its program, on the clock of ts; 0: not known */
};

/*
 * The encrypted VM was destroyed (duration: time of the teardown), or its KVM_SEV_INIT failed
 * (duration: 0).
 */
struct sevtrace_rec_launch_end {
	struct sevtrace_rec h;
	__u64 duration;
	__u32 asid;
	__u8 destroyed;
	/* 1: the VMM's process was exiting when the VM was destroyed; 0: no, or not known */
	__u8 exiting;
	__u8 exit_signal; /* signal that killed the VMM; 0: none */
	__u8 exit_status; /* status that the VMM gave to exit(), if no signal killed it */
};

struct sevtrace_rec_ioctl_enter {
	struct sevtrace_rec h;
	__u64 addr; /* region registration: user address, else 0 */
	__u64 len; /* region registration: bytes, else 0 */
	__u32 ioctl; /* enum sevtrace_ioctl */
	__u32 pad;
};

/*
 * psp_asked and psp_answered are those of the first PSP command that failed in this ioctl. If none
 * failed, they are those of the last command. KVM issues commands for cleanup after a failure too.
 */
struct sevtrace_rec_ioctl_exit {
	struct sevtrace_rec h;
	__u64 duration;
	__u32 ioctl; /* enum sevtrace_ioctl */
	__s32 ret; /* result for user space: 0 or negative errno */
	__u32 fw_error; /* firmware error for user space */
	__u32 asid;
	__u8 vm_type;
	__u8 psp_asked;
	__u8 psp_answered;
	__u8 pad[5];
};

/* A range of pages is about to be populated. */
struct sevtrace_rec_range_start {
	struct sevtrace_rec h;
	__u64 gfn;
	__u64 uaddr;
	__u64 npages;
	__s32 slot; /* memslot id */
	__u8 page_type; /* enum sevtrace_page_type */
	__u8 private_pages; /* 1: into guest_memfd; 0: encrypted in place in the shared mapping */
	__u8 pad[2];
};

struct sevtrace_rec_range_end {
	struct sevtrace_rec h;
	__u64 duration;
	__u64 gfn;
	__u64 uaddr;
	__u64 npages;
	__u64 done; /* pages completely populated */
	__s32 ret; /* result of the range itself, not of the ioctl */
	__u8 page_type;
	__u8 private_pages;
	__u8 pad[2];
};

/*
 * End of one step for a page or a physically contiguous run of pages, outside of any range. Older
 * recordings have one for each step of a page, too.
 */
struct sevtrace_rec_step {
	struct sevtrace_rec h;
	__u64 duration;
	__u64 gfn;
	__u64 pfn;
	__u32 npages;
	__s32 ret; /* result of the step itself, not of the ioctl */
	__u8 step; /* enum sevtrace_step */
	__u8 page_type;
	__u8 marks; /* SEVTRACE_MARK_..., bits */
	__u8 private_pages;
	__u32 ioctl; /* enum sevtrace_ioctl, or SEVTRACE_NO_IOCTL */
};

/*
 * One firmware command that is in no PAGE record; a nested command is in none. wait: time until the
 * mailbox was free; prep: to prepare buffers; exec: from doorbell to answer; reclaim: to take
 * buffers back. asked: the doorbell was rung. status is valid only if answered is set.
 */
struct sevtrace_rec_psp {
	struct sevtrace_rec h;
	__u64 wait;
	__u64 prep;
	__u64 exec;
	__u64 reclaim;
	__u32 cmd;
	__u32 status;
	__s32 ret;
	__u32 err_lo; /* additional error words, valid if extra is set */
	__u32 err_hi;
	__u8 depth; /* 0, or 1 when issued inside another command */
	__u8 asked;
	__u8 answered;
	__u8 extra;
};

/*
 * An update of memory attributes: KVM_SET_MEMORY_ATTRIBUTES, or KVM's own update for a range. start
 * and end are GFNs; end is excluded. duration includes wait.
 */
struct sevtrace_rec_attr {
	struct sevtrace_rec h;
	__u64 duration;
	__u64 wait; /* time the update waited for slots_lock */
	__u64 start;
	__u64 end;
	__u64 attributes;
	__s32 ret;
	__u8 phase; /* enum sevtrace_phase */
	__u8 pad[3];
};

/*
 * Kernel and user stack at a failure. An ioctl has at most one such record: at its first failing
 * step, or right before its IOCTL_EXIT if no step failed. The ioctl may still succeed. Entries are
 * addresses; unused entries are 0.
 */
struct sevtrace_rec_stack {
	struct sevtrace_rec h;
	__u64 kernel[SEVTRACE_STACK_DEPTH];
	__u64 user[SEVTRACE_STACK_DEPTH];
	__u32 pid;
	__u32 copied; /* see struct sevtrace_failure; of no use in a file */
};

/*
 * What a thread of a VMM was running, once every `period` ns of a processor, from the launch's
 * first ioctl to its end. Frames of functions whose names are known are the functions' starts.
 */
struct sevtrace_rec_sample {
	struct sevtrace_rec h;
	__u64 user[SEVTRACE_STACK_DEPTH]; /* unused entries are 0 */
	__u64 period;
	__u32 pid;
	__u32 copied; /* 1: a copy of the stack was sent; this and sp are of no use in a file */
	__u64 sp;
	__u8 in_kernel; /* the kernel ran for the thread */
	__u8 in_ioctl; /* the thread was in a SEV ioctl */
	__u8 pad[6];
};

/*
 * Successive steps of one page, or of a physically contiguous run of pages, inside a range; and the
 * firmware command that was issued during one of them. A page that fails has a record up to the
 * step that failed, and another one for the cleanup. ts: the end of the last step.
 */
struct sevtrace_rec_page {
	struct sevtrace_rec h;
	/* durations; that of the command's step is without the four times below */
	__u64 ns[SEVTRACE_PAGE_STEPS];
	__u64 wait; /* these are of the command, as in struct sevtrace_rec_psp; 0 without one */
	__u64 prep;
	__u64 exec;
	__u64 reclaim;
	__u64 gfn;
	__u64 pfn;
	__u32 npages;
	__s32 ret; /* result of the last step; the steps before it succeeded */
	__u32 ioctl; /* enum sevtrace_ioctl */
	__u32 cmd; /* from here on as in struct sevtrace_rec_psp */
	__u32 status;
	__s32 psp_ret;
	__u32 err_lo;
	__u32 err_hi;
	__u8 steps[SEVTRACE_PAGE_STEPS]; /* enum sevtrace_step, in order */
	__u8 nr_steps;
	/* the step, counted from 1, that the command is part of, at most nr_steps + 1; 0: none */
	__u8 psp_step;
	__u8 page_type;
	__u8 private_pages;
	__u8 marks; /* skipped: of the step clflush, if there is one; inferred: of the last step */
	__u8 asked;
	__u8 answered;
	__u8 extra;
};

/*
 * What a thread did between two SEV ioctls of one launch, right before the second one's
 * IOCTL_ENTER or ATTR. The rest of the duration it slept. ts: the end.
 */
struct sevtrace_rec_meanwhile {
	struct sevtrace_rec h;
	__u64 duration;
	__u64 ran; /* ns on a processor, in user space or in the kernel */
	__u64 ready; /* ns until it got one; 0 if the kernel does not count it */
	__u64 minor_faults;
	__u64 major_faults; /* faults that waited for a file or for swap */
};

/* The guest runs for the first time after its launch. */
struct sevtrace_rec_run {
	struct sevtrace_rec h;
	__u32 vcpu; /* the number that the VMM gave it */
	__u32 pad;
};

/*
 * What has become of a guest since its launch: totals at this moment, of which the one before is an
 * earlier state. Pages are of 4 KiB.
 */
struct sevtrace_rec_guest {
	struct sevtrace_rec h;
	__u64 exits; /* returns of KVM_RUN to the VMM */
	__u64 given; /* pages that KVM gave to the guest in the RMP */
	__u64 to_private; /* pages in updates of attributes that make memory private */
	__u64 to_shared; /* the same, shared */
	__u64 rmp_faults;
	__u64 memory; /* pages in the VM's memory slots; 0: not known */
};

/* The guest wrote to an I/O port that the recording watches. */
struct sevtrace_rec_milestone {
	struct sevtrace_rec h;
	__u32 value;
	__u16 port;
	__u8 pad[2];
};

/*
 * What a launch's VMM is called, read by the recorder right after LAUNCH_BEGIN, one record for each
 * name. The kernel does not count these among its records. ts: that of LAUNCH_BEGIN.
 */
struct sevtrace_rec_name {
	struct sevtrace_rec h;
	char text[SEVTRACE_NAME_LEN]; /* ends with NUL; a longer name is cut and ends with "..." */
	__u8 kind; /* enum sevtrace_name */
	__u8 pad[7];
};

#pragma GCC diagnostic pop

/*
 * A record of any type that this version knows. A reader hands out only the member of the record's
 * type, and zeroes the part that a shorter (older) record lacks. Do not copy the union.
 */
#define SEVTRACE_RECORD_MEMBER(number, id, member) struct sevtrace_rec_##member member;
union sevtrace_record {
	struct sevtrace_rec h;
	SEVTRACE_RECORDS(SEVTRACE_RECORD_MEMBER)
};
#undef SEVTRACE_RECORD_MEMBER

#define SEVTRACE_RECORD_ASSERT(number, id, member)                                         \
	_Static_assert(sizeof(struct sevtrace_rec_##member) % 8 == 0 && (number) < 0x8000, \
		       "a record is a multiple of 8 bytes long");
SEVTRACE_RECORDS(SEVTRACE_RECORD_ASSERT)
#undef SEVTRACE_RECORD_ASSERT

#endif /* SEVTRACE_RECORD_H */
