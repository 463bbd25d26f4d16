// SPDX-License-Identifier: GPL-2.0-only
/* Parses the specifications of the command line, see spec.h. */
#include "spec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

#define NS_PER_S 1000000000ULL
#define TIME_MAX_NS (3600 * NS_PER_S)

static int __attribute__((format(printf, 2, 3)))
fail(struct spec_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return -EINVAL;
}

bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	int base = strncmp(text, "0x", 2) == 0 ? 16 : 10;
	const char *digits = base == 16 ? text + 2 : text;
	char *end;

	if (!*digits ||
	    strspn(digits, base == 16 ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits))
		return false;
	errno = 0;
	*number = strtoull(digits, &end, base);
	return !errno && !*end && *number >= min && *number <= max;
}

bool parse_time(const char *text, uint64_t *ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", NS_PER_S } };
	size_t digits = strspn(text, "0123456789.");
	const char *unit = text + digits;
	char *end;
	double value;

	if (!digits)
		return false;
	value = strtod(text, &end);
	if (end != unit)
		return false;
	if (!*unit && value == 0) {
		*ns = 0;
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].name) != 0)
			continue;
		if (value * (double)units[i].ns > (double)TIME_MAX_NS)
			return false;
		*ns = (uint64_t)(value * (double)units[i].ns + 0.5);
		return true;
	}
	return false;
}

/* One item of a list: the text before the comma, split at its "=". @value is NULL without a "=". */
struct item {
	char *key;
	char *value;
};

static bool next_item(char **rest, struct item *item)
{
	char *text = strsep(rest, ",");

	if (!text)
		return false;
	item->key = strsep(&text, "=");
	item->value = text;
	return true;
}

struct key {
	const char *name;
	bool needs_value;
	int (*set)(void *to, const char *value, struct spec_error *error);
};

/* Calls the setter of each item of @spec. */
static int parse_items(const char *spec, const struct key *keys, size_t count, void *to,
		       struct spec_error *error)
{
	char *copy = strdup(spec), *rest = copy;
	struct item item;
	int ret = copy ? 0 : -ENOMEM;

	while (!ret && next_item(&rest, &item)) {
		const struct key *key = keys;

		while (key < keys + count && strcmp(key->name, item.key) != 0)
			key++;
		if (key == keys + count)
			ret = fail(error, "unknown key \"%s\" in \"%s\"", item.key, spec);
		else if (key->needs_value != (item.value != NULL))
			ret = fail(error, "\"%s\" in \"%s\" %s a value", item.key, spec,
				   key->needs_value ? "needs" : "takes no");
		else
			ret = key->set(to, item.value, error);
	}
	free(copy);
	return ret;
}

int latency_parse(const char *spec, struct latencies *latencies, struct spec_error *error)
{
	char *copy = strdup(spec), *rest = copy;
	struct item item;
	int ret = copy ? 0 : -ENOMEM;

	while (!ret && next_item(&rest, &item)) {
		uint64_t ns;
		uint32_t code;

		if (!item.value || !parse_time(item.value, &ns))
			ret = fail(
				error,
				"latency \"%s=%s\": not a time; write a number and ns, us, ms or s, "
				"at most an hour",
				item.key, item.value ? item.value : "");
		else if (strcmp(item.key, "*") == 0)
			for (size_t i = 0; i < PSP_COMMANDS; i++)
				latencies->ns[i] = ns;
		else if (psp_command_by_name(item.key, &code))
			latencies->ns[code] = ns;
		else
			ret = fail(error,
				   "latency: unknown command \"%s\"; write a name such as "
				   "SNP_LAUNCH_UPDATE, or * for all",
				   item.key);
	}
	free(copy);
	return ret;
}

static int fault_cmd(void *to, const char *value, struct spec_error *error)
{
	struct fault *fault = to;

	fault->any_command = strcmp(value, "*") == 0;
	if (fault->any_command || psp_command_by_name(value, &fault->command))
		return 0;
	return fail(error, "fault: unknown command \"%s\"; write a name such as SNP_LAUNCH_UPDATE",
		    value);
}

