// SPDX-License-Identifier: GPL-2.0-only
#include "host/noise.h"
#include "util/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CPUS 8192
#define QUIET_LOAD 0.1 /* load for each CPU of the host, up to which the host is quiet */

/* Reads a condition: sets the value and returns the state. */
typedef enum condition_state (*condition_read)(const struct system *sys,
					       char value[CONDITION_VALUE_LEN]);

static bool read_word(const struct system *sys, const char *path, char *buf, size_t size)
{
	if (system_read(sys, path, buf, size) <= 0)
		return false;
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

/* Counts the CPUs of a list: "0-3,8" has five. Returns 0 if it is no such list. */
static unsigned long count_list(const char *list)
{
	unsigned long n = 0;
	char *end;

	for (const char *p = list; *p; p = *end == ',' ? end + 1 : end) {
		unsigned long first = strtoul(p, &end, 10);
		unsigned long last = first;

		if (!isdigit((unsigned char)*p))
			return 0;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if ((*end && *end != ',') || last < first || last > MAX_CPUS)
			return 0;
		n += last - first + 1;
	}
	return n;
}

static unsigned long count_in(const struct system *sys, const char *path)
{
	char list[256];

	return read_word(sys, path, list, sizeof(list)) ? count_list(list) : 0;
}

static enum condition_state read_governor(const struct system *sys, char value[CONDITION_VALUE_LEN])
{
	unsigned long cpus = count_in(sys, "/sys/devices/system/cpu/possible");
	char governor[32] = "";
	char path[96];

	for (unsigned long i = 0; i < cpus; i++) {
		char this[32];

		snprintf(path, sizeof(path),
			 "/sys/devices/system/cpu/cpu%lu/cpufreq/scaling_governor", i);
		if (!read_word(sys, path, this, sizeof(this)))
			continue;
		if (*governor && strcmp(governor, this) != 0) {
			snprintf(value, CONDITION_VALUE_LEN, "%s and %s", governor, this);
			return CONDITION_NOISY;
		}
		snprintf(governor, sizeof(governor), "%s", this);
	}
	snprintf(value, CONDITION_VALUE_LEN, "%s", *governor ? governor : "not known");
	if (!*governor)
		return CONDITION_UNKNOWN;
	return strcmp(governor, "performance") != 0 ? CONDITION_NOISY : CONDITION_STEADY;
}

static enum condition_state read_boost(const struct system *sys, char value[CONDITION_VALUE_LEN])
{
	char word[16];
	bool boost;

	if (read_word(sys, "/sys/devices/system/cpu/cpufreq/boost", word, sizeof(word))) {
		boost = strcmp(word, "0") != 0;
	} else if (read_word(sys, "/sys/devices/system/cpu/intel_pstate/no_turbo", word,
			     sizeof(word))) {
		boost = !strcmp(word, "0");
	} else {
		snprintf(value, CONDITION_VALUE_LEN, "not known");
		return CONDITION_UNKNOWN;
	}
	snprintf(value, CONDITION_VALUE_LEN, "%s", boost ? "on" : "off");
	return boost ? CONDITION_NOISY : CONDITION_STEADY;
}

static enum condition_state read_load(const struct system *sys, char value[CONDITION_VALUE_LEN])
{
	unsigned long cpus = count_in(sys, "/sys/devices/system/cpu/online");
	char text[64];
	char *end;
	double load;

	if (!read_word(sys, "/proc/loadavg", text, sizeof(text)))
		text[0] = '\0';
	load = strtod(text, &end);
	if (end == text || !(load >= 0)) {
		snprintf(value, CONDITION_VALUE_LEN, "not known");
		return CONDITION_UNKNOWN;
	}
	snprintf(value, CONDITION_VALUE_LEN, "%.2f on %lu CPUs", load, cpus);
	return load > QUIET_LOAD * (double)(cpus ? cpus : 1) && load > QUIET_LOAD ?
		       CONDITION_NOISY :
		       CONDITION_STEADY;
}

/*
 * Guests of others share the PSP. The misc controller counts ASIDs in lines: "sev 2", "sev_es 0".
 */
static enum condition_state read_guests(const struct system *sys, char value[CONDITION_VALUE_LEN])
{
	char text[512];
	unsigned long guests = 0;

	if (system_read(sys, "/sys/fs/cgroup/misc.current", text, sizeof(text)) <= 0) {
		snprintf(value, CONDITION_VALUE_LEN, "not known");
		return CONDITION_UNKNOWN;
	}
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *number = strchr(line, ' ');

		if (!strncmp(line, "sev", 3) && number)
			guests += strtoul(number, NULL, 10);
	}
	snprintf(value, CONDITION_VALUE_LEN, "%lu", guests);
	return guests ? CONDITION_NOISY : CONDITION_STEADY;
}

