// SPDX-License-Identifier: GPL-2.0-only
/* What the journal of this boot tells of failures; the kernel's log where there is no journal. */
#include "doctor/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "logs/logs.h"

#define CAUSE 200 /* bytes of a cause that are kept */

struct told {
	unsigned int failures;
	char last[CAUSE];
};

static int read_log(void *ctx, FILE *in)
{
	return log_scan_read(ctx, in, true);
}

static bool count_failure(void *ctx, const char *text, const char *cause, const char *hint)
{
	struct told *told = ctx;

	(void)text;
	(void)hint;
	told->failures++;
	snprintf(told->last, sizeof(told->last), "%s", cause);
	return true;
}

static int read_kernel_log(const struct facts *f, struct log_scan *scan)
{
	FILE *in;
	int err;

	if (!f->log || !*f->log)
		return f->log_error ? f->log_error : -ENODATA;
	in = fmemopen(f->log, strlen(f->log), "r");
	if (!in)
		return -errno;
	err = log_scan_read(scan, in, true);
	fclose(in);
	return err;
}

/* Reads the journal, or what there is. Returns what was read, NULL: nothing. */
static const char *read_any(const struct facts *f, struct log_scan *scan)
{
	if (f->sys->journal && !f->sys->journal(read_log, scan) && log_scan_lines(scan))
		return "the journal of this boot";
	return read_kernel_log(f, scan) ? NULL : "the kernel's log";
}

void check_journal(struct facts *f, struct check_outcome *o)
{
	struct told told = { 0 };
	struct log_scan *scan;
	const char *what;

	if (log_scan_new(&scan)) {
		outcome_set(o, CHECK_SKIP, NULL, "out of memory");
		return;
	}
	what = read_any(f, scan);
	log_scan_failures(scan, count_failure, &told);
	if (!what)
		outcome_set(o, CHECK_SKIP,
			    "Run as root, or as a member of the group systemd-journal.",
			    "neither the journal nor the kernel's log can be read");
	else if (told.failures)
		outcome_set(o, CHECK_WARN,
			    "'sevtrace explain --journal' says what to do about each.",
			    "%s tells of %u failure%s, the last: %s", what, told.failures,
			    told.failures == 1 ? "" : "s", told.last);
	else
		outcome_set(o, CHECK_PASS, NULL, "%s tells of no failure of SEV", what);
	log_scan_free(scan);
}
