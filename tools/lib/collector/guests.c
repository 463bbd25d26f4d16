// SPDX-License-Identifier: GPL-2.0-only
/* The programs that follow guests after their launch. */
#include <stdio.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collector/internal.h"
#include "util/array.h"

/* Those that follow guests, where the kernel has a place for them. */
static const struct {
	const char *program;
	const char *place; /* function or tracepoint */
	const char *lost; /* what is not told without it */
} rows[] = {
	{ "guest_exit", "kvm_arch_vcpu_ioctl_run", "exits of guests" },
	{ "guest_page", "rmp_make_private", "memory that guests are given" },
	{ "guest_rmp_fault", "kvm_rmp_fault", "RMP faults" },
};

int collector_choose_guests(const struct collector *c, const struct sevtrace_bpf *skel)
{
	bool runs = c->options.first_run && bpf_program__fd(c->skel->progs.guest_run) < 0 &&
		    targets_has(c->targets, KERNEL_EVENT_kvm_arch_vcpu_ioctl_run);
	char text[160];
	bool ports = runs && c->options.guests && c->options.milestones.nr;
	int err = bpf_program__set_autoload(skel->progs.guest_run, runs);

	if (!err)
		err = bpf_program__set_autoload(skel->progs.guest_port, ports);
	for (size_t i = 0; i < ARRAY_SIZE(rows) && !err; i++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(skel->obj, rows[i].program);
		bool wanted = runs && c->options.guests;

		if (wanted && bpf_program__set_attach_target(program, 0, rows[i].place)) {
			snprintf(text, sizeof(text), "the kernel has no %s: %s are not recorded",
				 rows[i].place, rows[i].lost);
			c->sink.warn(c->sink.warn_ctx, text);
			wanted = false;
		}
		err = bpf_program__set_autoload(program, wanted);
	}
	return err;
}

int collector_tell_guests(const struct collector *c, bool all)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);

	if (!c->options.guests)
		return 0;
	c->skel->bss->tell_all = all;
	return bpf_prog_test_run_opts(bpf_program__fd(c->skel->progs.tell_guests), &run);
}
