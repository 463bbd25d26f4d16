/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes a message out of what a logging program has wrapped around it. */
#ifndef LOGS_DECODE_H
#define LOGS_DECODE_H

#include <stdbool.h>
#include <stddef.h>

struct slice {
	char *at; /* NULL: none */
	size_t len;
};

enum field {
	FIELD_TEXT,
	FIELD_ERROR, /* a second message */
	FIELD_SANDBOX,
	FIELD_CONTAINER,
	FIELD_VM_PID, /* process of a VMM, whoever has written the message */
	FIELD_PID,
	FIELD_PROGRAM,
	FIELDS,
};

/* Parts of a line of a log; they point into the line. */
struct fields {
	struct slice field[FIELDS];
};

/* Takes the sequences that switch colours out of the text, in place. Returns what is left of it. */
size_t decode_colors(char *text, size_t len);

/*
 * Decodes a line in place: JSON of journalctl and of containers, and name=value pairs. Returns
 * whether it had a message inside; else the text is the whole line.
 */
bool decode_line(char *text, size_t len, struct fields *fields);

/* Sets the field that the journal's export format calls NAME, for "NAME=value". */
void decode_export(const char *name, size_t name_len, struct slice value, struct fields *fields);

#endif /* LOGS_DECODE_H */
