/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of a trace file, for its writer and its reader. sevtrace.data(5) describes them.
 *
 * Little endian. A header, then blocks. New block types get new numbers at the end: a reader skips
 * an unknown block by its length.
 */
#ifndef TRACEFILE_FORMAT_H
#define TRACEFILE_FORMAT_H

#include <linux/types.h>

#define TRACEFILE_MAGIC "SEVTRACE" /* 8 bytes, no NUL */
#define TRACEFILE_MAGIC_LEN 8

/* A block longer than this, stored or decompressed, is damaged. Writers stay far below. */
#define TRACEFILE_MAX_BLOCK (4U << 20)
#define TRACEFILE_MAX_HEADER 4096

/*
 * A file that holds more items (records, histograms, names...) than so many, and so many for each
 * of its bytes, is damaged: what a reader does for a file has to have a bound in the file's size.
 * A page takes about 14 bytes, other records about 5.
 */
#define TRACEFILE_FREE_ITEMS 65536U
#define TRACEFILE_ITEMS_PER_BYTE 4U

/* The writer first writes flags and index as 0; its last write to the file sets them. */
#define TRACEFILE_COMPLETE 1U

struct tracefile_header {
	char magic[TRACEFILE_MAGIC_LEN];
	__u32 header_size; /* offset of the first block */
	__u16 major; /* a reader refuses a newer major version */
	__u16 minor;
	__u32 flags; /* TRACEFILE_COMPLETE */
	__u32 pad;
	__u64 index; /* offset of the last INDEX block; 0: none */
};

enum tracefile_block_type {
	TRACEFILE_BLOCK_HOST = 1, /* key NUL value NUL, ..., padded with NUL */
	TRACEFILE_BLOCK_RECORDS =
		2, /* struct sevtrace_rec_*, packed as tracefile/columns_format.h says */
	TRACEFILE_BLOCK_HIST = 3, /* struct tracefile_hist and its buckets */
	TRACEFILE_BLOCK_DROPS = 4, /* struct tracefile_cpu_drops */
	TRACEFILE_BLOCK_LOSSES = 5, /* struct tracefile_loss */
	TRACEFILE_BLOCK_SYMBOLS = 6, /* struct tracefile_symbol_item and its name */
	TRACEFILE_BLOCK_END = 7, /* struct tracefile_end, the last block */
	TRACEFILE_BLOCK_INDEX = 8, /* struct tracefile_index and its entries */
	TRACEFILE_BLOCK_LAUNCH_DROPS = 9, /* struct tracefile_launch_drops */
};

/* Bit in the flags of a block: its payload is a Zstandard frame (RFC 8878). */
#define TRACEFILE_ZSTD 1U

/*
 * Header of every block. flags: how the payload is encoded; a reader skips a block with a flag that
 * it does not know, like a block of unknown type. first_ts to last_launch are those of the records
 * in the block, else 0. crc: CRC-32C of this header with crc 0, followed by the payload as stored.
 */
struct tracefile_block {
	__u32 type;
	__u32 flags;
	__u32 length; /* bytes of the payload as stored */
	__u32 raw_length; /* bytes of the payload when decompressed */
	__u64 first_ts;
	__u64 last_ts;
	__u32 first_launch;
	__u32 last_launch;
	__u32 nr; /* number of items */
	__u32 crc;
};

/* Describes one block that is neither INDEX nor END. */
struct tracefile_index_entry {
	__u64 offset;
	__u64 first_ts;
	__u64 last_ts;
	__u32 first_launch;
	__u32 last_launch;
	__u32 type;
	__u32 nr;
};

/* Returns the index entry of a block whose header lies at offset. */
static inline struct tracefile_index_entry tracefile_index_entry_of(const struct tracefile_block *b,
								    __u64 offset)
{
	return (struct tracefile_index_entry){
		.offset = offset,
		.first_ts = b->first_ts,
		.last_ts = b->last_ts,
		.first_launch = b->first_launch,
		.last_launch = b->last_launch,
		.type = b->type,
		.nr = b->nr,
	};
}

/*
 * Start of the payload of an INDEX block. The entries of all blocks since the previous INDEX block
 * follow.
 */
struct tracefile_index {
	__u64 previous; /* offset of the previous INDEX block; 0: none */
};

struct tracefile_bucket {
	__u32 bucket; /* number by sevtrace_hist_bucket(), ascending */
	__u32 count; /* not 0 */
};

/* Followed by nr_buckets times struct tracefile_bucket. */
struct tracefile_hist {
	__u32 launch;
	__u32 id;
	__u16 kind;
	__u16 phase; /* enum sevtrace_phase */
	__u32 nr_buckets;
	__u64 count;
	__u64 sum;
	__u64 min; /* 0 when count is 0 */
	__u64 max;
	__u64 pages;
};

/* Followed by name_size bytes: the name, NUL, padded with NUL to a multiple of 8. */
struct tracefile_symbol_item {
	__u64 addr;
	__u32 pid;
	__u32 name_size;
};

/* Totals of everything before this block. */
struct tracefile_end {
	__u64 blocks;
	__u64 records;
	__u64 bytes;
	__u64 first_ts;
	__u64 last_ts;
};

#endif /* TRACEFILE_FORMAT_H */
