// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <string.h>

#include "sev/fields.h"
#include "sev/names.h"
#include "util/text.h"

#define F(type, member, kind)                                         \
	{                                                             \
#member, FIELD_##kind, offsetof(struct type, member), \
			sizeof(((struct type *)0)->member), 0, 0      \
	}
#define F_IF(type, member, kind, flag)                                                     \
	{                                                                                  \
#member, FIELD_##kind, offsetof(struct type, member),                      \
			sizeof(((struct type *)0)->member), offsetof(struct type, flag), 0 \
	}
#define F_BIT(type, text, member, bit)                             \
	{                                                          \
		text, FIELD_BOOL, offsetof(struct type, member),   \
			sizeof(((struct type *)0)->member), 0, bit \
	}

static const struct record_event events[SEVTRACE_REC_END] = {
#define R sevtrace_rec_launch_begin
	[SEVTRACE_REC_LAUNCH_BEGIN] = { "launch_begin",
					{ F(R, pid, NUMBER), F(R, comm, COMM),
					  F(R, vm_type, VM_TYPE), F(R, joined, BOOL),
					  F(R, started, NUMBER) } },
#undef R
#define R sevtrace_rec_launch_end
	[SEVTRACE_REC_LAUNCH_END] = { "launch_end",
				      { F(R, asid, NUMBER), F(R, destroyed, BOOL),
					F_IF(R, exit_signal, NUMBER, exiting),
					F_IF(R, exit_status, NUMBER, exiting),
					F(R, duration, NUMBER) } },
#undef R
#define R sevtrace_rec_ioctl_enter
	[SEVTRACE_REC_IOCTL_ENTER] = { "ioctl_enter",
				       { F(R, ioctl, IOCTL), F(R, addr, HEX), F(R, len, NUMBER) } },
#undef R
#define R sevtrace_rec_ioctl_exit
	[SEVTRACE_REC_IOCTL_EXIT] = { "ioctl_exit",
				      { F(R, ioctl, IOCTL), F(R, ret, SIGNED), F(R, fw_error, HEX),
					F(R, vm_type, VM_TYPE), F(R, asid, NUMBER),
					F(R, psp_asked, BOOL), F(R, psp_answered, BOOL),
					F(R, duration, NUMBER) } },
#undef R
#define R sevtrace_rec_range_start
	[SEVTRACE_REC_RANGE_START] = { "range_start",
				       { F(R, gfn, FRAME), F(R, uaddr, HEX), F(R, npages, NUMBER),
					 F(R, page_type, PAGE_TYPE), F(R, private_pages, BOOL),
					 F(R, slot, SIGNED) } },
#undef R
#define R sevtrace_rec_range_end
	[SEVTRACE_REC_RANGE_END] = { "range_end",
				     { F(R, gfn, FRAME), F(R, uaddr, HEX), F(R, npages, NUMBER),
				       F(R, done, NUMBER), F(R, ret, SIGNED),
				       F(R, page_type, PAGE_TYPE), F(R, private_pages, BOOL),
				       F(R, duration, NUMBER) } },
#undef R
#define R sevtrace_rec_step
	[SEVTRACE_REC_STEP] = { "step",
				{ F(R, step, STEP), F(R, gfn, FRAME), F(R, pfn, FRAME),
				  F(R, npages, NUMBER), F(R, ret, SIGNED), F(R, ioctl, IOCTL),
				  F(R, page_type, PAGE_TYPE), F(R, private_pages, BOOL),
				  F_BIT(R, "skipped", marks, SEVTRACE_MARK_SKIPPED),
				  F_BIT(R, "inferred", marks, SEVTRACE_MARK_INFERRED),
				  F(R, duration, NUMBER) } },
#undef R
#define R sevtrace_rec_psp
	[SEVTRACE_REC_PSP] = { "psp",
			       { F(R, cmd, COMMAND), F(R, depth, NUMBER), F(R, asked, BOOL),
				 F(R, answered, BOOL), F_IF(R, status, STATUS, answered),
				 F(R, ret, SIGNED), F_IF(R, err_lo, HEX, extra),
				 F_IF(R, err_hi, HEX, extra), F(R, wait, NUMBER),
				 F(R, prep, NUMBER), F(R, exec, NUMBER), F(R, reclaim, NUMBER) } },
#undef R
#define R sevtrace_rec_attr
	[SEVTRACE_REC_ATTR] = { "attributes",
				{ F(R, start, FRAME), F(R, end, FRAME), F(R, attributes, HEX),
				  F(R, ret, SIGNED), F(R, wait, NUMBER), F(R, duration, NUMBER) } },
#undef R
#define R sevtrace_rec_meanwhile
	[SEVTRACE_REC_MEANWHILE] = { "meanwhile",
				     { F(R, ran, NUMBER), F(R, ready, NUMBER),
				       F(R, minor_faults, NUMBER), F(R, major_faults, NUMBER),
				       F(R, duration, NUMBER) } },
#undef R
#define R sevtrace_rec_run
	[SEVTRACE_REC_RUN] = { "run", { F(R, vcpu, NUMBER) } },
#undef R
#define R sevtrace_rec_guest
	[SEVTRACE_REC_GUEST] = { "guest",
				 { F(R, exits, NUMBER), F(R, given, NUMBER),
				   F(R, to_private, NUMBER), F(R, to_shared, NUMBER),
				   F(R, rmp_faults, NUMBER), F(R, memory, NUMBER) } },
#undef R
#define R sevtrace_rec_milestone
	[SEVTRACE_REC_MILESTONE] = { "milestone", { F(R, port, HEX), F(R, value, HEX) } },
#undef R
#define R sevtrace_rec_stack
	[SEVTRACE_REC_STACK] = { "stack",
				 { F(R, pid, NUMBER), F(R, kernel, STACK), F(R, user, STACK) } },
#undef R
#define R sevtrace_rec_sample
	[SEVTRACE_REC_SAMPLE] = { "sample",
				  { F(R, pid, NUMBER), F(R, in_kernel, BOOL), F(R, in_ioctl, BOOL),
				    F(R, period, NUMBER), F(R, user, STACK) } },
#undef R
#define R sevtrace_rec_name
	[SEVTRACE_REC_NAME] = { "name", { F(R, kind, NAME_KIND), F(R, text, TEXT) } },
#undef R
};

