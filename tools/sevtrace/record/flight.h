/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sevtrace record --on-failure and --on-slow: a recording that keeps only launches that fail or are
 * slow.
 */
#ifndef RECORD_FLIGHT_H
#define RECORD_FLIGHT_H

#include "record/options.h"

/* Runs the recording. Returns the exit status. */
int record_flight(const struct record_options *options);

#endif /* RECORD_FLIGHT_H */
