// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace explain --log: explains a log of the kernel or a VMM. */
#include "explain/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "cli/status.h"
#include "logs/logs.h"
#include "process/journal.h"
#include "util/infile.h"
#include "util/json.h"

/* Prints the findings as JSON. Returns 0 or -ENOMEM. */
static int print_json(const struct log_scan *scan, const char *name)
{
	json_t *json = log_scan_json(scan);
	char clean[4096];

	json = set_json(json, "version", json_string(SEVTRACE_VERSION));
	json = set_json(json, "file", json_string(text_clean(clean, sizeof(clean), name)));
	if (!json)
		return -ENOMEM;
	json_dumpf(json, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(json);
	return 0;
}

static int print(const struct log_scan *scan, const char *name, bool as_json)
{
	struct text_style style = text_style_of(stdout);

	if (!as_json) {
		log_scan_print(scan, &style);
	} else if (print_json(scan, name)) {
		say_out_of_memory("explain");
		return EXIT_OWN_FAILURE;
	}
	if (fflush(stdout) || ferror(stdout)) {
		perror("sevtrace explain: cannot write");
		return EXIT_OWN_FAILURE;
	}
	return log_scan_failed(scan) ? EXIT_LAUNCH_FAILED : EXIT_ALL_OK;
}

/* A log, and what is known of it. */
struct log_input {
	const char *name; /* as users know it */
	const struct log_request *request;
	bool known; /* nothing in it that sevtrace knows is an error */
};

/* Says why there is nothing to print, if so. Returns an exit status, EXIT_ALL_OK to go on. */
static int check_scan(const struct log_scan *scan, const struct log_input *input)
{
	if (log_scan_no_text(scan) && !log_scan_explained(scan)) {
		say_error("explain", "%s cannot be explained: it is %s", input->name,
			  log_scan_no_text(scan));
		return EXIT_OWN_FAILURE;
	}
	if (!log_scan_lines(scan)) {
		say_error("explain",
			  "nothing to explain: %s is empty; give a code, such as 0x16, or a log",
			  input->name);
		return EXIT_EMPTY;
	}
	if (!input->known || log_scan_explained(scan))
		return EXIT_ALL_OK;
	say_error("explain",
		  "%s is no code and no message that sevtrace knows; "
		  "'sevtrace explain --list' lists the codes",
		  input->name);
	return EXIT_OWN_FAILURE;
}

static int scan_file(FILE *in, const struct log_input *input)
{
	struct log_scan *scan;
	int ret;

	if (log_scan_new(&scan)) {
		say_out_of_memory("explain");
		return EXIT_OWN_FAILURE;
	}
	log_scan_versions(scan, &input->request->versions);
	ret = log_scan_read(scan, in, !input->known);
	if (ret) {
		say_error("explain", "cannot read %s: %s", input->name, strerror(-ret));
		ret = EXIT_OWN_FAILURE;
	} else {
		ret = check_scan(scan, input);
		if (ret == EXIT_ALL_OK)
			ret = print(scan, input->name, input->request->as_json);
	}
	log_scan_free(scan);
	return ret;
}

int explain_lines(char **lines, int count, const struct log_request *request)
{
	char quoted[512], *text = NULL;
	struct log_input input = { count == 1 ? quoted : "the text", request, true };
	size_t size = 0;
	FILE *log = open_memstream(&text, &size);
	int ret = EXIT_OWN_FAILURE;

	for (int i = 0; log && i < count; i++)
		fprintf(log, "%s\n", lines[i]);
	if (log && !fclose(log) && size)
		log = fmemopen(text, size, "r");
	else
		log = NULL;
	snprintf(quoted, sizeof(quoted), "'%s'", lines[0]);
	if (log) {
		ret = scan_file(log, &input);
		fclose(log);
	} else {
		say_out_of_memory("explain");
	}
	free(text);
	return ret;
}

int explain_log(const char *path, const struct log_request *request)
{
	struct log_input input = { path, request, false };
	char why[128];
	FILE *in;
	int err, ret;

	if (!strcmp(path, "-"))
		input.name = "standard input";
	err = infile_open(path, &in);
	if (err) {
		infile_explain(err, why, sizeof(why));
		say_error("explain", "%s %s", input.name, why);
		return EXIT_OWN_FAILURE;
	}
	ret = scan_file(in, &input);
	fclose(in);
	return ret;
}

int explain_journal(const char *since, const struct log_request *request)
{
	struct log_input input = { "the journal", request, false };
	pid_t pid;
	FILE *in;
	int err = journal_open(since, &in, &pid), ret, status;

	if (err) {
		say_error("explain", "cannot run journalctl: %s", strerror(-err));
		return EXIT_OWN_FAILURE;
	}
	ret = scan_file(in, &input);
	fclose(in);
	status = journal_wait(pid);
	if (status && ret != EXIT_LAUNCH_FAILED) {
		say_error("explain", "journalctl failed with status %d; see what it says above",
			  status);
		return EXIT_OWN_FAILURE;
	}
	return ret;
}
