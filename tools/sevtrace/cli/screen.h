/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes over a terminal: reads keys without waiting for a newline, uses the second screen, draws
 * frame by frame.
 */
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
 * Returns whether stdin and stdout can be taken over. False if TERM names a terminal that cannot
 * move its cursor.
 */
bool screen_possible(void);

/* Take over the terminal, and restore its previous state. Both may be called repeatedly. */
int screen_enter(struct screen *s);
void screen_leave(struct screen *s);

/* Gets the terminal's columns and lines. */
void screen_size(int *columns, int *lines);

/* Draws a frame over the last one. Returns 0, or a negative errno if the terminal is gone. */
int screen_draw(const char *frame);

#endif /* CLI_SCREEN_H */
