// SPDX-License-Identifier: GPL-2.0-only
#include "web/settings.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "util/array.h"

#define MAX_TEXT (1U << 20) /* as web/config.c has it */
#define MAX_USERS 100000

struct head {
	uint32_t user;
	uint32_t tls13;
	uint32_t nr_users;
	uint32_t pad;
};

/* A text is its length and its bytes; a missing one has the length UINT32_MAX. */
static void put_text(FILE *out, const char *text)
{
	uint32_t size = text ? (uint32_t)strlen(text) : UINT32_MAX;

	fwrite(&size, sizeof(size), 1, out);
	if (text)
		fwrite(text, 1, size, out);
}

static int get_text(FILE *in, char **text)
{
	uint32_t size;

	*text = NULL;
	if (fread(&size, sizeof(size), 1, in) != 1)
		return -EPROTO;
	if (size == UINT32_MAX)
		return 0;
	if (size > MAX_TEXT)
		return -E2BIG;
	*text = calloc(1, size + 1);
	if (!*text)
		return -ENOMEM;
	return fread(*text, 1, size, in) == size ? 0 : -EPROTO;
}

int web_settings_write(const struct web_config *config, uid_t user)
{
	const struct head head = { user, config->tls13, (uint32_t)config->nr_users, 0 };
	int fd = memfd_create("settings", MFD_CLOEXEC), copy = fd < 0 ? -1 : dup(fd);
	FILE *out = copy < 0 ? NULL : fdopen(copy, "w");
	int err = out ? 0 : -errno;

	if (out) {
		fwrite(&head, sizeof(head), 1, out);
		put_text(out, config->certificate);
		put_text(out, config->key);
		for (size_t i = 0; i < config->nr_users; i++) {
			put_text(out, config->users[i].name);
			put_text(out, config->users[i].hash);
		}
		if (ferror(out))
			err = -EIO;
		if (fclose(out) && !err)
			err = -errno;
	} else if (copy >= 0) {
		close(copy);
	}
	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	return err;
}

static int get_user(FILE *in, struct web_config *config)
{
	struct web_user *user = ARRAY_ADD(config->users, config->nr_users);
	int err = user ? get_text(in, &user->name) : -ENOMEM;

	if (!err)
		err = get_text(in, &user->hash);
	return err || (user->name && user->hash) ? err : -EPROTO;
}

int web_settings_read(int fd, struct web_config *config, uid_t *user)
{
	int copy = dup(fd), err = 0;
	FILE *in = copy < 0 ? NULL : fdopen(copy, "r");
	struct head head;

	memset(config, 0, sizeof(*config));
	if (!in) {
		err = -errno;
		if (copy >= 0)
			close(copy);
		return err;
	}
	rewind(in);
	if (fread(&head, sizeof(head), 1, in) != 1 || head.nr_users > MAX_USERS)
		err = -EPROTO;
	if (!err)
		err = get_text(in, &config->certificate);
	if (!err)
		err = get_text(in, &config->key);
	for (uint32_t i = 0; !err && i < head.nr_users; i++)
		err = get_user(in, config);
	fclose(in);
	if (err) {
		web_config_free(config);
		return err;
	}
	config->tls13 = head.tls13;
	*user = head.user;
	return 0;
}
