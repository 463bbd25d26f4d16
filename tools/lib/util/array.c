// SPDX-License-Identifier: GPL-2.0-only
#include "util/array.h"

#include <stdlib.h>
#include <string.h>

void *array_add(void **array, size_t *nr, size_t size)
{
	size_t n = *nr;
	char *grown;

	/* The room doubles at each power of two, so nobody has to store it. */
	if (!(n & (n - 1))) {
		grown = reallocarray(*array, n ? n * 2 : 1, size);
		if (!grown)
			return NULL;
		*array = grown;
	}
	grown = *array;
	memset(grown + n * size, 0, size);
	*nr = n + 1;
	return grown + n * size;
}
