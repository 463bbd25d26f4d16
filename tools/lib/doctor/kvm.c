// SPDX-License-Identifier: GPL-2.0-only
/* Checks of what KVM offers, how many ASIDs are left, and what the caller may use. */
#include "doctor/internal.h"
#include "host/misc_cgroup.h"
#include "util/array.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/capability.h>

#define LINE 256

/*
 * From Linux include/uapi/linux/kvm.h and arch/x86/include/uapi/asm/kvm.h: Debian 12's headers lack
 * them.
 */
#define KVM_CAP_MEMORY_ATTRIBUTES_ 233
#define KVM_CAP_GUEST_MEMFD_ 234
#define KVM_CAP_VM_TYPES_ 235
#define TYPE_SEV (1 << 2)
#define TYPE_ES (1 << 3)
#define TYPE_SNP (1 << 4)

/* Searches files for an option that disables something. */
struct option_search {
	const char *option; /* "sev_snp=0" */
	char path[SYSTEM_PATH];
};

static bool file_has_option(const struct system *sys, const char *path, void *ctx)
{
	struct option_search *search = ctx;
	char *text = system_read_all(sys, path);
	bool found = false;

	for (char *line = text, *rest = text; line && !found;) {
		line = strsep(&rest, "\n");
		found = line && !strncmp(line, "options kvm", 11) && strstr(line, search->option);
	}
	free(text);
	if (found)
		snprintf(search->path, sizeof(search->path), "%s", path);
	return found;
}

/*
 * Finds where somebody disabled it: a file or the kernel's command line. Returns false if nowhere.
 */
static bool find_option(const struct facts *f, struct option_search *search)
{
	static const char *const folders[] = { "/etc/modprobe.d", "/run/modprobe.d",
					       "/usr/lib/modprobe.d", "/lib/modprobe.d" };
	char word[64];

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (system_each(f->sys, folders[i], file_has_option, search))
			return true;
	snprintf(word, sizeof(word), "kvm_amd.%s", search->option);
	if (!facts_booted_with(f, word))
		return false;
	snprintf(search->path, sizeof(search->path), "the kernel's command line");
	return true;
}

void check_kvm(struct facts *f, struct check_outcome *o)
{
	if (f->kvm_amd)
		outcome_set(o, CHECK_PASS, NULL, "kvm_amd is loaded");
	else if (facts_logged(f, "SVM disabled (by BIOS)") || facts_logged(f, "disabled by bios"))
		outcome_set(o, CHECK_FAIL, "Enable SVM in the BIOS.",
			    "virtualisation is off in the BIOS");
	else
		outcome_set(o, CHECK_FAIL, "modprobe kvm_amd, and look at dmesg.",
			    "kvm_amd is not loaded");
}

/* Checks one guest type: is it offered, and if not, why not? */
static void check_type(struct facts *f, struct check_outcome *o, const char *name,
		       const char *parameter, uint32_t bit, bool offered)
{
	struct option_search search = { "", "" };
	char option[32], disabled[64], line[LINE] = "";

	snprintf(option, sizeof(option), "%s=0", parameter);
	snprintf(disabled, sizeof(disabled), "kvm_amd: %s ", name);
	search.option = option;
	facts_log_line(f, disabled, line, sizeof(line));
	if (!f->kvm_amd)
		outcome_set(o, CHECK_SKIP, NULL, "kvm_amd is not loaded");
	else if (offered && !strstr(line, "unusable"))
		outcome_set(o, CHECK_PASS, NULL, "kvm_amd offers them");
	else if (f->has_leaf && !(f->leaf.eax & bit))
		outcome_set(o, CHECK_SKIP, NULL, "the processor has no %s", name);
	else if (find_option(f, &search))
		outcome_set(o, CHECK_FAIL,
			    "Remove the option and load kvm_amd again when no guest runs.",
			    "switched off: %s in %s", option, search.path);
	else
		outcome_set(
			o, CHECK_FAIL,
			"See the checks above; 'sevtrace explain --log' of dmesg says more. An option of kvm_amd may be the reason, too.",
			"kvm_amd does not offer them%s%s%s", *line ? " (" : "", line,
			*line ? ")" : "");
}

