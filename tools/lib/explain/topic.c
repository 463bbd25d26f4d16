// SPDX-License-Identifier: GPL-2.0-only
#include "explain/internal.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sevtrace/psp.h>

#include "explain/explain.h"
#include "sev/names.h"
#include "sev/reference.h"
#include "util/array.h"

#define MAX_ERRNO 4095 /* Linux include/linux/err.h */

static const char *status_name(uint32_t number)
{
	return number == SEVTRACE_PSP_NO_FW_CALL ? "NO_FW_CALL" : psp_status_name(number);
}

static const char *status_text(uint32_t number)
{
	if (number == SEVTRACE_PSP_NO_FW_CALL)
		return "the kernel did not ask the firmware; nothing was written where its answer goes";
	return psp_status_text(number);
}

static const char *ioctl_text(uint32_t number)
{
	const struct ioctl_fact *fact = ioctl_fact(number);

	return fact ? fact->text : NULL;
}

static const char *error_name(uint32_t number)
{
	return number && number <= MAX_ERRNO ? errno_name((int)number) : NULL;
}

static const char *error_text(uint32_t number)
{
	return strerrordesc_np((int)number);
}

static const struct number_list errno_numbers = { NULL, MAX_ERRNO + 1 };

const struct topic_type topic_types[TOPIC_KINDS] = {
	[TOPIC_STATUS] = { "status",
			   "statuses",
			   "PSP status",
			   { "SEV_RET_" },
			   &psp_status_numbers,
			   status_name,
			   status_text },
	[TOPIC_COMMAND] = { "command",
			    "commands",
			    "PSP command",
			    { "SEV_CMD_", "SEV_" },
			    &psp_command_numbers,
			    psp_command_name,
			    psp_command_text },
	[TOPIC_IOCTL] = { "ioctl",
			  "ioctls",
			  "ioctl of KVM",
			  { "KVM_SEV_", "KVM_" },
			  &ioctl_numbers,
			  ioctl_name,
			  ioctl_text },
	[TOPIC_STEP] = { "step",
			 "steps",
			 "step of a launch",
			 { NULL },
			 &step_numbers,
			 step_name,
			 step_text },
	[TOPIC_PAGE_TYPE] = { "page-type",
			      "page-types",
			      "page type of an SNP launch",
			      { "KVM_SEV_SNP_PAGE_TYPE_", "PAGE_TYPE_" },
			      &page_type_numbers,
			      page_type_name,
			      page_type_text },
	[TOPIC_ERRNO] = { "errno",
			  "errnos",
			  "error number",
			  { NULL },
			  &errno_numbers,
			  error_name,
			  error_text },
};

/* Names that other documents and headers use. */
static const struct {
	const char *name;
	enum topic_kind kind;
	uint32_t number;
} aliases[] = {
	{ "INAVLID_CONFIG", TOPIC_STATUS, SEVTRACE_PSP_INVALID_CONFIG },
	{ "INVALID_LENGTH", TOPIC_STATUS, SEVTRACE_PSP_INVALID_LEN },
	{ "HWERROR_PLATFORM", TOPIC_STATUS, SEVTRACE_PSP_HWSEV_RET_PLATFORM },
	{ "HWERROR_UNSAFE", TOPIC_STATUS, SEVTRACE_PSP_HWSEV_RET_UNSAFE },
	{ "NO_FW_CALL", TOPIC_STATUS, SEVTRACE_PSP_NO_FW_CALL },
	{ "LAUNCH_SECRET", TOPIC_COMMAND, SEVTRACE_CMD_LAUNCH_UPDATE_SECRET },
	{ "PLATFORM_RESET", TOPIC_COMMAND, SEVTRACE_CMD_FACTORY_RESET },
	{ "ATTESTATION", TOPIC_COMMAND, SEVTRACE_CMD_ATTESTATION_REPORT },
	{ "PAGE_RECLAIM", TOPIC_COMMAND, SEVTRACE_CMD_SNP_PAGE_RECLAIM },
	{ "LAUNCH_UPDATE", TOPIC_IOCTL, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA },
};

