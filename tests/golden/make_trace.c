// SPDX-License-Identifier: GPL-2.0-only
/*
 * make_trace NAME FILE [EVERY]: writes a made-up launch (tests/unit/scenario.c) as a trace file,
 * the same bytes each time. With EVERY, each so many-th record is dropped, as a full ring buffer
 * does it: it is counted, and the histograms know of it. Without arguments: prints the names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "scenario.h"
#include "util/array.h"

struct trace {
	struct tracefile_writer *w;
	struct model all; /* what the kernel's histograms count */
	unsigned int every; /* 0: drop nothing */
	uint64_t emitted;
	uint64_t dropped;
};

static int write_record(void *ctx, const union sevtrace_record *rec)
{
	struct trace *t = ctx;
	int err = model_feed(&t->all, rec);

	if (err)
		return err;
	if (rec->h.type == SEVTRACE_REC_NAME) /* the recorder's, not the kernel's */
		return tracefile_write_records(t->w, rec, rec->h.size, 1);
	t->emitted++;
	if (t->every && !(t->emitted % t->every)) {
		t->dropped++;
		return 0;
	}
	return tracefile_write_records(t->w, rec, rec->h.size, 1);
}

static int write_series(struct tracefile_writer *w, uint32_t launch, uint16_t kind, uint32_t id,
			const struct series *s)
{
	const struct sevtrace_hist_key key = { .launch = launch, .id = id, .kind = kind };

	return s->records ? tracefile_write_hist(w, &key, s->records) : 0;
}

static int write_steps(struct tracefile_writer *w, const struct model_launch *l,
		       enum sevtrace_phase phase)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < SEVTRACE_STEP_COUNT; i++) {
		const struct sevtrace_hist_key key = {
			.launch = l->number, .id = i, .kind = SEVTRACE_HIST_STEP, .phase = phase
		};
		const struct series *s = &l->steps[phase][i];

		err = s->records ? tracefile_write_hist(w, &key, s->records) : 0;
	}
	return err;
}

/* The histograms as the kernel has them, which is what a model rebuilds that lacks nothing. */
static int write_hists(struct tracefile_writer *w, const struct model_launch *l)
{
	uint32_t n = l->number;
	int err = write_series(w, n, SEVTRACE_HIST_ATTR_WAIT, 0, &l->attributes.wait);

	for (uint32_t i = 0; !err && i < SEVTRACE_PHASE_COUNT; i++)
		err = write_steps(w, l, i);
	for (size_t i = 0; !err && i < l->nr_psp; i++) {
		err = write_series(w, n, SEVTRACE_HIST_PSP_WAIT, l->psp[i].cmd, &l->psp[i].wait);
		if (!err)
			err = write_series(w, n, SEVTRACE_HIST_PSP_EXEC, l->psp[i].cmd,
					   &l->psp[i].exec);
	}
	for (size_t i = 0; !err && i < l->nr_commands; i++)
		err = write_series(w, n, SEVTRACE_HIST_IOCTL, l->commands[i].ioctl,
				   &l->commands[i].time);
	return err;
}

static int write_rest(const struct trace *t, const char *lacks)
{
	const struct tracefile_pair pairs[] = {
		{ "version", "0.1.0" },
		{ "kernel", "6.12.0-golden" },
		{ "fw_api", "1.55" },
		{ "backend", lacks ? "kernel functions" : "tracepoints" },
		{ "hostname", "epyc.example" },
		{ "started", "2026-01-02T03:04:05Z" },
		{ "lacks", lacks },
	};
	const struct tracefile_host host = { pairs, ARRAY_SIZE(pairs) - !lacks };
	const struct tracefile_cpu_drops cpus[] = {
		{ .cpu = 0, .emitted = 0 },
		{ .cpu = 1,
		  .emitted = t->emitted,
		  .recorded = t->emitted - t->dropped,
		  .dropped = t->dropped },
	};
	const struct tracefile_drops drops = { .cpus = cpus, .nr_cpus = 2 };
	const struct tracefile_symbol symbols[] = {
		{ 0xffffffffc0001000, 0, "sev_gmem_post_populate+0x1f0 [kvm_amd]" },
		{ 0xffffffffc0002000, 0, "kvm_gmem_populate+0x180 [kvm]" },
		{ 0x7f0000001000, 1001, "ioctl+0x3b (libc.so.6)" },
		{ 0x555500002000, 1001, "snp_launch_update+0x91 (qemu-system-x86_64)" },
	};
	int err = tracefile_write_host(t->w, &host);

	if (!err)
		err = tracefile_write_drops(t->w, &drops);
	if (!err)
		err = tracefile_write_symbols(t->w, symbols, ARRAY_SIZE(symbols));
	return err;
}

static int write_trace(struct trace *t, const char *name)
{
	int err = scenario_run(name, write_record, t);

	for (size_t i = 0; !err && i < t->all.nr_launches; i++)
		err = write_hists(t->w, t->all.launches[i]);
	if (!err && t->all.outside)
		err = write_hists(t->w, t->all.outside);
	if (!err)
		err = write_rest(t, scenario_lacks(name));
	return err ? err : tracefile_finish(t->w);
}

int main(int argc, char **argv)
{
	struct trace t = { .every = argc > 3 ? (unsigned int)atoi(argv[3]) : 0 };
	int err;

	if (argc < 3) {
		for (size_t i = 0; scenario_name(i); i++)
			puts(scenario_name(i));
		return argc == 1 ? 0 : 2;
	}
	model_init(&t.all);
	err = tracefile_create(argv[2], &t.w);
	if (!err) {
		err = write_trace(&t, argv[1]);
		tracefile_close(t.w);
	}
	model_free(&t.all);
	if (err)
		fprintf(stderr, "make_trace: %s: %s\n", argv[1], strerror(-err));
	return err ? 1 : 0;
}
