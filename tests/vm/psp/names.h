/* SPDX-License-Identifier: GPL-2.0-only */
/* Translates commands and statuses to names and back. */
#ifndef PSP_NAMES_H
#define PSP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* Return NULL if the code has no name. */
const char *psp_command_name(uint32_t code);
const char *psp_status_name(uint32_t status);

bool psp_command_by_name(const char *name, uint32_t *code);
bool psp_status_by_name(const char *name, uint32_t *status);

#endif /* PSP_NAMES_H */
