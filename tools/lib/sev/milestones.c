// SPDX-License-Identifier: GPL-2.0-only
#include "sev/milestones.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Parses a number up to max, decimal or with 0x, and steps over it. */
static int take_number(const char **text, unsigned long max, unsigned long *number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	errno = 0;
	*number = strtoul(*text, &end, 0);
	if (errno || *number > max)
		return -EINVAL;
	*text = end;
	return 0;
}

/* Steps over a name, which ends at a comma or with the text. */
static int take_name(const char **text, char name[MILESTONE_NAME_LEN])
{
	size_t length = strcspn(*text, ",");

	if (!length || length >= MILESTONE_NAME_LEN)
		return -EINVAL;
	for (size_t i = 0; i < length; i++)
		if (!isprint((unsigned char)(*text)[i]))
			return -EINVAL;
	memcpy(name, *text, length);
	name[length] = '\0';
	*text += length;
	return 0;
}

static int add_port(struct sevtrace_milestone_ports *ports, unsigned long port)
{
	for (size_t i = 0; i < ports->nr; i++)
		if (ports->ports[i] == port)
			return 0;
	if (ports->nr == SEVTRACE_MILESTONE_PORTS)
		return -EINVAL;
	ports->ports[ports->nr++] = (uint16_t)port;
	return 0;
}

/* Parses "PORT", "PORT:VALUE=NAME" or "VALUE=NAME". port: the last one, ~0: none. */
static int take_item(const char **text, struct milestones *m, unsigned long *port)
{
	struct milestone *row = &m->rows[m->nr];
	unsigned long value;
	int err;

	if (m->nr == MILESTONES_MAX || take_number(text, UINT32_MAX, &value))
		return -EINVAL;
	*row = (struct milestone){ 0 };
	if (**text != '=') {
		*port = value;
		if (value > UINT16_MAX)
			return -EINVAL;
		err = add_port(&m->ports, value);
		if (err || **text != ':')
			return err;
		++*text;
		if (take_number(text, UINT32_MAX, &value) || **text != '=')
			return -EINVAL;
	}
	if (*port > UINT16_MAX)
		return -EINVAL;
	++*text;
	row->port = (uint16_t)*port;
	row->value = (uint32_t)value;
	m->nr++;
	return take_name(text, row->name);
}

int milestones_parse(const char *text, struct milestones *m)
{
	unsigned long port = ~0UL;
	int err;

	*m = (struct milestones){ 0 };
	do {
		err = take_item(&text, m, &port);
		if (err || (*text && *text != ','))
			return -EINVAL;
	} while (*text++);
	return 0;
}

const char *milestone_name(const struct milestones *m, uint16_t port, uint32_t value)
{
	for (size_t i = 0; i < m->nr; i++)
		if (m->rows[i].port == port && m->rows[i].value == value)
			return m->rows[i].name;
	return NULL;
}
