// SPDX-License-Identifier: GPL-2.0-only
/*
 * make_trace NAME FILE: writes a made-up launch (tests/unit/scenario.c) as a trace file, the same
 * bytes each time. Without arguments: prints the names.
 */
#include <stdio.h>
#include <string.h>

#include "scenario.h"

static int write_record(void *ctx, const union tracefile_record *rec)
{
	return tracefile_write_records(ctx, rec, rec->h.size, 1);
}

static int count_record(void *ctx, const union tracefile_record *rec)
{
	(void)rec;
	++*(uint64_t *)ctx;
	return 0;
}

static int write_rest(struct tracefile_writer *w, uint64_t records)
{
	const struct tracefile_pair pairs[] = {
		{ "version", "0.1.0" },		{ "kernel", "6.12.0-golden" },
		{ "fw_api", "1.55" },		{ "backend", "tracepoints" },
		{ "hostname", "epyc.example" }, { "started", "2026-01-02T03:04:05Z" },
	};
	const struct tracefile_host host = { pairs, sizeof(pairs) / sizeof(pairs[0]) };
	const struct tracefile_cpu_drops cpus[] = {
		{ .cpu = 0, .emitted = records / 2, .recorded = records / 2 },
		{ .cpu = 1, .emitted = records - records / 2, .recorded = records - records / 2 },
	};
	const struct tracefile_drops drops = { .cpus = cpus, .nr_cpus = 2 };
	const struct tracefile_symbol symbols[] = {
		{ 0xffffffffc0001000, 0, "sev_gmem_post_populate+0x1f0 [kvm_amd]" },
		{ 0xffffffffc0002000, 0, "kvm_gmem_populate+0x180 [kvm]" },
		{ 0x7f0000001000, 1001, "ioctl+0x3b (libc.so.6)" },
		{ 0x555500002000, 1001, "snp_launch_update+0x91 (qemu-system-x86_64)" },
	};
	int err = tracefile_write_host(w, &host);

	if (!err)
		err = tracefile_write_drops(w, &drops);
	if (!err)
		err = tracefile_write_symbols(w, symbols, sizeof(symbols) / sizeof(symbols[0]));
	return err;
}

int main(int argc, char **argv)
{
	struct tracefile_writer *w;
	uint64_t records = 0;
	int err;

	if (argc != 3) {
		for (size_t i = 0; scenario_name(i); i++)
			puts(scenario_name(i));
		return argc == 1 ? 0 : 2;
	}
	err = scenario_run(argv[1], count_record, &records);
	if (!err)
		err = tracefile_create(argv[2], &w);
	if (err)
		goto fail;
	err = scenario_run(argv[1], write_record, w);
	if (!err)
		err = write_rest(w, records);
	if (!err)
		err = tracefile_finish(w);
	tracefile_close(w);
	if (!err)
		return 0;
fail:
	fprintf(stderr, "make_trace: %s: %s\n", argv[1], strerror(-err));
	return 1;
}
