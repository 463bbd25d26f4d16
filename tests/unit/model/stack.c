// SPDX-License-Identifier: GPL-2.0-only
/* A stack of a traced kernel, without what the tracer put there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/model.h"
#include "util/array.h"

static const struct {
	uint64_t addr;
	const char *name; /* NULL: has none */
	bool kept;
} frames[] = {
	{ 0x100, "sev_issue_cmd_external_user+0x5 [ccp]", true },
	{ 0x200, "sev_mem_enc_ioctl+0x6e5 [kvm_amd]", true },
	{ 0x300, NULL, false },
	{ 0x205, "sev_mem_enc_ioctl+0x5 [kvm_amd]", false },
	{ 0x400, "kvm_vm_ioctl+0x5e5 [kvm]", true },
	{ 0x500, "bpf_trampoline_70867061708+0x7e [bpf]", false },
	{ 0x405, "kvm_vm_ioctl+0x9 [kvm]", false },
	{ 0x510, "bpf_trampoline_40802323965+0x207 [bpf]", false },
	{ 0x600, "recursive+0x40", true },
	{ 0x700, "between+0x40", true },
	{ 0x640, "recursive+0x80", true },
	{ 0x800, NULL, true },
	{ 0x900, "without an offset", true },
	{ 0xa00, "entry_SYSCALL_64_after_hwframe+0x6e", true },
};

static void has_no_frames_of_a_tracer(void **state)
{
	struct model_failure f = { .has_stack = true };
	__u64 kept[SEVTRACE_STACK_DEPTH];
	struct model m;
	size_t nr = 0;

	(void)state;
	model_init(&m);
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
		struct tracefile_symbol symbol = { frames[i].addr, 0, (char *)frames[i].name };

		f.stack.kernel[i] = frames[i].addr;
		if (frames[i].name)
			assert_int_equal(model_symbol(&m, &symbol), 0);
	}
	model_kernel_frames(&m, &f, kept);
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++)
		if (frames[i].kept)
			assert_int_equal(kept[nr++], frames[i].addr);
	assert_int_equal(kept[nr], 0);
	model_free(&m);
}

/* The last frames of a full stack lack what would tell that they are a tracer's. */
static void keeps_a_full_stack_within_its_bounds(void **state)
{
	struct model_failure f = { .has_stack = true };
	__u64 kept[SEVTRACE_STACK_DEPTH];
	struct model m;

	(void)state;
	model_init(&m);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		f.stack.kernel[i] = 0x1000 + i;
	model_kernel_frames(&m, &f, kept);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		assert_int_equal(kept[i], f.stack.kernel[i]);
	model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_no_frames_of_a_tracer),
		cmocka_unit_test(keeps_a_full_stack_within_its_bounds),
	};

	return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
