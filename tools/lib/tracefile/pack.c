// SPDX-License-Identifier: GPL-2.0-only
/* Packs records into columns. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tracefile/columns.h"
#include "tracefile/columns_format.h"
#include "tracefile/short_time.h"
#include "util/array.h"

#define MAX_GROUPS 1024 /* beyond this, records share a group by type and size only */
#define TABLE_SIZE 4096
#define MAX_ALL_GROUPS (TABLE_SIZE / 2)
#define CUT_BYTES 1024 /* a plane of at least this length is compressed apart */
#define MAX_FIELDS (8 + (1 << 16) / 8)

/*
 * Records whose values follow each other: those of one thread at one step of its work. key: what
 * the records have in common; first and nr: their part of columns_packer.rows.
 */
struct columns_group {
	uint64_t key[3];
	uint64_t last; /* ts of the thread's last record; kept in the thread's first group only */
	uint64_t far[2]; /* sums of the distances of ts, without and with the spans subtracted */
	uint32_t first;
	uint32_t nr;
	uint16_t size;
	uint16_t type;
	uint16_t thread; /* the first group of the same thread */
	uint16_t spans;
};

struct field {
	uint16_t offset;
	uint8_t width;
	bool span;
};

/*
 * The widths of a record's fields behind its header, one digit each. The rest of the record counts
 * as words of 8 bytes.
 */
static const struct layout {
	uint16_t type;
	uint16_t spans; /* fields that hold times since the thread's previous record, mostly */
	const char *widths;
} layouts[] = {
	{ SEVTRACE_REC_LAUNCH_BEGIN, 0, "88411118" },
	{ SEVTRACE_REC_LAUNCH_END, 1, "841111" },
	{ SEVTRACE_REC_IOCTL_ENTER, 0, "8844" },
	{ SEVTRACE_REC_IOCTL_EXIT, 1, "8444411111111" },
	{ SEVTRACE_REC_RANGE_START, 0, "88841111" },
	{ SEVTRACE_REC_RANGE_END, 1, "8888841111" },
	{ SEVTRACE_REC_STEP, 1, "8884411114" },
	{ SEVTRACE_REC_PSP, 4, "8888444441111" },
	{ SEVTRACE_REC_ATTR, 1, "8888844" },
	{ SEVTRACE_REC_MEANWHILE, 1, "88888" },
	{ SEVTRACE_REC_RUN, 0, "44" },
	{ SEVTRACE_REC_GUEST, 0, "888888" },
	{ SEVTRACE_REC_MILESTONE, 0, "4211" },
	{ SEVTRACE_REC_SAMPLE, 0, "888888888888888888888888844811111111" },
	{ SEVTRACE_REC_NAME, 0, "888888888888888811111111" },
	{ SEVTRACE_REC_PAGE, 12, "88888888888888444444441111111111111111" },
};

static const struct layout *layout_of(uint16_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		if (layouts[i].type == type)
			return &layouts[i];
	return NULL;
}

int columns_reserve(struct columns_buffer *b, size_t size)
{
	size_t room = b->room ? b->room : 4096;
	char *data;

	if (size <= b->room - b->used)
		return 0;
	while (room - b->used < size)
		room *= 2;
	data = realloc(b->data, room);
	if (!data)
		return -ENOMEM;
	b->data = data;
	b->room = room;
	return 0;
}

static int append(struct columns_buffer *b, const void *data, size_t size)
{
	int err = columns_reserve(b, size);

	if (err)
		return err;
	memcpy(b->data + b->used, data, size);
	b->used += size;
	return 0;
}

