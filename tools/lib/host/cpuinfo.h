/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel and the processor say of the processor. */
#ifndef HOST_CPUINFO_H
#define HOST_CPUINFO_H

#include <stdbool.h>

#include "host/machine.h"

/* AMD64 Architecture Programmer's Manual vol. 3, appendix E, Fn8000_001F: bits of EAX. */
#define LEAF 0x8000001fU
#define LEAF_SEV (1U << 1)
#define LEAF_ES (1U << 3)
#define LEAF_SNP (1U << 4)
#define LEAF_COHERENT (1U << 10)

/* Returns what /proc/cpuinfo has after "key\t: " for the first processor, or NULL. */
const char *cpuinfo_value(const char *cpuinfo, const char *key);

/* Has the list, which ends with its line, this word? */
bool cpuinfo_has_word(const char *list, const char *word);

/* Tells whether both the kernel and the processor say that there is no SEV. */
bool host_is_without_sev(const struct system *sys);

#endif /* HOST_CPUINFO_H */
