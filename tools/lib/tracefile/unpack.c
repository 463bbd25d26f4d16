// SPDX-License-Identifier: GPL-2.0-only
/* Unpacks columns into records. The input is not trusted. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tracefile/columns.h"
#include "tracefile/columns_format.h"
#include "tracefile/short_time.h"

/* Rows of a group that are put together at once: they fit in a cache. */
#define TILE_ROWS 64

/* A group, and how far its records have been handed out. */
struct columns_cursor {
	const char *first; /* its first record, in the payload */
	char *rows; /* room for up to TILE_ROWS records */
	char *next;
	uint32_t ready; /* rows that have not been handed out, from next on */
	uint32_t done; /* rows that were put together */
	uint32_t nr;
	uint32_t left; /* not yet found in the order of groups */
	uint32_t first_stream;
	uint32_t nr_streams;
	uint16_t size; /* of a record in the file */
	uint16_t stride; /* of a row */
	uint16_t thread;
	uint16_t spans;
	bool known;
};

/* A column, and how far it has been read. */
struct columns_stream {
	const char *column; /* its struct columns_column, in the payload */
	const unsigned char *planes; /* next byte of the first one; each is nr - 1 bytes long */
	uint64_t last; /* value of the row before */
};

/* The rest of the payload. */
struct input {
	const char *at;
	size_t left;
};

#define KNOWN_SIZE(number, id, member) [number] = sizeof(struct sevtrace_rec_##member),
static const uint16_t known_sizes[SEVTRACE_REC_END] = { SEVTRACE_RECORDS(KNOWN_SIZE) };
#undef KNOWN_SIZE

size_t columns_known_size(uint16_t type)
{
	return type < SEVTRACE_REC_END ? known_sizes[type] : 0;
}

/* Returns the next `size` bytes, or NULL if there are fewer. */
static const char *take(struct input *in, size_t size)
{
	const char *at = in->at;

	if (size > in->left)
		return NULL;
	in->at += size;
	in->left -= size;
	return at;
}

static int make_room(struct columns *c, uint32_t nr_groups)
{
	if (nr_groups <= c->room)
		return 0;
	free(c->cursors);
	free(c->threads);
	c->room = 0;
	c->cursors = calloc(nr_groups, sizeof(*c->cursors));
	c->threads = calloc(nr_groups, sizeof(*c->threads));
	if (!c->cursors || !c->threads)
		return -ENOMEM;
	c->room = nr_groups;
	return 0;
}

static uint32_t tile_rows(uint32_t nr)
{
	return nr < TILE_ROWS ? nr : TILE_ROWS;
}

/* Reads a group's head. *unpacked: what all groups so far take when unpacked. */
static int begin_group(struct columns_cursor *cursor, struct input *in, uint32_t nr_groups,
		       uint32_t left, size_t *unpacked)
{
	const char *head_at = take(in, sizeof(struct columns_group_head)), *first;
	struct columns_group_head head;
	struct sevtrace_rec h;
	size_t stride;

	if (!head_at)
		return COLUMNS_DAMAGED;
	memcpy(&head, head_at, sizeof(head));
	if (!head.nr || head.nr > left || head.size & 7 || head.size < sizeof(h) ||
	    head.thread >= nr_groups || head.spans > (head.size - sizeof(h)) / 8)
		return COLUMNS_DAMAGED;
	first = take(in, head.size);
	if (!first)
		return COLUMNS_DAMAGED;
	memcpy(&h, first, sizeof(h));
	stride = columns_known_size(h.type);
	if (stride < head.size)
		stride = head.size;
	if (h.size != head.size || head.nr > (COLUMNS_MAX_ROWS - *unpacked) / stride)
		return COLUMNS_DAMAGED;
	*unpacked += head.nr * stride;
	*cursor = (struct columns_cursor){ .first = first,
					   .nr = head.nr,
					   .left = head.nr,
					   .nr_streams = head.nr_columns,
					   .size = head.size,
					   .stride = (uint16_t)stride,
					   .thread = head.thread,
					   .spans = head.spans,
					   .known = columns_known_size(h.type) != 0 };
	if (!take(in, head.nr_columns * sizeof(struct columns_column)))
		return COLUMNS_DAMAGED;
	return 0;
}

