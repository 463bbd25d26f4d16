// SPDX-License-Identifier: GPL-2.0-only
/*
 * sevtrace record: records the launches of a command, of a running process, or of the whole host.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/session.h"
#include "cli/status.h"
#include "collector/collector.h"
#include "commands.h"
#include "explain/explain.h"
#include "host/identity.h"
#include "model/model.h"
#include "record/flight.h"
#include "sev/fields.h"
#include "sev/pages.h"
#include "sev/names.h"
#include "stacks/symbols.h"
#include "stacks/user_stacks.h"
#include "tracefile/tracefile.h"
#include "util/text.h"

#define COMMAND_STATUS_LEN 8
#define FLUSH_NS 1000000000ULL /* how much time a killed recorder loses at most */

#define NAME_FITS(id, name) \
	_Static_assert(sizeof(name) <= TRACEFILE_LOSS_NAME_LEN, "the file cuts this name");
SEVTRACE_LOSSES(NAME_FITS)
#undef NAME_FITS

struct recording {
	const struct record_options *options;
	struct session session;
	struct tracefile_writer *writer;
	struct symbols *symbols;
	struct host_info host;
	struct vmm_stacks *stacks;
	struct model model;
	uint64_t flushed; /* when the file was last flushed */
	uint64_t launches;
	uint64_t dropped; /* lost records, as last written to the file */
	uint64_t counted; /* the sum of all counts then: they only grow */
};

static void complain_file(const struct recording *r, int err)
{
	fprintf(stderr, "sevtrace record: cannot write %s: %s; what was recorded before is kept\n",
		r->options->output, strerror(-err));
}

/*
 * Feeds the model with ioctls, ranges and failures only: the verdict at the end needs no single
 * pages. So the recorder's memory does not grow with the pages.
 */
static int feed_model(struct recording *r, const struct sevtrace_rec *rec)
{
	union sevtrace_record copy;

	switch (rec->type) {
	case SEVTRACE_REC_LAUNCH_BEGIN:
		r->launches++;
		break;
	case SEVTRACE_REC_LAUNCH_END:
	case SEVTRACE_REC_IOCTL_ENTER:
	case SEVTRACE_REC_IOCTL_EXIT:
	case SEVTRACE_REC_RANGE_START:
	case SEVTRACE_REC_RANGE_END:
		break;
	case SEVTRACE_REC_STEP:
		if (!((const struct sevtrace_rec_step *)rec)->ret)
			return 0;
		break;
	case SEVTRACE_REC_PAGE:
		if (!page_failed((const struct sevtrace_rec_page *)rec))
			return 0;
		break;
	default:
		return 0;
	}
	record_copy(&copy, rec);
	return model_feed(&r->model, &copy);
}

static void on_user_stack(void *ctx, const struct sevtrace_user_stack *copy)
{
	struct recording *r = ctx;

	vmm_stacks_copy(r->stacks, copy, monotonic());
}

static int write_stack(void *ctx, const struct vmm_stack *stack)
{
	struct recording *r = ctx;
	const struct kernel_names kernel = { collector_name_address, r->session.collector };
	union sevtrace_record buffer;
	const struct sevtrace_rec *rec = vmm_stack_write(stack, &buffer);
	bool renames = vmm_stack_renames(stack, r->symbols);
	int err = renames ? symbols_write(r->symbols, r->writer) : 0;

	if (!err)
		err = vmm_stack_names(stack, r->symbols, &kernel);
	if (!err && renames)
		err = symbols_write(r->symbols, r->writer);
	return err ? err : tracefile_write_records(r->writer, rec, rec->size, 1);
}

/* Writes a STACK or SAMPLE; later, if its user stack is still to be unwound. */
static int on_stack(struct recording *r, struct vmm_stack *stack)
{
	return vmm_stacks_record(r->stacks, stack, monotonic()) ? 0 : write_stack(r, stack);
}

static int on_record(void *ctx, const struct sevtrace_rec *rec)
{
	struct recording *r = ctx;
	struct vmm_stack stack;
	int err;

	if (vmm_stack_read(rec, &stack))
		err = on_stack(r, &stack);
	else
		err = tracefile_write_records(r->writer, rec, rec->size, 1);
	if (rec->type == SEVTRACE_REC_LAUNCH_BEGIN)
		vmm_stacks_begin(r->stacks, (const struct sevtrace_rec_launch_begin *)rec);
	if (rec->type == SEVTRACE_REC_LAUNCH_END)
		vmm_stacks_end(r->stacks, rec->launch);
	return err ? err : feed_model(r, rec);
}

static int on_hist(void *ctx, const struct sevtrace_hist_key *key, const struct sevtrace_hist *hist)
{
	struct recording *r = ctx;

	return tracefile_write_hist(r->writer, key, hist);
}

