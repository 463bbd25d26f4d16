// SPDX-License-Identifier: GPL-2.0-only
/* Unpacks columns into records. The input is not trusted. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tracefile/columns.h"
#include "tracefile/columns_format.h"

/* Position in a group's unpacked records. */
struct columns_cursor {
	char *next;
	uint32_t left;
	uint16_t stride;
	uint16_t thread;
	uint16_t spans;
	bool known;
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

static int make_room(struct columns *c, uint32_t nr_groups, uint32_t nr)
{
	if (nr_groups > c->room) {
		free(c->cursors);
		free(c->threads);
		c->room = 0;
		c->cursors = calloc(nr_groups, sizeof(*c->cursors));
		c->threads = calloc(nr_groups, sizeof(*c->threads));
		if (!c->cursors || !c->threads)
			return -ENOMEM;
		c->room = nr_groups;
	}
	if (nr > c->values_room) {
		free(c->values);
		c->values_room = 0;
		c->values = calloc(nr, sizeof(*c->values));
		if (!c->values)
			return -ENOMEM;
		c->values_room = nr;
	}
	return 0;
}

/* Fills nr rows with the first record, by copies of growing size. */
static void fill_rows(char *rows, const char *first, size_t size, size_t stride, uint32_t nr)
{
	size_t filled = stride, all = nr * stride;

	memcpy(rows, first, size);
	memset(rows + size, 0, stride - size);
	while (filled < all) {
		size_t more = filled < all - filled ? filled : all - filled;

		memcpy(rows + filled, rows, more);
		filled += more;
	}
}

/* Lays out the rows of a group and fills them with its first record. */
static int begin_group(struct columns *c, struct input *in, struct columns_cursor *cursor,
		       uint32_t nr_groups, uint32_t left)
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
	if (h.size != head.size || head.nr > (COLUMNS_MAX_ROWS - c->rows.used) / stride)
		return COLUMNS_DAMAGED;
	if (columns_reserve(&c->rows, head.nr * stride))
		return -ENOMEM;
	*cursor = (struct columns_cursor){ .left = head.nr,
					   .stride = (uint16_t)stride,
					   .thread = head.thread,
					   .spans = head.spans,
					   .known = columns_known_size(h.type) != 0 };
	fill_rows(c->rows.data + c->rows.used, first, head.size, stride, head.nr);
	c->rows.used += head.nr * stride;
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
	    column->flags & ~COLUMNS_DELTA)
		return COLUMNS_DAMAGED;
	/* A group has one type and one size, so no column may change them. */
	if (from < type_end && from + w > type)
		return COLUMNS_DAMAGED;
	*end = from + w;
	return 0;
}

/* Stores nr values into the rows after the first. */
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

static int unpack_column(uint64_t *values, uint32_t nr, const struct columns_column *column,
			 struct input *in, uint64_t first)
{
	for (uint32_t i = 0; i < nr; i++)
		values[i] = column->base;
	for (unsigned int plane = 0; plane < 8; plane++) {
		const unsigned char *at;

		if (!(column->planes >> plane & 1))
			continue;
		at = (const unsigned char *)take(in, nr);
		if (!at)
			return COLUMNS_DAMAGED;
		for (uint32_t i = 0; i < nr; i++)
			values[i] += (uint64_t)at[i] << (8 * plane);
	}
	if (column->flags & COLUMNS_DELTA) {
		for (uint32_t i = 0; i < nr; i++) {
			first += values[i];
			values[i] = first;
		}
	}
	return 0;
}

/*
 * Overwrites the values that differ from the first record. head_at: the group's head in the
 * payload.
 */
static int unpack_group(struct columns *c, struct columns_cursor *cursor, const char *head_at,
			struct input *planes)
{
	struct columns_group_head head;
	const char *at;
	uint32_t end = 0;
	uint32_t nr;

	memcpy(&head, head_at, sizeof(head));
	nr = head.nr - 1;
	at = head_at + sizeof(head) + head.size;
	for (uint32_t i = 0; i < head.nr_columns; i++, at += sizeof(struct columns_column)) {
		struct columns_column column;
		uint64_t first = 0;

		memcpy(&column, at, sizeof(column));
		if (check_column(&column, head.size, &end))
			return COLUMNS_DAMAGED;
		memcpy(&first, cursor->next + column.offset, column.width);
		if (unpack_column(c->values, nr, &column, planes, first))
			return COLUMNS_DAMAGED;
		scatter(c->values, nr, column.width, cursor->next + cursor->stride + column.offset,
			cursor->stride);
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

static int unpack_groups(struct columns *c, struct input *in, const struct columns_head *head,
			 uint32_t nr)
{
	const char *groups = in->at;
	struct input planes;
	uint32_t left = nr;
	char *rows;
	int err;

	for (uint32_t i = 0; i < head->nr_groups; i++) {
		err = begin_group(c, in, &c->cursors[i], head->nr_groups, left);
		if (err)
			return err;
		left -= c->cursors[i].left;
		c->threads[i] = head->start;
	}
	if (left)
		return COLUMNS_DAMAGED;
	planes = *in;
	rows = c->rows.data;
	for (uint32_t i = 0; i < head->nr_groups; i++) {
		struct columns_group_head group;

		c->cursors[i].next = rows;
		rows += (size_t)c->cursors[i].left * c->cursors[i].stride;
		err = unpack_group(c, &c->cursors[i], groups, &planes);
		if (err)
			return err;
		memcpy(&group, groups, sizeof(group));
		groups += sizeof(group) + group.size +
			  group.nr_columns * sizeof(struct columns_column);
	}
	*in = planes;
	return 0;
}

int columns_unpack(struct columns *c, const char *payload, size_t size, uint32_t nr)
{
	struct input in = { payload, size };
	const char *head_at = take(&in, sizeof(struct columns_head));
	struct columns_head head;
	int err;

	c->rows.used = 0;
	c->nr = c->at = 0;
	if (!head_at)
		return COLUMNS_DAMAGED;
	memcpy(&head, head_at, sizeof(head));
	if (head.order_width > 2 || head.nr_groups > nr || head.nr_groups > UINT16_MAX + 1U ||
	    nr > COLUMNS_MAX_ROWS / sizeof(struct sevtrace_rec) ||
	    (!head.order_width && head.nr_groups > 1))
		return COLUMNS_DAMAGED;
	err = make_room(c, head.nr_groups, nr);
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
	c->known = cursor->known;
	rec = cursor->next;
	cursor->next += cursor->stride;
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
	free(c->threads);
	free(c->values);
	memset(c, 0, sizeof(*c));
}
