// SPDX-License-Identifier: GPL-2.0-only
#include "cli/chains.h"

#include "cli/recording.h"
#include "cli/say.h"

int chains_read(const char *command, const char *path, const char *going_on, struct chains *chains,
		struct model *m, struct tracefile_state *state)
{
	struct chains_reading with = { chains, m };
	const struct recording_reading reading = {
		.command = command,
		.path = path,
		.going_on = going_on,
		.each = chains_each,
		.ctx = &with,
	};
	struct tracefile_reader *reader;
	int err = recording_open(command, path, &reader);

	if (err)
		return err;
	err = recording_fill(&reading, reader, m, state);
	tracefile_reader_free(reader);
	if (!err && chains_end(chains, m))
		err = say_out_of_memory(command);
	return err;
}
