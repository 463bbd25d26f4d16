/* SPDX-License-Identifier: GPL-2.0-only */
/* What a test prints, against a file of what it printed before. */
#ifndef EXPECTED_H
#define EXPECTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Returns what is in the file, or "" if there is none. The caller frees it. */
static inline char *expected_load(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t size = 0;
	char *text = NULL;

	if (!file)
		return strdup("");
	if (getdelim(&text, &size, EOF, file) < 0)
		text = strdup("");
	fclose(file);
	return text;
}

/* Fails with the first line in which two texts differ. */
static inline void expected_same(const char *path, const char *expected, const char *got)
{
	size_t line = 1;

	for (size_t at = 0; expected[at] || got[at]; at++) {
		if (expected[at] != got[at])
			fail_msg("%s:%zu is another now: %.80s", path, line, got + at);
		line += expected[at] == '\n';
	}
}

#endif /* EXPECTED_H */
