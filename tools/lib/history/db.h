/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs in an SQLite database. A run has the figures that one side of a comparison holds: launches
 * by type and result, whole histograms of steps, PSP commands and ioctls, one value per launch, and
 * statuses of the PSP. It also has the description of its host, and labels. So any percentile can
 * be computed later, and any two runs can be compared.
 *
 * Functions return 0 or a negative errno unless they say otherwise; history_why() says more about
 * the last error. A database is untrusted: what cannot be decoded is -EBADMSG.
 */
#ifndef HISTORY_DB_H
#define HISTORY_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diff/compare.h"
#include "model/model.h"

/*
 * How many launches of a run keep their values in a row. If a run has more, every second, third...
 * is kept, which is enough for a rank test. Histograms always include all launches.
 */
#define HISTORY_MAX_VALUES 4096
#define HISTORY_MAX_LABELS 64
#define HISTORY_MAX_LABEL_LEN 256 /* of a key, and the same of a value */

struct history;

/* Both modes migrate a database of an older version to the current one. */
enum history_mode {
	HISTORY_EXISTING, /* -ENOENT if there is no database */
	HISTORY_CREATE, /* creates the database and its folder if they do not exist */
};

struct history_pair {
	char *key;
	char *value;
};

/* What launches like those of a run would take if so many were made at once, ns. */
struct history_prediction {
	uint32_t vm_type;
	uint32_t launches; /* at once */
	uint64_t p50;
	uint64_t p90;
	uint64_t p99;
	uint64_t last; /* from the first start to the last end */
};

/* A run without its figures. */
struct history_run {
	int64_t id; /* 1 or higher; an id is never used again */
	int64_t added; /* seconds since 1970 */
	char *started; /* start of the recording, RFC 3339; "": not known */
	char *file; /* name of the file that the run was added from */
	bool complete; /* the recording was ended properly */
	uint64_t events; /* all emitted ones: recorded or dropped */
	uint64_t dropped;
	struct history_pair *host; /* as in the recording, sorted by key */
	size_t nr_host;
	struct history_pair *labels; /* sorted by key */
	size_t nr_labels;
	struct history_prediction *predictions; /* sorted by guest type and launches */
	size_t nr_predictions;
};

/* Conditions on runs. A member that is NULL, 0 or empty is no condition. */
struct history_filter {
	const struct history_pair *labels; /* a run needs all of them; value NULL: any value */
	size_t nr_labels;
	const char *host; /* hostname */
	int64_t since; /* added at this time or later */
	int64_t until; /* added before this time */
	uint64_t last; /* only this many, the newest ones */
};

/*
 * Opens the database. Close *out even after an error, since history_why() needs it; NULL: no
 * memory.
 */
int history_open(const char *path, enum history_mode mode, struct history **out);
void history_close(struct history *h);

/*
 * Describes the last error: the database's name, what is wrong, what to do; for "sevtrace history:
 * %s".
 */
const char *history_why(const struct history *h);

/* What is stored with a new run besides its model. */
struct history_new {
	const char *file; /* the recording's name, to be kept */
	const char *identity; /* of the content; a second run with the same one is refused */
	bool complete;
	const struct history_pair *labels;
	size_t nr_labels;
	const struct history_prediction *predictions;
	size_t nr_predictions;
};

/*
 * Adds a run completely or not at all. *id: the id of the new run; with -EEXIST, the id of the run
 * that has the same identity.
 */
int history_add(struct history *h, const struct history_new *run, const struct model *m,
		int64_t *id);

/*
 * Calls each() for the selected runs, in order of id (oldest first). Stops when it returns other
 * than 0, and returns that.
 */
typedef int (*history_each)(void *ctx, const struct history_run *run);
int history_runs(struct history *h, const struct history_filter *filter, history_each each,
		 void *ctx);

/* Reads one run; free it with history_run_free(). -ENOENT: no run has this id. */
int history_run(struct history *h, int64_t id, struct history_run *run);
void history_run_free(struct history_run *run);

/* Returns the value of a label or of a host key; NULL: the run has no such key. */
const char *history_label(const struct history_run *run, const char *key);
const char *history_host(const struct history_run *run, const char *key);

/*
 * Fills one side of a comparison from a run, as compare_add() does from a recording. Call
 * compare_judge() afterwards, or read the rows of that side. path: the side's name; it belongs to
 * the caller.
 */
int history_fill(struct history *h, int64_t id, struct comparison *c, enum compare_which which,
		 const char *path);

/* Removes a run. -ENOENT: no run has this id. history_vacuum() gives the space back. */
int history_remove(struct history *h, int64_t id);

/* Begins a transaction: history_end() keeps all of its changes or none. */
int history_begin(struct history *h);
int history_end(struct history *h, bool keep);

int history_vacuum(struct history *h);

#endif /* HISTORY_DB_H */
