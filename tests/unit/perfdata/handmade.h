/* SPDX-License-Identifier: GPL-2.0-only */
/* perf.data files made by hand, with two events that perf opened, and what is read of them. */
#ifndef PERFDATA_HANDMADE_H
#define PERFDATA_HANDMADE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "perfdata/internal.h"
#include "util/array.h"

#define DESTROY_ID 7
#define EXIT_ID 8
#define FIRST 0x11ULL /* ids of samples */
#define SECOND 0x22ULL
#define TYPE                                                                             \
	(PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU | \
	 PERF_SAMPLE_RAW)

enum feature {
	TRACING_DATA = 1,
	HOSTNAME = 3,
	OSRELEASE,
	VERSION,
	ARCH,
	NRCPUS,
	CMDLINE = 11,
	CLOCK = 29
};

struct header {
	char magic[8];
	__u64 size;
	__u64 attr_size;
	struct perf_section attrs;
	struct perf_section data;
	struct perf_section event_types;
	__u64 features[4];
};

struct bytes {
	char at[16384];
	size_t nr;
};

/* What was read. */
struct fixture {
	struct bytes b; /* the file */
	struct header h;
	struct bytes records;
	struct bytes feature[32];
	char why[256];
	struct perf_event events[16];
	struct perf_stack stacks[16];
	size_t nr;
	struct perf_file_state state;
	struct perf_file_info info; /* numbers of it */
	char texts[256];
};

static inline void put(struct bytes *b, const void *at, size_t size)
{
	assert_true(b->nr + size <= sizeof(b->at));
	if (size)
		memcpy(b->at + b->nr, at, size);
	b->nr += size;
}

static inline void put64(struct bytes *b, __u64 value)
{
	put(b, &value, sizeof(value));
}

static inline void put32(struct bytes *b, __u32 value)
{
	put(b, &value, sizeof(value));
}

static inline void put_sized(struct bytes *b, const char *text)
{
	put64(b, strlen(text));
	put(b, text, strlen(text));
}

/* Puts a text as features have it: its length with what fills it up, and that many bytes. */
static inline void put_text(struct bytes *b, const char *text)
{
	char room[32] = { 0 };

	strncpy(room, text, sizeof(room) - 1);
	put32(b, sizeof(room));
	put(b, room, sizeof(room));
}

static inline void put_formats(struct bytes *b)
{
	put(b, "\027\010\104tracing0.6\0\0\010\0\020\0\0", 20);
	put(b, "header_page\0", 12);
	put_sized(b, "");
	put(b, "header_event\0", 13);
	put_sized(b, "");
	put32(b, 0);
	put32(b, 1);
	put(b, "kvm_sev\0", 8);
	put32(b, 2);
	put_sized(b, "name: kvm_sev_vm_destroy_start\nID: 7\n"
		     "\tfield:u32 asid;\toffset:4;\tsize:4;\n");
	put_sized(b, "name: kvm_sev_cmd_exit\nID: 8\n"
		     "\tfield:u8 cmd;\toffset:4;\tsize:1;\n\tfield:u8 asid;\toffset:4;\tsize:1;\n"
		     "\tfield:u8 vm_type;\toffset:4;\tsize:1;\n"
		     "\tfield:u8 fw_error;\toffset:4;\tsize:1;\n"
		     "\tfield:int ret;\toffset:4;\tsize:4;\tsigned:1;\n");
}

/* Puts a record: its head, the payload, and the trailer of records that are no samples. */
static inline void put_record(struct fixture *f, __u32 type, const struct bytes *payload)
{
	const struct perf_event_header header = { .type = type,
						  .size = (__u16)(sizeof(header) + payload->nr) };

	put(&f->records, &header, sizeof(header));
	put(&f->records, payload->at, payload->nr);
}

static inline struct bytes sample(__u64 id, __u64 ts, __u32 cpu, __u16 event, __u32 value)
{
	struct bytes b = { .nr = 0 };

	put64(&b, id);
	put32(&b, 100);
	put32(&b, 101);
	put64(&b, ts);
	put32(&b, cpu);
	put32(&b, 0);
	put32(&b, 8);
	put(&b, &event, sizeof(event));
	put(&b, "\0\0", 2);
	put32(&b, value);
	return b;
}

static inline void put_sample(struct fixture *f, __u64 id, __u64 ts, __u16 event, __u32 value)
{
	const struct bytes b = sample(id, ts, 3, event, value);

	put_record(f, PERF_RECORD_SAMPLE, &b);
}

