// SPDX-License-Identifier: GPL-2.0-only
/* What a VMM is called, from arguments and control groups as those who start it write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/vmm_names.h"
#include "util/array.h"

#define ID64 "3f5eb4a7c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f901234"
#define UID "8f2c1a34-5b6d-4e7f-8091-a2b3c4d5e6f7"
#define UID_ "8f2c1a34_5b6d_4e7f_8091_a2b3c4d5e6f7"

/* Arguments behind each other, each with its NUL; the literal's own is the last one's. */
#define ARGUMENTS(text) (text), sizeof(text)

static const struct {
	const char *arguments;
	size_t size;
	const char *name;
} commands[] = {
	{ ARGUMENTS("/usr/bin/qemu-system-x86_64\0-name\0guest=web1,debug-threads=on\0-S"),
	  "web1" },
	{ ARGUMENTS("qemu\0-name\0web1,process=x"), "web1" },
	{ ARGUMENTS("qemu\0-name\0debug-threads=on,guest=a,,b"), "a,b" },
	{ ARGUMENTS("qemu\0-name\0process=x"), "" },
	{ ARGUMENTS("qemu\0-name\0sandbox-" ID64 ",debug-threads=on"), "sandbox-" ID64 },
	{ ARGUMENTS("qemu\0--name\0web1"), "web1" },
	{ ARGUMENTS("qemu\0-m\0512\0-name"), "" },
	{ ARGUMENTS("qemu\0-names\0web1"), "" },
	{ ARGUMENTS("qemu\0--id\0web1"), "" },
	{ ARGUMENTS("-name\0-name\0web1"), "web1" },
	{ ARGUMENTS("/opt/firecracker-v1.7\0--api-sock\0/run/x\0--id\0web,1"), "web,1" },
	{ ARGUMENTS("firecracker\0--id=web1"), "web1" },
	{ ARGUMENTS("lkvm\0run\0--name\0guest=1"), "guest=1" },
	{ ARGUMENTS("qemu\0-name\0"), "" },
	{ ARGUMENTS(""), "" },
};

static void test_arguments(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		struct vmm_names names = { 0 };

		vmm_names_of_arguments(&names, commands[i].arguments, commands[i].size);
		assert_string_equal(names.of[SEVTRACE_NAME_VMM], commands[i].name);
	}
}

/* What was read may end anywhere: then the name is whole or is not there. */
static void test_arguments_cut_off(void **state)
{
	static const char whole[] = "/bin/qemu\0-name\0guest=web1";

	(void)state;
	for (size_t size = 0; size <= sizeof(whole); size++) {
		char *part = malloc(size + 1);
		struct vmm_names names = { 0 };

		assert_non_null(part);
		memcpy(part, whole, size < sizeof(whole) ? size : sizeof(whole));
		part[size] = '\0';
		vmm_names_of_arguments(&names, part, size);
		assert_string_equal(names.of[SEVTRACE_NAME_VMM],
				    size < sizeof(whole) ? "" : "web1");
		free(part);
	}
}

static void test_long_name(void **state)
{
	char arguments[4000] = "qemu\0-name\0";
	struct vmm_names names = { 0 };

	(void)state;
	memset(arguments + 11, 'x', sizeof(arguments) - 12);
	arguments[sizeof(arguments) - 1] = '\0';
	vmm_names_of_arguments(&names, arguments, sizeof(arguments));
	assert_int_equal(strlen(names.of[SEVTRACE_NAME_VMM]), SEVTRACE_NAME_LEN - 1);
	assert_string_equal(names.of[SEVTRACE_NAME_VMM] + SEVTRACE_NAME_LEN - 5, "x...");
}

