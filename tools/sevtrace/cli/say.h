/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints errors on stderr. Each starts with "sevtrace COMMAND: "; command is the name of the
 * subcommand.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

void say_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints an error of usage; a second line names --help. Returns -EINVAL. */
int say_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints "invalid process id 'foo': expected a number from 1 on". Returns -EINVAL. */
int say_invalid(const char *command, const char *what, const char *value, const char *expected);

/* Prints that memory ran out. Returns -ENOMEM. */
int say_out_of_memory(const char *command);

#endif /* CLI_SAY_H */
