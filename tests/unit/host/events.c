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
	return event_sources[EVENTS_TRACEPOINTS].args(btf, name);
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
}

static void names_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(kernel_events[i].name, kernel_events[j].name);
	}
}

/* Recordings, and users' queries of them, contain this name. */
static void source_keeps_its_name(void **state)
{
	(void)state;
	assert_string_equal(event_sources[EVENTS_TRACEPOINTS].name, "kernel tracepoints");
}

/* A loss is reported once for all events that it needs; for that, their rows must be neighbours. */
static void rows_of_one_loss_stand_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		assert_non_null(kernel_events[i].lost);
		for (size_t j = i + 1; j < KERNEL_EVENT_COUNT; j++)
			if (!strcmp(kernel_events[i].lost, kernel_events[j].lost))
				assert_string_equal(kernel_events[j - 1].lost,
						    kernel_events[j].lost);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_arguments),
		cmocka_unit_test(refuses_what_is_no_tracepoint),
		cmocka_unit_test(explains_each_state),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(source_keeps_its_name),
		cmocka_unit_test(rows_of_one_loss_stand_together),
	};

	return cmocka_run_group_tests_name("collector_events", tests, NULL, NULL);
}
