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

static int choose(const struct sevtrace_bpf *skel, const char *before, const char *function,
		  bool *found)
{
	struct bpf_program *program;
	char name[64];

	snprintf(name, sizeof(name), "%s_%s", before, function);
	program = bpf_object__find_program_by_name(skel->obj, name);
	*found = !bpf_program__set_attach_target(program, 0, function);
	return bpf_program__set_autoload(program, *found);
}

int collector_choose_caches(const struct collector *c)
{
	bool any = false;
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(functions) && !err; i++) {
		bool before, after = false;

		err = choose(c->skel, "before", functions[i], &before);
		if (!err)
			err = choose(c->skel, "after", functions[i], &after);
		any |= before && after;
	}
	if (!any && !err)
		c->sink.warn(c->sink.warn_ctx,
			     "the kernel has no function that we know to write caches back: that "
			     "is not told apart");
	return err;
}