static int fault_number(uint64_t *to, const char *key, const char *value, uint64_t min,
			struct spec_error *error)
{
	if (parse_number(value, min, UINT64_MAX, to))
		return 0;
	return fail(error, "fault: %s=%s is not a number from %u on", key, value,
		    (unsigned int)min);
}

static int fault_nth(void *to, const char *value, struct spec_error *error)
{
	return fault_number(&((struct fault *)to)->nth, "nth", value, 1, error);
}

static int fault_every(void *to, const char *value, struct spec_error *error)
{
	return fault_number(&((struct fault *)to)->every, "every", value, 1, error);
}

static int fault_gfn(void *to, const char *value, struct spec_error *error)
{
	struct fault *fault = to;

	fault->has_gfn = true;
	return fault_number(&fault->gfn, "gfn", value, 0, error);
}

static int fault_status(void *to, const char *value, struct spec_error *error)
{
	struct fault *fault = to;
	uint64_t number;
	uint32_t status;

	if (psp_status_by_name(value, &status))
		number = status;
	else if (!parse_number(value, 0, UINT16_MAX, &number))
		return fail(error,
			    "fault: status \"%s\" is neither a name such as POLICY_FAILURE nor a "
			    "number up to 0xffff",
			    value);
	fault->has_status = true;
	fault->status = (uint16_t)number;
	return 0;
}

static int fault_hang(void *to, const char *value, struct spec_error *error)
{
	(void)value;
	(void)error;
	((struct fault *)to)->hang = true;
	return 0;
}

static int fault_delay(void *to, const char *value, struct spec_error *error)
{
	if (parse_time(value, &((struct fault *)to)->delay_ns))
		return 0;
	return fail(error, "fault: delay \"%s\" is not a number with ns, us, ms or s", value);
}

static int fault_extra(void *to, const char *value, struct spec_error *error)
{
	struct fault *fault = to;
	const char *colon = strchr(value, ':');
	char high[32];
	uint64_t hi, lo;

	if (colon && (size_t)(colon - value) < sizeof(high)) {
		memcpy(high, value, (size_t)(colon - value));
		high[colon - value] = '\0';
		if (parse_number(high, 0, UINT32_MAX, &hi) &&
		    parse_number(colon + 1, 0, UINT32_MAX, &lo)) {
			fault->has_extra = true;
			fault->extra_hi = (uint32_t)hi;
			fault->extra_lo = (uint32_t)lo;
			return 0;
		}
	}
	return fail(error, "fault: extra \"%s\" is not two 32-bit numbers HI:LO", value);
}

static const struct key fault_keys[] = {
	{ "cmd", true, fault_cmd },	  { "nth", true, fault_nth },
	{ "every", true, fault_every },	  { "gfn", true, fault_gfn },
	{ "status", true, fault_status }, { "hang", false, fault_hang },
	{ "delay", true, fault_delay },	  { "extra", true, fault_extra },
};

static int fault_check(const char *spec, struct fault *fault, struct spec_error *error)
{
	if (!fault->any_command && !fault->command)
		return fail(error, "fault \"%s\": cmd=NAME is missing", spec);
	if (!fault->hang && !fault->has_status && !fault->delay_ns)
		return fail(error, "fault \"%s\": add status=CODE, hang or delay=TIME", spec);
	if (fault->hang && (fault->has_status || fault->delay_ns))
		return fail(error, "fault \"%s\": hang excludes status and delay", spec);
	if (fault->has_extra && (!fault->has_status || !fault->status))
		return fail(error, "fault \"%s\": extra needs a failing status", spec);
	if (!fault->nth) {
		/* Without nth and every, the fault applies to each match. */
		fault->nth = fault->every ? fault->every : 1;
		fault->every = fault->every ? fault->every : 1;
	}
	return 0;
}

