// SPDX-License-Identifier: GPL-2.0-only
/* Tests against BTF made here which tracepoints a kernel has. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/btf.h>

#include "host/events.h"
#include "util/array.h"

/* Adds typedef void (*btf_trace_NAME)(void *data, int, ...) with that many ints. */
static void add_event(struct btf *btf, const char *typedef_name, int args)
{
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int data = btf__add_ptr(btf, 0);
	int proto = btf__add_func_proto(btf, 0);

	assert_true(number > 0 && data > 0 && proto > 0);
	assert_int_equal(btf__add_func_param(btf, "data", data), 0);
	for (int i = 0; i < args; i++)
		assert_int_equal(btf__add_func_param(btf, "arg", number), 0);
	assert_true(btf__add_typedef(btf, typedef_name, btf__add_ptr(btf, proto)) > 0);
}

static int tracepoint_args(const struct btf *btf, const char *name)
{
	uint32_t type;

	return event_sources[EVENTS_TRACEPOINTS].args(btf, name, &type);
}

static void counts_arguments(void **state)
{
	struct btf *btf = btf__new_empty();

	(void)state;
	assert_non_null(btf);
	add_event(btf, "btf_trace_one", 1);
	add_event(btf, "btf_trace_seven", 7);
	add_event(btf, "btf_trace_none", 0);
	assert_int_equal(tracepoint_args(btf, "one"), 1);
	assert_int_equal(tracepoint_args(btf, "seven"), 7);
	assert_int_equal(tracepoint_args(btf, "none"), 0);
	btf__free(btf);
}

static void refuses_what_is_no_tracepoint(void **state)
{
	struct btf *btf = btf__new_empty();
	int number;

	(void)state;
	assert_non_null(btf);
	number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	assert_true(btf__add_typedef(btf, "btf_trace_number", number) > 0);
	assert_true(btf__add_typedef(btf, "btf_trace_pointer", btf__add_ptr(btf, number)) > 0);
	add_event(btf, "other_trace_event", 1);
	assert_int_equal(tracepoint_args(btf, "number"), -ENOENT);
	assert_int_equal(tracepoint_args(btf, "pointer"), -ENOENT);
	assert_int_equal(tracepoint_args(btf, "event"), -ENOENT);
	assert_int_equal(tracepoint_args(btf, "absent"), -ENOENT);
	btf__free(btf);
}

static void explains_each_state(void **state)
{
	const struct kernel_event *event = &kernel_events[0];
	char text[256];

	(void)state;
	kernel_event_explain(event, KERNEL_EVENT_NO_MODULE, text, sizeof(text));
	assert_non_null(strstr(text, "modprobe kvm_amd"));
	kernel_event_explain(event, KERNEL_EVENT_NO_BTF, text, sizeof(text));
	assert_non_null(strstr(text, "CONFIG_DEBUG_INFO_BTF_MODULES"));
	kernel_event_explain(event, KERNEL_EVENT_MISSING, text, sizeof(text));
	assert_non_null(strstr(text, event->name));
	assert_non_null(strstr(text, "kernel-patches/6.12"));
	kernel_event_explain(event, KERNEL_EVENT_CHANGED, text, sizeof(text));
	assert_non_null(strstr(text, event->name));
	event = &kernel_events[KERNEL_EVENT_kvm_gmem_populate];
	kernel_event_explain(event, KERNEL_EVENT_CHANGED, text, sizeof(text));
	assert_non_null(strstr(text, "newer sevtrace"));
	kernel_event_explain(event, KERNEL_EVENT_SILENT, text, sizeof(text));
	assert_non_null(strstr(text, event->name));
}

static void names_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(kernel_events[i].name, kernel_events[j].name);
	}
}

