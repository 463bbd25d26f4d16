/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payload of a block of records: records of a kind side by side, field by field, so that what
 * hardly changes from one to the next takes hardly any room. Described in sevtrace.data(5),
 * "Records".
 */
#ifndef TRACEFILE_COLUMNS_H
#define TRACEFILE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracefile/tracefile.h"

/* Records of a block take this many bytes at most when they are unpacked. */
#define COLUMNS_MAX_ROWS (4U << 20)

/* Returned where the payload is not what it should be; errors are negative. */
#define COLUMNS_DAMAGED 1

/* A buffer that grows. Zero-initialised: empty. The owner frees data. */
struct columns_buffer {
	char *data;
	size_t used;
	size_t room;
};

/* Room for `size` bytes more. 0 or -ENOMEM. */
int columns_reserve(struct columns_buffer *b, size_t size);

/* Packs records. Zero-initialised: ready. */
struct columns_packer {
	struct columns_group *groups;
	uint16_t *table; /* open addressing: group number + 1 */
	uint16_t *order; /* the group of each record */
	uint32_t *rows; /* offsets of the records, by group */
	uint64_t *values;
	uint64_t *differ; /* as long as the longest record */
	size_t room; /* records for which the arrays have room */
};

/*
 * Appends nr whole records, whose sizes the caller has checked, to `to`, packed. Their times are
 * overwritten on the way. 0 or a negative errno.
 */
int columns_pack(struct columns_packer *p, char *recs, uint32_t nr, struct columns_buffer *to);
void columns_packer_free(struct columns_packer *p);

/* Records unpacked. Zero-initialised: ready. */
struct columns {
	struct columns_buffer rows;
	struct columns_cursor *cursors; /* by group */
	uint64_t *threads; /* ts of each thread's last record */
	size_t room; /* groups for which there is room */
	uint64_t *values;
	size_t values_room;
	const char *order; /* in the payload */
	uint32_t order_width;
	uint32_t nr;
	uint32_t at;
	bool known; /* this version knows the type of the record that columns_next() gave last */
};

/*
 * Unpacks what should be nr records; the payload has to stay. 0, -ENOMEM or COLUMNS_DAMAGED.
 * Nothing of the payload is trusted.
 */
int columns_unpack(struct columns *c, const char *payload, size_t size, uint32_t nr);

/*
 * The next record, NULL behind the last: valid until the next columns_unpack(). At least as long
 * as this version's record of its type, zeros behind what it has.
 */
const struct sevtrace_rec *columns_next(struct columns *c);
void columns_free(struct columns *c);

/* Size of this version's record of a type, 0: not known. */
size_t columns_known_size(uint16_t type);

#endif /* TRACEFILE_COLUMNS_H */
