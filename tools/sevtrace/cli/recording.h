/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a recording for a subcommand. */
#ifndef CLI_RECORDING_H
#define CLI_RECORDING_H

#include "model/model.h"
#include "tracefile/tracefile.h"

/*
 * Opens a recording. Returns 0, or a negative errno after it has printed what is wrong. The caller
 * calls tracefile_reader_free().
 */
int recording_open(const char *command, const char *path, struct tracefile_reader **reader);

/*
 * Refuses to write to the recording that is read. output: NULL: stdout. Returns 0, or -EINVAL after
 * it has printed what is wrong.
 */
int recording_refuse_output(const char *command, const char *path, const char *output);

/* How a recording is read. */
struct recording_reading {
	const char *command;
	const char *path;
	/* tells how the part before an early end is used, which is no error; NULL: says nothing */
	const char *going_on;
	model_each each; /* called for each record after the model has it; NULL: nothing */
	void *ctx;
};

/*
 * Reads a recording into the model, which must be initialised and empty. Returns 0, or a negative
 * errno after it has printed what is wrong.
 */
int recording_fill(const struct recording_reading *r, struct tracefile_reader *reader,
		   struct model *m, struct tracefile_state *state);

/* Does all of this for who only wants the model. */
int recording_read(const char *command, const char *path, struct model *m,
		   struct tracefile_state *state, const char *going_on);

#endif /* CLI_RECORDING_H */