/* Recordings, and users' queries of them, contain these names. */
static void sources_keep_their_names(void **state)
{
	struct event_choice choice = { { EVENTS_TRACEPOINTS, EVENTS_TRACEPOINTS } };

	(void)state;
	assert_string_equal(event_sources[EVENTS_TRACEPOINTS].name, "kernel tracepoints");
	assert_string_equal(event_sources[EVENTS_FUNCTIONS].name, "kernel functions");
	assert_string_equal(event_choice_name(&choice), "kernel tracepoints");
	choice.of[EVENT_SIDE_KVM] = EVENTS_FUNCTIONS;
	assert_string_equal(event_choice_name(&choice), "kernel functions and ccp's tracepoints");
	choice.of[EVENT_SIDE_CCP] = EVENTS_FUNCTIONS;
	assert_string_equal(event_choice_name(&choice), "kernel functions");
	choice.of[EVENT_SIDE_KVM] = EVENTS_TRACEPOINTS;
	assert_string_equal(event_choice_name(&choice), "kernel tracepoints and ccp's functions");
}

/* Adds a function NAME of that many ints. */
static void add_function(struct btf *btf, const char *name, int args)
{
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int proto = btf__add_func_proto(btf, number);

	assert_true(number > 0 && proto > 0);
	for (int i = 0; i < args; i++)
		assert_int_equal(btf__add_func_param(btf, "arg", number), 0);
	assert_true(btf__add_func(btf, name, BTF_FUNC_GLOBAL, proto) > 0);
}

static void counts_arguments_of_functions(void **state)
{
	const struct event_source_info *functions = &event_sources[EVENTS_FUNCTIONS];
	struct btf *btf = btf__new_empty();
	uint32_t six, none, event;

	(void)state;
	assert_non_null(btf);
	add_function(btf, "six", 6);
	add_function(btf, "none", 0);
	add_event(btf, "btf_trace_event", 2);
	assert_int_equal(functions->args(btf, "six", &six), 6);
	assert_int_equal(functions->args(btf, "none", &none), 0);
	assert_int_equal(functions->args(btf, "event", &event), -ENOENT);
	assert_int_equal(six, btf__find_by_name_kind(btf, "six", BTF_KIND_FUNC));
	assert_int_equal(none, btf__find_by_name_kind(btf, "none", BTF_KIND_FUNC));
	assert_int_equal(event, 0);
	btf__free(btf);
}

/* Sets the statuses of the events of a source and a side. */
static void set_side(enum kernel_event_status statuses[KERNEL_EVENT_COUNT],
		     enum event_source source, enum event_side side,
		     enum kernel_event_status status)
{
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++)
		if (kernel_events[i].source == source && kernel_events[i].side == side)
			statuses[i] = status;
}

static struct event_choice choose(enum event_wish wish, enum kernel_event_status kvm,
				  enum kernel_event_status ccp)
{
	enum kernel_event_status statuses[KERNEL_EVENT_COUNT] = { 0 };

	set_side(statuses, EVENTS_TRACEPOINTS, EVENT_SIDE_KVM, kvm);
	set_side(statuses, EVENTS_TRACEPOINTS, EVENT_SIDE_CCP, ccp);
	return events_choose(wish, statuses);
}