const struct record_event *record_event(uint32_t type)
{
	return type < SEVTRACE_REC_END && events[type].name ? &events[type] : NULL;
}

static uint64_t unsigned_value(const struct record_field *f, const char *at)
{
	uint64_t value = 0;

	/* this machine is little endian, like the file */
	memcpy(&value, at, f->size < sizeof(value) ? f->size : sizeof(value));
	return f->mask ? !!(value & f->mask) : value;
}

static int64_t signed_value(const char *at)
{
	int32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static const char *value_of(const struct record_field *f, const union sevtrace_record *rec)
{
	return (const char *)rec + f->offset;
}

bool record_is_valid(const struct record_field *f, const union sevtrace_record *rec)
{
	return !f->when || ((const char *)rec)[f->when];
}

static bool is_no_frame(const struct record_field *f, const union sevtrace_record *rec)
{
	return f->kind == FIELD_FRAME && unsigned_value(f, value_of(f, rec)) == SEVTRACE_NO_FRAME;
}

bool record_has_value(const struct record_field *f, const union sevtrace_record *rec)
{
	return record_is_valid(f, rec) && !is_no_frame(f, rec);
}

static const char *known_name(enum record_field_kind kind, uint32_t value)
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
	case FIELD_NAME_KIND:
		return name_kind_key(value);
	default:
		return NULL;
	}
}

/* Writes the addresses as "0x1,0x2", up to the first one that is 0. */
static void stack_text(const struct record_field *f, const char *at, char buf[RECORD_TEXT_LEN])
{
	size_t used = 0;
	uint64_t value;

	buf[0] = '\0';
	for (size_t i = 0; i < f->size / sizeof(value) && used < RECORD_TEXT_LEN; i++) {
		memcpy(&value, at + i * sizeof(value), sizeof(value));
		if (!value)
			break;
		used += (size_t)snprintf(buf + used, RECORD_TEXT_LEN - used, "%s0x%" PRIx64,
					 i ? "," : "", value);
	}
}

const char *record_text(const struct record_field *f, const union sevtrace_record *rec,
			char buf[RECORD_TEXT_LEN])
{
	const char *at = value_of(f, rec);
	uint64_t value = unsigned_value(f, at);
	char text[SEVTRACE_NAME_LEN + 1] = "";

	switch (f->kind) {
	case FIELD_NUMBER:
	case FIELD_BOOL:
		snprintf(buf, RECORD_TEXT_LEN, "%" PRIu64, value);
		break;
	case FIELD_SIGNED:
		snprintf(buf, RECORD_TEXT_LEN, "%" PRId64, signed_value(at));
		break;
	case FIELD_FRAME:
	case FIELD_HEX:
		if (is_no_frame(f, rec))
			return "none";
		snprintf(buf, RECORD_TEXT_LEN, "0x%" PRIx64, value);
		break;
	case FIELD_COMM:
	case FIELD_TEXT:
		memcpy(text, at, f->size);
		text_clean(buf, RECORD_TEXT_LEN, text);
		break;
	case FIELD_STACK:
		stack_text(f, at, buf);
		break;
	default:
		return name_or_hex(known_name(f->kind, (uint32_t)value), value, buf);
	}
	return buf;
}

/* Prints a value as JSON. */
static void json_value(FILE *out, const struct record_field *f, const union sevtrace_record *rec)
{
	char buf[RECORD_TEXT_LEN];
	const char *text = record_text(f, rec, buf);

	switch (f->kind) {
	case FIELD_BOOL:
		fputs(unsigned_value(f, value_of(f, rec)) ? "true" : "false", out);
		return;
	case FIELD_NUMBER:
	case FIELD_SIGNED:
		fputs(text, out);
		return;
	default:
		break;
	}
	if (is_no_frame(f, rec))
		fputs("null", out);
	else
		text_quote(out, text);
}

void record_json(FILE *out, const struct record_event *event, const union sevtrace_record *rec)
{
	for (const struct record_field *f = event->fields; f->name; f++) {
		if (!record_is_valid(f, rec) || f->kind == FIELD_COMM)
			continue;
		fputs(",\"", out);
		fputs(f->name, out);
		fputs("\":", out);
		json_value(out, f, rec);
	}
}

void record_copy(union sevtrace_record *to, const struct sevtrace_rec *rec)
{
	memset(to, 0, sizeof(*to));
	memcpy(to, rec, rec->size < sizeof(*to) ? rec->size : sizeof(*to));
}
