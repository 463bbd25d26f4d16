/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries of the journal as 'journalctl -o export' writes them. */
#ifndef LOGS_EXPORT_ENTRY_H
#define LOGS_EXPORT_ENTRY_H

#include <stdint.h>

#include "logs/decode.h"
#include "logs/reader.h"

#define ENTRY_MESSAGE 8192 /* bytes of a message that are kept */
#define ENTRY_VALUE 80 /* of any other field */

struct export_entry {
	bool any; /* one is under way */
	uint64_t line; /* of its message */
	struct fields fields;
	char message[ENTRY_MESSAGE];
	char values[FIELDS][ENTRY_VALUE];
};

/* Does a line begin an entry? */
bool export_begins(const char *text, size_t len);

/*
 * Takes the next line of an entry; NULL: the file ends. Reads what else of the file belongs to it.
 * Returns 1 when the entry is complete and has a message, 0 when there is more, or a negative
 * errno.
 */
int export_take(struct export_entry *entry, struct reader *reader, char *text, size_t len);
void export_reset(struct export_entry *entry);

#endif /* LOGS_EXPORT_ENTRY_H */