/*
 * Checks a column. Columns ascend and do not overlap, so all of a group write each byte of its
 * records once at most. *end: the end of the column before, then of this one.
 */
static int check_column(const struct columns_column *column, uint32_t size, uint32_t *end)
{
	const uint32_t type = offsetof(struct sevtrace_rec, type), type_end = type + 4;
	uint32_t w = column->width, from = column->offset;

	if ((w != 1 && w != 2 && w != 4 && w != 8) || from < *end || from + w > size ||
	    column->flags & ~(COLUMNS_DELTA | COLUMNS_TIMES))
		return COLUMNS_DAMAGED;
	/* A group has one type and one size, so no column may change them. */
	if (from < type_end && from + w > type)
		return COLUMNS_DAMAGED;
	*end = from + w;
	return 0;
}

/* Stores nr values into rows. */
#define SCATTER(type)                                              \
	do {                                                       \
		for (uint32_t i = 0; i < nr; i++, row += stride) { \
			type narrow = (type)values[i];             \
			memcpy(row, &narrow, sizeof(narrow));      \
		}                                                  \
	} while (0)

static void scatter(const uint64_t *values, uint32_t nr, unsigned int width, char *row,
		    size_t stride)
{
	switch (width) {
	case 1:
		SCATTER(uint8_t);
		break;
	case 2:
		SCATTER(uint16_t);
		break;
	case 4:
		SCATTER(uint32_t);
		break;
	default:
		SCATTER(uint64_t);
	}
}

static unsigned int planes_of(const struct columns_column *column)
{
	return (unsigned int)__builtin_popcount(column->planes);
}

/* Adds up base and planes. The first two planes, mostly all there are, in one go. */
static void join_planes(const struct columns_column *column, const unsigned char *at, size_t length,
			uint64_t values[TILE_ROWS], uint32_t nr)
{
	const unsigned char *planes[8];
	unsigned int shifts[8], nr_planes = 0;

	for (unsigned int plane = 0; plane < 8; plane++) {
		if (!(column->planes >> plane & 1))
			continue;
		planes[nr_planes] = at;
		shifts[nr_planes++] = 8 * plane;
		at += length;
	}
	for (uint32_t i = 0; nr_planes > 1 && i < nr; i++)
		values[i] = column->base + ((uint64_t)planes[0][i] << shifts[0]) +
			    ((uint64_t)planes[1][i] << shifts[1]);
	for (uint32_t i = 0; nr_planes == 1 && i < nr; i++)
		values[i] = column->base + ((uint64_t)planes[0][i] << shifts[0]);
	for (uint32_t i = 0; !nr_planes && i < nr; i++)
		values[i] = column->base;
	for (unsigned int n = 2; n < nr_planes; n++)
		for (uint32_t i = 0; i < nr; i++)
			values[i] += (uint64_t)planes[n][i] << shifts[n];
}

/* Reads codes of times of two bytes, as most columns of pages have them, into rows. */
static void read_times(const struct columns_column *column, const unsigned char *low, size_t length,
		       char *row, size_t stride, uint32_t nr)
{
	unsigned int shift = (unsigned int)__builtin_ctz(column->planes);
	unsigned int next = (unsigned int)__builtin_ctz(column->planes & (column->planes - 1U));
	const unsigned char *high = low + length;

	for (uint32_t i = 0; i < nr; i++, row += stride) {
		uint64_t time = short_time_of(column->base + ((uint64_t)low[i] << 8 * shift) +
					      ((uint64_t)high[i] << 8 * next));

		memcpy(row, &time, sizeof(time));
	}
}

