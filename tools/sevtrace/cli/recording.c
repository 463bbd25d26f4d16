// SPDX-License-Identifier: GPL-2.0-only
#include "cli/recording.h"

#include <string.h>

#include "cli/say.h"

int recording_read(const char *command, const char *path, struct model *m,
		   struct tracefile_state *state, const char *going_on)
{
	struct tracefile_reader *reader;
	char why[256];
	int err = tracefile_open(path, &reader, why, sizeof(why));

	if (err) {
		say_error(command, "%s %s", path, why);
		return err;
	}
	err = model_read(m, reader, state);
	tracefile_reader_free(reader);
	if (err)
		say_error(command, "cannot read %s: %s", path, strerror(-err));
	else if (!state->complete)
		say_error(command, "%s: %s; %s", path, state->text, going_on);
	return err;
}
