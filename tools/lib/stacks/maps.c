// SPDX-License-Identifier: GPL-2.0-only
#include "stacks/maps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	uint32_t launch;
	char *lines;
};

struct vmm_maps {
	struct entry *entries; /* at most a few hundred, in no order */
	size_t nr;
	size_t size;
};

struct vmm_maps *vmm_maps_new(void)
{
	return calloc(1, sizeof(struct vmm_maps));
}

void vmm_maps_free(struct vmm_maps *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nr; i++)
		free(m->entries[i].lines);
	free(m->entries);
	free(m);
}

/* Tells whether a file begins at a line of maps: "START-END PERMS OFFSET DEV INODE PATH". */
static int begins_file(const char *line)
{
	uint64_t offset;
	int name = 0;

	return sscanf(line, "%*x-%*x %*s %" SCNx64 " %*s %*s %n", &offset, &name) == 1 && name &&
	       !offset && line[name] == '/';
}

char *vmm_maps_read(uint32_t pid)
{
	char path[64], *line = NULL, *lines = NULL;
	size_t size = 0, used;
	FILE *maps, *out;

	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return NULL;
	out = open_memstream(&lines, &used);
	while (out && getline(&line, &size, maps) > 0)
		if (begins_file(line))
			fputs(line, out);
	free(line);
	fclose(maps);
	if (!out || fclose(out) || !*lines) {
		free(lines);
		errno = ESRCH; /* a process that is ending has no maps any more */
		return NULL;
	}
	return lines;
}

int vmm_maps_add(struct vmm_maps *m, uint32_t launch, uint32_t pid)
{
	char *lines = vmm_maps_read(pid);
	struct entry *grown;

	if (!lines)
		return 0;
	if (m->nr == m->size) {
		m->size = m->size ? 2 * m->size : 16;
		grown = realloc(m->entries, m->size * sizeof(*grown));
		if (!grown) {
			free(lines);
			return -ENOMEM;
		}
		m->entries = grown;
	}
	m->entries[m->nr++] = (struct entry){ launch, lines };
	return 0;
}

static struct entry *find(const struct vmm_maps *m, uint32_t launch)
{
	for (size_t i = 0; i < m->nr; i++)
		if (m->entries[i].launch == launch)
			return &m->entries[i];
	return NULL;
}

void vmm_maps_drop(struct vmm_maps *m, uint32_t launch)
{
	struct entry *e = find(m, launch);

	if (!e)
		return;
	free(e->lines);
	*e = m->entries[--m->nr];
}

const char *vmm_maps_get(const struct vmm_maps *m, uint32_t launch)
{
	const struct entry *e = find(m, launch);

	return e ? e->lines : NULL;
}
