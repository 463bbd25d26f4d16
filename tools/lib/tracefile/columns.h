/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payload of a block of records. Records of a kind stand side by side, field by field: a field
 * that hardly changes from record to record takes hardly any room. sevtrace.data(5), "Records",
 * describes the format.
 */
#ifndef TRACEFILE_COLUMNS_H
#define TRACEFILE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracefile/tracefile.h"

/* The records of a block take at most this many bytes when unpacked. */
#define COLUMNS_MAX_ROWS (1U << 20)

/* Return value for a payload that is not valid; errors are negative. */
#define COLUMNS_DAMAGED 1

/* A buffer that grows. Zero-initialised: empty. The owner frees data. */
struct columns_buffer {
	char *data;
	size_t used;
	size_t room;
};

/* Makes room for `size` more bytes. Returns 0 or -ENOMEM. */
int columns_reserve(struct columns_buffer *b, size_t size);

#define COLUMNS_MAX_CUTS 256

/* Packs records. Zero-initialised: ready. */
struct columns_packer {
	struct columns_group *groups;
	uint16_t *table; /* hash table, open addressing: group number + 1 */
	uint16_t *order; /* the group of each record */
	uint32_t *rows; /* offsets of the records, by group */
	uint64_t *values;
	uint64_t *differ; /* as long as the longest record */
	size_t room; /* records for which the arrays have room */
	bool rounds; /* the times at which pages ended may be cut a little */
	/*
	 * Offsets in what columns_pack() appended last, ascending: the bytes before and behind
	 * each are of different kinds, and long enough to be compressed apart.
	 */
	uint32_t cuts[COLUMNS_MAX_CUTS];
	uint32_t nr_cuts;
};

/*
 * Packs nr whole records and appends them to `to`. The caller has checked their sizes. Overwrites
 * the times of the records. Returns 0 or a negative errno.
 */
int columns_pack(struct columns_packer *p, char *recs, uint32_t nr, struct columns_buffer *to);
void columns_packer_free(struct columns_packer *p);

/* Records that are unpacked some at a time. Zero-initialised: ready. */
struct columns {
	struct columns_buffer rows;
	struct columns_cursor *cursors; /* by group */
	struct columns_stream *streams; /* of all groups' columns */
	size_t streams_room;
	uint64_t *threads; /* ts of each thread's last record */
	size_t room; /* groups for which there is room */
	const char *order; /* points into the payload */
	uint32_t order_width;
	uint32_t nr;
	uint32_t at;
	bool known; /* this version knows the type of the record that columns_next() gave last */
};

/*
 * Checks a payload that should hold nr records, for columns_next(); the payload has to stay. Does
 * not trust the payload. Returns 0, -ENOMEM or COLUMNS_DAMAGED.
 */
int columns_unpack(struct columns *c, const char *payload, size_t size, uint32_t nr);

/*
 * Returns the next record, or NULL after the last. It is valid until the next columns_next(), and
 * at least as long as this version's record of its type: fields that it lacks are 0.
 */
const struct sevtrace_rec *columns_next(struct columns *c);
void columns_free(struct columns *c);

/* Returns the size of this version's record of a type, 0 if the type is not known. */
size_t columns_known_size(uint16_t type);

#endif /* TRACEFILE_COLUMNS_H */
