/* SPDX-License-Identifier: GPL-2.0-only */
/* The options by which a subcommand that reads a recording takes only some of its launches. */
#ifndef CLI_SELECTION_H
#define CLI_SELECTION_H

#include "cli/options.h"
#include "report/selection.h"

#define SELECTION_OPTIONS 11

struct selection {
	struct option_row options[SELECTION_OPTIONS]; /* for OPT_GROUP() */
	struct report_selection launches; /* see selection_take() */
	/* as given; NULL: not given */
	const char *numbers, *pid, *slowest, *ioctl, *step, *since, *until, *min_latency;
};

/* Fills the options, which point into s. Call selection_free() at the end. */
void selection_init(struct selection *s);
void selection_free(struct selection *s);

/* For a subcommand whose options have this letter already: it goes on by its name alone. */
void selection_without_letter(struct selection *s, char letter);

/*
 * Parses what was given into s->launches. Returns 0, or a negative errno after it has printed what
 * is wrong, in the name of the subcommand.
 */
int selection_take(struct selection *s, const char *command);

/*
 * Chooses among a model's launches: *shown is as selection_choose() returns it, or NULL if nothing
 * was asked for. Returns 0, or -ENOMEM after it has printed that.
 */
int selection_of(const struct selection *s, const char *command, const struct model *m,
		 bool **shown);

#endif /* CLI_SELECTION_H */
