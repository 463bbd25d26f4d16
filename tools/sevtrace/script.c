// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace script: one line a record. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "commands.h"
#include "names.h"
#include "options.h"
#include "text.h"

enum field_kind {
	FIELD_NUMBER,
	FIELD_SIGNED,
	FIELD_BOOL,
	FIELD_HEX,
	FIELD_FRAME, /* hex, or "none" */
	FIELD_IOCTL,
	FIELD_STEP,
	FIELD_VM_TYPE,
	FIELD_PAGE_TYPE,
	FIELD_COMMAND,
	FIELD_STATUS,
	FIELD_TEXT, /* of the size in bytes, NUL if shorter */
	FIELD_STACK,
};

struct field {
	const char *name;
	enum field_kind kind;
	size_t offset;
	size_t size;
	size_t when; /* offset of a __u8: the field is only valid when that is not 0; 0: always */
};

#define F(type, member, kind)                                         \
	{                                                             \
#member, FIELD_##kind, offsetof(struct type, member), \
			sizeof(((struct type *)0)->member), 0         \
	}
#define F_IF(type, member, kind, flag)                                                  \
	{                                                                               \
#member, FIELD_##kind, offsetof(struct type, member),                   \
			sizeof(((struct type *)0)->member), offsetof(struct type, flag) \
	}

#define MAX_FIELDS 16

static const struct event {
	enum sevtrace_record_type type;
	const char *name;
	struct field fields[MAX_FIELDS]; /* the last has no name */
} events[] = {
#define R sevtrace_rec_launch_begin
	{ SEVTRACE_REC_LAUNCH_BEGIN,
	  "launch_begin",
	  { F(R, pid, NUMBER), F(R, comm, TEXT), F(R, vm_type, VM_TYPE), F(R, joined, BOOL) } },
#undef R
#define R sevtrace_rec_launch_end
	{ SEVTRACE_REC_LAUNCH_END,
	  "launch_end",
	  { F(R, asid, NUMBER), F(R, destroyed, BOOL), F(R, duration, NUMBER) } },
#undef R
#define R sevtrace_rec_ioctl_enter
	{ SEVTRACE_REC_IOCTL_ENTER,
	  "ioctl_enter",
	  { F(R, ioctl, IOCTL), F(R, addr, HEX), F(R, len, NUMBER) } },
#undef R
#define R sevtrace_rec_ioctl_exit
	{ SEVTRACE_REC_IOCTL_EXIT,
	  "ioctl_exit",
	  { F(R, ioctl, IOCTL), F(R, ret, SIGNED), F(R, fw_error, HEX), F(R, vm_type, VM_TYPE),
	    F(R, asid, NUMBER), F(R, psp_asked, BOOL), F(R, psp_answered, BOOL),
	    F(R, duration, NUMBER) } },
#undef R
#define R sevtrace_rec_range_start
	{ SEVTRACE_REC_RANGE_START,
	  "range_start",
	  { F(R, gfn, FRAME), F(R, uaddr, HEX), F(R, npages, NUMBER), F(R, page_type, PAGE_TYPE),
	    F(R, private_pages, BOOL), F(R, slot, SIGNED) } },
#undef R
#define R sevtrace_rec_range_end
	{ SEVTRACE_REC_RANGE_END,
	  "range_end",
	  { F(R, gfn, FRAME), F(R, uaddr, HEX), F(R, npages, NUMBER), F(R, done, NUMBER),
	    F(R, ret, SIGNED), F(R, page_type, PAGE_TYPE), F(R, private_pages, BOOL),
	    F(R, duration, NUMBER) } },
#undef R
#define R sevtrace_rec_step
	{ SEVTRACE_REC_STEP,
	  "step",
	  { F(R, step, STEP), F(R, gfn, FRAME), F(R, pfn, FRAME), F(R, npages, NUMBER),
	    F(R, ret, SIGNED), F(R, ioctl, IOCTL), F(R, page_type, PAGE_TYPE),
	    F(R, private_pages, BOOL), F(R, skipped, BOOL), F(R, duration, NUMBER) } },
#undef R
#define R sevtrace_rec_psp
	{ SEVTRACE_REC_PSP,
	  "psp",
	  { F(R, cmd, COMMAND), F(R, depth, NUMBER), F(R, asked, BOOL), F(R, answered, BOOL),
	    F_IF(R, status, STATUS, answered), F(R, ret, SIGNED), F_IF(R, err_lo, HEX, extra),
	    F_IF(R, err_hi, HEX, extra), F(R, wait, NUMBER), F(R, prep, NUMBER), F(R, exec, NUMBER),
	    F(R, reclaim, NUMBER) } },
#undef R
#define R sevtrace_rec_attr
	{ SEVTRACE_REC_ATTR,
	  "attributes",
	  { F(R, start, FRAME), F(R, end, FRAME), F(R, attributes, HEX), F(R, ret, SIGNED),
	    F(R, wait, NUMBER), F(R, duration, NUMBER) } },
#undef R
#define R sevtrace_rec_stack
	{ SEVTRACE_REC_STACK,
	  "stack",
	  { F(R, pid, NUMBER), F(R, kernel, STACK), F(R, user, STACK) } },
#undef R
};

