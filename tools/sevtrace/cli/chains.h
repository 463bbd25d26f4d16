/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a recording's launches as chains, for a subcommand that predicts. */
#ifndef CLI_CHAINS_H
#define CLI_CHAINS_H

#include "model/model.h"
#include "predict/chain.h"
#include "tracefile/tracefile.h"

/*
 * Adds a recording to the chains, and reads it into the model, which must be initialised and empty.
 * going_on: see struct recording_reading. Returns 0, or a negative errno after it has printed what
 * is wrong.
 */
int chains_read(const char *command, const char *path, const char *going_on, struct chains *chains,
		struct model *m, struct tracefile_state *state);

#endif /* CLI_CHAINS_H */
