// SPDX-License-Identifier: GPL-2.0-only
/* Which figures of a launch cannot be known, by what the recording lacks and the launch did. */
#include "model/model.h"
#include "sev/lacks.h"
#include "sev/reference.h"
#include "util/array.h"

/* Only these ioctls have something to count; a launch that never called them has 0 of it. */
static const struct {
	uint32_t figures;
	uint32_t ioctls[2];
} counted_in[] = {
	{ FIGURE_SHARED_PAGES,
	  { SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, SEVTRACE_KVM_SEV_LAUNCH_SECRET } },
	{ FIGURE_PRIVATE_PAGES,
	  { SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE } },
	{ FIGURE_VMSAS,
	  { SEVTRACE_KVM_SEV_LAUNCH_UPDATE_VMSA, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH } },
};

static bool has_called(const struct model_launch *l, uint32_t ioctl)
{
	for (size_t i = 0; i < l->nr_commands; i++)
		if (l->commands[i].ioctl == ioctl)
			return true;
	return false;
}

/* Returns the figures that a launch has, whether they are known or not. */
static uint32_t figures_of(const struct model_launch *l)
{
	uint32_t figures = ~0U;

	for (size_t i = 0; i < ARRAY_SIZE(counted_in); i++)
		if (!has_called(l, counted_in[i].ioctls[0]) &&
		    !has_called(l, counted_in[i].ioctls[1]))
			figures &= ~counted_in[i].figures;
	if (l->vm_type != SEVTRACE_VM_SNP)
		figures &= ~(FIGURE_ATTRIBUTES | FIGURE_SLOTS_WAIT | FIGURE_ERROR_WORDS);
	return figures;
}

/* Returns the steps that the ioctls of a launch can take. */
static uint32_t steps_of(const struct model_launch *l)
{
	uint32_t steps = 0;

	for (size_t i = 0; i < l->nr_commands; i++) {
		const struct ioctl_fact *fact = ioctl_fact(l->commands[i].ioctl);

		steps |= fact ? fact->steps : 0;
	}
	if (l->vm_type == SEVTRACE_VM_SNP)
		steps |= 1U << SEVTRACE_STEP_ATTRIBUTES;
	return steps;
}

uint32_t launch_lacks(const struct model *m, const struct model_launch *l, uint32_t figures,
		      uint32_t steps)
{
	return lacks_touching(m->lacks, figures & figures_of(l), steps & steps_of(l));
}

uint32_t launch_unknown_figures(const struct model *m, const struct model_launch *l)
{
	return lacks_figures(m->lacks) & figures_of(l);
}

uint32_t launch_unknown_pages(const struct model *m, const struct model_launch *l,
			      bool private_pages)
{
	bool vmsas = private_pages == (l->vm_type == SEVTRACE_VM_SNP);

	return launch_unknown_figures(m, l) &
	       ((private_pages ? FIGURE_PRIVATE_PAGES : FIGURE_SHARED_PAGES) |
		(vmsas ? FIGURE_VMSAS : 0));
}

bool launch_flushes_unknown(const struct model *m, const struct model_launch *l,
			    const struct model_flushes *flushes)
{
	return !flushes->done && !flushes->skipped &&
	       launch_unknown_steps(m, l) >> SEVTRACE_STEP_CLFLUSH & 1;
}

uint32_t launch_unknown_steps(const struct model *m, const struct model_launch *l)
{
	return lacks_steps(m->lacks) & steps_of(l);
}
