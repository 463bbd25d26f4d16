// SPDX-License-Identifier: GPL-2.0-only
/*
 * sevtrace modules: the command line of tools/modules/modules, a script: what it does is to run
 * make, modprobe and depmod.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/say.h"
#include "cli/status.h"
#include "commands.h"
#include "util/array.h"

#define ACTIONS "build, install, remove or status"

/* Bits of the actions. */
enum {
	BUILD = 1,
	INSTALL = 2,
	REMOVE = 4,
	STATUS = 8,
};

struct modules_options {
	const char *kernel, *headers, *source, *output, *from, *key, *cert;
	bool fetch, no_reload;
};

/* The options as the script wants them, with the actions that take them. */
struct argument {
	const char *name;
	const char *value; /* NULL: a flag, or not given */
	bool given;
	unsigned int actions;
};

#define MAX_ARGUMENTS 9

static unsigned int find_action(const char *name)
{
	static const struct {
		const char *name;
		unsigned int action;
	} actions[] = {
		{ "build", BUILD },
		{ "install", INSTALL },
		{ "remove", REMOVE },
		{ "status", STATUS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(actions[i].name, name))
			return actions[i].action;
	return 0;
}

/* In an installation the script is below libexec, in a build tree where the source has it. */
static int find_script(char *path, size_t size)
{
	static const char *const places[] = {
		"../libexec/sevtrace/modules/modules",
		"../tools/modules/modules",
	};
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (length < 0) {
		int err = -errno;

		say_error("modules", "/proc/self/exe cannot be read: %s; is /proc mounted?",
			  strerror(-err));
		return err;
	}
	self[length] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		int n = snprintf(path, size, "%s/%s", self, places[i]);

		if (n > 0 && (size_t)n < size && !access(path, X_OK))
			return 0;
	}
	say_error("modules", "the scripts that it runs are not installed: there is no %s/%s", self,
		  places[0]);
	return -ENOENT;
}

/* Becomes the script. Returns the exit status if that fails. */
static int run_script(char *action, const struct argument *arguments, size_t nr)
{
	char path[2 * PATH_MAX], *argv[MAX_ARGUMENTS + 3] = { path, action };
	size_t argc = 2;

	if (find_script(path, sizeof(path)))
		return EXIT_OWN_FAILURE;
	for (size_t i = 0; i < nr; i++) {
		const struct argument *a = &arguments[i];

		if (!a->given)
			continue;
		if (asprintf(&argv[argc++], "--%s%s%s", a->name, a->value ? "=" : "",
			     a->value ? a->value : "") < 0) {
			say_error("modules", "not enough memory");
			return EXIT_OWN_FAILURE;
		}
	}
	fflush(stdout);
	execv(path, argv);
	say_error("modules", "'%s' cannot be run: %s", path, strerror(errno));
	return EXIT_OWN_FAILURE;
}

/* Runs the action if all options that are given are its own. */
static int run_action(char *name, const struct modules_options *o)
{
	const struct argument arguments[] = {
		{ "kernel", o->kernel, o->kernel, BUILD | INSTALL | REMOVE | STATUS },
		{ "headers", o->headers, o->headers, BUILD | INSTALL },
		{ "source", o->source, o->source, BUILD | INSTALL },
		{ "fetch", NULL, o->fetch, BUILD | INSTALL },
		{ "output", o->output, o->output, BUILD },
		{ "from", o->from, o->from, INSTALL },
		{ "key", o->key, o->key, BUILD | INSTALL },
		{ "cert", o->cert, o->cert, BUILD | INSTALL },
		{ "no-reload", NULL, o->no_reload, INSTALL | REMOVE },
	};
	unsigned int action = find_action(name);

	_Static_assert(ARRAY_SIZE(arguments) <= MAX_ARGUMENTS, "run_script() has room for them");
	if (!action) {
		say_invalid("modules", "action", name, ACTIONS);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
		const struct argument *a = &arguments[i];

		if (a->given && !(a->actions & action)) {
			say_usage("modules", "%s does not take --%s", name, a->name);
			return EXIT_USAGE;
		}
		if (a->value && !*a->value) {
			say_usage("modules", "--%s is empty", a->name);
			return EXIT_USAGE;
		}
	}
	return run_script(name, arguments, ARRAY_SIZE(arguments));
}

int cmd_modules(int argc, char **argv)
{
	struct modules_options o = { 0 };
	const struct option_row options[] = {
		OPT_VALUE(0, "kernel", "VERSION", "for this kernel (that which runs)", &o.kernel),
		OPT_VALUE(0, "headers", "DIR", "its headers (those of its package)", &o.headers),
		OPT_VALUE(0, "source", "FILE", "its source (that of linux-source-*)", &o.source),
		OPT_FLAG(0, "fetch", "fetch the source by apt where it is not installed", &o.fetch),
		OPT_VALUE('o', "output", "DIR", "build: where to put the modules", &o.output),
		OPT_VALUE(0, "from", "DIR", "install: what build put there", &o.from),
		OPT_VALUE(0, "key", "FILE", "sign with this private key", &o.key),
		OPT_VALUE(0, "cert", "FILE", "and this certificate of it", &o.cert),
		OPT_FLAG(0, "no-reload", "leave loaded modules until the next boot", &o.no_reload),
	};
	const struct command_usage usage = {
		.name = "modules",
		.synopsis = "ACTION",
		.summary = "Give a distribution's kernel the tracepoints of the kernel series",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.max_operands = 1,
		.notes = "Actions:\n"
			 "  build    build ccp, kvm and kvm-amd with the tracepoints\n"
			 "  install  build and install them, load them, look for the events\n"
			 "  remove   go back to the distribution's modules\n"
			 "  status   print what is installed and which events are there\n",
	};
	int operand;
	int status = options_parse(&usage, argc, argv, &operand);

	if (status != PARSE_GO_ON)
		return status;
	if (operand == argc) {
		say_usage("modules", "an action is missing: " ACTIONS);
		return EXIT_USAGE;
	}
	return run_action(argv[operand], &o);
}
