/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEV_LACKS_JSON_H
#define SEV_LACKS_JSON_H

#include <stdint.h>

#include <jansson.h>

/* Returns the texts of a set, see sev/lacks.h. The caller owns the reference; NULL: no memory. */
json_t *lacks_json(uint32_t lacks);

#endif /* SEV_LACKS_JSON_H */
