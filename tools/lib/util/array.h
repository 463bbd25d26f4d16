/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays that grow by one element, and the number of elements of a fixed array. */
#ifndef UTIL_ARRAY_H
#define UTIL_ARRAY_H

#include <stddef.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Adds a zeroed element at the end of an array and increments *nr. Returns the new element, or NULL
 * if memory is short; then nothing has changed. The array is NULL while *nr is 0; the caller frees
 * it by free().
 */
void *array_add(void **array, size_t *nr, size_t size);
#define ARRAY_ADD(array, nr) array_add((void **)&(array), &(nr), sizeof(*(array)))

#endif /* UTIL_ARRAY_H */
