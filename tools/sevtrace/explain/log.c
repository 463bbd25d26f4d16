// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace explain --log: explains a log of the kernel or a VMM. */
#include "explain/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "cli/status.h"
#include "explain/log_scan.h"
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

/* known: nothing in it that sevtrace knows is an error. */
static int scan_file(FILE *in, const char *name, bool known, bool as_json)
{
	struct log_scan *scan;
	int ret;

	if (log_scan_new(&scan)) {
		say_out_of_memory("explain");
		return EXIT_OWN_FAILURE;
	}
	ret = log_scan_read(scan, in);
	if (ret) {
		say_error("explain", "cannot read %s: %s", name, strerror(-ret));
		ret = EXIT_OWN_FAILURE;
	} else if (!log_scan_lines(scan)) {
		say_error("explain",
			  "nothing to explain: %s is empty; give a code, such as 0x16, or a log",
			  name);
		ret = EXIT_EMPTY;
	} else if (known && !log_scan_explained(scan)) {
		say_error("explain",
			  "%s is no code and no message that sevtrace knows; "
			  "'sevtrace explain --list' lists the codes",
			  name);
		ret = EXIT_OWN_FAILURE;
	} else {
		ret = print(scan, name, as_json);
	}
	log_scan_free(scan);
	return ret;
}

int explain_lines(char **lines, int count, bool as_json)
{
	char quoted[512], *text = NULL;
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
		ret = scan_file(log, count == 1 ? quoted : "the text", true, as_json);
		fclose(log);
	} else {
		say_out_of_memory("explain");
	}
	free(text);
	return ret;
}

int explain_log(const char *path, bool as_json)
{
	FILE *in;
	int ret;

	if (!strcmp(path, "-"))
		return scan_file(stdin, "standard input", false, as_json);
	in = fopen(path, "re");
	if (!in) {
		say_error("explain", "cannot open %s: %s", path, strerror(errno));
		return EXIT_OWN_FAILURE;
	}
	ret = scan_file(in, path, false, as_json);
	fclose(in);
	return ret;
}
