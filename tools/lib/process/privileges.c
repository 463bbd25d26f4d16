// SPDX-License-Identifier: GPL-2.0-only
#include "process/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#define BIT(capability, what) | 1ULL << (capability)
#define ATTACH_CAPABILITIES (0ULL ATTACH_NEEDED(BIT) ATTACH_USEFUL(BIT))
#define UNWIND_CAPABILITIES (0ULL UNWIND_USEFUL(BIT))
#define BECOME_CAPABILITIES \
	(1ULL << CAP_SETUID | 1ULL << CAP_SETGID | 1ULL << CAP_SETPCAP | 1ULL << CAP_KILL)

int user_find(const char *name, struct user *user)
{
	const struct passwd *entry;
	char *end;
	unsigned long number = strtoul(name, &end, 10);
	bool is_number = *name && !*end && number < UINT32_MAX;

	errno = 0;
	entry = is_number ? getpwuid((uid_t)number) : getpwnam(name);
	*user = (struct user){ 0 };
	if (entry) {
		user->uid = entry->pw_uid;
		user->gid = entry->pw_gid;
		snprintf(user->name, sizeof(user->name), "%s", entry->pw_name);
		return 0;
	}
	if (!is_number)
		return errno ? -errno : -ENOENT;
	user->uid = (uid_t)number;
	user->gid = (gid_t)number;
	return 0;
}

static int get(uint64_t *permitted)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return -errno;
	*permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	return 0;
}

static int set(uint64_t permitted, uint64_t effective)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ .permitted = (uint32_t)permitted, .effective = (uint32_t)effective },
		{ .permitted = (uint32_t)(permitted >> 32),
		  .effective = (uint32_t)(effective >> 32) },
	};

	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static int become(const struct user *user)
{
	if (*user->name ? initgroups(user->name, user->gid) : setgroups(0, NULL))
		return -errno;
	if (setresgid(user->gid, user->gid, user->gid) ||
	    setresuid(user->uid, user->uid, user->uid))
		return -errno;
	return 0;
}

/*
 * Drops all capabilities but those to keep from the bounding set. Only a process with CAP_SETPCAP
 * can do that; others do not need it.
 */
static void bound(uint64_t keep)
{
	for (unsigned int cap = 0; cap < 64; cap++)
		if (!(keep >> cap & 1))
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

static int reduce(const struct user *user, uint64_t keep)
{
	uint64_t permitted = 0;
	int err;

	bound(keep);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (user && user->uid != geteuid()) {
		prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
		err = become(user);
		if (err)
			return err;
	}
	err = get(&permitted);
	if (!err)
		err = set(permitted & keep, 0);
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = -errno;
	return err;
}

bool privileges_may_attach(void)
{
	uint64_t permitted = 0;

	/* It stands for CAP_BPF and CAP_PERFMON, too. */
	return !get(&permitted) && permitted >> CAP_SYS_ADMIN & 1;
}

int privileges_keep_attach(const struct user *user)
{
	return reduce(user, ATTACH_CAPABILITIES);
}

static int keep(uint64_t capabilities)
{
	uint64_t permitted = 0;
	int err;

	bound(capabilities);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	err = get(&permitted);
	return err ? err : set(permitted & capabilities, permitted & capabilities);
}

int privileges_keep_unwind(void)
{
	return keep(UNWIND_CAPABILITIES);
}

int privileges_keep_become(void)
{
	return keep(BECOME_CAPABILITIES);
}

int privileges_raise(bool raise)
{
	uint64_t permitted = 0;
	int err = get(&permitted);

	return err ? err : set(permitted, raise ? permitted : 0);
}

int privileges_none(const struct user *user)
{
	return reduce(user, 0);
}