static const struct {
	const char *text;
	const char *domain, *pod, *container, *unit;
} cgroups[] = {
	/* libvirt with systemd, and without it */
	{ "0::/machine.slice/machine-qemu\\x2d3\\x2dweb1.scope/libvirt/emulator\n", "web1", "", "",
	  "" },
	{ "0::/machine.slice/machine-qemu\\x2d12\\x2da\\x2db.scope\n", "a-b", "", "", "" },
	{ "0::/machine/qemu-3-web1.libvirt-qemu/vcpu0\n", "web1", "", "", "" },
	/* kubelet with containerd, CRI-O and Docker, by systemd and by cgroupfs */
	{ "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
	  ".slice/cri-containerd-" ID64 ".scope\n",
	  "", UID, ID64, "" },
	{ "0::/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID64 ".scope\n", "", UID, ID64,
	  "" },
	{ "0::/kubepods/besteffort/pod" UID "/" ID64 "\n", "", UID, ID64, "" },
	{ "0::/kubepods/pod0123456789abcdef0123456789abcdef/" ID64 "\n", "",
	  "0123456789abcdef0123456789abcdef", ID64, "" },
	{ "0::/system.slice/containerd.service/kubepods-burstable-pod" UID_
	  ".slice:cri-containerd:" ID64 "\n",
	  "", UID, ID64, "containerd.service" },
	{ "0::/kubepods/pod" UID "/kata_" ID64 "\n", "", UID, ID64, "" },
	/* KubeVirt: a libvirt of its own in a pod */
	{ "0::/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID64
	  ".scope/container/machine/qemu-1-ns_vm.libvirt-qemu\n",
	  "ns_vm", UID, ID64, "" },
	/* Docker, Podman, LXC */
	{ "0::/system.slice/docker-" ID64 ".scope\n", "", "", ID64, "" },
	{ "0::/docker/" ID64 "\n", "", "", ID64, "" },
	{ "0::/machine.slice/libpod-" ID64 ".scope/container\n", "", "", ID64, "" },
	{ "0::/lxc.payload.web1/init.scope\n", "", "", "web1", "init.scope" },
	/* units */
	{ "0::/system.slice/web1.service\n", "", "", "", "web1.service" },
	{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/vm.service\n", "", "", "",
	  "vm.service" },
	{ "0::/user.slice/user-1000.slice/session-3.scope\n", "", "", "", "session-3.scope" },
	/* version 1 */
	{ "12:memory:/machine.slice\n1:name=systemd:/system.slice/web1.service\n0::/\n", "", "", "",
	  "web1.service" },
	/* nothing that has a name */
	{ "0::/\n", "", "", "", "" },
	{ "", "", "", "", "" },
	{ "0::/kubepods.slice/podium\n", "", "", "", "" },
	{ "0::/machine.slice/machine-mycontainer.scope\n", "", "", "",
	  "machine-mycontainer.scope" },
	{ "0::/machine-qemu\\x2d\\x2dx.scope", "", "", "", "machine-qemu\\x2d\\x2dx.scope" },
	{ "0:/:::no/1.scope\n0\n:\n", "", "", "", "1.scope" },
};

static void test_cgroups(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cgroups); i++) {
		struct vmm_names names = { 0 };

		vmm_names_of_cgroup(&names, cgroups[i].text);
		assert_string_equal(names.of[SEVTRACE_NAME_DOMAIN], cgroups[i].domain);
		assert_string_equal(names.of[SEVTRACE_NAME_POD], cgroups[i].pod);
		assert_string_equal(names.of[SEVTRACE_NAME_CONTAINER], cgroups[i].container);
		assert_string_equal(names.of[SEVTRACE_NAME_UNIT], cgroups[i].unit);
		assert_string_equal(names.of[SEVTRACE_NAME_VMM], "");
	}
}

/* A process chooses its arguments, and often its group: none may crash who reads them. */
static void test_hostile(void **state)
{
	static const char letters[] = "-:/=.,_\\x2dpod0fqemukubs\n";
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t size = (size_t)rand_r(&seed) % 200;
		char *text = malloc(size + 1);
		struct vmm_names names = { 0 };

		assert_non_null(text);
		for (size_t i = 0; i < size; i++)
			text[i] = letters[(size_t)rand_r(&seed) % sizeof(letters)];
		text[size] = '\0';
		vmm_names_of_arguments(&names, text, size);
		vmm_names_of_cgroup(&names, text);
		for (size_t kind = 0; kind < SEVTRACE_NAME_COUNT; kind++)
			assert_non_null(memchr(names.of[kind], '\0', SEVTRACE_NAME_LEN));
		free(text);
	}
}

static void test_processes(void **state)
{
	struct vmm_names names;

	(void)state;
	vmm_names_read(&names, getpid());
	assert_string_equal(names.of[SEVTRACE_NAME_VMM], "");
	vmm_names_read(&names, INT32_MAX);
	for (size_t kind = 0; kind < SEVTRACE_NAME_COUNT; kind++)
		assert_string_equal(names.of[kind], "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments), cmocka_unit_test(test_arguments_cut_off),
		cmocka_unit_test(test_long_name), cmocka_unit_test(test_cgroups),
		cmocka_unit_test(test_hostile),	  cmocka_unit_test(test_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
