// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace export: a recording in the formats of other tools. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "util/array.h"
#include "util/outfile.h"

/* What the output lacks is said on stderr. */
static void print_losses(const char *command, const struct report *report)
{
	const char *filter = model_host_value(report->model, "filter");
	struct tracefile_cpu_drops sum;
	char clean[512];

	if (filter)
		fprintf(stderr,
			"sevtrace %s: %s: recorded with %s: what that leaves out is missing\n",
			command, report->path, text_clean(clean, sizeof(clean), filter));
	if (!report->state->complete)
		fprintf(stderr, "sevtrace %s: %s: %s; this is what was read before\n", command,
			report->path, report->state->text);
	if (model_drops(report->model, &sum) && sum.dropped)
		fprintf(stderr,
			"sevtrace %s: %s: %" PRIu64 " of %" PRIu64
			" events were dropped in recording\n",
			command, report->path, (uint64_t)sum.dropped, (uint64_t)sum.emitted);
}

static int cannot_write(const char *command, const char *output, int err)
{
	fprintf(stderr, "sevtrace %s: cannot write%s%s: %s\n", command, output ? " " : "",
		output ? output : "", strerror(-err));
	return EXIT_OWN_FAILURE;
}

static int write_output(const char *command, const struct export_format *format,
			struct tracefile_reader *reader, const struct report *report,
			const char *output)
{
	struct outfile out;
	int err = outfile_open(&out, output);
	int ret;

	if (err)
		return cannot_write(command, output, err);
	ret = export_read(format, reader, report, out.stream, &err);
	if (ret) {
		fprintf(stderr, "sevtrace %s: %s cannot be read: %s\n", command, report->path,
			strerror(-ret));
		outfile_abandon(&out);
		return EXIT_OWN_FAILURE;
	}
	if (err)
		outfile_abandon(&out);
	else
		err = outfile_finish(&out);
	if (err)
		return cannot_write(command, output, err);
	print_losses(command, report);
	return model_failed(report->model) ? EXIT_LAUNCH_FAILED : EXIT_ALL_OK;
}

static bool same_file(const char *a, const char *b)
{
	struct stat left;
	struct stat right;

	return !stat(a, &left) && !stat(b, &right) && left.st_dev == right.st_dev &&
	       left.st_ino == right.st_ino;
}

int export_file(const struct command_usage *usage, const struct export_format *format,
		const char *file, const char *output)
{
	struct tracefile_reader *reader;
	struct tracefile_state state = { 0 };
	struct model model;
	struct report report = { &model, &state, file, SEVTRACE_VERSION };
	char why[256];
	int ret;

	if (tracefile_open(file, &reader, why, sizeof(why))) {
		fprintf(stderr, "sevtrace %s: %s %s\n", usage->name, file, why);
		return EXIT_OWN_FAILURE;
	}
	if (output && same_file(file, output)) {
		fprintf(stderr,
			"sevtrace %s: %s is what is read; name another file to write it to\n",
			usage->name, output);
		tracefile_reader_free(reader);
		return EXIT_USAGE;
	}
	model_init(&model);
	ret = write_output(usage->name, format, reader, &report, output);
	tracefile_reader_free(reader);
	model_free(&model);
	return ret;
}

/* The formats as the help lists them. */
static const char *list_formats(char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "Formats:\n");

	for (size_t i = 0; export_format(i) && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "  %-12s %s\n",
					 export_format(i)->name, export_format(i)->help);
	return buf;
}

static const struct export_format *find_format(const char *name)
{
	for (size_t i = 0; export_format(i); i++)
		if (!strcmp(export_format(i)->name, name))
			return export_format(i);
	return NULL;
}

static int wrong_format(const char *name)
{
	const char *comma = "";

	if (name)
		fprintf(stderr, "sevtrace export: no format '%s'; there are ", name);
	else
		fputs("sevtrace export: --format is missing; there are ", stderr);
	for (size_t i = 0; export_format(i); i++, comma = ", ")
		fprintf(stderr, "%s%s", comma, export_format(i)->name);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

int cmd_export(int argc, char **argv)
{
	const char *name = NULL;
	const char *output = NULL;
	const struct option_row options[] = {
		{ 'f', "format", "FORMAT", "the format, see below", NULL, &name },
		{ 'o', "output", "OUTPUT", "write to OUTPUT instead of stdout", NULL, &output },
	};
	char notes[1024];
	const struct command_usage usage = {
		.name = "export",
		.synopsis = "--format FORMAT [FILE]",
		.summary = "Write FILE (" DEFAULT_FILE ") in a format of other tools",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.max_operands = 1,
		.notes = list_formats(notes, sizeof(notes)),
	};
	const struct export_format *format;
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	format = name ? find_format(name) : NULL;
	if (!format)
		return wrong_format(name);
	/* A reader that is gone is an error like any other, and is said. */
	signal(SIGPIPE, SIG_IGN);
	return export_file(&usage, format, operand < argc ? argv[operand] : DEFAULT_FILE, output);
}
