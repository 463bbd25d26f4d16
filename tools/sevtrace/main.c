// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace: runs a subcommand. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/status.h"
#include "commands.h"
#include "process/helper.h"
#include "util/array.h"
#include "util/text.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "record", cmd_record, "record the launches of a command, a process or the whole host" },
	{ "report", cmd_report, "show where each launch spent its time and why it failed" },
	{ "doctor", cmd_doctor,
	  "check whether this host is ready to launch guests and record them" },
	{ "explain", cmd_explain, "explain a status, errno, command or log line" },
	{ "export", cmd_export, "convert a recording to a format of other tools" },
	{ "import", cmd_import, "convert a file of perf record to a recording" },
	{ "dashboard", cmd_dashboard,
	  "show where the runs of the history changed, also as a page" },
	{ "diff", cmd_diff, "compare two recordings" },
	{ "bench", cmd_bench, "measure the launches of a command by size and concurrency" },
	{ "predict", cmd_predict, "predict how long many launches at once take" },
	{ "history", cmd_history, "keep runs in a database and compare them" },
	{ "stat", cmd_stat, "run a command and print figures of the launches in it" },
	{ "top", cmd_top, "show running launches" },
	{ "exporter", cmd_exporter, "serve metrics of the host's launches for Prometheus" },
	{ "modules", cmd_modules, "build and install kernel modules with the tracepoints" },
	{ "script", cmd_script, "print a recording, one line per record" },
};

static void print_help(FILE *out)
{
	fputs("Usage: sevtrace COMMAND [OPTION]... [ARGUMENT]...\n"
	      "Show where launches of AMD SEV, SEV-ES and SEV-SNP guests spend their time, and\n"
	      "why they fail.\n"
	      "\nCommands:\n",
	      out);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\nOptions:\n"
	      "  -h, --help     print this help; 'sevtrace help COMMAND' explains a command\n"
	      "  -V, --version  print the version\n"
	      "\n'man sevtrace' says more.\n",
	      out);
}

/* Returns the command that may be meant, or NULL: one that differs more is another word. */
static const char *nearest(const char *text)
{
	size_t least = strlen(text) / 3 + 2;
	const char *name = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		size_t d = text_distance(text, commands[i].name);

		if (d < least) {
			least = d;
			name = commands[i].name;
		}
	}
	return name;
}

static int run_command(int argc, char **argv)
{
	const char *meant;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[0], commands[i].name))
			return commands[i].run(argc, argv);
	meant = nearest(argv[0]);
	fprintf(stderr, "sevtrace: no command '%s'; ", argv[0]);
	if (meant)
		fprintf(stderr, "did you mean '%s'? ", meant);
	fputs("'sevtrace --help' lists what there is\n", stderr);
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	char help[] = "--help", *of_command[] = { argv[1], help, NULL };

	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "help") && argc > 2) {
		of_command[0] = argv[2];
		return run_command(2, of_command);
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return EXIT_ALL_OK;
	}
	if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")) {
		puts("sevtrace " SEVTRACE_VERSION);
		return EXIT_ALL_OK;
	}
	if (!strcmp(argv[1], HELPER_OPTION))
		return cmd_helper(argc - 1, argv + 1);
	return run_command(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int status;

	/* LC_NUMERIC stays unset, so that figures look the same in every locale. */
	setlocale(LC_CTYPE, "");
	status = run(argc, argv);
	/* A command that looks at this itself has a status of its own by now. */
	if (status != EXIT_ALL_OK || (!fflush(stdout) && !ferror(stdout)))
		return status;
	fprintf(stderr, "sevtrace: cannot write: %s\n", strerror(errno));
	return EXIT_OWN_FAILURE;
}
