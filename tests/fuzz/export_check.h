/* SPDX-License-Identifier: GPL-2.0-only */
/* What every export has to be, whatever it was made from. Aborts when it is not. */
#ifndef EXPORT_CHECK_H
#define EXPORT_CHECK_H

#include <stddef.h>

/* name: of the format. */
void export_check(const char *name, const char *text, size_t size);

#endif /* EXPORT_CHECK_H */
