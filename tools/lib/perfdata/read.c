// SPDX-License-Identifier: GPL-2.0-only
/* Reads the records of a perf.data file, one after the other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "perfdata/internal.h"

static int queue(struct perf_file *file, const struct perf_event *event)
{
	return perf_order_add(&file->order, event, file->sink, file->ctx);
}

static int read_sample(struct perf_file *file, struct perf_bytes payload)
{
	const struct perf_event_attr *attr = perf_attr_of(file, payload);
	struct perf_event event = { 0 };
	struct perf_sample s;
	__u16 id;

	if (!attr || perf_sample_parse(attr, payload, &s) || s.raw_size < sizeof(id)) {
		file->state->damaged++;
		return 0;
	}
	memcpy(&id, s.raw, sizeof(id));
	if (!file->formats.by_id[id]) {
		file->state->others++;
		return 0;
	}
	event.type = file->formats.by_id[id] - 1U;
	if (perf_format_decode(&perf_events[event.type], &file->formats.of[event.type], s.raw,
			       s.raw_size, event.values)) {
		file->state->damaged++;
		return 0;
	}
	event.ts = s.ts;
	event.pid = s.pid;
	event.tid = s.tid;
	event.cpu = s.cpu;
	if (s.nr_chain && perf_event_failed((int)event.type, event.values)) {
		event.stack = perf_stack_new(&s);
		if (!event.stack)
			return -ENOMEM;
	}
	file->state->samples++;
	return queue(file, &event);
}

static void count_lost(struct perf_file *file, struct perf_bytes payload,
		       struct perf_file_lost *count)
{
	struct perf_sample trailer;
	__u64 lost;

	perf_trailer_parse(&file->attrs[0], payload, &trailer);
	if (!perf_take_u64(&payload, &lost))
		return;
	if (trailer.cpu >= PERF_MAX_CPUS)
		trailer.cpu = PERF_MAX_CPUS - 1;
	/* No buffer ever held more events: a larger number is wrong. */
	if (lost > UINT32_MAX)
		lost = UINT32_MAX;
	count->all += lost;
	count->by_cpu[trailer.cpu] += lost;
}

/* Reads PERF_RECORD_COMM. Only the name of a process counts, which is that of its first thread. */
static int read_comm(struct perf_file *file, struct perf_bytes payload)
{
	struct perf_event event = { .type = PERF_TASK_COMM };
	struct perf_sample trailer;
	size_t len;

	perf_trailer_parse(&file->attrs[0], payload, &trailer);
	if (!perf_take_u32(&payload, &event.pid) || !perf_take_u32(&payload, &event.tid) ||
	    event.pid != event.tid)
		return 0;
	len = strnlen((const char *)payload.at, payload.left);
	memcpy(event.comm, payload.at, len < sizeof(event.comm) ? len : sizeof(event.comm) - 1);
	event.ts = trailer.ts;
	return queue(file, &event);
}

/* Reads PERF_RECORD_FORK and PERF_RECORD_EXIT: pid, parent's pid, tid, parent's tid, time. */
static int read_task(struct perf_file *file, __u32 type, struct perf_bytes payload)
{
	struct perf_event event = { .type = type };
	__u32 parent, parent_tid;

	if (!perf_take_u32(&payload, &event.pid) || !perf_take_u32(&payload, &parent) ||
	    !perf_take_u32(&payload, &event.tid) || !perf_take_u32(&payload, &parent_tid) ||
	    !perf_take_u64(&payload, &event.ts))
		return 0;
	event.values[FORK_PARENT] = parent;
	return queue(file, &event);
}

/* Reads PERF_RECORD_HEADER_ATTR: an event's attributes, then the ids of its samples. */
static int read_attr(struct perf_file *file, struct perf_bytes payload)
{
	__u32 size;

	if (payload.left < PERF_ATTR_SIZE_VER0)
		return -EBADMSG;
	memcpy(&size, payload.at + offsetof(struct perf_event_attr, size), sizeof(size));
	if (size < PERF_ATTR_SIZE_VER0 || size > payload.left)
		return -EBADMSG;
	return perf_attr_add(file, perf_take(&payload, size), size, payload);
}

static int read_feature(struct perf_file *file, struct perf_bytes payload)
{
	__u64 feature;

	if (!perf_take_u64(&payload, &feature))
		return -EBADMSG;
	return perf_feature_parse(file, feature < 256 ? (unsigned int)feature : 0, payload);
}

static int take_record(struct perf_file *file, const struct perf_event_header *header,
		       struct perf_bytes payload)
{
	if (header->type == PERF_RECORD_HEADER_ATTR)
		return read_attr(file, payload);
	if (header->type == PERF_RECORD_HEADER_FEATURE)
		return read_feature(file, payload);
	if (!file->nr_attrs)
		return 0;
	switch (header->type) {
	case PERF_RECORD_SAMPLE:
		return read_sample(file, payload);
	case PERF_RECORD_LOST:
		perf_take(&payload, sizeof(__u64)); /* the event's id */
		count_lost(file, payload, &file->state->lost);
		return 0;
	case PERF_RECORD_LOST_SAMPLES:
		count_lost(file, payload, &file->state->lost_samples);
		return 0;
	case PERF_RECORD_COMM:
		return read_comm(file, payload);
	case PERF_RECORD_FORK:
		return read_task(file, PERF_TASK_FORK, payload);
	case PERF_RECORD_EXIT:
		return read_task(file, PERF_TASK_EXIT, payload);
	case PERF_RECORD_FINISHED_ROUND:
		return perf_order_round(&file->order, file->sink, file->ctx);
	default:
		return 0;
	}
}