/* Reads the next nr values of a column into rows. length: of each of its planes. */
static void read_stream(struct columns_stream *s, size_t length, char *rows, size_t stride,
			uint32_t nr)
{
	struct columns_column column;
	uint64_t values[TILE_ROWS];

	memcpy(&column, s->column, sizeof(column));
	if (column.flags == COLUMNS_TIMES && column.width == sizeof(*values) &&
	    planes_of(&column) == 2) {
		read_times(&column, s->planes, length, rows + column.offset, stride, nr);
		s->planes += nr;
		return;
	}
	join_planes(&column, s->planes, length, values, nr);
	s->planes += planes_of(&column) ? nr : 0;
	if (column.flags & COLUMNS_TIMES) {
		for (uint32_t i = 0; i < nr; i++)
			values[i] = short_time_of(values[i]);
	}
	if (column.flags & COLUMNS_DELTA) {
		for (uint32_t i = 0; i < nr; i++) {
			s->last += values[i];
			values[i] = s->last;
		}
	}
	scatter(values, nr, column.width, rows + column.offset, stride);
}

/* Puts the first record into the nr rows, by copies of growing size. */
static void fill_rows(const struct columns_cursor *cursor, uint32_t nr)
{
	size_t filled = cursor->stride, all = nr * (size_t)cursor->stride;
	char *rows = cursor->rows;

	memcpy(rows, cursor->first, cursor->size);
	memset(rows + cursor->size, 0, cursor->stride - (size_t)cursor->size);
	while (filled < all) {
		size_t more = filled < all - filled ? filled : all - filled;

		memcpy(rows + filled, rows, more);
		filled += more;
	}
}

/* Puts the next rows of a group together: all columns say in what they differ from the first. */
static void read_tile(struct columns *c, struct columns_cursor *cursor)
{
	uint32_t nr = tile_rows(cursor->nr - cursor->done), same = !cursor->done;
	char *differ = cursor->rows + same * (size_t)cursor->stride;

	fill_rows(cursor, nr);
	for (uint32_t i = 0; i < cursor->nr_streams; i++)
		read_stream(&c->streams[cursor->first_stream + i], cursor->nr - 1, differ,
			    cursor->stride, nr - same);
	cursor->done += nr;
	cursor->ready = nr;
	cursor->next = cursor->rows;
}

/* Checks the columns of a group, which begin behind its first record, and finds their planes. */
static int open_streams(struct columns *c, const struct columns_cursor *cursor,
			struct input *planes)
{
	const char *at = cursor->first + cursor->size;
	uint32_t end = 0;

	for (uint32_t i = 0; i < cursor->nr_streams; i++, at += sizeof(struct columns_column)) {
		struct columns_stream *s = &c->streams[cursor->first_stream + i];
		struct columns_column column;

		memcpy(&column, at, sizeof(column));
		if (check_column(&column, cursor->size, &end))
			return COLUMNS_DAMAGED;
		*s = (struct columns_stream){ .column = at };
		s->planes = (const unsigned char *)take(planes, planes_of(&column) *
									((size_t)cursor->nr - 1));
		if (!s->planes)
			return COLUMNS_DAMAGED;
		memcpy(&s->last, cursor->first + column.offset, column.width);
	}
	return 0;
}

/*
 * Checks that every group number exists, and that each group has as many records as its head says.
 */
static int check_order(struct columns *c, struct input *in, uint32_t nr_groups)
{
	const char *at = take(in, (size_t)c->nr * c->order_width);
	uint32_t group = 0;

	if (!at)
		return COLUMNS_DAMAGED;
	c->order = at;
	for (uint32_t i = 0; c->order_width && i < c->nr; i++, at += c->order_width) {
		memcpy(&group, at, c->order_width);
		if (group >= nr_groups || !c->cursors[group].left)
			return COLUMNS_DAMAGED;
		c->cursors[group].left--;
	}
	return 0;
}

