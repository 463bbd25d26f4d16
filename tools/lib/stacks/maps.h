/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the files that the processes of live launches have mapped, and their addresses: a VMM whose
 * launch failed is often gone before anybody could look.
 */
#ifndef STACKS_MAPS_H
#define STACKS_MAPS_H

#include <stdint.h>

struct vmm_maps;

/* NULL: out of memory. */
struct vmm_maps *vmm_maps_new(void);
void vmm_maps_free(struct vmm_maps *m);

/* Reads the maps of a new launch's process, if the process still exists. Returns 0 or -ENOMEM. */
int vmm_maps_add(struct vmm_maps *m, uint32_t launch, uint32_t pid);

/* Forgets the maps of a launch that is over. */
void vmm_maps_drop(struct vmm_maps *m, uint32_t launch);

/* Returns the lines of maps at which a file begins, each with its newline; NULL: not known. */
const char *vmm_maps_get(const struct vmm_maps *m, uint32_t launch);

/*
 * Reads these lines of a process now; the caller frees them. NULL: the process is gone, or memory
 * is short; errno tells.
 */
char *vmm_maps_read(uint32_t pid);

#endif /* STACKS_MAPS_H */