/* Tells apart records of one type: each step and each command recurs in its own rhythm. */
static uint64_t selector(const char *at, const struct sevtrace_rec *h)
{
	uint64_t value = 0;

	if (h->type == SEVTRACE_REC_STEP && h->size >= sizeof(struct sevtrace_rec_step))
		return (uint8_t)at[offsetof(struct sevtrace_rec_step, step)];
	if (h->type == SEVTRACE_REC_PSP && h->size >= sizeof(struct sevtrace_rec_psp))
		memcpy(&value, at + offsetof(struct sevtrace_rec_psp, cmd), sizeof(__u32));
	if (h->type == SEVTRACE_REC_PAGE && h->size >= sizeof(struct sevtrace_rec_page)) {
		const struct sevtrace_rec_page *page = (const struct sevtrace_rec_page *)at;

		/* steps of the same page differ, so rotated sums of them do, too */
		for (int i = 0; i < SEVTRACE_PAGE_STEPS; i++)
			value = value << 6 ^ value >> 58 ^ page->steps[i];
		value = value << 1 ^ (page->ret || page->psp_ret);
	}
	return value;
}

static uint16_t *table_slot(const struct columns_packer *p, const uint64_t key[3])
{
	uint64_t hash = (key[0] * 0x9e3779b97f4a7c15 ^ key[1]) * 0xff51afd7ed558ccd ^ key[2];
	size_t at = (hash * 0x9e3779b97f4a7c15) >> 52;

	while (p->table[at] && memcmp(p->groups[p->table[at] - 1].key, key, 3 * sizeof(*key)) != 0)
		at = (at + 1) & (TABLE_SIZE - 1);
	return &p->table[at];
}

static void new_group(struct columns_packer *p, uint32_t n, const uint64_t key[3],
		      const struct sevtrace_rec *h)
{
	const struct layout *layout = layout_of(h->type);
	struct columns_group *g = &p->groups[n];

	*g = (struct columns_group){ .key = { key[0], key[1], key[2] },
				     .size = h->size,
				     .type = h->type };
	while (p->groups[g->thread].key[1] != key[1])
		g->thread++;
	if (layout && h->size >= sizeof(*h) + 8UL * layout->spans)
		g->spans = layout->spans;
}

/* Returns the number of a record's group; creates the group if need be. */
static uint32_t group_of(struct columns_packer *p, uint32_t *nr_groups, const char *at,
			 const struct sevtrace_rec *h)
{
	uint64_t key[3] = { h->type | (uint64_t)h->size << 16, h->launch | (uint64_t)h->tid << 32,
			    1 + selector(at, h) };
	uint16_t *slot = table_slot(p, key);

	if (!*slot && *nr_groups >= MAX_GROUPS) {
		key[0] = h->type | (uint64_t)h->size << 16;
		key[1] = key[2] = 0;
		slot = table_slot(p, key);
	}
	if (!*slot) {
		new_group(p, *nr_groups, key, h);
		*slot = (uint16_t)++ * nr_groups;
	}
	return *slot - 1U;
}

static int make_room(struct columns_packer *p, uint32_t nr)
{
	if (!p->groups)
		p->groups = calloc(MAX_ALL_GROUPS, sizeof(*p->groups));
	if (!p->table)
		p->table = calloc(TABLE_SIZE, sizeof(*p->table));
	if (!p->differ)
		p->differ = calloc(1, UINT16_MAX + 1);
	if (!p->groups || !p->table || !p->differ)
		return -ENOMEM;
	if (nr <= p->room)
		return 0;
	free(p->order);
	free(p->rows);
	free(p->values);
	p->room = 0;
	p->order = calloc(nr, sizeof(*p->order));
	p->rows = calloc(nr, sizeof(*p->rows));
	p->values = calloc(nr, sizeof(*p->values));
	if (!p->order || !p->rows || !p->values)
		return -ENOMEM;
	p->room = nr;
	return 0;
}

/* Sorts the records into groups. Returns the number of groups; -EOVERFLOW: too many. */
static int sort(struct columns_packer *p, const char *recs, uint32_t nr)
{
	uint32_t nr_groups = 0, first = 0;
	const char *at = recs;
	struct sevtrace_rec h;

	memset(p->table, 0, TABLE_SIZE * sizeof(*p->table));
	for (uint32_t i = 0; i < nr; i++, at += h.size) {
		memcpy(&h, at, sizeof(h));
		if (nr_groups == MAX_ALL_GROUPS)
			return -EOVERFLOW;
		p->order[i] = (uint16_t)group_of(p, &nr_groups, at, &h);
		p->groups[p->order[i]].nr++;
	}
	for (uint32_t i = 0; i < nr_groups; i++) {
		p->groups[i].first = first;
		first += p->groups[i].nr;
		p->groups[i].nr = 0;
	}
	at = recs;
	for (uint32_t i = 0; i < nr; i++) {
		struct columns_group *g = &p->groups[p->order[i]];

		p->rows[g->first + g->nr++] = (uint32_t)(at - recs);
		at += g->size;
	}
	return (int)nr_groups;
}

