/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log-linear histogram of times in nanoseconds, shared by the BPF programs that fill it and the
 * readers.
 *
 * Times count in units of 2^SEVTRACE_HIST_UNIT_BITS ns (8 ns; a clock read costs more). Each of the
 * first 2^SEVTRACE_HIST_SUB_BITS units has a bucket of its own. From there on (128 ns), every power
 * of two is split into 2^SEVTRACE_HIST_SUB_BITS equal buckets, so a value read back from its bucket
 * is off by at most 1/16 (6.25 %). Values from 2^SEVTRACE_HIST_MAX_BITS ns (69 s) on land in the
 * last bucket, which has no such bound: the longest of them is known exactly, and of the others the
 * mean. count, sum, min and max are exact.
 *
 * A histogram and its map entry together take just below 2 KiB, a size class of the kernel
 * allocator; 17 bytes more would cost 4 KiB.
 */
#ifndef SEVTRACE_HIST_H
#define SEVTRACE_HIST_H

#define SEVTRACE_HIST_UNIT_BITS 3
#define SEVTRACE_HIST_SUB_BITS 4
#define SEVTRACE_HIST_SUB (1 << SEVTRACE_HIST_SUB_BITS)
#define SEVTRACE_HIST_MAX_BITS 36
#define SEVTRACE_HIST_BUCKETS                                                              \
	((SEVTRACE_HIST_MAX_BITS - SEVTRACE_HIST_UNIT_BITS - SEVTRACE_HIST_SUB_BITS + 1) * \
	 SEVTRACE_HIST_SUB)

/*
 * BPF programs write it, the collector reads it. pages: the sum of the pages that the samples
 * covered. min is stored inverted (~min): an all-zero histogram is then an empty one, and the same
 * atomic maximum updates both min and max.
 */
struct sevtrace_hist {
	__u64 count;
	__u64 sum;
	__u64 inv_min;
	__u64 max;
	__u64 pages;
	__u32 buckets[SEVTRACE_HIST_BUCKETS];
};

/*
 * The kind of time in a histogram. The id of its key is the PSP command for PSP_*, enum
 * sevtrace_step for STEP, enum sevtrace_ioctl for IOCTL, the number of the system call for CALL,
 * the request of ioctl(2) for IOCTL_CALL, and 0 for ATTR_WAIT and FAULT.
 */
enum sevtrace_hist_kind {
	SEVTRACE_HIST_STEP = 0,
	SEVTRACE_HIST_PSP_WAIT = 1, /* wait for the mailbox mutex */
	SEVTRACE_HIST_PSP_EXEC = 2, /* from doorbell to answer */
	SEVTRACE_HIST_IOCTL = 3,
	SEVTRACE_HIST_ATTR_WAIT = 4, /* wait for slots_lock in an attribute update */
	/* The VMM's, between two SEV ioctls of the launch. */
	SEVTRACE_HIST_CALL = 5,
	SEVTRACE_HIST_IOCTL_CALL = 6,
	SEVTRACE_HIST_FAULT = 7, /* page faults outside of system calls */
};

/*
 * launch: number of the launch, 0 for events outside any launch. phase: the phase of the step for
 * kind STEP, else 0.
 */
struct sevtrace_hist_key {
	__u32 launch;
	__u32 id;
	__u16 kind;
	__u16 phase; /* enum sevtrace_phase */
};

/*
 * Returns the position of the highest set bit of a value other than 0. The code has no branch: BPF
 * has no instruction for this, and the verifier follows every branch. All bits below the highest
 * one are set to 1. Each of the 64 possible results, multiplied by a De Bruijn sequence, has
 * different upper bits.
 */
static inline __u32 sevtrace_log2_plain(__u64 value)
{
	static const __u8 positions[64] = {
		0,  47, 1,  56, 48, 27, 2,  60, 57, 49, 41, 37, 28, 16, 3,  61,
		54, 58, 35, 52, 50, 42, 21, 44, 38, 32, 29, 23, 17, 11, 4,  62,
		46, 55, 26, 59, 40, 36, 15, 53, 34, 51, 20, 43, 31, 22, 10, 45,
		25, 39, 14, 33, 19, 30, 9,  24, 13, 18, 8,  12, 7,  6,	5,  63,
	};

	value |= value >> 1;
	value |= value >> 2;
	value |= value >> 4;
	value |= value >> 8;
	value |= value >> 16;
	value |= value >> 32;
	return positions[(value * 0x03f79d71b4cb0a89ULL) >> 58];
}

static inline __u32 sevtrace_log2(__u64 value)
{
#ifdef __bpf__
	return sevtrace_log2_plain(value);
#else
	return 63 - (__u32)__builtin_clzll(value);
#endif
}

/* Returns the bucket of a time in nanoseconds, always below SEVTRACE_HIST_BUCKETS. */
static inline __u32 sevtrace_hist_bucket(__u64 ns)
{
	__u64 units = ns >> SEVTRACE_HIST_UNIT_BITS;
	__u32 exp;

	if (units < SEVTRACE_HIST_SUB)
		return (__u32)units;
	exp = sevtrace_log2(units);
	if (exp >= SEVTRACE_HIST_MAX_BITS - SEVTRACE_HIST_UNIT_BITS)
		return SEVTRACE_HIST_BUCKETS - 1;
	return ((exp - SEVTRACE_HIST_SUB_BITS + 1) << SEVTRACE_HIST_SUB_BITS) +
	       (__u32)((units >> (exp - SEVTRACE_HIST_SUB_BITS)) & (SEVTRACE_HIST_SUB - 1));
}

/* Returns the lowest time of a bucket in nanoseconds; the bucket ends where the next one begins. */
static inline __u64 sevtrace_hist_lower(__u32 bucket)
{
	__u32 row = bucket >> SEVTRACE_HIST_SUB_BITS;
	__u64 units = bucket;

	if (row)
		units = (__u64)(SEVTRACE_HIST_SUB + (bucket & (SEVTRACE_HIST_SUB - 1)))
			<< (row - 1);
	return units << SEVTRACE_HIST_UNIT_BITS;
}

#endif /* SEVTRACE_HIST_H */
