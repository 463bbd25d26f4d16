// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/identity.h"
#include "host/misc_cgroup.h"
#include "sev/fields.h"
#include "sev/lacks.h"

/* Module of the tracepoints that every recording needs; loading it loads the other modules. */
#define MODULE "/sys/module/kvm_amd"
#define RETRY_NS 10000000000ULL

static int on_record(void *ctx, const struct sevtrace_rec *rec)
{
	struct watch *w = ctx;
	union sevtrace_record copy;

	record_copy(&copy, rec);
	return tally_record(&w->tally, &copy);
}

static int on_hist(void *ctx, const struct sevtrace_hist_key *key, const struct sevtrace_hist *hist)
{
	struct watch *w = ctx;

	return tally_hist(&w->tally, key, hist);
}

static void on_warning(void *ctx, const char *text)
{
	struct watch *w = ctx;

	w->say(w->ctx, text);
}

int watch_init(struct watch *w, const struct collector_options *options,
	       void (*say)(void *ctx, const char *text), void *ctx)
{
	*w = (struct watch){ .options = *options, .say = say, .ctx = ctx };
	/* Asks for records of failures only: all the rest is counted from histograms. */
	w->options.filter.failures = 1;
	w->options.system_wide = true;
	return tally_init(&w->tally);
}

void watch_free(struct watch *w)
{
	collector_close(w->collector);
	tally_free(&w->tally);
}

/*
 * Returns the inode of the module's folder, which changes when the module is loaded again; 0: it is
 * not loaded.
 */
static ino_t module_inode(void)
{
	struct stat st;

	return stat(MODULE, &st) ? 0 : st.st_ino;
}

int watch_attach(struct watch *w, char *why, size_t why_size)
{
	const struct collector_sink sink = {
		.record = on_record, .hist = on_hist, .warn = on_warning, .ctx = w, .warn_ctx = w
	};
	struct collector *c;
	int err;

	*why = '\0';
	if (!module_inode())
		return -ENOENT;
	err = collector_open(&w->options, &sink, &c, why, why_size);
	if (err)
		return err;
	/* Asks before attaching, since this may send a command to the PSP. */
	if (host_fw_api(w->fw_api, sizeof(w->fw_api)))
		w->fw_api[0] = '\0';
	err = collector_start(c, why, why_size);
	if (err) {
		collector_close(c);
		return err;
	}
	w->collector = c;
	w->choice = *collector_choice(c);
	snprintf(w->lacks, sizeof(w->lacks), "%s", collector_lacks(c));
	tally_source(&w->tally, lacks_read(w->lacks));
	w->let_go = 0;
	w->attachments++;
	return 0;
}

const char *watch_source(const struct watch *w)
{
	return event_choice_name(&w->choice);
}

bool watch_wants(const struct watch *w, uint64_t now)
{
	ino_t module;

	if (w->collector || now < w->retry)
		return false;
	module = module_inode();
	if (w->let_go && module == w->module && now - w->let_go < WATCH_LET_GO_NS)
		return false;
	return module != 0;
}

int watch_retry(struct watch *w, uint64_t now)
{
	char why[512];
	int err = watch_attach(w, why, sizeof(why));

	snprintf(w->trouble, sizeof(w->trouble), "%s", err ? why : "");
	if (!err) {
		snprintf(why, sizeof(why), "attached to %s again", event_choice_text(&w->choice));
		w->say(w->ctx, why);
		return 0;
	}
	/* Waits before the next try: modules are loaded one after the other. */
	w->retry = now + RETRY_NS;
	if (*why)
		w->say(w->ctx, why);
	return err == -ENOMEM ? err : 0;
}

static void add_counters(struct sevtrace_counters *to, const struct sevtrace_counters *base,
			 const struct sevtrace_counters *now)
{
	const struct sevtrace_counters both[] = { *base, *now };

	counters_sum(both, 2, to);
}

