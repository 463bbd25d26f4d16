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
	__u64 start; /* ns: what the first record of each thread counts from */
	__u32 nr_groups;
	__u32 order_width; /* bytes a group number takes: 0 (one group), 1 or 2 */
};

/*
 * Followed by the group's first record, then nr_columns times struct columns_column. A record's ts
 * is stored as what remains when the ts of the record before of the same thread is subtracted, and
 * `spans` u64 fields behind the record's header, which are times that passed in between.
 */
struct columns_group_head {
	__u32 nr; /* records, at least 1 */
	__u16 size; /* of each, a multiple of 8 */
	__u16 nr_columns;
	__u16 thread; /* below nr_groups */
	__u16 spans;
	__u32 pad;
};

#define COLUMNS_DELTA 1U /* values are differences to the record before */

/*
 * A field whose values are not all that of the first record. Its values in the records after the
 * first are `base` plus a number that is spread over planes: plane i, present when bit i of
 * `planes` is set, holds byte i of that number for each of these records. Modulo 2^64, cut to
 * `width` bytes.
 */
struct columns_column {
	__u16 offset; /* in the record */
	__u8 width; /* 1, 2, 4 or 8 bytes */
	__u8 flags; /* COLUMNS_DELTA */
	__u8 planes;
	__u8 pad[3];
	__u64 base;
};

#endif /* TRACEFILE_COLUMNS_FORMAT_H */
