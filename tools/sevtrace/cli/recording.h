/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a recording for a subcommand. */
#ifndef CLI_RECORDING_H
#define CLI_RECORDING_H

#include "model/model.h"
#include "tracefile/tracefile.h"

/*
 * Fills the model, which is initialised and empty. 0 or a negative errno, and says what is wrong.
 * A file that ends early is not wrong: going_on says what is done with what was read before.
 */
int recording_read(const char *command, const char *path, struct model *m,
		   struct tracefile_state *state, const char *going_on);

#endif /* CLI_RECORDING_H */