void check_sev(struct facts *f, struct check_outcome *o)
{
	check_type(f, o, "SEV", "sev", LEAF_SEV, f->offered.sev);
}

void check_es(struct facts *f, struct check_outcome *o)
{
	check_type(f, o, "SEV-ES", "sev_es", LEAF_ES, f->offered.es);
}

void check_snp(struct facts *f, struct check_outcome *o)
{
	check_type(f, o, "SEV-SNP", "sev_snp", LEAF_SNP, f->offered.snp);
}

struct asid_count {
	int64_t all, used; /* used -1: unknown */
};

static struct asid_count count_asids(const struct facts *f, const char *name, int64_t all)
{
	char capacity[MISC_SIZE], current[MISC_SIZE];
	struct asid_count count = { all, -1 };

	if (misc_read(f->sys, "misc.capacity", capacity) && misc_value(capacity, name) >= 0)
		count.all = misc_value(capacity, name);
	if (misc_read(f->sys, "misc.current", current))
		count.used = misc_value(current, name);
	return count;
}

static void describe_asids(char *text, size_t size, const char *name, struct asid_count count)
{
	if (count.used < 0)
		snprintf(text, size, "%s: %" PRId64, name, count.all);
	else
		snprintf(text, size, "%s: %" PRId64 " of %" PRId64 " left", name,
			 count.all - count.used, count.all);
}

static bool exhausted(struct asid_count count)
{
	return count.all > 0 && count.used >= count.all;
}

static bool scarce(struct asid_count count)
{
	return count.all > 0 && count.used >= 0 && (count.all - count.used) * 10 < count.all;
}

/*
 * Ciphertext hiding (Linux 6.18) splits the ASIDs of SEV-ES: SNP guests have those up to the
 * parameter, SEV-ES guests the rest. Writes that behind the text.
 */
static void describe_hiding(const struct facts *f, int64_t es, char *text, size_t size)
{
	static const char path[] = "/sys/module/kvm_amd/parameters/ciphertext_hiding_asids";
	size_t used = strlen(text);
	int64_t snp;
	char value[24];

	if (system_read(f->sys, path, value, sizeof(value)) <= 0 || es <= 0)
		return;
	snp = strtoll(value, NULL, 10);
	if (snp <= 0)
		return;
	if (snp > es)
		snp = es; /* as KVM does */
	snprintf(text + used, size - used,
		 ", of all of them %" PRId64 " for SEV-SNP and %" PRId64
		 " for SEV-ES (ciphertext hiding)",
		 snp, es - snp);
}

void check_asids(struct facts *f, struct check_outcome *o)
{
	int64_t max = f->leaf.ecx, min = f->leaf.edx;
	bool es_there = f->has_leaf && f->leaf.eax & (LEAF_ES | LEAF_SNP);
	struct asid_count sev, es;
	char a[MISC_SIZE], b[MISC_SIZE];

	if (!f->has_leaf || !(f->leaf.eax & LEAF_SEV)) {
		outcome_set(o, CHECK_SKIP, NULL, "no SEV in this processor");
		return;
	}
	if (f->leaf_by_flags && !misc_read(f->sys, "misc.capacity", a)) {
		outcome_set(o, CHECK_SKIP, "Run as root.",
			    "how many there are is not shown to this user");
		return;
	}
	sev = count_asids(f, "sev", max >= min ? max - min + 1 : 0);
	es = count_asids(f, "sev_es", es_there ? min - 1 : 0);
	describe_asids(a, sizeof(a), "SEV", sev);
	describe_asids(b, sizeof(b), "SEV-ES and SEV-SNP", es);
	describe_hiding(f, es.all, b, sizeof(b));
	if (exhausted(sev) || exhausted(es))
		outcome_set(o, CHECK_FAIL,
			    "End guests, or move the boundary between the types in the BIOS.",
			    "none is left for a type; %s; %s", a, b);
	else if (es_there && es.all <= 0)
		outcome_set(
			o, CHECK_FAIL,
			"Set the minimum SEV ASID (SEV-ES ASID space limit) in the BIOS above 1.",
			"the BIOS gives SEV-ES and SEV-SNP none; %s", a);
	else if (sev.all <= 0)
		outcome_set(o, CHECK_WARN,
			    "Lower the minimum SEV ASID in the BIOS if SEV guests are wanted.",
			    "the BIOS gives SEV none; %s", b);
	else if (scarce(sev) || scarce(es))
		outcome_set(o, CHECK_WARN, "End guests that are not needed.", "%s; %s", a, b);
	else if (sev.used < 0)
		outcome_set(o, CHECK_PASS, NULL, "%s; %s; the number in use is unknown", a, b);
	else
		outcome_set(o, CHECK_PASS, NULL, "%s; %s", a, b);
}

