// SPDX-License-Identifier: GPL-2.0-only
/* Reads a whole file into the model. */
#include "model/model.h"

struct reading {
	struct model *model;
	model_each each; /* NULL: only the model wants the records */
	void *ctx;
};

static int visit_record(void *ctx, const union sevtrace_record *rec)
{
	const struct reading *r = ctx;
	int ret = model_feed(r->model, rec);

	return ret || !r->each ? ret : r->each(r->ctx, rec);
}

static int visit_hist(void *ctx, const struct sevtrace_hist_key *key,
		      const struct sevtrace_hist *hist)
{
	return model_hist(((struct reading *)ctx)->model, key, hist);
}

static int visit_host(void *ctx, const char *key, const char *value)
{
	return model_host(((struct reading *)ctx)->model, key, value);
}

static int visit_cpu_drops(void *ctx, const struct tracefile_cpu_drops *drops)
{
	return model_cpu_drops(((struct reading *)ctx)->model, drops);
}

static int visit_launch_drops(void *ctx, const struct tracefile_launch_drops *drops)
{
	return model_launch_drops(((struct reading *)ctx)->model, drops);
}

static int visit_loss(void *ctx, const struct tracefile_loss *loss)
{
	return model_loss(((struct reading *)ctx)->model, loss);
}

static int visit_symbol(void *ctx, const struct tracefile_symbol *symbol)
{
	return model_symbol(((struct reading *)ctx)->model, symbol);
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
	struct reading reading = { m, each, ctx };

	return tracefile_read(r, &visitor, &reading, state);
}

int model_read(struct model *m, struct tracefile_reader *r, struct tracefile_state *state)
{
	return model_read_each(m, r, state, NULL, NULL);
}
