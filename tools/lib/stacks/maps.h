/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files that a process has mapped, from /proc/PID/maps. A process may have tens of thousands of
 * mappings with names of 4 KiB each, so how much is read and kept is bounded.
 */
#ifndef STACKS_MAPS_H
#define STACKS_MAPS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "stacks/unwind.h"

#define MAPS_MAX_READ (4U << 20) /* bytes read of a process's maps */
#define MAPS_MAX_KEPT (32U << 10) /* bytes kept of them */
#define MAPS_MAX_FILES 512

/*
 * Reads the lines at which a file with code begins, each with its newline; never one of guest
 * memory. Of a process that ends meanwhile, only the first lines. The caller frees them. NULL: the
 * process is gone or has no files, or memory is short.
 */
char *maps_read(uint32_t pid);

/*
 * Splits such lines, in place, into files, which are not open, and adds them to the first nr, but
 * for those at addresses that one of these has. The names point into the lines. Returns how many
 * there are now.
 */
size_t maps_split(char *lines, struct unwind_file files[MAPS_MAX_FILES], size_t nr);

/*
 * Opens the files that the process has mapped. If the process is gone, opens what has the same name
 * and inode. Never opens anything but regular files, and never follows a link at a name's end. May
 * wait for a file system, which may be of the process's making.
 */
void maps_open(uint32_t pid, struct unwind_file *files, size_t nr);

/*
 * Names addresses by the file and the offset that they are in: "/usr/bin/vmm+0x1234". Leaves the
 * name of an address in no file empty. maps: an open /proc/PID/maps.
 */
void maps_name(FILE *maps, struct unwind_frame *frames, size_t nr);

#endif /* STACKS_MAPS_H */
