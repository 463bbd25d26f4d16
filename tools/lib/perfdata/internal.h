/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations shared by the files that read perf.data. */
#ifndef PERFDATA_INTERNAL_H
#define PERFDATA_INTERNAL_H

#include <stdio.h>

#include <linux/perf_event.h>

#include "perfdata/file.h"

#define PERF_MAX_RECORD 65536 /* limit of a record's size, which is 16 bits wide */

/* Untrusted bytes, to be taken from the front. */
struct perf_bytes {
	const __u8 *at;
	size_t left;
};

/* Returns the next n bytes, or NULL if there are fewer. */
const void *perf_take(struct perf_bytes *b, size_t n);
bool perf_take_u32(struct perf_bytes *b, __u32 *value);
bool perf_take_u64(struct perf_bytes *b, __u64 *value);

/* The layout of events in this file's samples. */
struct perf_formats {
	struct perf_format of[PERF_NR_EVENTS];
	__u8 by_id[65536]; /* type + 1, or 0 */
	char missing[128]; /* a field that a format lacks, as "event's field"; empty: none */
};

/* Takes formats from perf's copy of tracefs. -EINVAL: the copy is damaged. */
int perf_formats_parse(struct perf_formats *formats, const void *data, size_t size);

/* Takes formats from a folder like tracefs's events/. -ENOENT: the folder has none. */
int perf_formats_read(struct perf_formats *formats, const char *folder);

/* The parts of a sample that the import uses; chain and raw point into the sample. */
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

/*
 * Gets the id of the event in a sample, which decides the layout of the rest. Returns false if the
 * id cannot be found.
 */
bool perf_sample_id(const struct perf_event_attr *any, struct perf_bytes payload, __u64 *id);

/* Parses a sample. -EINVAL: it is too short, or lacks a field that the import needs. */
int perf_sample_parse(const struct perf_event_attr *attr, struct perf_bytes payload,
		      struct perf_sample *sample);

/* Parses the fields at the end of a record that is no sample; fields that it lacks are 0. */
void perf_trailer_parse(const struct perf_event_attr *attr, struct perf_bytes payload,
			struct perf_sample *sample);

/* Splits a call chain into kernel and user addresses. NULL: out of memory. */
struct perf_stack *perf_stack_new(const struct perf_sample *sample);

/*
 * Sorts events by time. perf writes the buffers of several CPUs in rounds, and events within a
 * round are in no order. The queue hands events out in order.
 */
struct perf_order {
	struct perf_event *events;
	__u32 *index; /* room for sorting */
	size_t nr;
	size_t size;
	size_t stacks; /* how many of them have a stack */
	__u64 max_ts; /* highest ts so far */
	__u64 limit; /* all events before this have come: max_ts at the end of the previous round */
};

/* Adds an event and takes over its stack. */
int perf_order_add(struct perf_order *order, const struct perf_event *event, perf_file_sink sink,
		   void *ctx);
int perf_order_round(struct perf_order *order, perf_file_sink sink, void *ctx);
int perf_order_flush(struct perf_order *order, __u64 until, perf_file_sink sink, void *ctx);
void perf_order_free(struct perf_order *order);

/* perf's own records: enum perf_user_event_type of Linux tools/lib/perf/include/perf/event.h. */
enum {
	PERF_RECORD_HEADER_ATTR = 64,
	PERF_RECORD_HEADER_TRACING_DATA = 66,
	PERF_RECORD_FINISHED_ROUND = 68,
	PERF_RECORD_AUXTRACE = 71,
	PERF_RECORD_HEADER_FEATURE = 80,
	PERF_RECORD_PACKED = 81, /* PERF_RECORD_COMPRESSED */
	PERF_RECORD_PACKED2 = 83, /* PERF_RECORD_COMPRESSED2: tells its exact size */
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
	__u64 size; /* size of the file, 0 for a pipe */
	struct perf_section data; /* size 0: up to the end of the file */
	struct perf_event_attr *attrs;
	size_t nr_attrs;
	struct perf_id *ids; /* sorted */
	size_t nr_ids;
	bool ids_sorted;
	struct perf_formats formats;
	bool has_formats;
	bool cut; /* the end of the file, with what perf writes last, is missing */
	struct perf_file_info info;
	struct perf_order order;
	struct perf_unpack *unpack; /* NULL until the first compressed record */
	/* Used while reading. */
	perf_file_sink sink;
	void *ctx;
	struct perf_file_state *state;
	uint64_t at; /* bytes read */
};

/* Gets the next bytes of the stream. Returns their number; fewer than size: the stream ends. */
size_t perf_file_get(struct perf_file *file, void *to, size_t size);

/*
 * Skip bytes; read the event formats. Return 0, -EPIPE if the stream ends, or -EBADMSG if the data
 * is not valid.
 */
int perf_file_skip(struct perf_file *file, __u64 size);
int perf_file_formats(struct perf_file *file, __u64 size);

/* Parses a feature of the header, from a section of its own or from a record in a pipe. */
int perf_feature_parse(struct perf_file *file, unsigned int feature, struct perf_bytes data);

/* Adds an event that perf opened: its attributes, then the ids of its samples. */
int perf_attr_add(struct perf_file *file, const void *attr, size_t attr_size,
		  struct perf_bytes ids);

/* Returns the attributes of a sample's event; NULL if perf did not open it. */
const struct perf_event_attr *perf_attr_of(struct perf_file *file, struct perf_bytes payload);

/* Unpacks records and calls take for each whole one. -EBADMSG: the data is damaged. */
struct perf_unpack;
typedef int (*perf_record_taker)(struct perf_file *file, const struct perf_event_header *header,
				 struct perf_bytes payload);
int perf_unpack_records(struct perf_file *file, struct perf_bytes packed, perf_record_taker take);
void perf_unpack_free(struct perf_unpack *unpack);

#endif /* PERFDATA_INTERNAL_H */
