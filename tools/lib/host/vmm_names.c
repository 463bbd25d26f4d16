// SPDX-License-Identifier: GPL-2.0-only
#include "host/vmm_names.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

#define MOST_ARGUMENTS (128UL << 10) /* bytes; VMMs have their names at the beginning */
#define MOST_CGROUPS (16UL << 10)
#define ID_LEN 32 /* the shortest id of a container or a pod, in hex digits */

/* A part of a text that is not ours. */
struct part {
	const char *at;
	size_t len;
};

static void set(struct vmm_names *names, enum sevtrace_name which, struct part text)
{
	char *to = names->of[which];

	if (*to || !text.len)
		return;
	if (text.len < SEVTRACE_NAME_LEN)
		snprintf(to, SEVTRACE_NAME_LEN, "%.*s", (int)text.len, text.at);
	else
		snprintf(to, SEVTRACE_NAME_LEN, "%.*s...", SEVTRACE_NAME_LEN - 4, text.at);
}

static bool begins_with(struct part text, const char *with)
{
	size_t len = strlen(with);

	return text.len >= len && !memcmp(text.at, with, len);
}

/* Cuts off what a text begins or ends with; tells whether it does. */
static bool cut_begin(struct part *text, const char *with)
{
	if (!begins_with(*text, with))
		return false;
	text->at += strlen(with);
	text->len -= strlen(with);
	return true;
}

static bool cut_end(struct part *text, const char *with)
{
	size_t len = strlen(with);

	if (text->len < len || memcmp(text->at + text->len - len, with, len) != 0)
		return false;
	text->len -= len;
	return true;
}

/*
 * Takes the name out of QEMU's "guest=NAME,debug-threads=on" or "NAME,process=...", where two
 * commas stand for one.
 */
static void take_qemu_name(struct vmm_names *names, const char *value)
{
	char name[SEVTRACE_NAME_LEN + 1];
	size_t len = 0;
	bool named = false;

	while (*value && !named) {
		const char *key = value;
		size_t key_len = strcspn(value, "=,");
		bool is_guest = value[key_len] != '=' || (key_len == 5 && !memcmp(key, "guest", 5));

		if (value[key_len] == '=')
			value += key_len + 1;
		for (; *value && (*value != ',' || value[1] == ','); value++) {
			value += *value == ',';
			if (is_guest && len < SEVTRACE_NAME_LEN)
				name[len++] = *value;
		}
		value += *value == ',';
		named = is_guest;
	}
	set(names, SEVTRACE_NAME_VMM, (struct part){ name, len });
}

static void take_name(struct vmm_names *names, const char *value)
{
	set(names, SEVTRACE_NAME_VMM, (struct part){ value, strlen(value) });
}

/* The options of VMMs that name a guest. */
static const struct naming_option {
	const char *option;
	const char *program; /* what the program's name begins with; "": any */
	void (*take)(struct vmm_names *names, const char *value);
} naming_options[] = {
	{ "--name", "lkvm", take_name },      { "-n", "lkvm", take_name },
	{ "--id", "firecracker", take_name }, { "-name", "", take_qemu_name },
	{ "--name", "", take_qemu_name },
};

/* Returns the option's value, in this argument or the next; NULL: it is another option. */
static const char *value_of(const char *argument, const char *next, const char *option)
{
	size_t len = strlen(option);

	if (strncmp(argument, option, len) != 0)
		return NULL;
	if (argument[len] == '=')
		return argument + len + 1;
	return argument[len] ? NULL : next;
}

static void take_argument(struct vmm_names *names, const char *program, const char *argument,
			  const char *next)
{
	for (size_t i = 0; i < ARRAY_SIZE(naming_options); i++) {
		const struct naming_option *o = &naming_options[i];
		const char *value = value_of(argument, next, o->option);

		if (!value || strncmp(program, o->program, strlen(o->program)) != 0)
			continue;
		o->take(names, value);
		return;
	}
}

void vmm_names_of_arguments(struct vmm_names *names, const char *arguments, size_t size)
{
	const char *end = arguments + size, *slash = strrchr(arguments, '/');
	const char *program = slash ? slash + 1 : arguments;

	/* The last argument may be cut off. */
	for (const char *at = arguments; at < end && !*names->of[SEVTRACE_NAME_VMM];) {
		const char *next = at + strnlen(at, (size_t)(end - at)) + 1;

		if (next > end)
			return;
		if (at > arguments)
			take_argument(names, program, at,
				      next < end && memchr(next, '\0', (size_t)(end - next)) ?
					      next :
					      NULL);
		at = next;
	}
}

/*
 * Takes the name out of "machine-qemu\x2d3\x2dNAME.scope", as systemd escapes it, or of
 * "qemu-3-NAME.libvirt-qemu".
 */
