/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations shared by the files of the launch model. */
#ifndef MODEL_INTERNAL_H
#define MODEL_INTERNAL_H

#include <errno.h>

#include "model/model.h"
#include "stats/hist.h"

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

/*
 * The same for an array from which elements are taken away: what it had room for once is used
 * again, and not charged again. *most: the most elements that it had.
 */
#define LAUNCH_ADD_AGAIN(l, array, nr, most) \
	launch_add_again(l, (void **)&(array), &(nr), &(most), sizeof(*(array)))
void *launch_add_again(struct model_launch *l, void **array, size_t *nr, size_t *most, size_t size);

/*
 * Returns the histogram of a launch at *hist, and creates it if there is none. NULL: no memory, or
 * the model's budget is used up.
 */
struct sevtrace_hist *hist_of(struct model_launch *l, struct sevtrace_hist **hist);

/* Adds a sample to the histogram, of a series of the launch, that is rebuilt from records. */
static inline int series_add(struct model_launch *l, struct series *s, uint64_t ns, uint64_t pages)
{
	struct sevtrace_hist *hist = s->records ? s->records : hist_of(l, &s->records);

	if (!hist)
		return -ENOMEM;
	hist_add(hist, ns, 1, pages);
	return 0;
}

/*
 * Add a record to the figures of its launch, and to its failures. Call figures_add() first: it asks
 * which ioctl the thread is in. Return 0 or -ENOMEM.
 */
int figures_add(struct model_launch *l, const union sevtrace_record *rec);
int failure_add(struct model_launch *l, const union sevtrace_record *rec, size_t symbols);

/* Returns when something began that took so long. A file may hold any times. */
static inline uint64_t begin_of(uint64_t end, uint64_t duration)
{
	return duration < end ? end - duration : 0;
}

/* Returns the thread's operation, or NULL. */
struct model_op *launch_op(const struct model_launch *l, uint32_t tid);

/* Tells whether the thread is inside an ioctl. */
bool launch_in_ioctl(const struct model_launch *l, uint32_t tid);

/* Take what a record tells of the guest after its launch. Return 0 or -ENOMEM. */
int guest_add(struct model_launch *l, const struct sevtrace_rec_guest *rec);
int guest_milestone(struct model_launch *l, const struct sevtrace_rec_milestone *rec);

/* Takes a sample of the VMM. symbols: those that came before it. Returns 0 or -ENOMEM. */
int profile_add(struct model_launch *l, const struct sevtrace_rec_sample *rec, size_t symbols);

#endif /* MODEL_INTERNAL_H */
