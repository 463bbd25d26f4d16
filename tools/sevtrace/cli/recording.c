// SPDX-License-Identifier: GPL-2.0-only
#include "cli/recording.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/say.h"

int recording_open(const char *command, const char *path, struct tracefile_reader **reader)
{
	char why[256];
	int err = tracefile_open(path, reader, why, sizeof(why));

	if (err)
		say_error(command, "%s %s", path, why);
	return err;
}

static bool same_file(const char *a, const char *b)
{
	struct stat left;
	struct stat right;

	return !stat(a, &left) && !stat(b, &right) && left.st_dev == right.st_dev &&
	       left.st_ino == right.st_ino;
}

int recording_refuse_output(const char *command, const char *path, const char *output)
{
	if (!output || !same_file(path, output))
		return 0;
	say_error(command, "%s is the input; name another file to write to", output);
	return -EINVAL;
}

int recording_fill(const struct recording_reading *r, struct tracefile_reader *reader,
		   struct model *m, struct tracefile_state *state)
{
	int err = model_read_each(m, reader, state, r->each, r->ctx);

	if (err)
		say_error(r->command, "cannot read %s: %s", r->path, strerror(-err));
	else if (!state->complete && r->going_on)
		say_error(r->command, "%s: %s; %s", r->path, state->text, r->going_on);
	return err;
}

int recording_read(const char *command, const char *path, struct model *m,
		   struct tracefile_state *state, const char *going_on)
{
	const struct recording_reading reading = { .command = command,
						   .path = path,
						   .going_on = going_on };
	struct tracefile_reader *reader;
	int err = recording_open(command, path, &reader);

	if (err)
		return err;
	err = recording_fill(&reading, reader, m, state);
	tracefile_reader_free(reader);
	return err;
}
