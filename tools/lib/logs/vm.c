// SPDX-License-Identifier: GPL-2.0-only
#include "logs/vm.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "util/array.h"
#include "util/text.h"

#define NAME 48 /* bytes of a name that are kept */

/* Programs whose process is the guest's. */
static const char *const vmms[] = { "qemu", "kvm",    "krun",	     "cloud-hypervisor",
				    "ch",   "crosvm", "firecracker", "virt-launcher" };

static bool is_vmm(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(vmms); i++) {
		size_t n = strlen(vmms[i]);

		if (len >= n && !memcmp(name, vmms[i], n) &&
		    (len == n || !isalpha((unsigned char)name[n])))
			return true;
	}
	return false;
}

static void set(char vm[LOG_VM], const char *kind, const char *name, size_t len)
{
	char raw[NAME + 1], clean[NAME + 1];

	if (len > NAME)
		len = NAME;
	memcpy(raw, name, len);
	raw[len] = '\0';
	snprintf(vm, LOG_VM, "%s %s", kind, text_clean(clean, sizeof(clean), raw));
}

/* Returns the length of the name at the start: letters, digits, and some signs. */
static size_t name_length(const char *s, const char *end)
{
	const char *at = s;

	while (at < end && (isalnum((unsigned char)*at) || strchr("-_.", *at)) && *at)
		at++;
	return (size_t)(at - s);
}

static const char *find(const char *text, size_t len, const char *what)
{
	const char *at = memmem(text, len, what, strlen(what));

	return at ? at + strlen(what) : NULL;
}

void vm_note(struct vm_name *name, const char *text, size_t len)
{
	const char *end = text + len, *at, *slash;
	size_t n;

	if (len > 4 && !memcmp(text, "==> ", 4)) {
		/* tail(1) of several files */
		slash = memrchr(text, '/', len);
		at = slash ? slash + 1 : text + 4;
		n = name_length(at, end);
		if (n > 4 && !memcmp(at + n - 4, ".log", 4))
			n -= 4;
	} else {
		at = find(text, len, "-name guest=");
		if (!at)
			at = find(text, len, "-name ");
		n = at ? name_length(at, end) : 0;
	}
	if (n)
		set(name->name, "guest", at, n);
}

/* Finds "qemu-system-x86_64[101]:" or "kvm [101]:". */
static bool find_process(const char *text, size_t len, char vm[LOG_VM])
{
	const char *end = text + len, *at = text;

	while ((at = memchr(at, '[', (size_t)(end - at)))) {
		const char *number = at + 1, *stop = number, *name = at;

		while (stop < end && isdigit((unsigned char)*stop))
			stop++;
		if (name > text && name[-1] == ' ')
			name--;
		while (name > text && (isalnum((unsigned char)name[-1]) || strchr("-_.", name[-1])))
			name--;
		if (stop > number && stop + 1 < end && stop[0] == ']' && stop[1] == ':' &&
		    is_vmm(name, (size_t)(at - name) - (at > name && at[-1] == ' '))) {
			set(vm, "process", number, (size_t)(stop - number));
			return true;
		}
		at++;
	}
	return false;
}

/*
 * Finds Firecracker's "[web-1:main:ERROR:src/vmm/src/lib.rs:648]": the name of the instance, the
 * thread, the level. An instance without a name is called anonymous-instance.
 */
static bool find_instance(const char *text, size_t len, char vm[LOG_VM])
{
	static const char *const levels[] = { "ERROR", "WARN", "INFO", "DEBUG", "TRACE" };
	static const char unnamed[] = "anonymous-instance";
	const char *end = text + len, *at = memchr(text, '[', len);

	for (; at; at = memchr(at, '[', (size_t)(end - at))) {
		const char *name = ++at;
		size_t n = name_length(name, end);
		const char *thread = name + n + 1, *level;

		if (!n || name + n >= end || name[n] != ':')
			continue;
		level = memchr(thread, ':', (size_t)(end - thread));
		for (size_t i = 0; level && i < ARRAY_SIZE(levels); i++) {
			size_t size = strlen(levels[i]);
			const char *stop = level + 1 + size;

			if (stop >= end || memcmp(level + 1, levels[i], size) != 0 ||
			    !strchr(":]", *stop) ||
			    (n == strlen(unnamed) && !memcmp(name, unnamed, n)))
				continue;
			set(vm, "guest", name, n);
			return true;
		}
	}
	return false;
}

void vm_find(const struct vm_name *name, const char *text, size_t len, const struct fields *fields,
	     char vm[LOG_VM])
{
	static const struct {
		enum field field;
		const char *kind;
	} kinds[] = { { FIELD_SANDBOX, "sandbox" },
		      { FIELD_CONTAINER, "container" },
		      { FIELD_VM_PID, "process" } };
	const struct slice *program = &fields->field[FIELD_PROGRAM];
	const struct slice *pid = &fields->field[FIELD_PID];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct slice *s = &fields->field[kinds[i].field];

		if (s->at && s->len) {
			set(vm, kinds[i].kind, s->at, s->len);
			return;
		}
	}
	if (program->at && pid->at && is_vmm(program->at, program->len))
		set(vm, "process", pid->at, pid->len);
	else if (!find_instance(text, len, vm) && !find_process(text, len, vm))
		snprintf(vm, LOG_VM, "%s", name->name);
}
