/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the launch model share. */
#ifndef MODEL_INTERNAL_H
#define MODEL_INTERNAL_H

#include "model/model.h"

/* The launch of a number, made when it is new; NULL and *err 0: beyond MODEL_MAX_LAUNCHES. */
struct model_launch *model_launch(struct model *m, uint32_t number, int *err);
struct model_command *launch_command(struct model_launch *l, uint32_t ioctl);
struct model_psp *launch_psp(struct model_launch *l, uint32_t cmd);

/* Adds a sample to what is rebuilt from records. */
int series_add(struct series *s, uint64_t ns, uint64_t pages);

/*
 * What a record adds to the figures of its launch and to its failures; the figures come first, as
 * they ask which ioctl the thread is in. 0 or -ENOMEM.
 */
int figures_add(struct model_launch *l, const union sevtrace_record *rec);
int failure_add(struct model_launch *l, const union sevtrace_record *rec);

/* Is the thread inside an ioctl? */
bool launch_in_ioctl(const struct model_launch *l, uint32_t tid);

#endif /* MODEL_INTERNAL_H */