/* Lists the losses other than records, by name. */
static size_t list_losses(const struct recording *r, const struct sevtrace_counters *counters,
			  size_t nr, struct tracefile_loss losses[SEVTRACE_LOSS_COUNT])
{
	struct sevtrace_counters sum;
	size_t used = 0;

	counters_sum(counters, nr, &sum);
	sum.losses[SEVTRACE_LOSS_USER_STACK] += vmm_stacks_lost(r->stacks);
	for (uint32_t loss = 0; loss < SEVTRACE_LOSS_COUNT; loss++) {
		struct tracefile_loss *to = &losses[used];

		memset(to, 0, sizeof(*to));
		to->count = sum.losses[loss];
		snprintf(to->name, sizeof(to->name), "%s", loss_name(loss));
		used += to->count != 0;
	}
	return used;
}

static int write_launch_drops(void *ctx, __u32 launch, __u64 dropped)
{
	const struct tracefile_launch_drops drops = { .launch = launch, .dropped = dropped };
	struct recording *r = ctx;

	return tracefile_write_launch_drops(r->writer, &drops);
}

/* Writes counts unless they are in the file already: a host may be idle for long. */
static int write_counts(struct recording *r, const struct tracefile_drops *drops)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < drops->nr_cpus; i++)
		sum += drops->cpus[i].emitted + drops->cpus[i].recorded + drops->cpus[i].dropped;
	for (size_t i = 0; i < drops->nr_losses; i++)
		sum += drops->losses[i].count;
	if (sum == r->counted)
		return 0;
	r->counted = sum;
	return tracefile_write_drops(r->writer, drops);
}

/* Writes the counts of every CPU that has any. sum: their totals. */
static int write_drops(struct recording *r, struct tracefile_cpu_drops *sum)
{
	struct tracefile_loss losses[SEVTRACE_LOSS_COUNT];
	const struct sevtrace_counters *counters;
	struct tracefile_cpu_drops *cpus;
	struct tracefile_drops drops;
	size_t nr, used = 0;
	int err = collector_counters(r->session.collector, &counters, &nr);

	if (err)
		return err;
	cpus = calloc(nr, sizeof(*cpus));
	if (!cpus)
		return -ENOMEM;
	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; i < nr; i++) {
		if (!counters[i].emitted)
			continue;
		cpus[used].cpu = (__u32)i;
		cpus[used].emitted = counters[i].emitted;
		cpus[used].recorded = counters[i].recorded;
		cpus[used].dropped = counters[i].dropped;
		sum->emitted += counters[i].emitted;
		sum->recorded += counters[i].recorded;
		sum->dropped += counters[i].dropped;
		used++;
	}
	drops = (struct tracefile_drops){ cpus, used, losses,
					  list_losses(r, counters, nr, losses) };
	err = write_counts(r, &drops);
	free(cpus);
	if (!err && sum->dropped != r->dropped)
		err = collector_launch_drops(r->session.collector, write_launch_drops, r);
	r->dropped = sum->dropped;
	return err;
}

/* Flushes the file, so that a killed recorder leaves what it has recorded so far. */
static int flush_file(struct recording *r)
{
	struct tracefile_cpu_drops sum;
	uint64_t time = monotonic();
	int err;

	if (time - r->flushed < FLUSH_NS)
		return 0;
	r->flushed = time;
	err = collector_tell_guests(r->session.collector, false);
	if (!err)
		err = symbols_write(r->symbols, r->writer);
	if (!err)
		err = write_drops(r, &sum);
	return err ? err : tracefile_flush(r->writer);
}

static int collect(void *ctx)
{
	struct recording *r = ctx;
	int err = collector_drain(r->session.collector);

	if (!err)
		err = vmm_stacks_poll(r->stacks, monotonic(), write_stack, r);
	if (!err && session_modules_came(&r->session)) {
		host_modules_loaded(&r->host);
		session_describe(&r->session, &r->host);
		err = host_write(&r->host, r->writer);
	}
	return err ? err : flush_file(r);
}

static void print_end(const struct recording *r, const struct tracefile_cpu_drops *sum)
{
	char launches[TEXT_LEN], events[TEXT_LEN], dropped[TEXT_LEN];

	if (r->options->watch.quiet)
		return;
	fprintf(stderr,
		"[ sevtrace record: %s launch%s, %s events, %s dropped, %.1f MB written to %s ]\n",
		text_count(r->launches, launches), r->launches == 1 ? "" : "es",
		text_count(sum->emitted, events), text_count(sum->dropped, dropped),
		(double)tracefile_written(r->writer) / 1e6, r->options->output);
	if (sum->dropped)
		fprintf(stderr, "[ sevtrace record: use a larger --buffer-size to lose fewer ]\n");
}

