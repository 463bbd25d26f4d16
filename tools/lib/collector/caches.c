// SPDX-License-Identifier: GPL-2.0-only
/* The programs that time the write-back of caches. A kernel has some of these functions. */
#include <stdio.h>

#include <bpf/libbpf.h>

#include "collector/internal.h"
#include "util/array.h"

static const char *const functions[] = {
	"wbinvd_on_all_cpus",
	"wbnoinvd_on_all_cpus", /* this and the next one: from Linux 6.17 on */
	"wbnoinvd_on_cpus_mask",
};

static const char *const boundaries[] = { "enter", "exit" };

/* The spare is for a kernel that preempts, see hooks.c. */
static int choose(const struct collector *c, const char *boundary, const char *function,
		  bool *found)
{
	char name[64], spare[80];
	struct bpf_program *program;
	int err;

	snprintf(name, sizeof(name), "%s_%s", boundary, function);
	snprintf(spare, sizeof(spare), SPARE_PREFIX "%s", name);
	program = bpf_object__find_program_by_name(c->skel->obj, name);
	*found = !bpf_program__set_attach_target(program, 0, function);
	err = bpf_program__set_autoload(program, *found);
	program = bpf_object__find_program_by_name(c->skel->obj, spare);
	if (*found && c->preempts && !err)
		err = bpf_program__set_attach_target(program, 0, function);
	return err ? err : bpf_program__set_autoload(program, *found && c->preempts);
}

int collector_choose_caches(const struct collector *c)
{
	bool any = false, found;
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(functions) && !err; i++)
		for (size_t k = 0; k < ARRAY_SIZE(boundaries) && !err; k++) {
			err = choose(c, boundaries[k], functions[i], &found);
			any |= found;
		}
	if (!any && !err)
		c->sink.warn(c->sink.warn_ctx,
			     "the kernel has no function that we know to write caches back: that "
			     "is not told apart");
	return err;
}
