// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the sampled stacks of VMMs as flamegraph.pl and speedscope read them: the process, its
 * frames from the outermost on, separated by semicolons, then the nanoseconds that the samples
 * stand for.
 */
#include <inttypes.h>
#include <string.h>

#include "export/export.h"

#define FRAME_LEN 256

static const char *without_semicolons(char *text)
{
	for (char *at = strchr(text, ';'); at; at = strchr(at, ';'))
		*at = ':';
	return text;
}

static void print_frame(FILE *out, struct model *m, const struct model_launch *l,
			const struct model_sampled *s, size_t frame)
{
	char text[FRAME_LEN];

	model_address_text(m, s->symbols, l->pid, s->user[frame], text, sizeof(text));
	fprintf(out, ";%s", without_semicolons(text));
}

static void print_stack(FILE *out, struct model *m, const struct model_launch *l,
			const struct model_sampled *s)
{
	char comm[EXPORT_COMM_LEN];
	size_t nr = 0;

	export_comm(m, l->number, comm);
	fputs(without_semicolons(comm), out);
	while (nr < SEVTRACE_STACK_DEPTH && s->user[nr])
		nr++;
	while (nr)
		print_frame(out, m, l, s, --nr);
	fprintf(out, "%s%s %" PRIu64 "\n", s->in_ioctl ? ";[SEV ioctl]" : "",
		s->in_kernel ? ";[kernel]" : "", s->ns);
}

static int end(void *state, FILE *out, const struct report *report)
{
	struct model *m = report->model;

	(void)state;
	for (size_t i = 0; i < m->nr_launches; i++) {
		const struct model_profile *p = &m->launches[i]->profile;

		for (size_t k = 0; k < p->nr_stacks && report_shows(report, i); k++)
			print_stack(out, m, m->launches[i], &p->stacks[k]);
	}
	return 0;
}

const struct export_format export_stacks = {
	.name = "stacks",
	.help = "sampled stacks of VMMs (record --profile), for flame graphs",
	.end = end,
};
