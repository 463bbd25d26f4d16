/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a recording for a subcommand. */
#ifndef CLI_RECORDING_H
#define CLI_RECORDING_H

#include "model/model.h"
#include "tracefile/tracefile.h"

/*
 * Reads a recording into the model, which must be initialised and empty. Returns 0, or a negative
 * errno after it has printed what is wrong. A file that ends early is no error: going_on is the
 * text that tells the user how the part before the end is used.
 */
int recording_read(const char *command, const char *path, struct model *m,
		   struct tracefile_state *state, const char *going_on);

#endif /* CLI_RECORDING_H */
