// SPDX-License-Identifier: GPL-2.0-only
/* Finds the names that are most similar to a text that is not a name. */
#include <string.h>

#include "explain/internal.h"
#include "util/text.h"

struct near_name {
	const char *name;
	size_t distance;
};

/*
 * Inserts into the list, which is sorted by distance; of equal distances, the first one stays
 * first.
 */
static size_t insert(struct near_name *list, size_t count, size_t max, struct near_name entry)
{
	size_t at = count;

	for (size_t i = 0; i < count; i++)
		if (!strcasecmp(list[i].name, entry.name))
			return count;
	while (at > 0 && list[at - 1].distance > entry.distance)
		at--;
	if (at == max)
		return count;
	if (count < max)
		count++;
	memmove(&list[at + 1], &list[at], (count - at - 1) * sizeof(*list));
	list[at] = entry;
	return count;
}

#define NEAREST 8

size_t topic_nearest(const char *text, const char **names, size_t max)
{
	struct near_name near[NEAREST];
	char wanted[TOPIC_NAME_SIZE];
	size_t count = 0;

	if (!topic_normal_name(wanted, text))
		return 0;
	if (max > NEAREST)
		max = NEAREST;
	for (int kind = 0; kind < TOPIC_KINDS; kind++) {
		const struct topic_type *type = &topic_types[kind];

		for (size_t i = 0; i < type->numbers->nr; i++) {
			const char *name = type->name(number_at(type->numbers, i));
			size_t d = name ? text_distance(topic_bare(type, wanted),
							topic_bare(type, name)) :
					  0;

			/* a name that differs more is another word */
			if (name && d <= strlen(wanted) / 3 + 1)
				count = insert(near, count, max, (struct near_name){ name, d });
		}
	}
	for (size_t i = 0; i < count; i++)
		names[i] = near[i].name;
	return count;
}