/* Makes room for what the groups need: rows, and states of columns. */
static int make_tiles(struct columns *c, uint32_t nr_groups)
{
	size_t nr_streams = 0, size = 0;
	char *rows;

	for (uint32_t i = 0; i < nr_groups; i++) {
		struct columns_cursor *cursor = &c->cursors[i];

		cursor->first_stream = (uint32_t)nr_streams;
		nr_streams += cursor->nr_streams;
		size += (size_t)tile_rows(cursor->nr) * cursor->stride;
	}
	if (nr_streams > c->streams_room) {
		free(c->streams);
		c->streams = calloc(nr_streams, sizeof(*c->streams));
		c->streams_room = c->streams ? nr_streams : 0;
		if (!c->streams)
			return -ENOMEM;
	}
	c->rows.used = 0;
	if (columns_reserve(&c->rows, size))
		return -ENOMEM;
	rows = c->rows.data;
	for (uint32_t i = 0; i < nr_groups; i++) {
		c->cursors[i].rows = rows;
		rows += (size_t)tile_rows(c->cursors[i].nr) * c->cursors[i].stride;
	}
	return 0;
}

static int unpack_groups(struct columns *c, struct input *in, const struct columns_head *head,
			 uint32_t nr)
{
	size_t unpacked = 0;
	uint32_t left = nr;
	int err;

	for (uint32_t i = 0; i < head->nr_groups; i++) {
		err = begin_group(&c->cursors[i], in, head->nr_groups, left, &unpacked);
		if (err)
			return err;
		left -= c->cursors[i].nr;
		c->threads[i] = head->start;
	}
	if (left)
		return COLUMNS_DAMAGED;
	err = make_tiles(c, head->nr_groups);
	for (uint32_t i = 0; i < head->nr_groups && !err; i++)
		err = open_streams(c, &c->cursors[i], in);
	return err;
}

int columns_unpack(struct columns *c, const char *payload, size_t size, uint32_t nr)
{
	struct input in = { payload, size };
	const char *head_at = take(&in, sizeof(struct columns_head));
	struct columns_head head;
	int err;

	c->nr = c->at = 0;
	if (!head_at)
		return COLUMNS_DAMAGED;
	memcpy(&head, head_at, sizeof(head));
	if (head.order_width > 2 || head.nr_groups > nr || head.nr_groups > UINT16_MAX + 1U ||
	    nr > COLUMNS_MAX_ROWS / sizeof(struct sevtrace_rec) ||
	    (!head.order_width && head.nr_groups > 1))
		return COLUMNS_DAMAGED;
	err = make_room(c, head.nr_groups);
	if (!err)
		err = unpack_groups(c, &in, &head, nr);
	if (err)
		return err;
	c->nr = nr;
	c->order_width = head.order_width;
	err = check_order(c, &in, head.nr_groups);
	if (err)
		c->nr = 0;
	return err;
}

const struct sevtrace_rec *columns_next(struct columns *c)
{
	struct columns_cursor *cursor;
	uint64_t ts, span;
	uint32_t group = 0;
	char *rec;

	if (c->at == c->nr)
		return NULL;
	if (c->order_width == 1)
		group = (unsigned char)c->order[c->at];
	else if (c->order_width)
		memcpy(&group, c->order + 2 * (size_t)c->at, 2);
	c->at++;
	cursor = &c->cursors[group];
	if (!cursor->ready)
		read_tile(c, cursor);
	c->known = cursor->known;
	rec = cursor->next;
	cursor->next += cursor->stride;
	cursor->ready--;
	memcpy(&ts, rec, sizeof(ts));
	ts += c->threads[cursor->thread];
	for (unsigned int i = 0; i < cursor->spans; i++) {
		memcpy(&span, rec + sizeof(struct sevtrace_rec) + 8 * (size_t)i, sizeof(span));
		ts += span;
	}
	c->threads[cursor->thread] = ts;
	memcpy(rec, &ts, sizeof(ts));
	return (const struct sevtrace_rec *)rec;
}

void columns_free(struct columns *c)
{
	free(c->rows.data);
	free(c->cursors);
	free(c->streams);
	free(c->threads);
	memset(c, 0, sizeof(*c));
}
