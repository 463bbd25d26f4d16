/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults that change while the machine runs: a file of them, read again when it changes. */
#ifndef PSP_FAULTFILE_H
#define PSP_FAULTFILE_H

#include <sys/stat.h>

#include "spec.h"

struct fault_file {
	const char *path; /* NULL: there is none, and nothing is ever read */
	struct stat read; /* of the file as it was read last; zero: not yet, or it was missing */
	struct faults faults;
};

/*
 * Reads the file again if it is another one than before, or was written since: a fault a line as
 * fault_parse() has it, empty lines and such that begin with # aside. What it says takes the place
 * of what it said, and nth counts anew. A file that is not there is one without faults. 0, or
 * -errno with a message that names the line; the faults are then those of before.
 */
int fault_file_refresh(struct fault_file *file, struct spec_error *error);
void fault_file_free(struct fault_file *file);

#endif /* PSP_FAULTFILE_H */