static int read_counters(struct watch *w)
{
	const struct sevtrace_counters *counters;
	struct sevtrace_counters sum;
	size_t nr;
	int err = collector_counters(w->collector, &counters, &nr);

	if (err)
		return err;
	counters_sum(counters, nr, &sum);
	add_counters(&w->counters, &w->base, &sum);
	w->tally.coherent |= sum.skipped_pages != 0;
	w->psp = collector_psp_now(w->collector);
	w->psp.busy_ns += w->psp_base_ns;
	return 0;
}

/* Adds what the programs that are attached have taken. Returns whether that is known. */
static bool add_cost(const struct watch *w, struct collector_cost *sum)
{
	struct collector_cost cost;

	if (!w->collector || !collector_cost(w->collector, &cost))
		return false;
	sum->runs += cost.runs;
	sum->ns += cost.ns;
	return true;
}

int watch_let_go(struct watch *w, uint64_t now)
{
	int err = 0;

	w->module = module_inode();
	w->let_go = now;
	if (!w->collector)
		return 0;
	err = collector_finish(w->collector);
	if (!err)
		err = read_counters(w);
	if (!err)
		err = tally_detach(&w->tally);
	add_cost(w, &w->cost_base);
	collector_close(w->collector);
	w->collector = NULL;
	w->base = w->counters;
	w->psp_base_ns = w->psp.busy_ns;
	w->psp = (struct sevtrace_psp_now){ .busy_ns = w->psp_base_ns };
	return err;
}

bool watch_behind(const struct watch *w)
{
	return w->collector && collector_behind(w->collector);
}

int watch_drain(struct watch *w)
{
	return w->collector ? collector_drain(w->collector) : 0;
}

static int take(void *ctx, uint32_t launch, bool over)
{
	struct watch *w = ctx;

	return collector_take_launch(w->collector, launch, over);
}

struct looking {
	struct watch *watch;
	const struct tally_live *live;
};

static int on_look(void *ctx, const struct sevtrace_hist_key *key, const struct sevtrace_hist *hist)
{
	const struct looking *looking = ctx;
	struct watch *w = looking->watch;
	int ret = tally_look(&w->tally, key, hist, looking->live);

	return ret > 0 ? collector_take(w->collector, key) : ret;
}

/*
 * Asks for the live launches first. A launch that is not among them has ended, and the record of
 * its end is already in the buffer (or was dropped).
 */
int watch_refresh(struct watch *w, uint64_t now)
{
	struct collector_live live = { 0 };
	struct tally_live numbers;
	struct looking looking = { w, &numbers };
	int err;

	if (!w->collector)
		return 0;
	tally_mark(&w->tally);
	err = collector_live(w->collector, &live);
	numbers = (struct tally_live){ live.numbers, live.nr, live.last };
	if (!err)
		err = collector_drain_all(w->collector);
	if (!err)
		err = collector_look(w->collector, on_look, &looking);
	if (!err)
		err = read_counters(w);
	if (!err)
		err = tally_settle(&w->tally, &numbers, now, take, w);
	free(live.numbers);
	return err;
}

static struct page_asids asids_of(const char *name)
{
	char text[MISC_SIZE];
	struct page_asids asids = { -1, -1 };

	if (misc_read(&system_host, "misc.capacity", text))
		asids.all = misc_value(text, name);
	if (misc_read(&system_host, "misc.current", text))
		asids.used = misc_value(text, name);
	return asids;
}

void watch_describe(const struct watch *w, struct page *page)
{
	struct collector_cost cost = w->cost_base;

	page->programs_counted = add_cost(w, &cost) || cost.runs;
	page->program_runs = cost.runs;
	page->program_ns = cost.ns;
	page->attached = w->collector != NULL;
	page->attachments = w->attachments;
	page->counters = w->counters;
	page->tally = &w->tally;
	page->psp = w->psp;
	page->sev = asids_of("sev");
	page->sev_es = asids_of("sev_es");
	page->map_bytes = w->collector ? collector_map_bytes(w->collector) : 0;
	page->host[HOST_FW_API] = w->fw_api;
	page->host[HOST_LACKS] = w->lacks;
}