static uint64_t load(const char *at, unsigned int width)
{
	uint64_t value = 0;

	memcpy(&value, at, width);
	return value;
}

static uint64_t sum_spans(const char *rec, unsigned int spans)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < spans; i++)
		sum += load(rec + sizeof(struct sevtrace_rec) + 8 * (size_t)i, 8);
	return sum;
}

static uint64_t distance(uint64_t difference)
{
	return difference >> 63 ? -difference : difference;
}

/* Returns the time since the thread's previous record. */
static uint64_t step_clock(struct columns_packer *p, const struct columns_group *g, uint64_t ts)
{
	struct columns_group *thread = &p->groups[g->thread];
	uint64_t passed = ts - thread->last;

	thread->last = ts;
	return passed;
}

/*
 * Returns what may be cut off the remainder of a page's time: less than a 256th of the page's
 * duration. What is left is mostly 0 then. Not for a page that failed.
 */
static uint64_t excess(const struct columns_packer *p, const struct columns_group *g,
		       const char *rec, uint64_t rest)
{
	const struct sevtrace_rec_page *page = (const struct sevtrace_rec_page *)rec;
	uint64_t sum = sum_spans(rec, g->spans);

	if (!p->rounds || g->type != SEVTRACE_REC_PAGE || !g->spans || rest >> 63 || sum < 512 ||
	    page->ret || page->psp_ret)
		return 0;
	return rest & ((1ULL << (short_time_shift(sum) - 2)) - 1);
}

static void start_clocks(struct columns_packer *p, uint32_t nr_groups, uint64_t start)
{
	for (uint32_t i = 0; i < nr_groups; i++)
		p->groups[i].last = start;
}

/* Decides for each group whether subtracting spans helps. Replaces each ts by its remainder. */
static void subtract_times(struct columns_packer *p, uint32_t nr_groups, char *recs, uint32_t nr,
			   uint64_t start)
{
	char *at = recs;

	start_clocks(p, nr_groups, start);
	for (uint32_t i = 0; i < nr; i++) {
		struct columns_group *g = &p->groups[p->order[i]];
		uint64_t passed = step_clock(p, g, load(at, 8));

		g->far[0] += distance(passed);
		g->far[1] += distance(passed - sum_spans(at, g->spans));
		at += g->size;
	}
	for (uint32_t i = 0; i < nr_groups; i++)
		if (p->groups[i].far[0] <= p->groups[i].far[1])
			p->groups[i].spans = 0;
	start_clocks(p, nr_groups, start);
	at = recs;
	for (uint32_t i = 0; i < nr; i++) {
		const struct columns_group *g = &p->groups[p->order[i]];
		uint64_t rest = step_clock(p, g, load(at, 8)) - sum_spans(at, g->spans);
		uint64_t cut_off = excess(p, g, at, rest);

		rest -= cut_off;
		p->groups[g->thread].last -= cut_off;
		memcpy(at, &rest, sizeof(rest));
		at += g->size;
	}
}

static size_t fields_of(const struct columns_group *g, struct field fields[MAX_FIELDS])
{
	/* type and size are the same in a group, so they need no columns */
	static const struct field header[] = {
		{ 0, 8, false }, { 8, 4, false }, { 12, 4, false }, { 20, 4, false }
	};
	size_t nr = ARRAY_SIZE(header), at = sizeof(struct sevtrace_rec);

	const struct layout *layout = layout_of(g->type);

	memcpy(fields, header, sizeof(header));
	for (const char *w = layout ? layout->widths : ""; *w && at + (size_t)(*w - '0') <= g->size;
	     w++) {
		fields[nr++] =
			(struct field){ (uint16_t)at, (uint8_t)(*w - '0'),
					at < sizeof(struct sevtrace_rec) + 8UL * layout->spans };
		at += (size_t)(*w - '0');
	}
	at = (at + 7) & ~7UL;
	for (; at < g->size && nr < MAX_FIELDS; at += 8)
		fields[nr++] = (struct field){ (uint16_t)at, 8, false };
	return nr;
}