/* What a script run carries along. */
struct script {
	struct model model; /* for the names of the launches' processes, and the results */
	bool as_json;
};

static uint64_t unsigned_value(const struct field *f, const char *at)
{
	uint64_t value = 0;

	/* little endian, as the file is */
	memcpy(&value, at, f->size < sizeof(value) ? f->size : sizeof(value));
	return value;
}

static int64_t signed_value(const char *at)
{
	int32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static const char *known_name(enum field_kind kind, uint32_t value)
{
	switch (kind) {
	case FIELD_IOCTL:
		return ioctl_name(value);
	case FIELD_STEP:
		return step_name(value);
	case FIELD_VM_TYPE:
		return vm_type_name(value);
	case FIELD_PAGE_TYPE:
		return value ? page_type_name(value) : "none";
	case FIELD_COMMAND:
		return psp_command_name(value);
	case FIELD_STATUS:
		return psp_status_name(value);
	default:
		return NULL;
	}
}

/* The value as text; buf holds at least a stack's. */
static void format_value(const struct field *f, const char *at, char *buf, size_t size)
{
	uint64_t value = unsigned_value(f, at);
	char name[NAME_LEN];
	char raw[SEVTRACE_COMM_LEN + 1] = "";
	size_t used = 0;

	switch (f->kind) {
	case FIELD_NUMBER:
	case FIELD_BOOL:
		snprintf(buf, size, "%" PRIu64, value);
		break;
	case FIELD_SIGNED:
		snprintf(buf, size, "%" PRId64, signed_value(at));
		break;
	case FIELD_HEX:
		snprintf(buf, size, "0x%" PRIx64, value);
		break;
	case FIELD_FRAME:
		snprintf(buf, size, value == SEVTRACE_NO_FRAME ? "none" : "0x%" PRIx64, value);
		break;
	case FIELD_TEXT:
		memcpy(raw, at, f->size < sizeof(raw) ? f->size : sizeof(raw) - 1);
		text_clean(buf, size, raw);
		break;
	case FIELD_STACK:
		buf[0] = '\0';
		for (size_t i = 0; i < f->size / sizeof(value) && used < size; i++) {
			memcpy(&value, at + i * sizeof(value), sizeof(value));
			if (!value)
				break;
			used += (size_t)snprintf(buf + used, size - used, "%s0x%" PRIx64,
						 i ? "," : "", value);
		}
		break;
	default:
		snprintf(buf, size, "%s",
			 name_or_hex(known_name(f->kind, (uint32_t)value), value, name));
	}
}

static const char *comm_of(struct script *s, uint32_t launch, char *buf, size_t size)
{
	for (size_t i = s->model.nr_launches; launch && i > 0; i--)
		if (s->model.launches[i - 1]->number == launch)
			return text_clean(buf, size, s->model.launches[i - 1]->comm);
	return "-";
}

static bool is_set(const struct field *f, const union tracefile_record *rec)
{
	return !f->when || ((const char *)rec)[f->when];
}

static void print_line(struct script *s, const struct event *event,
		       const union tracefile_record *rec)
{
	char comm[SEVTRACE_COMM_LEN * 2];
	char value[SEVTRACE_STACK_DEPTH * 20];

	printf("%16s %7u [%03u] %6" PRIu64 ".%09" PRIu64 ": %s: launch=%u",
	       comm_of(s, rec->h.launch, comm, sizeof(comm)), rec->h.tid, rec->h.cpu,
	       (uint64_t)rec->h.ts / 1000000000, (uint64_t)rec->h.ts % 1000000000, event->name,
	       rec->h.launch);
	for (const struct field *f = event->fields; f->name; f++) {
		if (!is_set(f, rec))
			continue;
		format_value(f, (const char *)rec + f->offset, value, sizeof(value));
		printf(" %s=%s", f->name, value);
	}
	putchar('\n');
}

static json_t *json_value(const struct field *f, const char *at)
{
	char value[SEVTRACE_STACK_DEPTH * 20];

	switch (f->kind) {
	case FIELD_NUMBER:
		return json_integer((json_int_t)unsigned_value(f, at));
	case FIELD_SIGNED:
		return json_integer(signed_value(at));
	case FIELD_BOOL:
		return json_boolean(unsigned_value(f, at) != 0);
	case FIELD_FRAME:
		if (unsigned_value(f, at) == SEVTRACE_NO_FRAME)
			return json_null();
		break;
	default:
		break;
	}
	format_value(f, at, value, sizeof(value));
	return json_string(value);
}

static int print_json(struct script *s, const struct event *event,
		      const union tracefile_record *rec)
{
	char comm[SEVTRACE_COMM_LEN * 2];
	json_t *line = json_pack("{s:I,s:s,s:I,s:s,s:I,s:I}", "ts", (json_int_t)rec->h.ts, "event",
				 event->name, "launch", (json_int_t)rec->h.launch, "comm",
				 comm_of(s, rec->h.launch, comm, sizeof(comm)), "tid",
				 (json_int_t)rec->h.tid, "cpu", (json_int_t)rec->h.cpu);
	int err = line ? 0 : -1;

	for (const struct field *f = event->fields; !err && f->name; f++)
		if (is_set(f, rec))
			err = json_object_set_new(line, f->name,
						  json_value(f, (const char *)rec + f->offset));
	/* What cannot be written shows in the stream's state. */
	if (!err && !json_dumpf(line, stdout, JSON_COMPACT))
		putchar('\n');
	json_decref(line);
	return err ? -ENOMEM : 0;
}

static int visit_record(void *ctx, const union tracefile_record *rec)
{
	struct script *s = ctx;
	int ret = model_feed(&s->model, rec);

	if (ret)
		return ret;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (events[i].type != rec->h.type)
			continue;
		if (s->as_json)
			return print_json(s, &events[i], rec);
		print_line(s, &events[i], rec);
	}
	return 0;
}

