// SPDX-License-Identifier: GPL-2.0-only
/* What makes a prediction less sure than it looks. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "predict/internal.h"
#include "sev/names.h"
#include "util/array.h"

/* A step grows if it takes so many times as long, and that is so much of the launches' time. */
#define GROWS 1.25
#define GROWS_SHARE 0.02
#define MORE_AT_ONCE 1.5

int warn(struct predict_result *r, const char *format, ...)
{
	struct predict_warning *w = ARRAY_ADD(r->warnings, r->nr_warnings);
	va_list args;

	if (!w)
		return -ENOMEM;
	va_start(args, format);
	vsnprintf(w->text, sizeof(w->text), format, args);
	va_end(args);
	return 0;
}

static int warn_few(struct predict_result *r)
{
	size_t nr = r->chains->nr;

	if (nr == 1)
		return warn(r, "one launch was recorded, so how launches differ is not known; "
			       "record ten at least");
	if (nr < PREDICT_FEW)
		return warn(r,
			    "only %zu launches were recorded, so intervals may be too narrow; "
			    "record ten at least",
			    nr);
	return 0;
}

static int warn_refused(struct predict_result *r)
{
	static const char *const why[CHAIN_REFUSALS] = {
		[CHAIN_NOT_FINISHED] = "failed or were not finished",
		[CHAIN_JOINED] = "began before the recording",
		[CHAIN_DROPPED] = "lack dropped events",
		[CHAIN_NO_COMMANDS] = "have no record of their PSP commands",
		[CHAIN_TOO_LONG] = "have more commands of different kinds than there is room for",
	};
	int err = 0;

	for (size_t i = 0; i < CHAIN_REFUSALS && !err; i++)
		if (r->chains->refused[i])
			err = warn(r, "left out: launches that %s (%" PRIu64 ")", why[i],
				   r->chains->refused[i]);
	return err;
}

static int warn_sizes(struct predict_result *r)
{
	uint64_t pages = r->request->pages, sizeless = 0, fewest = UINT64_MAX;
	char a[TEXT_LEN], b[TEXT_LEN], c[TEXT_LEN];

	for (size_t i = 0; i < r->chains->nr && pages; i++) {
		uint64_t of = r->chains->chains[i].pages;

		sizeless += !of;
		fewest = of && of < fewest ? of : fewest;
	}
	if (sizeless && warn(r, "launches without pages stay as they are (%" PRIu64 ")", sizeless))
		return -ENOMEM;
	if (!pages || !r->most_pages || (pages >= fewest && pages <= r->most_pages))
		return 0;
	return warn(
		r,
		"guests of %s pages are asked for, and of %s to %s were recorded: what a page takes "
		"is taken to stay the same",
		text_count(pages, a), text_count(fewest, b), text_count(r->most_pages, c));
}

static int warn_types(struct predict_result *r)
{
	const struct chains *c = r->chains;

	for (size_t i = 1; i < c->nr; i++)
		if (c->chains[i].vm_type != c->chains[0].vm_type)
			return warn(r, "guests of different types are mixed as they were recorded");
	return 0;
}

static int warn_waits(struct predict_result *r)
{
	const struct chains *c = r->chains;

	for (size_t i = 0; i < c->nr_recordings; i++)
		if (c->recordings[i].waits_unknown && c->recordings[i].concurrency > 1.05)
			return warn(
				r,
				"a recording with several launches at once does not tell waits "
				"for the PSP, so they are in the PSP's time; record one at a time");
	return 0;
}

static int warn_growth(struct predict_result *r, const char *what, double before, double after,
		       double share, const struct chain_recording *more)
{
	struct text_style plain = { 0 };
	char a[TEXT_LEN], b[TEXT_LEN];

	if (!(after > GROWS * before) || !(share >= GROWS_SHARE))
		return 0;
	return warn(
		r,
		"%s: %s with %.1f launches at once, %s with fewer: with more, launches may take "
		"longer than predicted",
		what, text_time(&plain, (uint64_t)fmin(after, 1e18), a), more->concurrency,
		text_time(&plain, (uint64_t)fmin(before, 1e18), b));
}

/* Compares a recording with the one that has the fewest launches at once. */
static int warn_steps(struct predict_result *r, const struct chain_recording *few,
		      const struct chain_recording *more)
{
	int err = 0;

	for (uint32_t step = 0; step < SEVTRACE_STEP_COUNT && !err; step++) {
		double before, after, extra;

		if (!(few->step_count[step] > 0) || !(more->step_count[step] > 0))
			continue;
		before = few->step_ns[step] / few->step_count[step];
		after = more->step_ns[step] / more->step_count[step];
		extra = (after - before) * more->step_count[step];
		err = warn_growth(r, step_name(step), before, after, extra / more->duration, more);
	}
	if (err)
		return err;
	return warn_growth(
		r, "outside of SEV ioctls", few->outside / (double)few->launches,
		more->outside / (double)more->launches,
		(more->outside / (double)more->launches - few->outside / (double)few->launches) *
			(double)more->launches / more->duration,
		more);
}

static int warn_concurrency(struct predict_result *r)
{
	const struct chains *c = r->chains;
	const struct chain_recording *few = NULL;
	int err = 0;

	for (size_t i = 0; i < c->nr_recordings; i++)
		if (c->recordings[i].launches &&
		    (!few || c->recordings[i].concurrency < few->concurrency))
			few = &c->recordings[i];
	for (size_t i = 0; i < c->nr_recordings && !err; i++)
		if (few && c->recordings[i].launches &&
		    c->recordings[i].concurrency > MORE_AT_ONCE * few->concurrency)
			err = warn_steps(r, few, &c->recordings[i]);
	return err;
}

static int warn_rate(struct predict_result *r)
{
	double an_hour = r->request->rate * 3600;

	if (an_hour < r->per_hour.value)
		return 0;
	return warn(
		r,
		"%.0f launches an hour are more than the PSP can do: the queue grows without end",
		an_hour);
}

/* Tells where the host's processors limit launches, too. */
static int warn_cpus(struct predict_result *r)
{
	for (size_t i = 0; i < r->nr_predictions; i++)
		if (r->predictions[i].cpus)
			return warn(r, "launches also take turns on the host's processors (%u)",
				    r->predictions[i].cpus);
	return 0;
}

int warn_all(struct predict_result *r)
{
	int err = warn_rate(r);

	if (!err)
		err = warn_cpus(r);
	if (!err)
		err = warn_few(r);
	if (!err)
		err = warn_refused(r);
	if (!err)
		err = warn_sizes(r);
	if (!err)
		err = warn_types(r);
	if (!err)
		err = warn_waits(r);
	return err ? err : warn_concurrency(r);
}
