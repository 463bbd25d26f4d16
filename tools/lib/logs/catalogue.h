/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a message catalogue of gettext, a .mo file as its manual describes it ("The Format of GNU
 * MO Files"), of either byte order. The file is not trusted: whatever it says is held to its size.
 */
#ifndef LOGS_CATALOGUE_H
#define LOGS_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#define CATALOGUE_TEXT 1024 /* a longer message is left out */
#define CATALOGUE_MESSAGES 65536 /* later ones are left out */

/*
 * Calls each() for every message and its translation, as far as they are sound; of those with a
 * plural for the singular. Returns 0, -EINVAL for what is no catalogue, or -ENOTSUP if its texts
 * are not UTF-8; or what each() returned, if that is not 0, which ends it.
 */
int catalogue_read(const unsigned char *data, size_t size,
		   int (*each)(void *ctx, const char *message, const char *translation), void *ctx);

#endif /* LOGS_CATALOGUE_H */
