// SPDX-License-Identifier: GPL-2.0-only
/* Draws with the control sequences of ECMA-48 and xterm that all terminals in use know. */
#include "cli/screen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>

/* Switches to the second screen, hides the cursor, and cuts lines that are too long. */
#define ENTER "\033[?1049h\033[?25l\033[?7l"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"
#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"

bool screen_possible(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
	       strcmp(term, "dumb") != 0;
}

int screen_enter(struct screen *s)
{
	struct termios raw;

	if (s->entered)
		return 0;
	if (tcgetattr(STDIN_FILENO, &s->saved))
		return -errno;
	raw = s->saved;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw))
		return -errno;
	s->entered = true;
	fputs(ENTER, stdout);
	return fflush(stdout) ? -errno : 0;
}

void screen_leave(struct screen *s)
{
	if (!s->entered)
		return;
	s->entered = false;
	fputs(LEAVE, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &s->saved);
}

void screen_size(int *columns, int *lines)
{
	struct winsize size;
	bool known = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);

	*columns = known && size.ws_col ? size.ws_col : 80;
	*lines = known && size.ws_row ? size.ws_row : 24;
}

/* The last line has no newline, because that would scroll the screen. */
int screen_draw(const char *frame)
{
	fputs(HOME, stdout);
	while (*frame) {
		size_t size = strcspn(frame, "\n");

		fwrite(frame, 1, size, stdout);
		fputs(CLEAR_LINE, stdout);
		frame += size;
		frame += *frame == '\n';
		if (*frame)
			fputc('\n', stdout);
	}
	fputs(CLEAR_BELOW, stdout);
	return fflush(stdout) || ferror(stdout) ? -EIO : 0;
}
