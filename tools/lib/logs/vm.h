/* SPDX-License-Identifier: GPL-2.0-only */
/* Which guest a message is about, as far as the line names it. */
#ifndef LOGS_VM_H
#define LOGS_VM_H

#include "logs/decode.h"
#include "logs/internal.h"

/* The guest that the following lines are of, as the log is its own. */
struct vm_name {
	char name[LOG_VM]; /* empty: unknown */
};

/* Takes the name from a line such as QEMU's command line. */
void vm_note(struct vm_name *name, const char *text, size_t len);

/* Writes "process 101" or the like, or an empty text. */
void vm_find(const struct vm_name *name, const char *text, size_t len, const struct fields *fields,
	     char vm[LOG_VM]);

#endif /* LOGS_VM_H */
