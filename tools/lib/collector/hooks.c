// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks functions of the kernel. That a program is attached does not prove that the kernel calls
 * it: where a function is a copy of another one, fentry attaches to a copy that nobody calls. So
 * the kernel's list of functions that call a tracer decides.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "collector/internal.h"
#include "util/array.h"

/* Each event has at most eight links; an object that is loaded late has links of its own. */
struct hooks {
	struct bpf_link *links[16 * KERNEL_EVENT_COUNT];
	size_t nr;
};

static const char *const prefixes[PROGRAM_KINDS] = {
	[PROGRAM_EVENT] = "",
	[PROGRAM_WAKE_ENTER] = WAKE_PREFIX "enter_",
	[PROGRAM_WAKE_EXIT] = WAKE_PREFIX "exit_",
	[PROGRAM_SPARE_ENTER] = SPARE_PREFIX "enter_",
	[PROGRAM_SPARE_EXIT] = SPARE_PREFIX "exit_",
	[PROGRAM_EXTRA_ENTER] = EXTRA_PREFIX "enter_",
	[PROGRAM_EXTRA_EXIT] = EXTRA_PREFIX "exit_",
	[PROGRAM_ENTER] = "enter_",
	[PROGRAM_EXIT] = "exit_",
	[PROGRAM_PROBE] = "probe_",
	[PROGRAM_RETURN] = "return_",
};

struct programs programs_of(const struct sevtrace_bpf *skel, const struct kernel_event *event)
{
	struct programs programs = { 0 };
	bool function = event->source == EVENTS_FUNCTIONS;
	char name[128];

	for (size_t kind = 0; kind < PROGRAM_KINDS; kind++) {
		if (function != (kind != PROGRAM_EVENT))
			continue;
		snprintf(name, sizeof(name), "%s%s", prefixes[kind], event->name);
		programs.of[kind] = bpf_object__find_program_by_name(skel->obj, name);
	}
	return programs;
}

bool collector_has_told(const struct collector *c,
			const enum kernel_event_status statuses[KERNEL_EVENT_COUNT], size_t event)
{
	enum kernel_event_status status = statuses[event];

	if (status != KERNEL_EVENT_NO_MODULE && status != KERNEL_EVENT_NO_BTF)
		return false;
	for (size_t i = 0; i < event; i++)
		if (c->lost[i] && statuses[i] == status &&
		    !strcmp(kernel_events[i].module, kernel_events[event].module))
			return true;
	return false;
}

void programs_autoload(const struct programs *programs, bool load)
{
	for (size_t kind = 0; kind < PROGRAM_KINDS; kind++)
		if (programs->of[kind])
			bpf_program__set_autoload(programs->of[kind], load);
}

static bool is_for_preemption(size_t kind)
{
	return kind > PROGRAM_EVENT && kind < PROGRAM_ENTER;
}

static bool is_by_btf(size_t kind)
{
	return is_for_preemption(kind) || kind == PROGRAM_ENTER || kind == PROGRAM_EXIT;
}

/* A function with programs of both kinds may turn out to be silent: then the others are needed. */
void hooks_choose(const struct collector *c, const struct sevtrace_bpf *skel,
		  const struct kernel_event *event, enum kernel_event_status status)
{
	const struct programs programs = programs_of(skel, event);

	for (size_t kind = 0; kind < PROGRAM_KINDS; kind++) {
		struct bpf_program *prog = programs.of[kind];

		if (!prog)
			continue;
		bpf_program__set_autoattach(prog, false);
		bpf_program__set_autoload(prog, (!is_by_btf(kind) || status == KERNEL_EVENT_OK) &&
							(!is_for_preemption(kind) || c->preempts));
	}
}

static int hold_link(struct hooks *hooks, struct bpf_link *link)
{
	if (hooks->nr == ARRAY_SIZE(hooks->links)) {
		bpf_link__destroy(link);
		return -ENOSPC;
	}
	hooks->links[hooks->nr++] = link;
	return 0;
}

/* Destroys the links from the first one on. */
static void drop_links(struct hooks *hooks, size_t first)
{
	while (hooks->nr > first)
		bpf_link__destroy(hooks->links[--hooks->nr]);
}