static bool take_domain(struct vmm_names *names, struct part group)
{
	char name[SEVTRACE_NAME_LEN + 1];
	struct part text = group;
	size_t len = 0;

	if (!(cut_begin(&text, "machine-") && cut_end(&text, ".scope")) &&
	    !cut_end(&text, ".libvirt-qemu"))
		return false;
	for (size_t i = 0; i < text.len && len < SEVTRACE_NAME_LEN; i++) {
		bool dash = text.len - i >= 4 && !memcmp(text.at + i, "\\x2d", 4);

		name[len++] = dash ? '-' : text.at[i];
		i += dash ? 3 : 0;
	}
	text = (struct part){ name, len };
	if (!cut_begin(&text, "qemu-"))
		return false;
	for (len = 0; len < text.len && isdigit((unsigned char)text.at[len]);)
		len++;
	text = (struct part){ text.at + len, text.len - len };
	if (!len || !cut_begin(&text, "-"))
		return false;
	set(names, SEVTRACE_NAME_DOMAIN, text);
	return true;
}

/* Tells whether this is an id: so many hex digits, and dashes or what stands for them. */
static bool is_id(struct part text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (isxdigit((unsigned char)text.at[i]))
			digits++;
		else if (text.at[i] != '-' && text.at[i] != '_')
			return false;
	}
	return digits >= ID_LEN;
}

/*
 * Takes the id out of "pod<id>", "kubepods-burstable-pod<id>.slice", and of what follows a colon
 * there.
 */
static void take_pod(struct vmm_names *names, struct part group)
{
	const char *colon = memchr(group.at, ':', group.len);
	struct part text = { group.at, colon ? (size_t)(colon - group.at) : group.len };
	char id[SEVTRACE_NAME_LEN];
	bool found = cut_begin(&text, "pod");

	cut_end(&text, ".slice");
	for (size_t i = 0; !found && begins_with(group, "kubepods") && i + 4 < text.len; i++) {
		if (memcmp(text.at + i, "-pod", 4) != 0)
			continue;
		text = (struct part){ text.at + i + 4, text.len - i - 4 };
		found = true;
	}
	if (!found || !is_id(text) || text.len >= sizeof(id))
		return;
	for (size_t i = 0; i < text.len; i++)
		id[i] = text.at[i] == '_' ? '-' : text.at[i];
	set(names, SEVTRACE_NAME_POD, (struct part){ id, text.len });
}

/*
 * Takes the id out of "<id>", "docker-<id>.scope", "kata_<id>" and "...:cri-containerd:<id>".
 */
static bool take_container(struct vmm_names *names, struct part group)
{
	struct part text = group;

	if (cut_begin(&text, "lxc.payload.")) {
		set(names, SEVTRACE_NAME_CONTAINER, text);
		return true;
	}
	cut_end(&text, ".scope");
	for (size_t i = text.len; i > 0; i--) {
		if (isxdigit((unsigned char)text.at[i - 1]))
			continue;
		text = (struct part){ text.at + i, text.len - i };
		break;
	}
	if (!is_id(text) || text.len < 2UL * ID_LEN)
		return false;
	set(names, SEVTRACE_NAME_CONTAINER, text);
	return true;
}

static bool is_unit(struct part group)
{
	return cut_end(&group, ".service") || cut_end(&group, ".scope");
}

static void take_path(struct vmm_names *names, struct part path)
{
	struct part unit = { "", 0 };

	while (path.len) {
		const char *slash = memchr(path.at, '/', path.len);
		struct part group = { path.at, slash ? (size_t)(slash - path.at) : path.len };

		path.at += group.len + !!slash;
		path.len -= group.len + !!slash;
		take_pod(names, group);
		if (!take_domain(names, group) && !take_container(names, group) && is_unit(group))
			unit = group;
	}
	set(names, SEVTRACE_NAME_UNIT, unit);
}

void vmm_names_of_cgroup(struct vmm_names *names, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		/* hierarchy:controllers:path; a path may have colons of its own */
		const char *first = memchr(text, ':', len);
		const char *second =
			first ? memchr(first + 1, ':', len - (size_t)(first + 1 - text)) : NULL;

		if (second)
			take_path(names,
				  (struct part){ second + 1, len - (size_t)(second + 1 - text) });
		text += len + !!text[len];
	}
}

/* Reads at most size - 1 bytes; ends them with a NUL. Returns how many. */
static size_t read_of(pid_t pid, const char *name, char *to, size_t size)
{
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	f = fopen(path, "re");
	if (f) {
		n = fread(to, 1, size - 1, f);
		fclose(f);
	}
	to[n] = '\0';
	return n;
}

void vmm_names_read(struct vmm_names *names, pid_t pid)
{
	char *text = malloc(MOST_ARGUMENTS);

	memset(names, 0, sizeof(*names));
	if (!text)
		return;
	vmm_names_of_arguments(names, text, read_of(pid, "cmdline", text, MOST_ARGUMENTS));
	read_of(pid, "cgroup", text, MOST_CGROUPS);
	vmm_names_of_cgroup(names, text);
	free(text);
}