/* Checks the misc limits of a group and its parents. Returns false if no limit is reached. */
static bool limited(const struct facts *f, char *group, struct check_outcome *o)
{
	static const char *const names[] = { "sev", "sev_es" };
	char path[SYSTEM_PATH], max[MISC_SIZE], current[MISC_SIZE];

	for (char *end = group + strlen(group); end > group; end = strrchr(group, '/')) {
		*end = '\0';
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/misc.max", group);
		if (system_read(f->sys, path, max, sizeof(max)) <= 0)
			continue;
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/misc.current", group);
		system_read(f->sys, path, current, sizeof(current));
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			int64_t limit = misc_value(max, names[i]);
			int64_t used = misc_value(current, names[i]);

			if (limit >= 0 && limit != INT64_MAX && used >= limit) {
				outcome_set(
					o, CHECK_FAIL,
					"Raise misc.max of the group, or start the VMM elsewhere.",
					"the control group %s may have %" PRId64
					" guests of %s and has %" PRId64,
					group, limit, names[i], used);
				return true;
			}
		}
	}
	return false;
}

void check_cgroup(struct facts *f, struct check_outcome *o)
{
	char groups[4096], capacity[MISC_SIZE], controllers[MISC_SIZE];
	char *group;

	system_read(f->sys, "/sys/fs/cgroup/cgroup.controllers", controllers, sizeof(controllers));
	if (!misc_read(f->sys, "misc.capacity", capacity)) {
		bool there = strstr(controllers, "misc");

		outcome_set(
			o, CHECK_SKIP,
			there ? "To see how many ASIDs are in use: echo +misc >/sys/fs/cgroup/cgroup.subtree_control" :
				NULL,
			there ? "no group has the misc controller: no limits, and no counts" :
				"no misc controller found: limits are unknown");
		return;
	}
	if (system_read(f->sys, "/proc/self/cgroup", groups, sizeof(groups)) <= 0) {
		outcome_set(o, CHECK_SKIP, NULL, "/proc/self/cgroup does not tell");
		return;
	}
	group = strstr(groups, "0::");
	if (!group) {
		outcome_set(o, CHECK_SKIP, NULL,
			    "only limits of the second kind of groups are looked at");
		return;
	}
	group += strlen("0::");
	group[strcspn(group, "\n")] = '\0';
	if (!limited(f, group, o))
		outcome_set(o, CHECK_PASS, NULL,
			    "no limit of this program's control group is reached");
}

/* Is the number one of those behind "Groups:" in /proc/self/status? */
static bool has_group(const char *groups, unsigned long wanted)
{
	while (*groups && *groups != '\n') {
		char *end;
		unsigned long group = strtoul(groups, &end, 10);

		if (end == groups)
			break;
		if (group == wanted)
			return true;
		groups = end;
	}
	return false;
}

/*
 * Finds a group of the device that the caller's user has in the database and this process has not:
 * it, or who started it, is older than that. Returns false if there is none.
 */
static bool find_new_group(const struct facts *f, const char *path, char *name, size_t size)
{
	char status[4096], *groups;
	struct device_group group;

	if (!f->sys->device_group || f->sys->device_group(path, &group) || !group.is_member ||
	    system_read(f->sys, "/proc/self/status", status, sizeof(status)) <= 0)
		return false;
	groups = strstr(status, "\nGroups:");
	if (!groups || has_group(groups + strlen("\nGroups:"), group.id))
		return false;
	snprintf(name, size, "%s", group.name);
	return true;
}

