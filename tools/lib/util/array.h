/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays that grow by one, and how many elements a fixed one has. */
#ifndef UTIL_ARRAY_H
#define UTIL_ARRAY_H

#include <stddef.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Adds a zeroed element at an array's end and counts *nr up. Returns the new element, or NULL
 * without memory; then nothing changed. The array is NULL while *nr is 0, and freed by free().
 */
void *array_add(void **array, size_t *nr, size_t size);
#define ARRAY_ADD(array, nr) array_add((void **)&(array), &(nr), sizeof(*(array)))

#endif /* UTIL_ARRAY_H */
