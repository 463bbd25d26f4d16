/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations shared by the files of the launch model. */
#ifndef MODEL_INTERNAL_H
#define MODEL_INTERNAL_H

#include "model/model.h"

/*
 * Returns the launch of a number and creates it if it is new. NULL with *err 0: the number of
 * launches has reached MODEL_MAX_LAUNCHES.
 */
struct model_launch *model_launch(struct model *m, uint32_t number, int *err);
struct model_command *launch_command(struct model_launch *l, uint32_t ioctl);
struct model_psp *launch_psp(struct model_launch *l, uint32_t cmd);

/* Allocates zeroed memory for a launch, within the model's budget. */
void *launch_alloc(struct model_launch *l, size_t size);
#define LAUNCH_ADD(l, array, nr) \
	model_budget_add((l)->budget, &(l)->charged, (void **)&(array), &(nr), sizeof(*(array)))

/* Adds a sample to the histogram, of a series of the launch, that is rebuilt from records. */
int series_add(struct model_launch *l, struct series *s, uint64_t ns, uint64_t pages);

/*
 * Add a record to the figures of its launch, and to its failures. Call figures_add() first: it asks
 * which ioctl the thread is in. Return 0 or -ENOMEM.
 */
int figures_add(struct model_launch *l, const union sevtrace_record *rec);
int failure_add(struct model_launch *l, const union sevtrace_record *rec);

/* Tells whether the thread is inside an ioctl. */
bool launch_in_ioctl(const struct model_launch *l, uint32_t tid);

#endif /* MODEL_INTERNAL_H */
