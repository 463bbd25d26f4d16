// SPDX-License-Identifier: GPL-2.0-only
#include "cli/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static void say(const char *command, const char *format, va_list args)
{
	fprintf(stderr, "sevtrace %s: ", command);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void say_error(const char *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(command, format, args);
	va_end(args);
}

int say_usage(const char *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(command, format, args);
	va_end(args);
	fprintf(stderr, "Try 'sevtrace %s --help'.\n", command);
	return -EINVAL;
}

int say_invalid(const char *command, const char *what, const char *value, const char *expected)
{
	say_error(command, "invalid %s '%s': expected %s", what, value, expected);
	return -EINVAL;
}

int say_out_of_memory(const char *command)
{
	say_error(command, "out of memory");
	return -ENOMEM;
}
