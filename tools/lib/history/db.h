/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs in an SQLite database: of a recording, what one side of a comparison holds (launches by type
 * and result, whole histograms per step, PSP command and ioctl, a value a launch, answers of the
 * PSP), what is known of its host, and labels. Any percentile can be asked later, and any two runs
 * be compared.
 *
 * Every function returns 0 or a negative errno unless it says otherwise; history_why() says more
 * about the last error. A database is untrusted: what does not decode is -EBADMSG.
 */
#ifndef HISTORY_DB_H
#define HISTORY_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diff/compare.h"
#include "model/model.h"

/*
 * Launches of a run whose values are kept, row by row. Of more, every second, third... is: enough
 * for a rank test; histograms are always of all.
 */
#define HISTORY_MAX_VALUES 4096
#define HISTORY_MAX_LABELS 64
#define HISTORY_MAX_LABEL_LEN 256 /* of a key, and of a value */

struct history;

/* Either brings a database of an older version up to date. */
enum history_mode {
	HISTORY_EXISTING, /* -ENOENT if there is none */
	HISTORY_CREATE, /* makes the database and its folder where there is none */
};

struct history_pair {
	char *key;
	char *value;
};

/* A run, without its figures. */
struct history_run {
	int64_t id; /* 1 and up, never used again */
	int64_t added; /* seconds since 1970 */
	char *started; /* of the recording, RFC 3339; "" where it is not known */
	char *file; /* that it was added from */
	bool complete; /* the recording was ended properly */
	uint64_t events; /* emitted: recorded and dropped */
	uint64_t dropped;
	struct history_pair *host; /* as in the recording, sorted by key */
	size_t nr_host;
	struct history_pair *labels; /* sorted by key */
	size_t nr_labels;
};

/* Which runs; what is NULL, 0 or empty asks for nothing. */
struct history_filter {
	const struct history_pair *labels; /* all of these; value NULL: the key, with any value */
	size_t nr_labels;
	const char *host; /* hostname */
	int64_t since; /* added then or later */
	int64_t until; /* added before */
	uint64_t last; /* only the newest so many */
};

/* *out is to be closed also after an error, for history_why(); NULL: there was no memory. */
int history_open(const char *path, enum history_mode mode, struct history **out);
void history_close(struct history *h);

/* What went wrong last, with the database's name and what to do: for "sevtrace history: %s". */
const char *history_why(const struct history *h);

/* What is added beside the model. */
struct history_new {
	const char *file; /* name to keep */
	const char *identity; /* of the content; the same again is refused */
	bool complete;
	const struct history_pair *labels;
	size_t nr_labels;
};

/*
 * All of it or nothing. *id: the new run's; with -EEXIST that of the run that has the same
 * identity.
 */
int history_add(struct history *h, const struct history_new *run, const struct model *m,
		int64_t *id);

/* Oldest first, by id. Ends when each() does not return 0, with what that returned. */
typedef int (*history_each)(void *ctx, const struct history_run *run);
int history_runs(struct history *h, const struct history_filter *filter, history_each each,
		 void *ctx);

/* One run, to be freed with history_run_free(). -ENOENT: there is none of that number. */
int history_run(struct history *h, int64_t id, struct history_run *run);
void history_run_free(struct history_run *run);

/* The value of a label or of a host key; NULL: it has none. */
const char *history_label(const struct history_run *run, const char *key);
const char *history_host(const struct history_run *run, const char *key);

/*
 * Fills one side of a comparison with a run, as compare_add() does with a recording: then
 * compare_judge(), or read the rows of that side. path: what to call it, of the caller.
 */
int history_fill(struct history *h, int64_t id, struct comparison *c, enum compare_which which,
		 const char *path);

/* Removes a run. -ENOENT: there is none. Space is given back by history_vacuum(). */
int history_remove(struct history *h, int64_t id);

/* Several changes as one: all are kept at the end, or none. */
int history_begin(struct history *h);
int history_end(struct history *h, bool keep);

int history_vacuum(struct history *h);

#endif /* HISTORY_DB_H */
