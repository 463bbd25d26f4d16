// SPDX-License-Identifier: GPL-2.0-only
/*
 * The save area: offsets as in AMD64 APM vol. 2 table B-4 and in Linux' struct sev_es_save_area.
 */
#include "hex.h"

#include "vmsa.h"

#define CR4_MCE 0x40

static void reset_state(struct vcpu_state *state)
{
	memset(state, 0, sizeof(*state));
	state->regs.rip = 0xfff0;
	state->regs.rflags = 2;
	state->regs.rdx = 0x600;
	state->sregs.cs = (struct kvm_segment){
		.base = 0xffff0000,
		.limit = 0xffff,
		.selector = 0xf000,
		.type = 0xb,
		.present = 1,
		.s = 1,
	};
	state->sregs.ds = (struct kvm_segment){ .limit = 0xffff, .type = 3, .present = 1, .s = 1 };
	state->sregs.gdt.limit = 0xffff;
	state->sregs.cr0 = 0x60000010;
	state->debug.dr6 = 0xffff0ff0;
	state->debug.dr7 = 0x400;
	state->xcr0 = 1;
	state->msrs[VMSA_MSR_PAT] = 0x0007040600070406ULL;
}

static void reset_vector(void **unused)
{
	struct vcpu_state state;
	uint8_t page[PAGE_BYTES];

	(void)unused;
	reset_state(&state);
	memset(page, 0xff, sizeof(page));
	vmsa_build(page, &state, VMSA_FEATURE_SNP_ACTIVE, CR4_MCE, true);
	assert_hex(page + 0x10, 16, "00f09b00ffff00000000ffff00000000"); /* CS */
	assert_hex(page + 0x30, 16, "00009300ffff00000000000000000000"); /* DS */
	assert_hex(page + 0x60, 16, "00000000ffff00000000000000000000"); /* GDTR */
	assert_int_equal(get_le(page + 0xd0, 8), 0x1000); /* EFER */
	assert_int_equal(get_le(page + 0x148, 8), 0x40); /* CR4 */
	assert_int_equal(get_le(page + 0x158, 8), 0x10); /* CR0 */
	assert_int_equal(get_le(page + 0x160, 8), 0x400); /* DR7 */
	assert_int_equal(get_le(page + 0x168, 8), 0xffff0ff0); /* DR6 */
	assert_int_equal(get_le(page + 0x170, 8), 2); /* RFLAGS */
	assert_int_equal(get_le(page + 0x178, 8), 0xfff0); /* RIP */
	assert_int_equal(get_le(page + 0x268, 8), 0x0007040600070406ULL); /* G_PAT */
	assert_int_equal(get_le(page + 0x310, 8), 0x600); /* RDX */
	assert_int_equal(get_le(page + 0x3b0, 8), 1); /* SEV_FEATURES */
	assert_int_equal(get_le(page + 0x3e8, 8), 1); /* XCR0 */
	for (size_t i = 0x670; i < PAGE_BYTES; i++)
		assert_int_equal(page[i], 0);
}

static void general_registers(void **unused)
{
	static const uint16_t offsets[] = { 0x1f8, 0x318, 0x308, 0x310, 0x330, 0x338, 0x1d8, 0x328,
					    0x340, 0x348, 0x350, 0x358, 0x360, 0x368, 0x370, 0x378 };
	struct vcpu_state state;
	uint8_t page[PAGE_BYTES];

	(void)unused;
	/* struct kvm_regs begins with RAX, RBX, RCX, RDX, RSI, RDI, RSP, RBP, R8 to R15 */
	for (size_t i = 0; i < 16; i++) {
		reset_state(&state);
		state.regs.rdx = 0;
		((__u64 *)&state.regs)[i] = 0x1122334455667788ULL;
		vmsa_build(page, &state, 0, 0, true);
		assert_int_equal(get_le(page + offsets[i], 8), 0x1122334455667788ULL);
	}
}

static void floating_point(void **unused)
{
	struct vcpu_state state;
	uint8_t *area;
	uint8_t page[PAGE_BYTES];

	(void)unused;
	reset_state(&state);
	area = (uint8_t *)state.xsave.region;
	put_le16(area, 0x37f);
	put_le32(area + 24, 0x1f80);
	for (size_t i = 0; i < 8; i++)
		count_up(area + 32 + i * 16, 10, (unsigned int)(16 * i));
	memset(area + 160, 0xaa, 256);
	memset(area + 576, 0xbb, 256);

	vmsa_build(page, &state, 0, 0, true);
	assert_int_equal(get_le(page + 0x410, 2), 0x37f);
	assert_int_equal(get_le(page + 0x408, 4), 0x1f80);
	assert_hex(page + 0x420, 16, "00010203040506071011121314151617");
	assert_hex(page + 0x460, 4, "08091819");
	assert_int_equal(page[0x470], 0xaa);
	assert_int_equal(page[0x56f], 0xaa);
	assert_int_equal(page[0x570], 0); /* not in XSTATE_BV */

	put_le64(area + 512, 7);
	vmsa_build(page, &state, 0, 0, true);
	assert_int_equal(page[0x570], 0xbb);
	assert_int_equal(page[0x66f], 0xbb);
	assert_int_equal(page[0x670], 0);

	vmsa_build(page, &state, 0, 0, false);
	for (size_t i = 0x400; i < PAGE_BYTES; i++)
		assert_int_equal(page[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reset_vector),
		cmocka_unit_test(general_registers),
		cmocka_unit_test(floating_point),
	};

	return cmocka_run_group_tests_name("launcher VMSA", tests, NULL, NULL);
}
