// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace import: makes a trace file from what perf recorded. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/options.h"
#include "cli/say.h"
#include "cli/status.h"
#include "commands.h"
#include "host/identity.h"
#include "perfdata/file.h"
#include "perfdata/pairing.h"
#include "tracefile/tracefile.h"
#include "util/array.h"

#define DEFAULT_PERF_FILE "perf.data"

struct import {
	const char *input;
	const char *output;
	struct perf_file *file;
	struct tracefile_writer *writer;
	struct pairing *pairing;
	struct perf_file_state state;
	uint64_t recorded[PERF_MAX_CPUS]; /* records by CPU; last entry: all higher numbers */
	uint64_t records;
	bool write_failed;
};

static int on_record(void *ctx, const struct sevtrace_rec *rec)
{
	struct import *im = ctx;
	int err = tracefile_write_records(im->writer, rec, rec->size, 1);

	im->recorded[rec->cpu < PERF_MAX_CPUS ? rec->cpu : PERF_MAX_CPUS - 1]++;
	im->records++;
	im->write_failed = err != 0;
	return err;
}

static int on_event(void *ctx, const struct perf_event *event)
{
	struct import *im = ctx;

	return pairing_feed(im->pairing, event);
}

/*
 * Tells when the recording began, by the clock of its events. Only files of perf record -k have
 * that.
 */
static void describe_clock(const struct perf_file_info *info, char *offset, size_t size)
{
	*offset = '\0';
	if (info->clock_known)
		snprintf(offset, size, "%" PRId64, info->realtime_offset);
}

/* Writes the description of the host that the file comes from. */
static int write_host(struct import *im)
{
	const struct perf_file_info *info = perf_file_info(im->file);
	char cpus[32] = "", offset[32], backend[128];
	char *command = info->command ? host_quote_command(info->command) : NULL;
	struct tracefile_pair pairs[10];
	struct tracefile_host host = { pairs, 0 };
	int err;

	if (info->command && !command)
		return -ENOMEM;
	if (info->cpus)
		snprintf(cpus, sizeof(cpus), "%u", info->cpus);
	describe_clock(info, offset, sizeof(offset));
	snprintf(backend, sizeof(backend), "perf%s%s", info->version ? " " : "",
		 info->version ? info->version : "");

	const struct tracefile_pair all[] = {
		{ "version", SEVTRACE_VERSION },
		{ "kernel", info->kernel },
		{ "machine", info->machine },
		{ "hostname", info->hostname },
		{ "cpus", cpus },
		{ "fw_api", "unknown" },
		{ "backend", backend },
		{ "realtime_offset_ns", offset },
		{ "command", command },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].value && *all[i].value)
			pairs[host.nr++] = all[i];
	err = tracefile_write_host(im->writer, &host);
	free(command);
	return err;
}

static void add_loss(struct tracefile_drops *drops, struct tracefile_loss *loss, const char *name,
		     uint64_t count)
{
	if (!count)
		return;
	*loss = (struct tracefile_loss){ .count = count };
	snprintf(loss->name, sizeof(loss->name), "%s", name);
	drops->nr_losses++;
}

/* Writes the losses that perf counted for each CPU. One event of perf makes at most one record. */
static int write_drops(struct import *im)
{
	const struct perf_file_lost *lost = im->state.lost.all > im->state.lost_samples.all ?
						    &im->state.lost :
						    &im->state.lost_samples;
	struct tracefile_cpu_drops *cpus = calloc(PERF_MAX_CPUS, sizeof(*cpus));
	struct tracefile_loss losses[2];
	struct tracefile_drops drops = { .cpus = cpus, .losses = losses };
	int err;

	if (!cpus)
		return -ENOMEM;
	for (__u32 cpu = 0; cpu < PERF_MAX_CPUS; cpu++) {
		uint64_t recorded = im->recorded[cpu], dropped = lost->by_cpu[cpu];

		if (recorded || dropped)
			cpus[drops.nr_cpus++] = (struct tracefile_cpu_drops){
				.cpu = cpu,
				.emitted = recorded + dropped,
				.recorded = recorded,
				.dropped = dropped,
			};
	}
	add_loss(&drops, &losses[0], "events perf recorded damaged", im->state.damaged);
	add_loss(&drops, &losses[drops.nr_losses], "steps of a kind unknown to us",
		 pairing_unknown_steps(im->pairing));
	err = tracefile_write_drops(im->writer, &drops);
	free(cpus);
	return err;
}

/* Names the events that perf did not record, so their information is missing. */
static void warn_missing(const struct import *im)
{
	char list[1024] = "";
	size_t used = 0;

	for (int i = 0; i < PERF_NR_EVENTS; i++) {
		if (perf_file_recorded(im->file, i))
			continue;
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s:%s",
					 used ? ", " : "", perf_events[i].system,
					 perf_events[i].name);
		if (used >= sizeof(list))
			break;
	}
	if (*list)
		fprintf(stderr,
			"sevtrace import: warning: %s was recorded without %s: what these tell is "
			"missing, and the steps after them seem longer\n",
			im->input, list);
}

