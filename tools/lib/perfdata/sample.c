// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parses one record. enum perf_event_type in include/uapi/linux/perf_event.h describes its layout.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "perfdata/internal.h"
#include "util/array.h"

#define SKIP_U64(type, flag, b) (!((type) & (flag)) || perf_take(b, sizeof(__u64)))

bool perf_sample_id(const struct perf_event_attr *any, struct perf_bytes payload, __u64 *id)
{
	static const __u64 before[] = { PERF_SAMPLE_IP, PERF_SAMPLE_TID, PERF_SAMPLE_TIME,
					PERF_SAMPLE_ADDR };

	if (any->sample_type & PERF_SAMPLE_IDENTIFIER)
		return perf_take_u64(&payload, id);
	if (!(any->sample_type & PERF_SAMPLE_ID))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(before); i++)
		if (!SKIP_U64(any->sample_type, before[i], &payload))
			return false;
	return perf_take_u64(&payload, id);
}

static bool take_pair(struct perf_bytes *b, __u64 present, __u32 *first, __u32 *second)
{
	return !present || (perf_take_u32(b, first) && perf_take_u32(b, second));
}

/* Skips PERF_SAMPLE_READ: the value of one counter, or those of a group. */
static bool skip_read(__u64 format, struct perf_bytes *b)
{
	__u64 times = !!(format & PERF_FORMAT_TOTAL_TIME_ENABLED) +
		      !!(format & PERF_FORMAT_TOTAL_TIME_RUNNING);
	__u64 per_value = 1 + !!(format & PERF_FORMAT_ID) + !!(format & PERF_FORMAT_LOST);
	__u64 nr = 1;

	if ((format & PERF_FORMAT_GROUP) && !perf_take_u64(b, &nr))
		return false;
	if (nr > b->left / sizeof(__u64))
		return false;
	return perf_take(b, (size_t)((times + nr * per_value) * sizeof(__u64))) != NULL;
}

static bool take_chain(struct perf_bytes *b, struct perf_sample *sample)
{
	__u64 nr;

	if (!perf_take_u64(b, &nr) || nr > b->left / sizeof(__u64))
		return false;
	sample->nr_chain = (size_t)nr;
	sample->chain = perf_take(b, sample->nr_chain * sizeof(__u64));
	return true;
}

static bool take_raw(struct perf_bytes *b, struct perf_sample *sample)
{
	__u32 size;

	if (!perf_take_u32(b, &size))
		return false;
	sample->raw_size = size;
	sample->raw = perf_take(b, size);
	return sample->raw != NULL;
}

int perf_sample_parse(const struct perf_event_attr *attr, struct perf_bytes b,
		      struct perf_sample *s)
{
	const __u64 needed = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW;
	__u64 type = attr->sample_type;
	__u32 unused;

	memset(s, 0, sizeof(*s));
	if ((type & needed) != needed)
		return -EINVAL;
	if (!SKIP_U64(type, PERF_SAMPLE_IDENTIFIER, &b) || !SKIP_U64(type, PERF_SAMPLE_IP, &b) ||
	    !take_pair(&b, 1, &s->pid, &s->tid) || !perf_take_u64(&b, &s->ts) ||
	    !SKIP_U64(type, PERF_SAMPLE_ADDR, &b) || !SKIP_U64(type, PERF_SAMPLE_ID, &b) ||
	    !SKIP_U64(type, PERF_SAMPLE_STREAM_ID, &b) ||
	    !take_pair(&b, type & PERF_SAMPLE_CPU, &s->cpu, &unused) ||
	    !SKIP_U64(type, PERF_SAMPLE_PERIOD, &b))
		return -EINVAL;
	if ((type & PERF_SAMPLE_READ) && !skip_read(attr->read_format, &b))
		return -EINVAL;
	if ((type & PERF_SAMPLE_CALLCHAIN) && !take_chain(&b, s))
		return -EINVAL;
	return take_raw(&b, s) ? 0 : -EINVAL;
}

void perf_trailer_parse(const struct perf_event_attr *attr, struct perf_bytes payload,
			struct perf_sample *s)
{
	static const __u64 parts[] = { PERF_SAMPLE_TID, PERF_SAMPLE_TIME,
				       PERF_SAMPLE_ID,	PERF_SAMPLE_STREAM_ID,
				       PERF_SAMPLE_CPU, PERF_SAMPLE_IDENTIFIER };
	__u64 type = attr->sample_id_all ? attr->sample_type : 0;
	struct perf_bytes b;
	__u32 unused;
	size_t size = 0;

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		size += type & parts[i] ? sizeof(__u64) : 0;
	if (size > payload.left)
		return;
	b = (struct perf_bytes){ payload.at + payload.left - size, size };
	take_pair(&b, type & PERF_SAMPLE_TID, &s->pid, &s->tid);
	if (type & PERF_SAMPLE_TIME)
		perf_take_u64(&b, &s->ts);
	if (SKIP_U64(type, PERF_SAMPLE_ID, &b) && SKIP_U64(type, PERF_SAMPLE_STREAM_ID, &b))
		take_pair(&b, type & PERF_SAMPLE_CPU, &s->cpu, &unused);
}

struct perf_stack *perf_stack_new(const struct perf_sample *sample)
{
	struct perf_stack *stack = calloc(1, sizeof(*stack));
	size_t kernel = 0, user = 0;
	bool in_user = false;

	for (size_t i = 0; stack && i < sample->nr_chain; i++) {
		__u64 ip;

		memcpy(&ip, sample->chain + i * sizeof(ip), sizeof(ip));
		if (ip >= (__u64)PERF_CONTEXT_MAX) {
			in_user = ip == (__u64)PERF_CONTEXT_USER;
			continue;
		}
		if (in_user && user < SEVTRACE_STACK_DEPTH)
			stack->user[user++] = ip;
		else if (!in_user && kernel < SEVTRACE_STACK_DEPTH)
			stack->kernel[kernel++] = ip;
	}
	return stack;
}