static inline void put_trailer(struct bytes *b, __u64 ts, __u32 cpu)
{
	put32(b, 0);
	put32(b, 0);
	put64(b, ts);
	put32(b, cpu);
	put32(b, 0);
	put64(b, FIRST);
}

/* Begins a file: formats, and a header as perf writes it; nothing is recorded yet. */
static inline void begin(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->h.magic, "PERFILE2", 8);
	f->h.size = sizeof(f->h);
	f->h.attr_size = sizeof(struct perf_event_attr) + sizeof(struct perf_section);
	put_formats(&f->feature[TRACING_DATA]);
}

/* Puts an event that perf opened, with the place of its id. */
static inline void put_attr(struct bytes *b, __u64 config, __u64 type, size_t ids_at)
{
	const struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT,
					      .size = sizeof(attr),
					      .config = config,
					      .sample_type = type,
					      .sample_id_all = 1 };
	const struct perf_section ids = { ids_at, 8 };

	put(b, &attr, sizeof(attr));
	put(b, &ids, sizeof(ids));
}

/* Puts the file together. change() may change the header, of which all is known then. */
static inline void build(struct fixture *f, void (*change)(struct header *h))
{
	struct perf_section at[32];
	size_t table;

	f->b.nr = sizeof(f->h);
	put64(&f->b, FIRST);
	put64(&f->b, SECOND);
	f->h.attrs.offset = f->b.nr;
	put_attr(&f->b, DESTROY_ID, TYPE, sizeof(f->h));
	put_attr(&f->b, EXIT_ID, TYPE | PERF_SAMPLE_CALLCHAIN, sizeof(f->h) + 8);
	f->h.attrs.size = f->b.nr - f->h.attrs.offset;
	f->h.data = (struct perf_section){ f->b.nr, f->records.nr };
	put(&f->b, f->records.at, f->records.nr);
	table = f->b.nr;
	for (int i = 0; i < 32; i++) {
		if (!f->feature[i].nr)
			continue;
		f->h.features[0] |= 1ULL << i;
		f->b.nr += sizeof(at[0]);
	}
	for (int i = 0; i < 32; i++) {
		at[i] = (struct perf_section){ f->b.nr, f->feature[i].nr };
		put(&f->b, f->feature[i].at, f->feature[i].nr);
		if (!f->feature[i].nr)
			continue;
		memcpy(f->b.at + table, &at[i], sizeof(at[i]));
		table += sizeof(at[i]);
	}
	if (change)
		change(&f->h);
	memcpy(f->b.at, &f->h, sizeof(f->h));
}

static inline int see(void *ctx, const struct perf_event *event)
{
	struct fixture *f = ctx;

	assert_true(f->nr < ARRAY_SIZE(f->events));
	f->events[f->nr] = *event;
	if (event->stack)
		f->stacks[f->nr] = *event->stack;
	f->nr++;
	return 0;
}

static inline const char *or_none(const char *text)
{
	return text ? text : "-";
}

/* Opens, checks and reads it. Returns the first error. */
static inline int import(struct fixture *f)
{
	int fd = memfd_create("perf", MFD_CLOEXEC), err;
	const struct perf_file_info *info;
	struct perf_file *file;
	char path[32];

	f->nr = 0;
	assert_true(fd >= 0 && write(fd, f->b.at, f->b.nr) == (ssize_t)f->b.nr);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = perf_file_open(path, NULL, &file, f->why, sizeof(f->why));
	if (!err)
		err = perf_file_check(file, f->why, sizeof(f->why));
	if (!err)
		err = perf_file_read(file, see, f, &f->state, f->why, sizeof(f->why));
	if (file) {
		info = perf_file_info(file);
		f->info = *info;
		snprintf(f->texts, sizeof(f->texts), "%s %s %s %s", or_none(info->hostname),
			 or_none(info->kernel), or_none(info->version), or_none(info->machine));
		for (size_t i = 0; info->command && info->command[i]; i++)
			snprintf(f->texts + strlen(f->texts), sizeof(f->texts) - strlen(f->texts),
				 ", %s", info->command[i]);
		assert_true(err || perf_file_recorded(file, PERF_DESTROY_START));
		assert_false(perf_file_recorded(file, PERF_STEP));
	}
	perf_file_free(file);
	close(fd);
	return err;
}

#endif /* PERFDATA_HANDMADE_H */
