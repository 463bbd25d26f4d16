/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this folder share. */
#ifndef RECORDING_PAGE_INTERNAL_H
#define RECORDING_PAGE_INTERNAL_H

#include <jansson.h>

#include "detail/detail.h"

/* Returns the heat maps and lanes of a launch; NULL: no memory. */
json_t *detail_json(const struct detail_launch *detail);

#endif /* RECORDING_PAGE_INTERNAL_H */
