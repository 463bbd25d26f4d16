/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What launches would take if so many shared one host's PSP: simulations of recorded chains, how
 * sure they are, and what would change them.
 */
#ifndef PREDICT_PREDICT_H
#define PREDICT_PREDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "predict/chain.h"
#include "util/text.h"

#define PREDICT_MAX_COUNTS 16 /* numbers of launches in one prediction */
#define PREDICT_MAX_LAUNCHES 10000 /* at once */
#define PREDICT_MAX_PAGES (1ULL << 28) /* of a guest: 1 TiB */
#define PREDICT_MAX_HOSTS 1000
#define PREDICT_ARRIVALS 5000 /* launches that are simulated where they arrive by and by */
#define PREDICT_FEW 10 /* with fewer launches, there is a warning */

/* clang-format off */
/* X(id, name, heading, share): the figures of a prediction; a share is 0 to 1, others are ns. */
#define PREDICT_FIGURES(X) \
	X(P50, "p50_ns", "p50", false) \
	X(P90, "p90_ns", "p90", false) \
	X(P99, "p99_ns", "p99", false) \
	X(LAST, "last_ns", "the last", false) /* from the first start to the last end */ \
	X(BUSY, "psp_busy", "PSP busy", true) /* of the time to the last */ \
	X(WAITING, "waiting", "waiting", true) /* for the PSP, of the launches' time */
/* clang-format on */

#define PREDICT_FIGURE_ENUM(id, name, heading, share) PREDICT_##id,
enum predict_figure { PREDICT_FIGURES(PREDICT_FIGURE_ENUM) PREDICT_FIGURE_COUNT };
#undef PREDICT_FIGURE_ENUM

struct predict_figure_row {
	const char *name;
	const char *heading;
	bool share;
};
extern const struct predict_figure_row predict_figures[PREDICT_FIGURE_COUNT];

/* What is asked for. */
struct predict_request {
	uint32_t launches[PREDICT_MAX_COUNTS]; /* at once */
	size_t nr_launches;
	double rate; /* launches a second, at random times; 0: those above, all at once */
	uint64_t pages; /* of a guest, see struct plan_change; 0: as recorded */
	uint32_t hosts; /* that share the launches in one of the changes */
	uint64_t seed;
	bool quick; /* only the predictions, without intervals, and in larger batches */
};

/* NAN: not known. low to high: 95 % of what other launches of the same kind would have told. */
struct predict_value {
	double value;
	double low;
	double high;
};

struct prediction {
	uint32_t launches;
	uint32_t cpus; /* that they took turns on; 0: processors do not bind */
	uint64_t batch; /* commands that were simulated as one, at most */
	struct predict_value figures[PREDICT_FIGURE_COUNT];
};

/* The largest number of launches, with something changed. */
#define PREDICT_TEXT_LEN 64
struct predict_changed {
	const char *name; /* "command_halved", "larger_runs", "hosts" */
	char text[PREDICT_TEXT_LEN];
	struct prediction prediction;
};

#define PREDICT_WARNING_LEN 256
struct predict_warning {
	char text[PREDICT_WARNING_LEN];
};

struct predict_result {
	const struct predict_request *request;
	const struct chains *chains;
	uint64_t fewest_pages; /* of the recorded launches, without VMSAs, secrets and CPUID pages */
	uint64_t most_pages;
	double hold_ns; /* of a launch, on average */
	double commands;
	double think_ns;
	double handover_ns;
	uint32_t peak_cmd; /* that holds the PSP longest */
	double peak_share; /* of hold_ns */
	struct predict_value per_hour; /* launches an hour that the PSP can do at most */
	struct prediction predictions[PREDICT_MAX_COUNTS];
	size_t nr_predictions;
	struct predict_changed changed[3];
	size_t nr_changed;
	struct predict_warning *warnings;
	size_t nr_warnings;
};

/*
 * Predicts by chains, of which there is one at least. request and chains have to live as long as
 * the result. Returns 0 or -ENOMEM; predict_free() is needed after both.
 */
int predict(struct predict_result *r, const struct chains *c,
	    const struct predict_request *request);
void predict_free(struct predict_result *r);

/* Predicts one number of launches at once, quickly. c: one chain at least. Returns 0 or -ENOMEM. */
int predict_at_once(const struct chains *c, uint32_t launches, struct prediction *p);

/* Prints the result as text. */
void predict_text(const struct predict_result *r, const struct text_style *style);

/* Returns the result as JSON, docs/schema/predict.schema.json; NULL: out of memory. */
json_t *predict_json(const struct predict_result *r, const char *version);

#endif /* PREDICT_PREDICT_H */
