/* SPDX-License-Identifier: GPL-2.0-only */
/* A terminal taken over: keys without a newline, its second screen, drawn frame by frame. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct screen {
	struct termios saved;
	bool entered;
};

/*
 * Can stdin and stdout be taken over? Not where TERM says that the terminal cannot move its cursor.
 */
bool screen_possible(void);

/* Both may be called again and again. screen_leave() gives the terminal back as it was. */
int screen_enter(struct screen *s);
void screen_leave(struct screen *s);

/* Columns and lines of the terminal. */
void screen_size(int *columns, int *lines);

/* Draws a frame over the last one. 0 or a negative errno: the terminal is gone. */
int screen_draw(const char *frame);

#endif /* CLI_SCREEN_H */
