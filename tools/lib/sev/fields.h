/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each type of record holds, field by field, as a table: one row a field, with its name and
 * how it reads. Whatever prints records one by one reads it, so that a field has the same name
 * and the same value everywhere.
 */
#ifndef SEV_FIELDS_H
#define SEV_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <linux/types.h>

#include <sevtrace/record.h>

#define RECORD_MAX_FIELDS 16
#define RECORD_TEXT_LEN (20UL * SEVTRACE_STACK_DEPTH) /* enough for any field as text */

enum record_field_kind {
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
	FIELD_COMM, /* of SEVTRACE_COMM_LEN bytes, NUL if shorter */
	FIELD_STACK,
};

struct record_field {
	const char *name;
	enum record_field_kind kind;
	size_t offset; /* in the record */
	size_t size;
	size_t when; /* offset of a __u8: the field is only valid when that is not 0; 0: always */
};

struct record_event {
	const char *name; /* "ioctl_enter" */
	struct record_field fields[RECORD_MAX_FIELDS]; /* the last has no name */
};

/* The table's row of an enum sevtrace_record_type; NULL for one this version does not know. */
const struct record_event *record_event(uint32_t type);

/* Is the field one of this record, going by the flag that says so? */
bool record_is_valid(const struct record_field *f, const union sevtrace_record *rec);

/* Is it, and is its value not a frame that is not known? */
bool record_has_value(const struct record_field *f, const union sevtrace_record *rec);

/*
 * The value as text: "5", "0x1f", "rmp_update"; what is untrusted in it is cleaned. Returns buf or
 * a constant.
 */
const char *record_text(const struct record_field *f, const union sevtrace_record *rec,
			char buf[RECORD_TEXT_LEN]);

/*
 * Prints every field that is valid as members of a JSON object, each with a comma before it:
 * numbers and booleans as such, a frame that is not known as null, the rest as strings. Without
 * comm, which belongs to the launch and stands before the fields.
 */
void record_json(FILE *out, const struct record_event *event, const union sevtrace_record *rec);

/* A record of any size as one of the union; what a shorter one lacks is 0. */
void record_copy(union sevtrace_record *to, const struct sevtrace_rec *rec);

#endif /* SEV_FIELDS_H */
