/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a VMM is called by: its own option for that, and what its control group says. Nothing else
 * of a command line is kept.
 */
#ifndef HOST_VMM_NAMES_H
#define HOST_VMM_NAMES_H

#include <stddef.h>
#include <sys/types.h>

#include <linux/types.h>

#include <sevtrace/record.h>

/* By enum sevtrace_name; "": it has none. All are untrusted. */
struct vmm_names {
	char of[SEVTRACE_NAME_COUNT][SEVTRACE_NAME_LEN];
};

/*
 * Takes the name from arguments as /proc/PID/cmdline has them, each with a NUL at its end: QEMU's
 * `-name`, kvmtool's and StratoVirt's, and Firecracker's `--id`.
 */
void vmm_names_of_arguments(struct vmm_names *names, const char *arguments, size_t size);

/*
 * Takes the names from the text of /proc/PID/cgroup: of a libvirt domain; of a pod and a container
 * as kubelet, containerd, CRI-O, Docker and Podman make them; of a unit of systemd.
 */
void vmm_names_of_cgroup(struct vmm_names *names, const char *text);

/* Reads all of a process. What cannot be read has no name. */
void vmm_names_read(struct vmm_names *names, pid_t pid);

#endif /* HOST_VMM_NAMES_H */