static int unpack(struct perf_file *file, const struct perf_event_header *header,
		  struct perf_bytes payload)
{
	__u64 size = payload.left;

	if (header->type == PERF_RECORD_PACKED2 &&
	    (!perf_take_u64(&payload, &size) || size > payload.left))
		return -EBADMSG;
	payload.left = (size_t)size;
	return perf_unpack_records(file, payload, take_record);
}

/* Reads the bytes that belong to a record but stand behind it, outside its size. */
static int read_behind(struct perf_file *file, const struct perf_event_header *header,
		       struct perf_bytes payload)
{
	__u64 size = 0;
	__u32 size32 = 0;

	if (header->type == PERF_RECORD_AUXTRACE) {
		if (!perf_take_u64(&payload, &size))
			return -EBADMSG;
		return perf_file_skip(file, size);
	}
	if (!perf_take_u32(&payload, &size32))
		return -EBADMSG;
	return perf_file_formats(file, size32);
}

static int read_record(struct perf_file *file, const struct perf_event_header *header,
		       struct perf_bytes payload)
{
	switch (header->type) {
	case PERF_RECORD_PACKED:
	case PERF_RECORD_PACKED2:
		return unpack(file, header, payload);
	case PERF_RECORD_AUXTRACE:
	case PERF_RECORD_HEADER_TRACING_DATA:
		return read_behind(file, header, payload);
	default:
		return take_record(file, header, payload);
	}
}

static void cut_off(struct perf_file *file, __u64 at)
{
	snprintf(file->state->text, sizeof(file->state->text),
		 "it is cut off at byte %llu, inside a record", (unsigned long long)at);
}

/*
 * Reads one record. Returns 1 if there are no more; if there should be more, state->text says so.
 */
static int next_record(struct perf_file *file, __u8 *buffer)
{
	struct perf_event_header header;
	__u64 at = file->at;
	size_t n;
	int err;

	if (file->data.size && at - file->data.offset >= file->data.size)
		return 1;
	n = perf_file_get(file, &header, sizeof(header));
	if (!n && !file->data.size)
		return 1;
	if (n < sizeof(header)) {
		cut_off(file, at);
		return 1;
	}
	if (header.size < sizeof(header))
		err = -EBADMSG;
	else if (perf_file_get(file, buffer, header.size - sizeof(header)) <
		 header.size - sizeof(header))
		err = -EPIPE;
	else
		err = read_record(file, &header,
				  (struct perf_bytes){ buffer, header.size - sizeof(header) });
	if (err == -EPIPE) {
		cut_off(file, at);
		return 1;
	}
	if (err == -EBADMSG) {
		snprintf(file->state->text, sizeof(file->state->text),
			 "it is damaged at byte %llu, in a record of type %u",
			 (unsigned long long)at, header.type);
		return 1;
	}
	return err;
}

static int check_formats(struct perf_file *file, char *why, size_t size)
{
	if (file->formats.missing[0]) {
		snprintf(why, size,
			 "lacks %s: the kernel that it is from has other events than this sevtrace "
			 "knows",
			 file->formats.missing);
		return -ENODATA;
	}
	if (!file->has_formats) {
		snprintf(why, size,
			 "does not describe its events, as perf does that when it ends; where it "
			 "was recorded, give --events /sys/kernel/tracing/events, elsewhere a copy "
			 "of that folder");
		return -ENODATA;
	}
	for (int i = 0; i < PERF_NR_EVENTS; i++)
		if (perf_file_recorded(file, i))
			return 0;
	snprintf(why, size,
		 "holds none of sevtrace's events; record them by perf record -a "
		 "-e 'kvm_sev:*,ccp:*,kvm:kvm_vm_set_mem_attributes*,kvm:kvm_gmem_populate_step'");
	return -ENODATA;
}

int perf_file_check(struct perf_file *file, char *why, size_t size)
{
	return file->pipe ? 0 : check_formats(file, why, size);
}

int perf_file_read(struct perf_file *file, perf_file_sink sink, void *ctx,
		   struct perf_file_state *state, char *why, size_t why_size)
{
	__u8 *buffer = malloc(PERF_MAX_RECORD);
	int err = 0;

	memset(state, 0, sizeof(*state));
	if (!buffer)
		return -ENOMEM;
	file->sink = sink;
	file->ctx = ctx;
	file->state = state;
	while (!err)
		err = next_record(file, buffer);
	if (err == 1)
		err = perf_order_flush(&file->order, UINT64_MAX, sink, ctx);
	if (!err && file->pipe)
		err = check_formats(file, why, why_size);
	if (!err && file->cut && !state->text[0])
		snprintf(state->text, sizeof(state->text),
			 "perf did not finish it, or its end is cut off");
	state->complete = !err && !state->text[0];
	free(buffer);
	return err;
}