bool topic_normal_name(char to[TOPIC_NAME_SIZE], const char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strcspn(text, " \t");
	if (!length || length >= TOPIC_NAME_SIZE || text[length + strspn(text + length, " \t")])
		return false;
	for (size_t i = 0; i < length; i++)
		to[i] = (char)(text[i] == '-' ? '_' : toupper((unsigned char)text[i]));
	to[length] = '\0';
	return true;
}

const char *topic_bare(const struct topic_type *type, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(type->prefixes); i++) {
		const char *prefix = type->prefixes[i];

		if (prefix && !strncmp(name, prefix, strlen(prefix)))
			return name + strlen(prefix);
	}
	return name;
}

static void add(struct topic found[TOPIC_MAX], size_t *count, enum topic_kind kind, uint32_t number)
{
	for (size_t i = 0; i < *count; i++)
		if (found[i].kind == kind && found[i].number == number)
			return;
	if (*count < TOPIC_MAX)
		found[(*count)++] = (struct topic){ .kind = kind,
						    .number = number,
						    .ioctl = EXPLAIN_ANY_IOCTL };
}

enum likeness { EXACT, WITHOUT_PREFIX };

static bool alike(const struct topic_type *type, const char *name, const char *text,
		  enum likeness likeness)
{
	if (likeness == EXACT)
		return !strcasecmp(name, text);
	return !strcasecmp(topic_bare(type, name), text) ||
	       !strcasecmp(name, topic_bare(type, text));
}

