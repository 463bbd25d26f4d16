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

/* A launch's failures, fed from model_feed(). 0 or -ENOMEM. */
int failure_ioctl_enter(struct model_launch *l, const struct sevtrace_rec_ioctl_enter *rec);
int failure_ioctl_exit(struct model_launch *l, const struct sevtrace_rec_ioctl_exit *rec);
int failure_range_start(struct model_launch *l, const struct sevtrace_rec_range_start *rec);
int failure_range_end(struct model_launch *l, const struct sevtrace_rec_range_end *rec);
int failure_step(struct model_launch *l, const struct sevtrace_rec_step *rec);
int failure_psp(struct model_launch *l, const struct sevtrace_rec_psp *rec);
int failure_stack(struct model_launch *l, const struct sevtrace_rec_stack *rec);
int failure_launch_end(struct model_launch *l);
int failure_attr(struct model_launch *l, const struct sevtrace_rec_attr *rec);

/* Is the thread inside an ioctl? */
bool launch_in_ioctl(const struct model_launch *l, uint32_t tid);

#endif /* MODEL_INTERNAL_H */
