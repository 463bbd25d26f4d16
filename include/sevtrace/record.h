/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records that the BPF programs write to the ring buffer, that trace files hold, and that
 * the launch model reads.
 *
 * One definition for all three. Numbers are little endian, fields packed from 8 bytes down with
 * no holes. Types are append-only and a record may grow at its end: a reader takes what it knows
 * of `size` bytes and skips unknown types. No record ever holds page contents or command
 * payloads.
 *
 * Times are CLOCK_MONOTONIC nanoseconds. ts is the END of what the record describes, ts -
 * duration its start.
 */
#ifndef SEVTRACE_RECORD_H
#define SEVTRACE_RECORD_H

#define SEVTRACE_NO_FRAME (~0ULL) /* a GFN or PFN that does not apply or is not known */
#define SEVTRACE_NO_SLOT (-1) /* the range is in no memslot */
#define SEVTRACE_COMM_LEN 16
#define SEVTRACE_STACK_DEPTH 24

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
	X(10, STACK, stack)
/* clang-format on */

#define SEVTRACE_RECORD_ENUM(number, id, member) SEVTRACE_REC_##id = (number),
enum sevtrace_record_type {
	SEVTRACE_RECORDS(SEVTRACE_RECORD_ENUM) SEVTRACE_REC_END, /* behind the last type */
};
#undef SEVTRACE_RECORD_ENUM

/* A hole would be bytes of the kernel's memory, and differ between compilers. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/*
 * First in every record. launch: the collector's number of the launch, 0 when the event belongs
 * to none. tid: thread id of the task.
 */
struct sevtrace_rec {
	__u64 ts;
	__u32 launch;
	__u32 tid;
	__u16 type;
	__u16 size; /* of the whole record in bytes, a multiple of 8 */
	__u32 cpu;
};

/*
 * A VM's first SEV event. joined: the VM existed before the recording, so its start was not
 * seen.
 */
struct sevtrace_rec_launch_begin {
	struct sevtrace_rec h;
	char comm[SEVTRACE_COMM_LEN];
	__u32 pid; /* of the VMM's process */
	__u8 vm_type; /* enum sevtrace_vm_type */
	__u8 joined;
	__u8 pad[2];
};

/*
 * The encrypted VM was destroyed (duration: of the teardown), or its KVM_SEV_INIT failed
 * (duration 0).
 */
struct sevtrace_rec_launch_end {
	struct sevtrace_rec h;
	__u64 duration;
	__u32 asid;
	__u8 destroyed;
	__u8 exiting; /* the VMM's process was, when the VM was destroyed; 0 also where that is not known */
	__u8 exit_signal; /* that killed it; 0: none */
	__u8 exit_status; /* of exit(), if no signal did */
};

struct sevtrace_rec_ioctl_enter {
	struct sevtrace_rec h;
	__u64 addr; /* region registration: user address, else 0 */
	__u64 len; /* region registration: bytes, else 0 */
	__u32 ioctl; /* enum sevtrace_ioctl */
	__u32 pad;
};

/*
 * psp_asked, psp_answered: of the first PSP command in this ioctl that failed, else of the last;
 * cleanup after a failure issues commands too.
 */
struct sevtrace_rec_ioctl_exit {
	struct sevtrace_rec h;
	__u64 duration;
	__u32 ioctl; /* enum sevtrace_ioctl */
	__s32 ret; /* what user space gets, 0 or negative errno */
	__u32 fw_error; /* what user space gets as firmware error */
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
	__s32 ret; /* the inner result */
	__u8 page_type;
	__u8 private_pages;
	__u8 pad[2];
};

/* End of one step for a page or a physically contiguous run of pages. */
struct sevtrace_rec_step {
	struct sevtrace_rec h;
	__u64 duration;
	__u64 gfn;
	__u64 pfn;
	__u32 npages;
	__s32 ret; /* the inner result */
	__u8 step; /* enum sevtrace_step */
	__u8 page_type;
	__u8 skipped; /* clflush: the processor is coherent, nothing was flushed */
	__u8 private_pages;
	__u32 ioctl; /* enum sevtrace_ioctl, or SEVTRACE_NO_IOCTL */
};

/*
 * One firmware command, nested ones included. Parts of its time: wait for the mailbox, prepare
 * buffers, execution from doorbell to answer, take buffers back. asked: the doorbell was rung.
 * status is only valid when answered.
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
	__u32 err_lo; /* additional error words, valid when extra */
	__u32 err_hi;
	__u8 depth; /* 0, or 1 when issued inside another command */
	__u8 asked;
	__u8 answered;
	__u8 extra;
};

/*
 * KVM_SET_MEMORY_ATTRIBUTES, or KVM's own update of a range's attributes. GFNs [start, end).
 * duration includes wait.
 */
struct sevtrace_rec_attr {
	struct sevtrace_rec h;
	__u64 duration;
	__u64 wait; /* for slots_lock */
	__u64 start;
	__u64 end;
	__u64 attributes;
	__s32 ret;
	__u8 phase; /* enum sevtrace_phase */
	__u8 pad[3];
};

/*
 * Stacks at a failure: at most one for an ioctl, at its first failing step, or right before its
 * IOCTL_EXIT when no step failed. The ioctl may still succeed. Addresses, unused ones 0.
 */
struct sevtrace_rec_stack {
	struct sevtrace_rec h;
	__u64 kernel[SEVTRACE_STACK_DEPTH];
	__u64 user[SEVTRACE_STACK_DEPTH];
	__u32 pid;
	__u32 pad;
};

#pragma GCC diagnostic pop

/*
 * A record of any type this version knows. A reader hands out only the member of the record's type,
 * the part that a shorter (older) record lacks zeroed. Do not copy the union.
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
