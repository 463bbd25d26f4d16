// SPDX-License-Identifier: GPL-2.0-only
#include "host/cpuinfo.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *cpuinfo_value(const char *cpuinfo, const char *key)
{
	size_t length = strlen(key);

	for (const char *line = cpuinfo; line && *line;) {
		const char *colon = strchr(line, ':');

		if (!strncmp(line, key, length) && isspace((unsigned char)line[length]) && colon)
			return colon + strspn(colon, ": ");
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return NULL;
}

bool cpuinfo_has_word(const char *list, const char *word)
{
	size_t end = strcspn(list, "\n"), length = strlen(word);

	for (size_t i = 0; i < end;) {
		size_t n = strcspn(list + i, " \n");

		if (n == length && !strncmp(list + i, word, n))
			return true;
		i += n + 1;
	}
	return false;
}

bool host_is_without_sev(const struct system *sys)
{
	char *cpuinfo = system_read_all(sys, "/proc/cpuinfo");
	const char *flags = cpuinfo ? cpuinfo_value(cpuinfo, "flags") : NULL;
	bool kernel_has = !flags || cpuinfo_has_word(flags, "sev");
	struct cpuid_regs leaf = { 0 };

	free(cpuinfo);
	if (kernel_has)
		return false;
	return sys->cpuid(LEAF, &leaf) || !(leaf.eax & LEAF_SEV);
}