/* How values are spread: the least one, and the bits in which the others differ from it. */
struct spread {
	uint64_t base;
	uint64_t bits;
	uint64_t repeats;
};

static uint64_t difference(const uint64_t *values, uint32_t i, bool delta)
{
	return delta ? values[i] - values[i - 1] : values[i];
}

static struct spread spread_of(const uint64_t *values, uint32_t nr, bool delta)
{
	struct spread s = { 0 };
	int64_t least = INT64_MAX;
	uint64_t before = 0;

	for (uint32_t i = 1; i < nr; i++) {
		int64_t value = (int64_t)difference(values, i, delta);

		if (value < least)
			least = value;
	}
	s.base = (uint64_t)least;
	for (uint32_t i = 1; i < nr; i++) {
		uint64_t value = difference(values, i, delta) - s.base;

		s.bits |= value;
		s.repeats += value == before;
		before = value;
	}
	return s;
}

static unsigned int bytes_of(uint64_t bits)
{
	unsigned int bytes = 0;

	for (; bits; bits >>= 8)
		bytes += (bits & 0xff) != 0;
	return bytes;
}

/* Replaces times by their codes if all of them have one. */
static bool shorten(const struct columns_packer *p, uint32_t nr)
{
	for (uint32_t i = 1; i < nr; i++)
		if (!short_time_has_code(p->values[i]))
			return false;
	for (uint32_t i = 1; i < nr; i++)
		p->values[i] = short_time_code(p->values[i]);
	return true;
}

/*
 * Describes the column of a field: codes of times if there are any, else plain values or
 * differences, whichever takes fewer bytes.
 */
static void describe(const struct columns_packer *p, uint32_t nr, const struct field *f,
		     struct columns_column *column)
{
	bool codes = f->span && shorten(p, nr);
	struct spread plain = spread_of(p->values, nr, false);
	struct spread delta = spread_of(p->values, nr, true);
	const struct spread *best = &plain;

	if (!codes &&
	    (bytes_of(delta.bits) < bytes_of(plain.bits) ||
	     (bytes_of(delta.bits) == bytes_of(plain.bits) && delta.repeats > plain.repeats)))
		best = &delta;
	*column = (struct columns_column){ .offset = f->offset,
					   .width = f->width,
					   .flags = codes	   ? COLUMNS_TIMES :
						    best == &delta ? COLUMNS_DELTA :
								     0,
					   .base = best->base };
	for (unsigned int i = 0; i < 8; i++)
		if (best->bits >> (8 * i) & 0xff)
			column->planes |= (__u8)(1U << i);
}

static void cut(struct columns_packer *p, size_t at)
{
	if (p->nr_cuts < COLUMNS_MAX_CUTS && (!p->nr_cuts || p->cuts[p->nr_cuts - 1] < at))
		p->cuts[p->nr_cuts++] = (uint32_t)at;
}

static int append_planes(struct columns_packer *p, uint32_t nr, const struct columns_column *column,
			 struct columns_buffer *to)
{
	for (unsigned int plane = 0; plane < 8; plane++) {
		bool delta = column->flags & COLUMNS_DELTA;
		unsigned char *at;

		if (!(column->planes >> plane & 1))
			continue;
		if (columns_reserve(to, nr - 1))
			return -ENOMEM;
		if (nr - 1 >= CUT_BYTES)
			cut(p, to->used);
		at = (unsigned char *)to->data + to->used;
		for (uint32_t i = 1; i < nr; i++)
			*at++ = (unsigned char)((difference(p->values, i, delta) - column->base) >>
						(8 * plane));
		to->used += nr - 1;
		if (nr - 1 >= CUT_BYTES)
			cut(p, to->used);
	}
	return 0;
}

