/* SPDX-License-Identifier: GPL-2.0-only */
/* Read more details from a message into text; nothing is written if there are none. */
#ifndef LOGS_DETAILS_H
#define LOGS_DETAILS_H

#include <stddef.h>

void detail_api(const char *message, char *text, size_t size);
void detail_asids(const char *message, char *text, size_t size);
void detail_type(const char *message, char *text, size_t size);
void detail_cpuid(const char *message, char *text, size_t size);
void detail_exit(const char *message, char *text, size_t size);
void detail_termination(const char *message, char *text, size_t size);
void detail_system_event(const char *message, char *text, size_t size);
void detail_vmgexit(const char *message, char *text, size_t size);

#endif /* LOGS_DETAILS_H */
