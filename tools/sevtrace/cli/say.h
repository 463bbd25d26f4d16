/* SPDX-License-Identifier: GPL-2.0-only */
/* Errors on stderr. Each begins with "sevtrace COMMAND: "; command is the subcommand's name. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

void say_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for wrong usage: a second line names --help. Returns -EINVAL. */
int say_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "invalid process id 'foo': expected a number from 1 on". Returns -EINVAL. */
int say_invalid(const char *command, const char *what, const char *value, const char *expected);

/* Returns -ENOMEM. */
int say_out_of_memory(const char *command);

#endif /* CLI_SAY_H */
