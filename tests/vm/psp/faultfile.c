// SPDX-License-Identifier: GPL-2.0-only
/* See faultfile.h. */
#include "faultfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 512

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int fail(const struct fault_file *file, size_t line, const char *why,
		struct spec_error *error)
{
	snprintf(error->text, sizeof(error->text), "%.80s, line %zu: %.140s", file->path, line,
		 why);
	return -EINVAL;
}

static int read_lines(const struct fault_file *file, FILE *in, struct faults *faults,
		      struct spec_error *error)
{
	char line[LINE_MAX_BYTES];

	for (size_t number = 1; fgets(line, sizeof(line), in); number++) {
		struct spec_error why = { "" };
		size_t length = strcspn(line, "\n");
		int ret;

		if (!line[length] && !feof(in))
			return fail(file, number, "it is longer than 510 bytes", error);
		line[length] = '\0';
		if (!*line || *line == '#')
			continue;
		ret = fault_parse(line, faults, &why);
		if (ret)
			return ret == -ENOMEM ? ret : fail(file, number, why.text, error);
	}
	return ferror(in) ? fail(file, 1, "cannot be read", error) : 0;
}

int fault_file_refresh(struct fault_file *file, struct spec_error *error)
{
	struct faults faults = { 0 };
	struct stat now = { 0 };
	FILE *in;
	int ret = 0;

	if (!file->path)
		return 0;
	if (stat(file->path, &now))
		memset(&now, 0, sizeof(now));
	if (same_file(&now, &file->read))
		return 0;
	in = now.st_ino ? fopen(file->path, "re") : NULL;
	if (in) {
		ret = read_lines(file, in, &faults, error);
		fclose(in);
	} else if (now.st_ino) {
		ret = fail(file, 1, strerror(errno), error);
	}
	if (ret) {
		faults_free(&faults);
		return ret;
	}
	faults_free(&file->faults);
	file->faults = faults;
	file->read = now;
	return 0;
}

void fault_file_free(struct fault_file *file)
{
	faults_free(&file->faults);
	memset(&file->read, 0, sizeof(file->read));
}
