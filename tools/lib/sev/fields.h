/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fields of each type of record as a table: one row for each field, with its name and format.
 * Everything that prints single records uses the table, so a field has the same name and value
 * everywhere.
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
	FIELD_COMM, /* SEVTRACE_COMM_LEN bytes, ends with NUL if shorter */
	FIELD_STACK,
	FIELD_NAME_KIND,
	FIELD_TEXT, /* ends with NUL if shorter than the field */
};

struct record_field {
	const char *name;
	enum record_field_kind kind;
	size_t offset; /* offset in the record */
	size_t size;
	/* offset of a __u8: the field is valid only if that is not 0; 0: always valid */
	size_t when;
	uint64_t mask; /* bits of the number that are of this field; 0: all */
};

struct record_event {
	const char *name; /* "ioctl_enter" */
	struct record_field fields[RECORD_MAX_FIELDS]; /* the last one has no name */
};

/*
 * Returns the table's row of an enum sevtrace_record_type; NULL if this version does not know it,
 * and for a page, which is printed as its parts: sev/pages.h.
 */
const struct record_event *record_event(uint32_t type);

/* Tells whether the record has the field, by the flag at f->when. */
bool record_is_valid(const struct record_field *f, const union sevtrace_record *rec);

/* Tells whether the record has the field and its value is not an unknown frame. */
bool record_has_value(const struct record_field *f, const union sevtrace_record *rec);

/*
 * Returns the value as text: "5", "0x1f", "rmp_update". Cleans untrusted text. The result is buf or
 * a constant.
 */
const char *record_text(const struct record_field *f, const union sevtrace_record *rec,
			char buf[RECORD_TEXT_LEN]);

/*
 * Prints all valid fields as members of a JSON object, each with a comma before it: numbers and
 * booleans as such, an unknown frame as null, the rest as strings. Omits comm, which belongs to the
 * launch and stands before the fields.
 */
void record_json(FILE *out, const struct record_event *event, const union sevtrace_record *rec);

/* Copies a record of any size into the union; fields that a shorter one lacks are 0. */
void record_copy(union sevtrace_record *to, const struct sevtrace_rec *rec);

#endif /* SEV_FIELDS_H */