/* Sets in p->differ the bits in which any record differs from the first one. */
static void find_differences(struct columns_packer *p, const struct columns_group *g,
			     const char *recs)
{
	const uint32_t *rows = p->rows + g->first;
	const char *first = recs + rows[0];

	memset(p->differ, 0, g->size);
	for (uint32_t i = 1; i < g->nr; i++)
		for (size_t at = 0; at < g->size; at += 8)
			p->differ[at / 8] |= load(first + at, 8) ^ load(recs + rows[i] + at, 8);
}

static void gather(const struct columns_packer *p, const struct columns_group *g, const char *recs,
		   const struct field *f)
{
	const uint32_t *rows = p->rows + g->first;

	for (uint32_t i = 0; i < g->nr; i++)
		p->values[i] = load(recs + rows[i] + f->offset, f->width);
}

/* Packs a group. Heads and columns go to `to`, the planes to `planes`. */
static int pack_group(struct columns_packer *p, const struct columns_group *g, const char *recs,
		      struct columns_buffer *to, struct columns_buffer *planes)
{
	struct columns_group_head head = {
		.nr = g->nr, .size = g->size, .thread = g->thread, .spans = g->spans
	};
	size_t head_at = to->used, nr_fields;
	struct field fields[MAX_FIELDS];
	int err = append(to, &head, sizeof(head));

	if (!err)
		err = append(to, recs + p->rows[g->first], g->size);
	nr_fields = g->nr > 1 ? fields_of(g, fields) : 0;
	if (nr_fields)
		find_differences(p, g, recs);
	for (size_t i = 0; i < nr_fields && !err; i++) {
		struct columns_column column;

		if (!load((const char *)p->differ + fields[i].offset, fields[i].width))
			continue;
		gather(p, g, recs, &fields[i]);
		describe(p, g->nr, &fields[i], &column);
		err = append(to, &column, sizeof(column));
		if (!err)
			err = append_planes(p, g->nr, &column, planes);
		head.nr_columns++;
	}
	if (!err)
		memcpy(to->data + head_at, &head, sizeof(head));
	return err;
}

static int append_order(const struct columns_packer *p, uint32_t nr, uint32_t width,
			struct columns_buffer *to)
{
	if (columns_reserve(to, (size_t)nr * width))
		return -ENOMEM;
	for (uint32_t i = 0; i < nr; i++, to->used += width)
		memcpy(to->data + to->used, &p->order[i], width);
	return 0;
}

int columns_pack(struct columns_packer *p, char *recs, uint32_t nr, struct columns_buffer *to)
{
	struct columns_buffer planes = { 0 };
	struct columns_head head = { .start = load(recs, 8) };
	int nr_groups, err = make_room(p, nr);
	size_t first = to->used;

	if (err)
		return err;
	p->nr_cuts = 0;
	nr_groups = sort(p, recs, nr);
	if (nr_groups < 0)
		return nr_groups;
	subtract_times(p, (uint32_t)nr_groups, recs, nr, head.start);
	head.nr_groups = (__u32)nr_groups;
	head.order_width = nr_groups == 1 ? 0 : nr_groups <= 256 ? 1 : 2;
	err = append(to, &head, sizeof(head));
	for (int i = 0; i < nr_groups && !err; i++)
		err = pack_group(p, &p->groups[i], recs, to, &planes);
	for (uint32_t i = 0; i < p->nr_cuts; i++)
		p->cuts[i] += (uint32_t)(to->used - first);
	if (!err && planes.used)
		err = append(to, planes.data, planes.used);
	if (!err)
		err = append_order(p, nr, head.order_width, to);
	free(planes.data);
	return err;
}

void columns_packer_free(struct columns_packer *p)
{
	free(p->groups);
	free(p->table);
	free(p->order);
	free(p->rows);
	free(p->values);
	free(p->differ);
	memset(p, 0, sizeof(*p));
}