static enum condition_state read_smt(const struct system *sys, char value[CONDITION_VALUE_LEN])
{
	char word[16];

	if (!read_word(sys, "/sys/devices/system/cpu/smt/active", word, sizeof(word))) {
		snprintf(value, CONDITION_VALUE_LEN, "not known");
		return CONDITION_UNKNOWN;
	}
	snprintf(value, CONDITION_VALUE_LEN, "%s", strcmp(word, "0") != 0 ? "on" : "off");
	return strcmp(word, "0") != 0 ? CONDITION_NOISY : CONDITION_STEADY;
}

/* The file's text is such as "always [madvise] never". */
static enum condition_state read_huge_pages(const struct system *sys,
					    char value[CONDITION_VALUE_LEN])
{
	char text[64];
	const char *chosen;

	if (!read_word(sys, "/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof(text))) {
		snprintf(value, CONDITION_VALUE_LEN, "not known");
		return CONDITION_UNKNOWN;
	}
	chosen = strchr(text, '[');
	chosen = chosen ? chosen + 1 : text;
	snprintf(value, CONDITION_VALUE_LEN, "%.*s", (int)strcspn(chosen, "]"), chosen);
	return !strncmp(chosen, "always", 6) ? CONDITION_NOISY : CONDITION_STEADY;
}

static enum condition_state read_numa(const struct system *sys, char value[CONDITION_VALUE_LEN])
{
	unsigned long nodes = count_in(sys, "/sys/devices/system/node/online");

	if (!nodes) {
		snprintf(value, CONDITION_VALUE_LEN, "not known");
		return CONDITION_UNKNOWN;
	}
	snprintf(value, CONDITION_VALUE_LEN, "%lu", nodes);
	return nodes > 1 ? CONDITION_NOISY : CONDITION_STEADY;
}

static const struct {
	const char *name;
	condition_read read;
	const char *advice;
} table[NR_CONDITIONS] = {
	{ "CPU frequency governor", read_governor, "cpupower frequency-set -g performance" },
	{ "CPU frequency boost", read_boost,
	  "times depend on temperature and on what other cores do; echo 0 to cpufreq/boost in "
	  "/sys/devices/system/cpu" },
	{ "load", read_load, "something else runs; wait for it or stop it" },
	{ "guests of others", read_guests, "they share the PSP: its commands wait for theirs" },
	{ "SMT", read_smt,
	  "a sibling slows down its core; echo off to /sys/devices/system/cpu/smt/control" },
	{ "transparent huge pages", read_huge_pages,
	  "whether memory comes in huge pages is chance; echo madvise to "
	  "/sys/kernel/mm/transparent_hugepage/enabled" },
	{ "NUMA nodes", read_numa, "where memory comes from is chance; bind COMMAND with numactl" },
};

void conditions_read(const struct system *sys, struct condition list[NR_CONDITIONS])
{
	for (size_t i = 0; i < NR_CONDITIONS; i++) {
		list[i].name = table[i].name;
		list[i].advice = table[i].advice;
		list[i].state = table[i].read(sys, list[i].value);
	}
}

size_t conditions_noisy(const struct condition list[NR_CONDITIONS])
{
	size_t n = 0;

	for (size_t i = 0; i < NR_CONDITIONS; i++)
		n += list[i].state == CONDITION_NOISY;
	return n;
}

static const char *const state_names[] = {
	[CONDITION_STEADY] = "steady",
	[CONDITION_NOISY] = "noisy",
	[CONDITION_UNKNOWN] = "unknown",
};

#define NAME_WIDTH 24
#define VALUE_WIDTH 24

void conditions_print(const struct condition list[NR_CONDITIONS], const struct text_style *style)
{
	static const enum text_color colors[] = { TEXT_GREEN, TEXT_YELLOW, TEXT_DIM };
	char clean[CONDITION_VALUE_LEN];

	for (size_t i = 0; i < NR_CONDITIONS; i++) {
		const struct condition *c = &list[i];

		fputs("  ", style->out);
		text_cell(style, c->name, NAME_WIDTH);
		text_cell(style, text_clean(clean, sizeof(clean), c->value), VALUE_WIDTH);
		fprintf(style->out, "%s%s%s", text_on(style, colors[c->state]),
			state_names[c->state], text_off(style));
		if (c->state == CONDITION_NOISY)
			fprintf(style->out, ": %s", c->advice);
		fputc('\n', style->out);
	}
}

json_t *conditions_json(const struct condition list[NR_CONDITIONS])
{
	json_t *array = json_array();

	for (size_t i = 0; i < NR_CONDITIONS; i++) {
		char clean[CONDITION_VALUE_LEN];

		text_clean(clean, sizeof(clean), list[i].value);
		array = append_json(array, json_pack("{s:s,s:s,s:s}", "name", list[i].name, "value",
						     clean, "state", state_names[list[i].state]));
	}
	return array;
}