/* Opens a file of tracefs. */
static FILE *tracefs_open(const char *name)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[128];
	FILE *in = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(places) && !in; i++) {
		snprintf(path, sizeof(path), "%s/%s", places[i], name);
		in = fopen(path, "re");
	}
	return in;
}

/* The kernel's list of functions that call a tracer; text NULL: it does not let us read that. */
struct called {
	char *text;
	size_t size;
};

static void called_read(struct called *called)
{
	FILE *in = tracefs_open("enabled_functions");
	char chunk[4096];
	size_t length;
	FILE *out;

	*called = (struct called){ 0 };
	if (!in)
		return;
	out = open_memstream(&called->text, &called->size);
	while (out && (length = fread(chunk, 1, sizeof(chunk), in)) > 0)
		fwrite(chunk, 1, length, out);
	if (out)
		fclose(out);
	fclose(in);
}

/* Each line begins with the function's name and a space. */
static bool is_called(const struct called *called, const char *function)
{
	size_t length = strlen(function);
	const char *line = called->text;

	while (line && *line) {
		if (!strncmp(line, function, length) && strchr(" \t", line[length]))
			return true;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return false;
}

/*
 * Gets the name of the function for a kprobe: its own, or with what the compiler appended to a part
 * of it, such as ".part.0".
 */
static bool probe_name(const char *function, char *name, size_t size)
{
	FILE *in = fopen("/proc/kallsyms", "re");
	char *line = NULL, symbol[256], type;
	size_t line_size = 0, length = strlen(function);
	bool found = false;

	while (in && getline(&line, &line_size, in) >= 0) {
		if (sscanf(line, "%*s %c %255s", &type, symbol) != 2 || (type | 0x20) != 't' ||
		    strncmp(symbol, function, length) != 0)
			continue;
		if (symbol[length] &&
		    (symbol[length] != '.' || !strncmp(symbol + length, ".cold", 5)))
			continue;
		snprintf(name, size, "%s", symbol);
		found = true;
		if (!symbol[length])
			break;
	}
	free(line);
	if (in)
		fclose(in);
	return found;
}

static int attach_probe(struct hooks *hooks, const struct programs *programs, const char *name)
{
	size_t first = hooks->nr;

	for (size_t kind = PROGRAM_PROBE; kind <= PROGRAM_RETURN; kind++) {
		struct bpf_link *link = bpf_program__attach_kprobe(programs->of[kind],
								   kind == PROGRAM_RETURN, name);
		int err = link ? hold_link(hooks, link) : -errno;

		if (err) {
			drop_links(hooks, first);
			return err;
		}
	}
	return 0;
}

static int attach_probes(struct hooks *hooks, const struct kernel_event *event,
			 const struct programs *programs)
{
	char name[256];

	if (!programs->of[PROGRAM_PROBE])
		return -ENOENT;
	if (!attach_probe(hooks, programs, event->name))
		return 0;
	if (!probe_name(event->name, name, sizeof(name)))
		return -ENOENT;
	return attach_probe(hooks, programs, name);
}

static int attach_traces(struct hooks *hooks, const struct programs *programs)
{
	for (size_t kind = PROGRAM_WAKE_ENTER; kind <= PROGRAM_EXIT; kind++) {
		struct bpf_link *link;
		int err;

		if (!programs->of[kind])
			continue;
		if (!bpf_program__autoload(programs->of[kind])) {
			if (is_for_preemption(kind))
				continue;
			return -ENOENT;
		}
		link = bpf_program__attach_trace(programs->of[kind]);
		err = link ? hold_link(hooks, link) : -errno;
		if (err)
			return err;
	}
	return 0;
}

static bool is_loaded(const struct programs *programs)
{
	for (size_t kind = 0; kind < PROGRAM_KINDS; kind++)
		if (programs->of[kind] && bpf_program__autoload(programs->of[kind]))
			return true;
	return false;
}

/* kvm_vm_ioctl() is hooked both ways, see there: the kernel's list shows a wrong place as well. */
static bool is_hooked_twice(enum kernel_event_id id)
{
	return id == KERNEL_EVENT_kvm_vm_ioctl;
}

/* What is inferred from a hook's silence needs the hook. */
static void note_hook(const struct sevtrace_bpf *skel, enum kernel_event_id id)
{
	if (id == KERNEL_EVENT___kvm_gmem_get_pfn)
		skel->bss->hooked_get_pfn = true;
	if (id == KERNEL_EVENT_sev_wait_cmd_ioc)
		skel->bss->hooked_wait_cmd = true;
}

/*
 * Tells whether the function's programs are of use. Where the kernel does not tell, a function that
 * can be probed is: nobody knows a function where fentry is silent and that cannot.
 */
static bool is_proven(const struct called *called, const struct kernel_event *event,
		      const struct programs *programs)
{
	return called->text ? is_called(called, event->name) : !programs->of[PROGRAM_PROBE];
}

/* The links of a function's programs: those from `first` to before `end`. */
struct hook {
	size_t first, end;
	int err;
};

/* Destroys the links of a hook. The place stays. */
static void unhook(struct hooks *hooks, const struct hook *hook)
{
	for (size_t i = hook->first; i < hook->end; i++) {
		bpf_link__destroy(hooks->links[i]);
		hooks->links[i] = NULL;
	}
}

/* The innermost functions first: nothing is seen of an ioctl before all of it is. */
static void attach_all(struct hooks *hooks, const struct sevtrace_bpf *skel,
		       struct hook hook[KERNEL_EVENT_COUNT])
{
	for (size_t i = KERNEL_EVENT_COUNT; i-- > 0;) {
		const struct programs programs = programs_of(skel, &kernel_events[i]);

		hook[i].first = hooks->nr;
		if (kernel_events[i].source == EVENTS_FUNCTIONS && is_loaded(&programs))
			hook[i].err = attach_traces(hooks, &programs);
		hook[i].end = hooks->nr;
	}
}

/* Keeps what is proven, and hooks the rest in the other way. */
static int prove(struct collector *c, const struct sevtrace_bpf *skel, const struct called *called,
		 const struct hook hook[KERNEL_EVENT_COUNT], char *why, size_t why_size)
{
	char text[256];

	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		const struct kernel_event *event = &kernel_events[i];
		const struct programs programs = programs_of(skel, event);

		if (event->source != EVENTS_FUNCTIONS || !is_loaded(&programs))
			continue;
		if (!hook[i].err && is_proven(called, event, &programs)) {
			if (is_hooked_twice((enum kernel_event_id)i))
				attach_probes(c->hooks, event, &programs);
			note_hook(skel, (enum kernel_event_id)i);
			continue;
		}
		unhook(c->hooks, &hook[i]);
		if (!attach_probes(c->hooks, event, &programs)) {
			note_hook(skel, (enum kernel_event_id)i);
			continue;
		}
		kernel_event_explain(event, KERNEL_EVENT_SILENT, text, sizeof(text));
		if (event_is_needed(event)) {
			snprintf(why, why_size, "%s", text);
			return -ENOTSUP;
		}
		c->lost[i] = true;
		c->sink.warn(c->sink.warn_ctx, text);
	}
	return 0;
}

int hooks_attach(struct collector *c, const struct sevtrace_bpf *skel, char *why, size_t why_size)
{
	struct hook hook[KERNEL_EVENT_COUNT] = { 0 };
	struct called called;
	int err;

	if (!c->hooks)
		c->hooks = calloc(1, sizeof(*c->hooks));
	if (!c->hooks)
		return -ENOMEM;
	attach_all(c->hooks, skel, hook);
	called_read(&called);
	err = prove(c, skel, &called, hook, why, why_size);
	free(called.text);
	collector_sum_up(c);
	return err;
}

void hooks_detach(struct collector *c)
{
	if (!c->hooks)
		return;
	drop_links(c->hooks, 0);
	free(c->hooks);
	c->hooks = NULL;
}

void collector_sum_up(struct collector *c)
{
	uint32_t lacks = event_choice_lacks(&c->choice);

	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++)
		if (c->lost[i])
			lacks |= event_lacks(&c->choice, &kernel_events[i]);
	lacks_write(lacks, c->lacks, sizeof(c->lacks));
}

const struct event_choice *collector_choice(const struct collector *c)
{
	return &c->choice;
}

const char *collector_lacks(const struct collector *c)
{
	return c->lacks;
}
