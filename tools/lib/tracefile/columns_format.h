/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of a block of records, see tracefile/columns.h: a head; for each group its head, its
 * first record and its columns; then the planes of every column in the same order; then the group
 * of each record.
 */
#ifndef TRACEFILE_COLUMNS_FORMAT_H
#define TRACEFILE_COLUMNS_FORMAT_H

#include <linux/types.h>

struct columns_head {
	__u64 start; /* ns: the first record of each thread counts from this time */
	__u32 nr_groups;
	__u32 order_width; /* bytes of a group number: 0 (one group), 1 or 2 */
};

/*
 * Followed by the group's first record, then nr_columns times struct columns_column. The stored ts
 * of a record is a remainder: its ts, minus the ts of the same thread's previous record, minus the
 * `spans` u64 fields behind the record's header. Those fields are times that passed in between.
 */
struct columns_group_head {
	__u32 nr; /* number of records, at least 1 */
	__u16 size; /* bytes of each record, a multiple of 8 */
	__u16 nr_columns;
	__u16 thread; /* first group of the same thread, below nr_groups */
	__u16 spans;
	__u32 pad;
};

#define COLUMNS_DELTA 1U /* values are differences from the previous record */
#define COLUMNS_TIMES 2U /* values are codes of times, see tracefile/short_time.h */

/*
 * A field whose value is not the same in all records of the group. In the records after the first,
 * its value is `base` plus a number that is spread over planes: plane i exists if bit i of `planes`
 * is set, and holds byte i of that number for each of these records. Sums are modulo 2^64, cut to
 * `width` bytes.
 */
struct columns_column {
	__u16 offset; /* offset in the record */
	__u8 width; /* 1, 2, 4 or 8 bytes */
	__u8 flags; /* COLUMNS_DELTA or COLUMNS_TIMES */
	__u8 planes;
	__u8 pad[3];
	__u64 base;
};

#endif /* TRACEFILE_COLUMNS_FORMAT_H */
