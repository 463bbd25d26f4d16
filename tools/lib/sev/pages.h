/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes PAGE records apart: into the steps and the command that they are made of. Does not trust
 * the record.
 */
#ifndef SEV_PAGES_H
#define SEV_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/record.h>

/* Returns the number of the record's steps that are there. */
static inline uint32_t page_steps(const struct sevtrace_rec_page *page)
{
	return page->nr_steps < SEVTRACE_PAGE_STEPS ? page->nr_steps : SEVTRACE_PAGE_STEPS;
}

/* Returns the step, counted from 0, that the command is part of; page_steps(): it is after them. */
static inline uint32_t page_psp_step(const struct sevtrace_rec_page *page)
{
	return page->psp_step - 1U;
}

/* Tells whether the record has a command. */
static inline bool page_has_command(const struct sevtrace_rec_page *page)
{
	return page->psp_step && page_psp_step(page) <= page_steps(page);
}

/* Returns the time of the command, which is part of its step. */
static inline uint64_t page_command_ns(const struct sevtrace_rec_page *page)
{
	return page->wait + page->prep + page->exec + page->reclaim;
}

/* Returns the duration of a step. */
static inline uint64_t page_step_ns(const struct sevtrace_rec_page *page, uint32_t step)
{
	return page->ns[step] + (page_psp_step(page) == step ? page_command_ns(page) : 0);
}

/* Returns the result of a step. */
static inline int32_t page_step_ret(const struct sevtrace_rec_page *page, uint32_t step)
{
	return step + 1 == page_steps(page) ? page->ret : 0;
}

/* Tells whether something in it failed. */
static inline bool page_failed(const struct sevtrace_rec_page *page)
{
	return page->ret || (page_has_command(page) && page->psp_ret);
}

/* Returns the command as a record of its own. ts: its end. */
struct sevtrace_rec_psp page_command(const struct sevtrace_rec_page *page, uint64_t ts);

/*
 * Calls fn for each step and the command, in order, as records of their own: STEP and PSP. The
 * record does not have the time between two steps, which is the tracer's own: each step ends where
 * the next one starts. Stops when fn returns a value other than 0, and returns it.
 */
int page_each(const struct sevtrace_rec_page *page,
	      int (*fn)(void *ctx, const union sevtrace_record *rec), void *ctx);

#endif /* SEV_PAGES_H */