/* Writes COMMAND's exit status, if it has ended: it explains a recording without launches. */
static int write_command_status(struct recording *r, char text[COMMAND_STATUS_LEN])
{
	const struct tracefile_pair pair = { "command_status", text };
	const struct tracefile_host host = { &pair, 1 };
	int status;

	*text = '\0';
	if (!workload_ended(&r->session.workload, &status))
		return 0;
	snprintf(text, COMMAND_STATUS_LEN, "%d", status);
	return tracefile_write_host(r->writer, &host);
}

/*
 * Explains that there was nothing to record, which usually is due to COMMAND and not to the host.
 */
static void print_no_launch(const struct recording *r, const char *command_status)
{
	struct explanation why = explain_no_launch(command_status);

	if (r->options->watch.quiet || r->launches || !*command_status)
		return;
	fprintf(stderr, "[ sevtrace record: %s ended with status %s. %s %s ]\n",
		r->options->watch.command[0], command_status, why.cause, why.hint);
}

static int finish_file(struct recording *r)
{
	char command_status[COMMAND_STATUS_LEN] = "";
	struct tracefile_cpu_drops sum;
	int err = collector_tell_guests(r->session.collector, true);

	if (!err)
		err = collector_finish(r->session.collector);
	if (!err)
		err = session_await_stacks(&r->session, r->stacks, write_stack, r);
	if (!err)
		err = symbols_write(r->symbols, r->writer);
	if (!err)
		err = write_drops(r, &sum);
	if (!err)
		err = write_command_status(r, command_status);
	if (!err)
		err = tracefile_finish(r->writer);
	if (!err) {
		print_end(r, &sum);
		print_no_launch(r, command_status);
		session_end_waiting(&r->session);
	}
	return err;
}

/* Returns 0 or the exit status. */
static int begin(struct recording *r)
{
	struct collector_sink sink = {
		.record = on_record, .hist = on_hist, .user_stack = on_user_stack, .ctx = r
	};
	const struct record_options *o = r->options;
	int status = session_open(&r->session, &sink), err;

	if (status)
		return status;
	err = host_gather(&r->host, o->watch.command, o->filter, SEVTRACE_VERSION);
	r->host.milestones = o->milestones;
	if (!err)
		status = session_attach(&r->session);
	if (status)
		return status;
	/* A signal while attaching would have left the new file behind. */
	if (!err)
		err = tracefile_create(o->output, &r->writer);
	if (err) {
		fprintf(stderr, "sevtrace record: cannot create %s: %s\n", o->output,
			strerror(-err));
		return EXIT_RECORD_FAILURE;
	}
	session_describe(&r->session, &r->host);
	err = host_write(&r->host, r->writer);
	if (err) {
		complain_file(r, err);
		return EXIT_RECORD_FAILURE;
	}
	status = session_start(&r->session);
	if (!status && !o->watch.command && !o->watch.quiet)
		fprintf(stderr, "[ sevtrace record: recording, Ctrl-C ends it ]\n");
	return status;
}

/* An error of ours ends the recording, but not COMMAND. */
static int run(struct recording *r)
{
	int err = session_watch(&r->session, collect, r);

	if (!err)
		err = session_await_teardown(&r->session, collect, r);
	if (!err)
		err = finish_file(r);
	if (err) {
		/* The collector has printed what cannot be recorded. */
		if (err != -ENOTSUP)
			complain_file(r, err);
		collector_close(r->session.collector);
		r->session.collector = NULL;
	}
	session_wait(&r->session, true);
	return err ? EXIT_RECORD_FAILURE : session_status(&r->session, model_failed(&r->model));
}

static int record(const struct record_options *options)
{
	struct recording r = { .options = options, .flushed = monotonic() };
	int status;

	model_init(&r.model);
	status = session_prepare(&r.session, &options->watch, NULL);
	/* COMMAND's process is created first, so that it inherits no other descriptors. */
	if (!status)
		status = session_command(&r.session);
	if (status)
		goto out;
	r.symbols = symbols_new();
	status = r.symbols ? session_stacks(&r.session, &r.stacks) : EXIT_RECORD_FAILURE;
	if (!status)
		status = begin(&r);
	/* Nothing is recorded: an older file stays as it is. */
	if (status)
		goto out;
	status = run(&r);
	tracefile_close(r.writer);
	r.writer = NULL;
out:
	session_close(&r.session);
	tracefile_abandon(r.writer);
	symbols_free(r.symbols);
	vmm_stacks_free(r.stacks);
	model_free(&r.model);
	host_release(&r.host);
	return status;
}

int cmd_record(int argc, char **argv)
{
	struct record_options options;
	int status = record_options_parse(&options, argc, argv);

	if (status != PARSE_GO_ON)
		return status;
	return record_options_flight(&options) ? record_flight(&options) : record(&options);
}
