/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults that can change while the machine runs: a file that is read again whenever it changes. */
#ifndef PSP_FAULTFILE_H
#define PSP_FAULTFILE_H

#include <sys/stat.h>

#include "spec.h"

struct fault_file {
	const char *path; /* NULL: there is no file, and nothing is read */
	struct stat read; /* status of the file when last read; zero: not read yet, or missing */
	struct faults faults;
};

/*
 * Reads the file again if it has been replaced or written to. Each line has a fault as for
 * fault_parse(); empty lines and lines that begin with # are ignored. The new faults replace the
 * old ones, and their counts for nth start again. A missing file has no faults. Returns 0, or
 * -errno with a message that names the line; the old faults then stay.
 */
int fault_file_refresh(struct fault_file *file, struct spec_error *error);
void fault_file_free(struct fault_file *file);

#endif /* PSP_FAULTFILE_H */