static void chooses_each_side_for_itself(void **state)
{
	const enum kernel_event_status ok = KERNEL_EVENT_OK, missing = KERNEL_EVENT_MISSING;
	const struct {
		enum event_wish wish;
		enum kernel_event_status kvm, ccp;
		const char *name;
	} cases[] = {
		{ EVENTS_AUTO, ok, ok, "kernel tracepoints" },
		{ EVENTS_AUTO, missing, missing, "kernel functions" },
		{ EVENTS_AUTO, missing, ok, "kernel functions and ccp's tracepoints" },
		{ EVENTS_AUTO, ok, missing, "kernel tracepoints and ccp's functions" },
		{ EVENTS_AUTO, KERNEL_EVENT_CHANGED, ok, "kernel functions and ccp's tracepoints" },
		/* nobody knows yet what a module that is not loaded has */
		{ EVENTS_AUTO, KERNEL_EVENT_NO_MODULE, KERNEL_EVENT_NO_MODULE,
		  "kernel tracepoints" },
		{ EVENTS_ONLY_TRACEPOINTS, missing, missing, "kernel tracepoints" },
		{ EVENTS_ONLY_FUNCTIONS, ok, ok, "kernel functions" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct event_choice choice =
			choose(cases[i].wish, cases[i].kvm, cases[i].ccp);

		assert_string_equal(event_choice_name(&choice), cases[i].name);
	}
}

/* One tracepoint that is missing, of any row, makes its side use functions. */
static void tracepoints_are_all_or_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		enum kernel_event_status statuses[KERNEL_EVENT_COUNT] = { 0 };
		struct event_choice choice;

		if (kernel_events[i].source != EVENTS_TRACEPOINTS ||
		    kernel_events[i].side == EVENT_SIDE_TASKS)
			continue;
		statuses[i] = KERNEL_EVENT_MISSING;
		choice = events_choose(EVENTS_AUTO, statuses);
		assert_int_equal(choice.of[kernel_events[i].side], EVENTS_FUNCTIONS);
		assert_int_equal(choice.of[!kernel_events[i].side], EVENTS_TRACEPOINTS);
	}
}

static void functions_of_both_sides_serve_either(void **state)
{
	const struct kernel_event *event = &kernel_events[KERNEL_EVENT_sev_issue_cmd_external_user];
	struct event_choice choice = { { EVENTS_TRACEPOINTS, EVENTS_TRACEPOINTS } };

	(void)state;
	assert_false(event_is_chosen(&choice, event));
	choice.of[EVENT_SIDE_CCP] = EVENTS_FUNCTIONS;
	assert_true(event_is_chosen(&choice, event));
	assert_false(event_is_chosen(&choice, &kernel_events[KERNEL_EVENT_sev_mem_enc_ioctl]));
	assert_true(event_is_chosen(&choice, &kernel_events[KERNEL_EVENT_sched_process_exit]));
}

/* What functions never tell is told; tracepoints tell everything. */
static void functions_lack_something(void **state)
{
	struct event_choice choice = { { EVENTS_TRACEPOINTS, EVENTS_TRACEPOINTS } };

	(void)state;
	assert_int_equal(event_choice_lacks(&choice), 0);
	choice.of[EVENT_SIDE_CCP] = EVENTS_FUNCTIONS;
	assert_int_equal(event_choice_lacks(&choice), LACK_BIT(LACK_ERROR_WORDS));
	choice.of[EVENT_SIDE_KVM] = EVENTS_FUNCTIONS;
	assert_int_equal(event_choice_lacks(&choice),
			 LACK_BIT(LACK_ERROR_WORDS) | LACK_BIT(LACK_PFNS));
}

static void parses_wishes(void **state)
{
	(void)state;
	assert_int_equal(event_wish_parse("auto"), EVENTS_AUTO);
	assert_int_equal(event_wish_parse("tracepoints"), EVENTS_ONLY_TRACEPOINTS);
	assert_int_equal(event_wish_parse("functions"), EVENTS_ONLY_FUNCTIONS);
	assert_int_equal(event_wish_parse(""), -EINVAL);
	assert_int_equal(event_wish_parse("function"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_arguments),
		cmocka_unit_test(refuses_what_is_no_tracepoint),
		cmocka_unit_test(explains_each_state),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(sources_keep_their_names),
		cmocka_unit_test(counts_arguments_of_functions),
		cmocka_unit_test(chooses_each_side_for_itself),
		cmocka_unit_test(tracepoints_are_all_or_none),
		cmocka_unit_test(functions_of_both_sides_serve_either),
		cmocka_unit_test(functions_lack_something),
		cmocka_unit_test(parses_wishes),
	};

	return cmocka_run_group_tests_name("collector_events", tests, NULL, NULL);
}
