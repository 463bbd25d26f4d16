/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which files the processes of live launches have mapped, and where: a VMM whose launch failed is
 * often gone before anybody could look.
 */
#ifndef STACKS_MAPS_H
#define STACKS_MAPS_H

#include <stdint.h>

struct vmm_maps;

/* NULL: out of memory. */
struct vmm_maps *vmm_maps_new(void);
void vmm_maps_free(struct vmm_maps *m);

/* A launch has begun: reads its process's maps, if it is there. 0 or -ENOMEM. */
int vmm_maps_add(struct vmm_maps *m, uint32_t launch, uint32_t pid);

/* It is over. */
void vmm_maps_drop(struct vmm_maps *m, uint32_t launch);

/* The lines of maps where a file begins, each with its newline; NULL: not known. */
const char *vmm_maps_get(const struct vmm_maps *m, uint32_t launch);

/*
 * The same of a process now, for the caller to free. NULL: it is gone, or there is no memory; errno
 * tells.
 */
char *vmm_maps_read(uint32_t pid);

#endif /* STACKS_MAPS_H */
