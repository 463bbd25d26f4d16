// SPDX-License-Identifier: GPL-2.0-only
/* Facts that only this machine's kernel and processor can tell. */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <linux/kvm.h>
#include <linux/psp-sev.h>

#include "host/events.h"
#include "host/machine.h"
#include "process/journal.h"

#define LOG_READ_ALL 3 /* SYSLOG_ACTION_READ_ALL of klogctl(2) */
#define LOG_SIZE 10 /* SYSLOG_ACTION_SIZE_BUFFER */

static int host_cpuid(uint32_t leaf, struct cpuid_regs *regs)
{
	if (!__get_cpuid(leaf, &regs->eax, &regs->ebx, &regs->ecx, &regs->edx))
		return -ENODATA;
	return 0;
}

static int host_kernel_log(char **log)
{
	int length = klogctl(LOG_SIZE, NULL, 0);
	char *text;

	if (length <= 0)
		return -errno;
	text = malloc((size_t)length + 1);
	if (!text)
		return -ENOMEM;
	length = klogctl(LOG_READ_ALL, text, length);
	if (length < 0) {
		free(text);
		return -errno;
	}
	text[length] = '\0';
	*log = text;
	return 0;
}

static int host_journal(int (*take)(void *ctx, FILE *in), void *ctx)
{
	FILE *in;
	pid_t pid;
	int err = journal_open(NULL, &in, &pid), status;

	if (err)
		return err;
	err = take(ctx, in);
	fclose(in);
	status = journal_wait(pid);
	return err ? err : status ? -EACCES : 0;
}

static int host_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Asks the PSP by PLATFORM_STATUS, which changes nothing and is allowed in every state. */
static int host_platform_status(struct platform_status *status)
{
	struct sev_user_data_status data = { 0 };
	struct sev_issue_cmd cmd = { .cmd = SEV_PLATFORM_STATUS, .data = (uintptr_t)&data };
	int fd = open("/dev/sev", O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = ioctl(fd, SEV_ISSUE_CMD, &cmd) ? -errno : 0;
	close(fd);
	*status =
		(struct platform_status){ data.api_major, data.api_minor, data.build, data.state };
	return err;
}

static int host_kvm_extension(int extension)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = ioctl(fd, KVM_CHECK_EXTENSION, extension);
	if (ret < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static bool is_member(const struct group *group)
{
	const struct passwd *user = getpwuid(geteuid());

	for (char **name = user ? group->gr_mem : NULL; name && *name; name++)
		if (!strcmp(*name, user->pw_name))
			return true;
	return user && user->pw_gid == group->gr_gid;
}

static int host_device_group(const char *path, struct device_group *result)
{
	const struct group *group;
	struct stat st;

	if (stat(path, &st))
		return -errno;
	group = getgrgid(st.st_gid);
	if (!group)
		return -ENOENT;
	result->id = group->gr_gid;
	snprintf(result->name, sizeof(result->name), "%s", group->gr_name);
	result->is_member = is_member(group);
	return 0;
}

static int host_memlock(uint64_t *limit)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_MEMLOCK, &r))
		return -errno;
	*limit = r.rlim_cur == RLIM_INFINITY ? UINT64_MAX : r.rlim_cur;
	return 0;
}

static int host_events(struct event_choice *choice,
		       struct missing_event missing[KERNEL_EVENT_COUNT], size_t *count)
{
	enum kernel_event_status statuses[KERNEL_EVENT_COUNT];
	int err = kernel_events_check(statuses, NULL);

	*count = 0;
	if (err)
		return err;
	*choice = events_choose(EVENTS_AUTO, statuses);
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		struct missing_event *m = &missing[*count];

		if (statuses[i] == KERNEL_EVENT_OK || statuses[i] == KERNEL_EVENT_NO_SNP ||
		    !event_is_chosen(choice, &kernel_events[i]))
			continue;
		m->event = &kernel_events[i];
		m->status = statuses[i];
		kernel_event_explain(m->event, m->status, m->why, sizeof(m->why));
		(*count)++;
	}
	return 0;
}

const struct system system_host = {
	.root = "",
	.cpuid = host_cpuid,
	.kernel_log = host_kernel_log,
	.journal = host_journal,
	.platform_status = host_platform_status,
	.kvm_extension = host_kvm_extension,
	.open_device = host_open,
	.device_group = host_device_group,
	.memlock = host_memlock,
	.events = host_events,
};