int fault_parse(const char *spec, struct faults *faults, struct spec_error *error)
{
	struct fault fault = { 0 }, *grown;
	int ret;

	ret = parse_items(spec, fault_keys, sizeof(fault_keys) / sizeof(fault_keys[0]), &fault,
			  error);
	if (!ret)
		ret = fault_check(spec, &fault, error);
	if (ret)
		return ret;
	grown = realloc(faults->fault, (faults->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	faults->fault = grown;
	faults->fault[faults->count++] = fault;
	return 0;
}

void faults_free(struct faults *faults)
{
	free(faults->fault);
	*faults = (struct faults){ 0 };
}

static bool fault_strikes(const struct fault *fault)
{
	if (fault->seen < fault->nth)
		return false;
	if (!fault->every)
		return fault->seen == fault->nth;
	return (fault->seen - fault->nth) % fault->every == 0;
}

const struct fault *fault_match(struct faults *faults, uint32_t command, const uint64_t *gfn)
{
	const struct fault *struck = NULL;

	for (size_t i = 0; i < faults->count; i++) {
		struct fault *fault = &faults->fault[i];

		if (!fault->any_command && fault->command != command)
			continue;
		if (fault->has_gfn && (!gfn || *gfn != fault->gfn))
			continue;
		fault->seen++;
		if (!struck && fault_strikes(fault))
			struck = fault;
	}
	return struck;
}

static int platform_api(void *to, const char *value, struct spec_error *error)
{
	struct platform *platform = to;
	unsigned int major, minor;
	int used = 0;

	if (sscanf(value, "%3u.%3u%n", &major, &minor, &used) != 2 || value[used] || major > 255 ||
	    minor > 255)
		return fail(error, "platform: fw-api=%s is not MAJOR.MINOR, each up to 255", value);
	platform->api_major = (uint8_t)major;
	platform->api_minor = (uint8_t)minor;
	return 0;
}

static int on_or_off(const char *key, const char *value, bool *to, struct spec_error *error)
{
	*to = strcmp(value, "on") == 0 || strcmp(value, "1") == 0;
	if (*to || strcmp(value, "off") == 0 || strcmp(value, "0") == 0)
		return 0;
	return fail(error, "platform: %s=%s is neither on (1) nor off (0)", key, value);
}

static int platform_snp(void *to, const char *value, struct spec_error *error)
{
	return on_or_off("snp", value, &((struct platform *)to)->snp, error);
}

static int platform_coherent(void *to, const char *value, struct spec_error *error)
{
	bool ignored;

	(void)to;
	return on_or_off("coherent", value, &ignored, error);
}

static int platform_asid(uint32_t *to, const char *key, const char *value, struct spec_error *error)
{
	uint64_t number;

	/* The ASID field of an RMP entry has 10 bits. */
	if (!parse_number(value, 1, 1023, &number))
		return fail(error, "platform: %s=%s is not a number from 1 to 1023", key, value);
	*to = (uint32_t)number;
	return 0;
}

static int platform_min(void *to, const char *value, struct spec_error *error)
{
	return platform_asid(&((struct platform *)to)->min_sev_asid, "min-sev-asid", value, error);
}

static int platform_max(void *to, const char *value, struct spec_error *error)
{
	return platform_asid(&((struct platform *)to)->max_asid, "max-asid", value, error);
}

static const struct key platform_keys[] = {
	{ "fw-api", true, platform_api },	 { "snp", true, platform_snp },
	{ "min-sev-asid", true, platform_min },	 { "max-asid", true, platform_max },
	{ "coherent", true, platform_coherent },
};

int platform_parse(const char *spec, struct platform *platform, struct spec_error *error)
{
	return parse_items(spec, platform_keys, sizeof(platform_keys) / sizeof(platform_keys[0]),
			   platform, error);
}
