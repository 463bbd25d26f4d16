// SPDX-License-Identifier: GPL-2.0-only
#include "top/launches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sev/pages.h"
#include "util/array.h"

#define JOINED_IDLE_NS 60000000000ULL
#define MAX_ERRORS 256 /* limit of different statuses; real firmware has fewer */

void live_init(struct live *live, uint64_t now)
{
	memset(live, 0, sizeof(*live));
	model_init(&live->model);
	live->started = live->refreshed = now;
}

void live_free(struct live *live)
{
	model_free(&live->model);
	free(live->launches);
	free(live->errors);
	memset(live, 0, sizeof(*live));
}

static int count_error(struct live *live, const struct sevtrace_rec_psp *rec)
{
	struct model_status_count *place;

	live->not_asked += !rec->asked;
	live->not_answered += rec->asked && !rec->answered;
	if (!rec->answered || !rec->status)
		return 0;
	for (size_t i = 0; i < live->nr_errors; i++) {
		if (live->errors[i].status == rec->status) {
			live->errors[i].count++;
			return 0;
		}
	}
	if (live->nr_errors == MAX_ERRORS)
		return 0;
	place = ARRAY_ADD(live->errors, live->nr_errors);
	if (!place)
		return -ENOMEM;
	*place = (struct model_status_count){ rec->status, 1 };
	return 0;
}

/*
 * Does the record belong to a launch that is shown? Launch numbers rise. But launches that begin at
 * the same time may come in another order, each with its LAUNCH_BEGIN first. Any other unknown
 * launch has been dropped before: its guest runs, maybe for months, and what it does now is no
 * launch.
 */
static bool wanted(const struct live *live, const struct sevtrace_rec *rec)
{
	return !rec->launch || rec->launch > live->highest ||
	       rec->type == SEVTRACE_REC_LAUNCH_BEGIN ||
	       model_position(&live->model, rec->launch) < live->model.nr_launches;
}

/* Counts a launch when it is over: after LAUNCH_FINISH, or when its VM is gone. */
static void note_end(struct live *live, size_t at, const union sevtrace_record *rec)
{
	const struct model_launch *l = live->model.launches[at];

	live->launches[at].gone |= rec->h.type == SEVTRACE_REC_LAUNCH_END;
	if (live->launches[at].over)
		return;
	if (!l->finished && rec->h.type != SEVTRACE_REC_LAUNCH_END)
		return;
	live->launches[at].over = rec->h.ts;
	live->results[launch_result(l)]++;
}

int live_feed(struct live *live, const union sevtrace_record *rec)
{
	struct live_launch *place;
	size_t at;
	int err = 0;

	if (rec->h.type == SEVTRACE_REC_PSP) {
		err = count_error(live, &rec->psp);
	} else if (rec->h.type == SEVTRACE_REC_PAGE && page_has_command(&rec->page)) {
		const struct sevtrace_rec_psp psp = page_command(&rec->page, rec->h.ts);

		err = count_error(live, &psp);
	}
	if (err || !wanted(live, &rec->h))
		return err;
	err = model_feed(&live->model, rec);
	if (err || !rec->h.launch)
		return err;
	if (live->model.nr_launches > live->nr_launches) {
		place = ARRAY_ADD(live->launches, live->nr_launches);
		if (!place)
			return -ENOMEM;
		place->number = rec->h.launch;
	}
	if (rec->h.launch > live->highest)
		live->highest = rec->h.launch;
	at = model_position(&live->model, rec->h.launch);
	if (at < live->nr_launches)
		note_end(live, at, rec);
	return 0;
}

static void forget(struct live *live, size_t at)
{
	struct live_launch *gone = &live->launches[at];

	model_forget(&live->model, gone->number);
	live->nr_launches--;
	memmove(gone, gone + 1, (live->nr_launches - at) * sizeof(*gone));
}

bool live_guest(const struct live *live, const struct model_launch *l,
		const struct live_launch *place)
{
	return live->guest_time && l->finished && !place->gone && launch_result(l) == MODEL_OK;
}

uint64_t live_pages(const struct model_launch *l)
{
	return launch_pages(l, false) + launch_pages(l, true) + l->guest.now.given;
}

/* Tells whether a launch that is over need not be shown any more. */
static bool is_past(const struct live *live, size_t at, uint64_t now)
{
	const struct model_launch *l = live->model.launches[at];
	const struct live_launch *place = &live->launches[at];
	uint64_t since = place->over, stays = LIVE_LINGER_NS;

	if (live_guest(live, l, place)) {
		/* Only SNP guests are given memory. */
		bool settles = place->grew || (l->run_ts && l->vm_type != SEVTRACE_VM_SNP);

		stays = settles ? LIVE_SETTLED_NS : LIVE_SILENT_NS;
		since = l->run_ts > since ? l->run_ts : since;
		since = place->grew > since ? place->grew : since;
	}
	return since && now > since && now - since > stays;
}

static void refresh_guest(struct live *live, size_t at, uint64_t now)
{
	const struct model_launch *l = live->model.launches[at];
	struct live_launch *place = &live->launches[at];
	uint64_t ran = live->guest_time((pid_t)l->pid);

	place->guest_cpus = 0;
	if (now > live->refreshed && place->guest_ns && ran > place->guest_ns)
		place->guest_cpus =
			(double)(ran - place->guest_ns) / (double)(now - live->refreshed);
	place->guest_ns = ran;
	if (l->guest.grew_ts)
		place->grew = l->guest.grew_ts;
}

static void refresh_launch(struct live *live, size_t at, uint64_t now)
{
	const struct model_launch *l = live->model.launches[at];
	struct live_launch *place = &live->launches[at];
	uint64_t pages = live_pages(l);

	place->rate = 0;
	if (now > live->refreshed && pages > place->pages)
		place->rate =
			(double)(pages - place->pages) * 1e9 / (double)(now - live->refreshed);
	place->pages = pages;
}

/*
 * Is this a guest that began before us and only runs? We saw an ioctl of it, such as GUEST_STATUS,
 * but none of a launch.
 */
static bool is_guest(const struct model_launch *l, uint64_t now)
{
	return l->joined && !l->nr_ops && now > l->last_ts && now - l->last_ts > JOINED_IDLE_NS;
}

void live_refresh(struct live *live, uint64_t now, const struct live_kernel *kernel,
		  bool (*alive)(pid_t pid))
{
	for (size_t i = live->nr_launches; i > 0; i--) {
		const struct model_launch *l = live->model.launches[i - 1];
		struct live_launch *place = &live->launches[i - 1];

		if (!place->gone && l->pid && !alive((pid_t)l->pid)) {
			place->gone = true;
			if (!place->over) {
				place->over = now;
				live->results[launch_result(l)]++;
			}
		}
		refresh_launch(live, i - 1, now);
		if (live_guest(live, l, place))
			refresh_guest(live, i - 1, now);
		if (!place->over && is_guest(l, now)) {
			forget(live, i - 1);
			continue;
		}
		if (place->over && is_past(live, i - 1, now))
			forget(live, i - 1);
	}
	live->before = live->kernel;
	live->kernel = *kernel;
	live->interval = now - live->refreshed;
	live->refreshed = now;
}
