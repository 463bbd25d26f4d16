// SPDX-License-Identifier: GPL-2.0-only
#include "cli/look.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "cli/say.h"

/* Without less, the text is printed as it is. */
#define DEFAULT_PAGER "if command -v less >/dev/null; then exec less; else exec cat; fi"

/* Returns the command; NULL: none is wanted. */
static const char *pager_command(void)
{
	const char *command = getenv("SEVTRACE_PAGER");

	if (!command)
		command = getenv("PAGER");
	if (!command)
		return DEFAULT_PAGER;
	return *command && strcmp(command, "cat") != 0 ? command : NULL;
}

static _Noreturn void run_pager(const char *command, int in)
{
	dup2(in, STDIN_FILENO);
	/* What fits the screen needs no key to be left; colours; it stays on the screen. */
	setenv("LESS", "FRX", 0);
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(127);
}

/* Without a pager, the text is printed as it is. */
static void start_pager(struct look *l)
{
	const char *command = pager_command();
	int ends[2];

	if (l->no_pager || !command || !isatty(STDOUT_FILENO) || pipe2(ends, O_CLOEXEC))
		return;
	fflush(stdout);
	l->pager = fork();
	if (!l->pager)
		run_pager(command, ends[0]);
	if (l->pager > 0) {
		dup2(ends[1], STDOUT_FILENO);
		/* The terminal sends it to both. The pager knows what to do. */
		signal(SIGINT, SIG_IGN);
		signal(SIGPIPE, SIG_IGN);
	} else {
		l->pager = 0;
	}
	close(ends[0]);
	close(ends[1]);
}

int look_begin(struct look *l, const char *command, struct text_style *style)
{
	*style = text_style_of(stdout);
	if (l->color && !strcmp(l->color, "always"))
		style->color = true;
	else if (l->color && !strcmp(l->color, "never"))
		style->color = false;
	else if (l->color && strcmp(l->color, "auto") != 0)
		return say_invalid(command, "use of colours", l->color, "auto, always or never");
	start_pager(l);
	return 0;
}

int look_end(struct look *l)
{
	int err = fflush(stdout) || ferror(stdout) ? -errno : 0;

	if (!l->pager)
		return err;
	close(STDOUT_FILENO);
	while (waitpid(l->pager, NULL, 0) < 0 && errno == EINTR)
		;
	l->pager = 0;
	return err == -EPIPE ? 0 : err;
}