static void find_names(const char *text, struct topic found[TOPIC_MAX], size_t *count,
		       enum likeness likeness)
{
	for (int kind = 0; kind < TOPIC_KINDS; kind++) {
		const struct topic_type *type = &topic_types[kind];

		for (size_t i = 0; i < type->numbers->nr; i++) {
			uint32_t number = number_at(type->numbers, i);
			const char *name = type->name(number);

			if (name && alike(type, name, text, likeness))
				add(found, count, (enum topic_kind)kind, number);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (likeness == WITHOUT_PREFIX &&
		    alike(&topic_types[aliases[i].kind], aliases[i].name, text, likeness))
			add(found, count, aliases[i].kind, aliases[i].number);
}

/* Is the status known: has it a name, or was it seen on real firmware? */
static bool known_status(uint32_t status)
{
	struct cause cause = { 0 };
	struct cause_query query = { EXPLAIN_ANY_IOCTL, 0, status };

	return status_name(status) || explain_causes(&query, &cause, 1);
}

static void find_number(long long value, bool hex, struct topic found[TOPIC_MAX], size_t *count)
{
	static const enum topic_kind decimal[] = { TOPIC_STATUS, TOPIC_ERRNO, TOPIC_COMMAND,
						   TOPIC_IOCTL };
	static const enum topic_kind hexadecimal[] = { TOPIC_STATUS, TOPIC_COMMAND, TOPIC_ERRNO,
						       TOPIC_IOCTL };
	const enum topic_kind *order = hex ? hexadecimal : decimal;
	uint32_t number;

	/* The kernel prints this one where it did not ask the firmware. */
	if (hex && value == UINT32_MAX)
		add(found, count, TOPIC_STATUS, SEVTRACE_PSP_NO_FW_CALL);
	/* a negative int of the kernel that was printed unsigned */
	if (value > UINT32_MAX - MAX_ERRNO && value <= UINT32_MAX)
		value -= (long long)UINT32_MAX + 1;
	if (value < -MAX_ERRNO || value > UINT32_MAX)
		return;
	if (value < 0) {
		if (error_name((uint32_t)-value))
			add(found, count, TOPIC_ERRNO, (uint32_t)-value);
		if (value == -1)
			add(found, count, TOPIC_STATUS, SEVTRACE_PSP_NO_FW_CALL);
		return;
	}
	number = (uint32_t)value;
	for (size_t i = 0; i < ARRAY_SIZE(decimal); i++) {
		bool known = order[i] == TOPIC_STATUS ? known_status(number) :
							topic_types[order[i]].name(number) != NULL;

		if (known)
			add(found, count, order[i], number);
	}
}

static bool parse_number(const char *text, long long *value, bool *hex)
{
	const char *digits = text + (*text == '-' || *text == '+');
	char *end;

	*hex = !strncasecmp(digits, "0x", 2);
	if (!isxdigit((unsigned char)digits[*hex ? 2 : 0]))
		return false;
	errno = 0;
	*value = strtoll(text, &end, *hex ? 16 : 10);
	return !errno && !*end;
}

size_t topic_find(const char *text, struct topic found[TOPIC_MAX])
{
	char name[TOPIC_NAME_SIZE];
	long long value;
	size_t count = 0;
	uint32_t status;
	bool hex;

	/* '-' in front of a number is its sign */
	if (parse_number(text, &value, &hex)) {
		find_number(value, hex, found, &count);
		return count;
	}
	if (vmm_text_status(text, &status)) {
		add(found, &count, TOPIC_STATUS, status);
		return count;
	}
	if (!topic_normal_name(name, text))
		return 0;
	if (name[0] == '_' && name[1] == 'E')
		memmove(name, name + 1, strlen(name)); /* "-EINVAL" */
	find_names(name, found, &count, EXACT);
	find_names(name, found, &count, WITHOUT_PREFIX);
	return count;
}

/* Parses a number, or a name of that kind; errnos are returned negative. */
static bool parse_value(const char *text, enum topic_kind kind, long long *value)
{
	struct topic found[TOPIC_MAX];
	size_t count;
	bool hex;

	if (parse_number(text, value, &hex))
		return *value >= INT_MIN && *value <= UINT32_MAX;
	count = topic_find(text, found);
	for (size_t i = 0; i < count; i++) {
		if (found[i].kind != kind)
			continue;
		*value = kind == TOPIC_ERRNO ? -(long long)found[i].number : found[i].number;
		return true;
	}
	return false;
}

static const struct {
	const char *key;
	enum topic_kind kind;
} answer_keys[] = {
	{ "ret", TOPIC_ERRNO },	    { "rc", TOPIC_ERRNO },	  { "errno", TOPIC_ERRNO },
	{ "fw", TOPIC_STATUS },	    { "fw_error", TOPIC_STATUS }, { "fw_err", TOPIC_STATUS },
	{ "status", TOPIC_STATUS }, { "error", TOPIC_STATUS },	  { "psp_ret", TOPIC_STATUS },
};

static int take_answer(char *item, struct topic *answer, char *why, size_t size)
{
	char *value = strchr(item, '=');
	long long number;

	if (!value) {
		snprintf(why, size, "'%s' is not of the form KEY=VALUE", item);
		return -EINVAL;
	}
	*value++ = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(answer_keys); i++) {
		if (strcasecmp(item, answer_keys[i].key) != 0)
			continue;
		if (!parse_value(value, answer_keys[i].kind, &number)) {
			snprintf(why, size, "'%s' is neither a number nor the name of %s", value,
				 answer_keys[i].kind == TOPIC_ERRNO ? "an error" : "a status");
			return -EINVAL;
		}
		if (answer_keys[i].kind == TOPIC_ERRNO) {
			answer->has_ret = true;
			answer->ret = (int)number;
		} else {
			answer->has_status = true;
			answer->status = (uint32_t)number;
		}
		return 0;
	}
	snprintf(why, size, "'%s' is neither ret nor fw", item);
	return -EINVAL;
}

int topic_parse_answer(const char *text, struct topic *answer, char *why, size_t size)
{
	char *copy, *rest, *item;
	int err = 0;

	if (!strchr(text, '='))
		return -ENOENT;
	copy = rest = strdup(text);
	if (!copy) {
		snprintf(why, size, "out of memory");
		return -EINVAL;
	}
	while (!err && (item = strsep(&rest, ",; \t")))
		if (*item)
			err = take_answer(item, answer, why, size);
	free(copy);
	return err;
}

uint32_t topic_ioctl(const struct topic *topic)
{
	uint32_t ioctl;

	if (topic->kind == TOPIC_IOCTL)
		return topic->number;
	if (topic->kind != TOPIC_COMMAND)
		return EXPLAIN_ANY_IOCTL;
	return facts_ioctls_issuing(topic->number, &ioctl, 1) ? ioctl : EXPLAIN_ANY_IOCTL;
}

const char *topic_name(const struct topic *topic, char *buf, size_t size)
{
	const char *name =
		topic->kind < TOPIC_KINDS ? topic_types[topic->kind].name(topic->number) : NULL;

	if (name)
		return name;
	snprintf(buf, size, "0x%x", topic->number);
	return buf;
}
