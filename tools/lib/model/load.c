// SPDX-License-Identifier: GPL-2.0-only
/* Reads a whole file into the model. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "model/model.h"

struct reading {
	struct model *model;
	const struct tracefile_state *state;
	model_each each; /* NULL: only the model wants the records */
	void *ctx;
};

/* Returns the model, with the budget for as much of the file as was read. */
static struct model *model_of(void *ctx)
{
	struct reading *r = ctx;

	r->model->budget.limit = model_budget_limit(r->state->read);
	return r->model;
}

static int visit_record(void *ctx, const union sevtrace_record *rec)
{
	const struct reading *r = ctx;
	int ret = model_feed(model_of(ctx), rec);

	return ret || !r->each ? ret : r->each(r->ctx, rec);
}

static int visit_hist(void *ctx, const struct sevtrace_hist_key *key,
		      const struct sevtrace_hist *hist)
{
	return model_hist(model_of(ctx), key, hist);
}

static int visit_host(void *ctx, const char *key, const char *value)
{
	return model_host(model_of(ctx), key, value);
}

static int visit_cpu_drops(void *ctx, const struct tracefile_cpu_drops *drops)
{
	return model_cpu_drops(model_of(ctx), drops);
}

static int visit_launch_drops(void *ctx, const struct tracefile_launch_drops *drops)
{
	return model_launch_drops(model_of(ctx), drops);
}

static int visit_loss(void *ctx, const struct tracefile_loss *loss)
{
	return model_loss(model_of(ctx), loss);
}

static int visit_symbol(void *ctx, const struct tracefile_symbol *symbol)
{
	return model_symbol(model_of(ctx), symbol);
}

int model_read_each(struct model *m, struct tracefile_reader *r, struct tracefile_state *state,
		    model_each each, void *ctx)
{
	static const struct tracefile_visitor visitor = {
		.host = visit_host,
		.record = visit_record,
		.hist = visit_hist,
		.cpu_drops = visit_cpu_drops,
		.launch_drops = visit_launch_drops,
		.loss = visit_loss,
		.symbol = visit_symbol,
	};
	struct reading reading = { m, state, each, ctx };
	int ret = tracefile_read(r, &visitor, &reading, state);

	if (ret != -ENOMEM || !m->budget.exceeded)
		return ret;
	state->damaged = true;
	snprintf(state->text, sizeof(state->text),
		 "it is damaged at byte %" PRIu64 " (more than %zu MiB of memory for its size)",
		 state->end, m->budget.limit >> 20);
	return 0;
}

int model_read(struct model *m, struct tracefile_reader *r, struct tracefile_state *state)
{
	return model_read_each(m, r, state, NULL, NULL);
}