static void print_end(const struct import *im, bool quiet)
{
	uint64_t lost = im->state.lost.all > im->state.lost_samples.all ?
				im->state.lost.all :
				im->state.lost_samples.all;

	warn_missing(im);
	if (!im->state.complete)
		fprintf(stderr, "sevtrace import: %s: %s; what was read before is in %s\n",
			im->input, im->state.text, im->output);
	if (lost)
		fprintf(stderr,
			"sevtrace import: warning: perf lost %" PRIu64
			" events; a step after a gap seems longer than it was\n",
			lost);
	if (im->state.damaged)
		fprintf(stderr,
			"sevtrace import: warning: samples left out, as they are not what their "
			"events say: %" PRIu64 "\n",
			im->state.damaged);
	if (!quiet)
		fprintf(stderr,
			"[ sevtrace import: %" PRIu64 " records of %u launch%s from %" PRIu64
			" events written to %s ]\n",
			im->records, pairing_launches(im->pairing),
			pairing_launches(im->pairing) == 1 ? "" : "es", im->state.samples,
			im->output);
}

/* Returns whether writing the output would overwrite the input. */
static bool same_file(const char *input, const char *output)
{
	struct stat a, b;

	return strcmp(input, "-") != 0 && !stat(input, &a) && !stat(output, &b) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int convert(struct import *im, char *why, size_t size)
{
	int err = perf_file_read(im->file, on_event, im, &im->state, why, size);

	if (!err)
		err = pairing_finish(im->pairing);
	if (!err)
		err = write_host(im);
	if (!err)
		err = write_drops(im);
	return err ? err : tracefile_finish(im->writer);
}

static int complain(const struct import *im, int err, const char *why)
{
	if (*why && !im->write_failed)
		fprintf(stderr, "sevtrace import: %s %s\n", im->input, why);
	else
		fprintf(stderr, "sevtrace import: cannot write %s: %s\n", im->output,
			strerror(-err));
	return EXIT_OWN_FAILURE;
}

static int import(struct import *im, const char *formats, bool quiet)
{
	char why[512];
	int status = EXIT_OWN_FAILURE, err;

	if (perf_file_open(im->input, formats, &im->file, why, sizeof(why)))
		return complain(im, 0, why);
	*why = '\0';
	im->pairing = pairing_new(on_record, im);
	err = im->pairing ? perf_file_check(im->file, why, sizeof(why)) : -ENOMEM;
	if (!err)
		err = tracefile_create(im->output, &im->writer);
	if (!err) {
		/* The kernel's histograms, which are exact, do not come with it. */
		tracefile_keep_times(im->writer);
		err = convert(im, why, sizeof(why));
	}
	if (err) {
		status = complain(im, err, why);
	} else {
		print_end(im, quiet);
		status = EXIT_ALL_OK;
	}
	tracefile_abandon(im->writer); /* what was read before an error is in the file already */
	pairing_free(im->pairing);
	perf_file_free(im->file);
	return status;
}

static const char notes[] =
	"FILE is the output of perf record ('-': stdin, from perf record -o -), as of\n"
	"\n"
	"  perf record -a -e 'kvm_sev:*,ccp:*,kvm:kvm_vm_set_mem_attributes*' \\\n"
	"      -e kvm:kvm_gmem_populate_step -- COMMAND\n";

int cmd_import(int argc, char **argv)
{
	const char *output = DEFAULT_FILE, *formats = NULL;
	bool quiet = false;
	const struct option_row options[] = {
		OPT_VALUE('o', "output", "FILE", "write to FILE (" DEFAULT_FILE ")", &output),
		OPT_VALUE('e', "events", "DIR", "descriptions of events, if FILE has none",
			  &formats),
		OPT_FLAG('q', "quiet", "print errors and warnings only", &quiet),
	};
	const struct command_usage usage = {
		.name = "import",
		.synopsis = "[FILE]",
		.summary = "Convert a file of perf record (" DEFAULT_PERF_FILE ") to a recording",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.max_operands = 1,
		.notes = notes,
	};
	struct import *im;
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	im = calloc(1, sizeof(*im));
	if (!im) {
		say_out_of_memory("import");
		return EXIT_OWN_FAILURE;
	}
	im->input = operand < argc ? argv[operand] : DEFAULT_PERF_FILE;
	im->output = output;
	if (same_file(im->input, output)) {
		fprintf(stderr, "sevtrace import: %s is both input and output; give another -o\n",
			output);
		status = EXIT_USAGE;
	} else {
		status = import(im, formats, quiet);
	}
	free(im);
	return status;
}