static int visit_cpu_drops(void *ctx, const struct tracefile_cpu_drops *drops)
{
	struct script *s = ctx;

	return model_cpu_drops(&s->model, drops);
}

/* What the lines on stdout lack is said on stderr. */
static void print_losses(const struct script *s, const char *path,
			 const struct tracefile_state *state)
{
	struct tracefile_cpu_drops sum;

	if (!state->complete)
		fprintf(stderr, "sevtrace script: %s: %s; this is what was read before\n", path,
			state->text);
	if (model_drops(&s->model, &sum) && sum.dropped)
		fprintf(stderr,
			"sevtrace script: %s: %" PRIu64 " of %" PRIu64
			" events were dropped in recording\n",
			path, (uint64_t)sum.dropped, (uint64_t)sum.emitted);
}

static int script_file(struct script *s, const char *path)
{
	static const struct tracefile_visitor visitor = { .record = visit_record,
							  .cpu_drops = visit_cpu_drops };
	struct tracefile_reader *reader;
	struct tracefile_state state;
	char why[256];
	int ret;

	if (tracefile_open(path, &reader, why, sizeof(why))) {
		fprintf(stderr, "sevtrace script: %s %s\n", path, why);
		return EXIT_OWN_FAILURE;
	}
	ret = tracefile_read(reader, &visitor, s, &state);
	tracefile_reader_free(reader);
	if (ret) {
		fprintf(stderr, "sevtrace script: %s cannot be read: %s\n", path, strerror(-ret));
		return EXIT_OWN_FAILURE;
	}
	print_losses(s, path, &state);
	if (fflush(stdout) || ferror(stdout)) {
		perror("sevtrace script: cannot write");
		return EXIT_OWN_FAILURE;
	}
	return model_failed(&s->model) ? EXIT_LAUNCH_FAILED : EXIT_ALL_OK;
}

int cmd_script(int argc, char **argv)
{
	struct script script = { 0 };
	const struct option_row options[] = {
		{ 'j', "json", NULL, "print one JSON object a line", &script.as_json, NULL },
	};
	const struct command_usage usage = {
		.name = "script",
		.synopsis = "[FILE]",
		.summary = "Print every record of FILE (" DEFAULT_FILE "), one a line",
		.options = options,
		.nr_options = sizeof(options) / sizeof(options[0]),
		.max_operands = 1,
	};
	int operand;
	int ret;

	switch (options_parse(&usage, argc, argv, &operand)) {
	case PARSE_DONE:
		return EXIT_ALL_OK;
	case PARSE_WRONG:
		return EXIT_USAGE;
	case PARSE_GO_ON:
		break;
	}
	model_init(&script.model);
	ret = script_file(&script, operand < argc ? argv[operand] : DEFAULT_FILE);
	model_free(&script.model);
	return ret;
}