static void check_device(struct facts *f, struct check_outcome *o, const char *path,
			 const char *load)
{
	int err = f->sys->open_device(path);
	char group[32];

	if (!err)
		outcome_set(o, CHECK_PASS, NULL, "this user can use it");
	else if ((err == -EACCES || err == -EPERM) && find_new_group(f, path, group, sizeof(group)))
		outcome_set(
			o, CHECK_FAIL,
			"Restart what starts the VMM (session, service, supervisor): it has its groups from its own start.",
			"this process may not open it: its user is in the group %s, but was not when the process's groups were set",
			group);
	else if (err == -ENOENT)
		outcome_set(o, CHECK_FAIL, load, "it is not there");
	else if (err == -EACCES || err == -EPERM)
		outcome_set(
			o, CHECK_FAIL,
			"Add the VMM's user to the device's group, or change its permissions by udev.",
			"this user may not open it: %s", strerror(-err));
	else
		outcome_set(o, CHECK_FAIL, "Look at dmesg.", "it cannot be opened: %s",
			    strerror(-err));
}

void check_dev_sev(struct facts *f, struct check_outcome *o)
{
	check_device(f, o, "/dev/sev", "Load ccp and look for its messages in dmesg.");
}

void check_dev_kvm(struct facts *f, struct check_outcome *o)
{
	check_device(f, o, "/dev/kvm", "Load kvm_amd and look for its messages in dmesg.");
}

/* Kata and others talk to their guests by it. */
void check_vhost_vsock(struct facts *f, struct check_outcome *o)
{
	static const char path[] = "/dev/vhost-vsock";
	int err = f->sys->open_device(path);

	if (!err)
		outcome_set(o, CHECK_PASS, NULL, "this user can use it");
	else if (err == -ENOENT || err == -ENODEV || err == -ENXIO)
		outcome_set(
			o, CHECK_PASS, NULL,
			"not there: only VMMs that talk to the guest by vsock, as Kata's, need it (modprobe vhost_vsock)");
	else
		outcome_set(
			o, CHECK_WARN,
			"Where the VMM uses vsock: add its user to the device's group (kvm), or change permissions by udev.",
			"this user may not open it: %s", strerror(-err));
}

void check_memlock(struct facts *f, struct check_outcome *o)
{
	uint64_t limit = 0;
	int err = f->sys->memlock(&limit);

	if (err)
		outcome_set(o, CHECK_SKIP, NULL, "cannot look at it: %s", strerror(-err));
	else if (limit == UINT64_MAX)
		outcome_set(o, CHECK_PASS, NULL, "none");
	else if (facts_capable(f, CAP_IPC_LOCK))
		outcome_set(o, CHECK_PASS, NULL,
			    "%" PRIu64 " KiB, but does not bind this user (CAP_IPC_LOCK)",
			    limit >> 10);
	else
		outcome_set(
			o, CHECK_WARN,
			"Raise it for the VMM: LimitMEMLOCK=, hard_limit in libvirt, ulimit -l.",
			"%" PRIu64
			" KiB: larger SEV and SEV-ES guests cannot be started by this user",
			limit >> 10);
}

void check_guest_memfd(struct facts *f, struct check_outcome *o)
{
	int memfd = f->sys->kvm_extension(KVM_CAP_GUEST_MEMFD_);
	int attributes = f->sys->kvm_extension(KVM_CAP_MEMORY_ATTRIBUTES_);
	int types = f->sys->kvm_extension(KVM_CAP_VM_TYPES_);
	bool snp = types > 0 && types & TYPE_SNP;

	if (memfd < 0)
		outcome_set(o, CHECK_SKIP, NULL, "/dev/kvm does not tell: %s", strerror(-memfd));
	else if (f->has_leaf && !(f->leaf.eax & LEAF_SNP))
		outcome_set(o, CHECK_SKIP, NULL, "only SEV-SNP needs it");
	else if (!memfd || attributes <= 0)
		outcome_set(
			o, CHECK_FAIL,
			"Use Linux 6.11 or later, built with CONFIG_KVM_AMD_SEV, with SEV-SNP on.",
			"KVM has no %s", memfd ? "memory attributes" : "guest_memfd");
	else
		outcome_set(o, snp ? CHECK_PASS : CHECK_FAIL,
			    snp ? NULL : "Switch SEV-SNP on, see above.",
			    "there, with attributes; VM types:%s%s%s%s",
			    types & TYPE_SEV ? " sev" : "", types & TYPE_ES ? " sev-es" : "",
			    snp ? " snp" : "", types > 0 ? "" : " none");
}
