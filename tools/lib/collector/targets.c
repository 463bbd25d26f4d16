// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells libbpf where the events are that programs attach to. By itself it would look for the name
 * of each of 100 programs in all of the kernel's types, which takes half of the time to load them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collector/internal.h"
#include "util/array.h"

/* The kinds of programs that attach to what BTF describes. */
static const struct {
	const char *section;
	enum bpf_attach_type attach;
} kinds[] = {
	{ "tp_btf+", BPF_TRACE_RAW_TP },
	{ "fentry+", BPF_TRACE_FENTRY },
	{ "fexit+", BPF_TRACE_FEXIT },
};

/* The BTF of a module, as the kernel has it. */
struct module_btf {
	const char *module;
	int fd;
};

struct targets {
	struct kernel_event_place places[KERNEL_EVENT_COUNT];
	struct module_btf modules[KERNEL_EVENT_COUNT]; /* none has more than an event each */
	size_t nr_modules;
	int handlers[ARRAY_SIZE(kinds)]; /* libbpf's numbers of them, from 1 on */
};

static size_t event_of(const struct bpf_program *prog)
{
	const char *name = strchr(bpf_program__section_name(prog), '/');
	size_t i = 0;

	while (i < KERNEL_EVENT_COUNT && (!name || strcmp(kernel_events[i].name, name + 1) != 0))
		i++;
	return i;
}

static int prepare(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): libbpf's cookie is a long */
	const struct targets *t = (const struct targets *)cookie;
	size_t event = event_of(prog);
	const struct kernel_event_place *place = &t->places[event];

	/* bpf_program__set_attach_target() has told. */
	if (opts->attach_btf_id)
		return 0;
	if (event == KERNEL_EVENT_COUNT || !place->type)
		return -ENOENT;
	opts->attach_btf_id = place->type;
	for (size_t i = 0; i < t->nr_modules; i++)
		if (!strcmp(t->modules[i].module, place->module))
			opts->attach_btf_obj_fd = (__u32)t->modules[i].fd;
	return opts->attach_btf_obj_fd || !strcmp(place->module, "vmlinux") ? 0 : -ENOENT;
}

static int attach(const struct bpf_program *prog, long cookie, struct bpf_link **link)
{
	(void)cookie;
	*link = bpf_program__attach_trace(prog);
	return *link ? 0 : -errno;
}

/*
 * With its last handler, libbpf 1.1 frees the list of them, and uses it again for the next. So one
 * stays, which serves no section.
 */
static int keep_list(void)
{
	static int handler;

	if (handler <= 0)
		handler = libbpf_register_prog_handler("sevtrace", BPF_PROG_TYPE_UNSPEC,
						       (enum bpf_attach_type)0, NULL);
	return handler < 0 ? handler : 0;
}

struct targets *targets_new(void)
{
	struct targets *t = calloc(1, sizeof(*t));
	const struct libbpf_prog_handler_opts opts = { .sz = sizeof(opts),
						       .cookie = (long)t,
						       .prog_prepare_load_fn = prepare,
						       .prog_attach_fn = attach };

	if (t && keep_list()) {
		free(t);
		t = NULL;
	}
	for (size_t i = 0; t && i < ARRAY_SIZE(kinds); i++) {
		t->handlers[i] = libbpf_register_prog_handler(
			kinds[i].section, BPF_PROG_TYPE_TRACING, kinds[i].attach, &opts);
		if (t->handlers[i] < 0) {
			targets_free(t);
			t = NULL;
		}
	}
	return t;
}

static void close_modules(struct targets *t)
{
	while (t->nr_modules)
		close(t->modules[--t->nr_modules].fd);
}

void targets_free(struct targets *t)
{
	if (!t)
		return;
	close_modules(t);
	for (size_t i = ARRAY_SIZE(kinds); i-- > 0;)
		if (t->handlers[i] > 0)
			libbpf_unregister_prog_handler(t->handlers[i]);
	free(t);
}

/* Returns the module's name as the events have it, or NULL: none is in it. */
static const char *wanted(const struct targets *t, const char *module)
{
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++)
		if (t->places[i].type && !strcmp(t->places[i].module, module))
			return t->places[i].module;
	return NULL;
}

/* Keeps the BTF if an event is in it. Takes fd. */
static int keep(struct targets *t, int fd)
{
	char name[64] = "";
	struct bpf_btf_info info = { .name = (__u64)name, .name_len = sizeof(name) };
	__u32 size = sizeof(info);
	const char *module;

	if (bpf_obj_get_info_by_fd(fd, &info, &size)) {
		int err = -errno;

		close(fd);
		return err;
	}
	module = info.kernel_btf && strcmp(name, "vmlinux") != 0 ? wanted(t, name) : NULL;
	if (!module || t->nr_modules == ARRAY_SIZE(t->modules)) {
		close(fd);
		return 0;
	}
	t->modules[t->nr_modules++] = (struct module_btf){ module, fd };
	return 0;
}

int targets_find(struct targets *t, enum kernel_event_status statuses[KERNEL_EVENT_COUNT])
{
	int err = kernel_events_check(statuses, t->places);
	__u32 id = 0;

	close_modules(t);
	while (!err && !bpf_btf_get_next_id(id, &id)) {
		int fd = bpf_btf_get_fd_by_id(id);

		/* It may be gone by now. */
		if (fd >= 0)
			err = keep(t, fd);
	}
	return err;
}

bool targets_has(const struct targets *t, enum kernel_event_id event)
{
	return t->places[event].type != 0;
}
