/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that read perf.data share. */
#ifndef PERFDATA_INTERNAL_H
#define PERFDATA_INTERNAL_H

#include <stdio.h>

#include <linux/perf_event.h>

#include "perfdata/file.h"

#define PERF_MAX_RECORD 65536 /* the size of a record is 16 bits wide */

/* Untrusted bytes, taken from the front. */
struct perf_bytes {
	const __u8 *at;
	size_t left;
};

/* The next n bytes, or NULL: there are fewer. */
const void *perf_take(struct perf_bytes *b, size_t n);
bool perf_take_u32(struct perf_bytes *b, __u32 *value);
bool perf_take_u64(struct perf_bytes *b, __u64 *value);

/* How events lie in this file's samples. */
struct perf_formats {
	struct perf_format of[PERF_NR_EVENTS];
	__u8 by_id[65536]; /* type + 1, or 0 */
	char missing[128]; /* a field that is not there, as "event's field"; empty: none */
};

/* Takes formats out of perf's copy of tracefs. -EINVAL: it is damaged. */
int perf_formats_parse(struct perf_formats *formats, const void *data, size_t size);

/* Takes them from a folder like tracefs's events/. -ENOENT: none is there. */
int perf_formats_read(struct perf_formats *formats, const char *folder);

/* The parts of a sample that serve; chain and raw point into it. */
struct perf_sample {
	__u64 ts;
	__u32 pid;
	__u32 tid;
	__u32 cpu;
	const __u8 *chain; /* nr_chain times 8 bytes, not aligned */
	size_t nr_chain;
	const __u8 *raw;
	size_t raw_size;
};

/* The number of the event in a sample, which says how the rest lies; false: not to be found. */
bool perf_sample_id(const struct perf_event_attr *any, struct perf_bytes payload, __u64 *id);

/* -EINVAL: too short, or without what we need. */
int perf_sample_parse(const struct perf_event_attr *attr, struct perf_bytes payload,
		      struct perf_sample *sample);

/* What a record other than a sample has at its end; fields that it lacks are 0. */
void perf_trailer_parse(const struct perf_event_attr *attr, struct perf_bytes payload,
			struct perf_sample *sample);

/* Sorts a call chain into kernel and user addresses. NULL: out of memory. */
struct perf_stack *perf_stack_new(const struct perf_sample *sample);

/*
 * perf writes what its buffers of several CPUs held, a round at a time; within a round events are
 * in no order. What the queue gives out is.
 */
struct perf_order {
	struct perf_event *events;
	__u32 *index; /* room for sorting */
	size_t nr;
	size_t size;
	__u64 max_ts; /* so far */
	__u64 limit; /* all before it has come: max_ts at the end of the round before this */
};

/* Takes the event and its stack. */
int perf_order_add(struct perf_order *order, const struct perf_event *event, perf_file_sink sink,
		   void *ctx);
int perf_order_round(struct perf_order *order, perf_file_sink sink, void *ctx);
int perf_order_flush(struct perf_order *order, __u64 until, perf_file_sink sink, void *ctx);
void perf_order_free(struct perf_order *order);

/* enum perf_user_event_type of Linux tools/lib/perf/include/perf/event.h: perf's own records. */
enum {
	PERF_RECORD_HEADER_ATTR = 64,
	PERF_RECORD_HEADER_TRACING_DATA = 66,
	PERF_RECORD_FINISHED_ROUND = 68,
	PERF_RECORD_AUXTRACE = 71,
	PERF_RECORD_HEADER_FEATURE = 80,
	PERF_RECORD_PACKED = 81, /* PERF_RECORD_COMPRESSED */
	PERF_RECORD_PACKED2 = 83, /* PERF_RECORD_COMPRESSED2: with its exact size */
};

struct perf_id {
	__u64 id;
	__u32 attr;
};

struct perf_section {
	__u64 offset;
	__u64 size;
};

struct perf_file {
	FILE *in;
	bool pipe;
	__u64 size; /* of the file, 0 for a pipe */
	struct perf_section data; /* size 0: to the end */
	struct perf_event_attr *attrs;
	size_t nr_attrs;
	struct perf_id *ids; /* sorted */
	size_t nr_ids;
	bool ids_sorted;
	struct perf_formats formats;
	bool has_formats;
	bool cut; /* its end, with what perf writes last, is missing */
	struct perf_file_info info;
	struct perf_order order;
	struct perf_unpack *unpack; /* NULL until there is something compressed */
	/* While reading. */
	perf_file_sink sink;
	void *ctx;
	struct perf_file_state *state;
	uint64_t at; /* bytes read */
};

/* The next bytes of the stream; fewer than size: it ends. */
size_t perf_file_get(struct perf_file *file, void *to, size_t size);

/* 0, -EPIPE: the stream ends, -EBADMSG: not what it should be. */
int perf_file_skip(struct perf_file *file, __u64 size);
int perf_file_formats(struct perf_file *file, __u64 size);

/* One of the header's features, in a section of its own or in a pipe's record. */
int perf_feature_parse(struct perf_file *file, unsigned int feature, struct perf_bytes data);

/* One of the events that were opened: its attributes, then the ids of its samples. */
int perf_attr_add(struct perf_file *file, const void *attr, size_t attr_size,
		  struct perf_bytes ids);

/* The attributes of a sample's event; NULL: none of those that were opened. */
const struct perf_event_attr *perf_attr_of(struct perf_file *file, struct perf_bytes payload);

/* Unpacks records: calls take for each whole one. -EBADMSG: damaged. */
struct perf_unpack;
typedef int (*perf_record_taker)(struct perf_file *file, const struct perf_event_header *header,
				 struct perf_bytes payload);
int perf_unpack_records(struct perf_file *file, struct perf_bytes packed, perf_record_taker take);
void perf_unpack_free(struct perf_unpack *unpack);

#endif /* PERFDATA_INTERNAL_H */
